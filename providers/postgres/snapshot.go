package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// exporting is an open snapshot with the number of tables that are still to be read under it.
type exporting struct {
	export *transfer.Export
	left   int
}

// Close ends the snapshots that are held across steps.
func (p *Provider) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.exports {
		e.export.Close()
	}
	p.exports = map[string]*exporting{}
}

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
	connect := func(context.Context) (*pgx.Conn, error) { return p.origin(lasting, r, runSession(ctx), secrets) }
	export, err := transfer.Open(ctx, connect, params.Scope)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.exports[s.Address]; old != nil {
		old.export.Close()
	}
	if params.Copies == 0 {
		export.Close()
		return nil
	}
	p.exports[s.Address] = &exporting{export: export, left: params.Copies}
	report.Note(fmt.Sprintf("%d tables under one snapshot", params.Copies))
	return nil
}

// snapshotOf returns the open snapshot of the refresh that a step belongs to.
func (p *Provider) snapshotOf(s engine.Step) (*exporting, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.exports[s.Address]; e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("%s: the snapshot of the source is not open", s.ID)
}

// underSnapshot reads one table of a refresh. The last one closes the snapshot: a long transaction keeps the source
// from cleaning up.
func (p *Provider) underSnapshot(s engine.Step, read func(*transfer.Export) error) error {
	e, err := p.snapshotOf(s)
	if err != nil {
		return err
	}
	if err := read(e.export); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.left--; e.left == 0 {
		e.export.Close()
		delete(p.exports, s.Address)
	}
	return nil
}
