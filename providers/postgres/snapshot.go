package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// open opens the snapshot that the tables of a refresh are read under.
func (p *Provider) open(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[openParams](p, s)
	if err != nil {
		return err
	}
	// The connections outlive this step: they end with the last copy, or with the provider.
	lasting := context.WithoutCancel(ctx)
	key, err := p.verificationKey()
	if err != nil {
		return err
	}
	secrets := map[string]secret.Value{transfer.VerifySetting: key}
	connect := func(context.Context) (*pgx.Conn, error) {
		return p.sessions.Source(lasting, r, p.run(ctx).Session(), secrets)
	}
	export, err := transfer.Open(ctx, connect, params.Scope)
	if err != nil {
		return err
	}
	if params.Copies == 0 {
		export.Close()
		return nil
	}
	p.snapshots.Add(s.Address, export, params.Copies)
	report.Note(fmt.Sprintf("%d tables under one snapshot", params.Copies))
	return nil
}
