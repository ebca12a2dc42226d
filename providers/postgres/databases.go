package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
	"github.com/shoji-pg/shoji/providers/postgres/importer"
	"github.com/shoji-pg/shoji/providers/postgres/session"
)

// ReadCatalog reads the catalog of a database, for its schema lock.
func ReadCatalog(ctx context.Context, db *conn.Connector) (*catalog.Catalog, error) {
	c, err := db.Connect(ctx, conn.Options{Purpose: "shoji inspect", Limited: true})
	if err != nil {
		return nil, err
	}
	defer session.Close(ctx, c)
	// all queries see one moment
	tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("reading the catalog of %s: %w", db.Address(), conn.Redact(err))
	}
	found, err := catalog.Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	found.Literals, err = catalog.ReadLiterals(ctx, tx)
	return found, err
}

// Labels reads the security labels of a database.
func Labels(ctx context.Context, db *conn.Connector) ([]importer.Label, error) {
	c, err := db.Connect(ctx, conn.Options{Purpose: "shoji import", Limited: true})
	if err != nil {
		return nil, err
	}
	defer session.Close(ctx, c)
	return importer.LiveLabels(ctx, c)
}

// Sample has a database count what looks like personal data in some rows of each table. Only counts come back; tables
// that cannot be read are named in skipped.
func Sample(ctx context.Context, db *conn.Connector, source *catalog.Catalog,
	schemas []string) (counts draft.Samples, skipped []string, err error) {
	c, err := db.Connect(ctx, conn.Options{Purpose: "shoji inspect", Limited: true, Settings: session.ReaderSettings()})
	if err != nil {
		return nil, nil, err
	}
	defer session.Close(ctx, c)
	return draft.ReadSamples(ctx, c, source, schemas, draft.SampleOptions{})
}
