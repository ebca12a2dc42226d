package postgres

import (
	"context"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// SameStep reports whether two steps have the same statements, but for the sizes of samples.
func (p *Provider) SameStep(saved, fresh *engine.Step) bool {
	return saved.Kind == fresh.Kind && slices.EqualFunc(saved.Statements, fresh.Statements,
		func(a, b engine.Statement) bool {
			a.Text, b.Text = transfer.Settled(a.Text), transfer.Settled(b.Text)
			return a == b
		})
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
