package rows

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// OpenSnapshot opens the snapshot of the source that the tables of a refresh are read under.
type OpenSnapshot struct {
	op.Source
	transfer.Scope
	// Copies is how many tables are read under the snapshot.
	Copies int `json:"copies"`
}

// Kind returns the stable name of the step.
func (OpenSnapshot) Kind() string { return "transfer.open" }

// Statements returns the transaction that locks the tables and exports the snapshot.
func (o OpenSnapshot) Statements() []engine.Statement {
	return op.Statements(o.On(), o.Scope.Statements()...)
}

// Touches returns that the source is read.
func (o OpenSnapshot) Touches() []engine.Touch { return []engine.Touch{engine.Reads(o.From)} }

// Run opens the snapshot and leaves it open for the steps that read under it.
func (o OpenSnapshot) Run(ctx context.Context, e *op.Env) error {
	key, err := e.RandomKey()
	if err != nil {
		return err
	}
	secrets := map[string]secret.Value{transfer.VerifySetting: key}
	// The connections outlive this step: they end with the last copy, or with the provider.
	lasting := context.WithoutCancel(ctx)
	connect := func(context.Context) (*pgx.Conn, error) {
		return e.Sessions.Source(lasting, e.Refresh, e.Run.Session(), secrets)
	}
	export, err := transfer.Open(ctx, connect, o.Scope)
	if err != nil {
		return err
	}
	if o.Copies == 0 {
		export.Close()
		return nil
	}
	e.Snapshots.Add(e.Refresh.Address(), export, o.Copies)
	e.Report.Note(fmt.Sprintf("%d tables under one snapshot", o.Copies))
	return nil
}
