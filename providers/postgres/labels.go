package postgres

import (
	"context"

	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/importer"
	"github.com/shoji-pg/shoji/spec"
)

// Labels reads the security labels of a database.
func Labels(ctx context.Context, db *spec.Database, read func(*spec.Secret) (secret.Value, error)) ([]importer.Label, error) {
	c, err := conn.New(db, read).Connect(ctx, conn.Options{Purpose: "shoji import"})
	if err != nil {
		return nil, err
	}
	defer closing(ctx, c)
	return importer.LiveLabels(ctx, c)
}
