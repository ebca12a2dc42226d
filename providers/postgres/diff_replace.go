package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/replace"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

const kindReplace = "replace.run" // replace.Params

// diffReplace adds a refresh in mode replace: one step.
func (p *Provider) diffReplace(one *observedRefresh, draft *engine.Draft) diag.Diagnostics {
	r := one.refresh
	built, ds := replace.Build(replace.Input{Refresh: r, Tables: one.tables, Source: one.source, Live: one.live, Scope: one.scope().Scope, Rights: one.rights})
	view := shown(one)
	view.Live = one.live.Server.Database
	view.Notes = append(view.Notes, built.Notes...)
	view.Hazards = built.Hazards
	draft.Refreshes = append(draft.Refreshes, view)
	if ds.HasErrors() {
		return ds
	}
	at := r.Range
	s := engine.Step{ID: r.Address() + ".replace", Address: r.Address(), Title: "replace the rows of " + view.Live, Provider: ProviderName, Kind: kindReplace, Params: encoded(built.Params), Range: &at,
		// Emptying a table and granting on it write the same row of the catalog: "tuple concurrently updated".
		Contends: []string{"acl:" + r.To.Address()}}
	source := built.Params.Scope.Statements()
	for i := range built.Params.Tables {
		source = append(source, built.Params.Tables[i].CopyOut())
	}
	for i := range built.Params.Tables {
		if built.Params.Verify > 0 {
			source = append(source, built.Params.Tables[i].Samples(built.Params.Verify)...)
		}
	}
	for _, text := range source {
		s.Statements = append(s.Statements, engine.Statement{On: r.From.Address(), Text: text})
	}
	for _, text := range built.Statements {
		s.Statements = append(s.Statements, engine.Statement{On: r.To.Address(), Text: text})
	}
	draft.Steps = append(draft.Steps, s)
	return ds
}

// replace fills the live tables.
func (p *Provider) replace(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[replace.Params](p, s)
	if err != nil {
		return err
	}
	key, err := p.random(32)
	if err != nil {
		return err
	}
	settings := map[string]string{transfer.VerifySetting: key}
	source := func(ctx context.Context) (*pgx.Conn, error) { return p.source(ctx, r, "shoji apply", settings) }
	target := func(ctx context.Context) (*pgx.Conn, error) { return p.target(ctx, r, "", "shoji apply", settings) }
	return replace.Run(ctx, source, target, params, report)
}
