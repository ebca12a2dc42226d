package postgres

import (
	"context"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/importer"
	"github.com/shoji-pg/shoji/providers/postgres/session"
)

// Labels reads the security labels of a database.
func Labels(ctx context.Context, db *conn.Connector) ([]importer.Label, error) {
	c, err := db.Connect(ctx, conn.Options{Purpose: "shoji import", Limited: true})
	if err != nil {
		return nil, err
	}
	defer session.Close(ctx, c)
	return importer.LiveLabels(ctx, c)
}
