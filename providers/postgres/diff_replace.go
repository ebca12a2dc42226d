package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/replace"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

const kindReplace = "replace.run" // replaceParams

// replaceParams are those of the one step that replaces rows; Staged says where they come from where that is not the
// source.
type replaceParams struct {
	replace.Params
	Staged *stagedRows `json:"staged,omitempty"`
	// Record is what the copy will say of how it was made.
	Record record.Record `json:"record"`
}

// diffReplace adds a refresh in mode replace: one step, and those that stage its rows.
func (p *Provider) diffReplace(one *observedRefresh, draft *engine.Draft) diag.Diagnostics {
	r := one.refresh
	in := replace.Input{
		Refresh: r,
		Tables:  one.tables,
		Source:  one.source,
		Live:    one.live,
		Scope:   one.scope().Scope,
		Rights:  one.rights,
		Record:  record.Statements(),
	}
	if one.via != nil {
		in.Values = one.via.values()
		in.Loads = func(t *decide.Table) []string {
			table := one.table(t)
			return table.ImportStatements(one.via.place, one.via.record(&table.Table))
		}
	}
	built, ds := replace.Build(in)
	view := shown(one)
	view.Live = one.live.Server.Database
	if one.via != nil {
		view.Notes = append(view.Notes, one.via.notes...)
	}
	view.Notes = append(view.Notes, built.Notes...)
	view.Hazards = built.Hazards
	p.exposures(one, &view)
	ds.Append(p.staying(one, &view)...)
	if ds.HasErrors() {
		draft.Refreshes = append(draft.Refreshes, view)
		return ds
	}
	at := r.Range
	s := engine.Step{
		ID:       r.Address() + ".replace",
		Address:  r.Address(),
		Title:    "replace the rows of " + view.Live,
		Provider: ProviderName,
		Kind:     kindReplace,
		Range:    &at,
		// Emptying a table and granting on it write the same row of the catalog: "tuple concurrently updated".
		Contends: []string{"acl:" + r.To.Address()},
	}
	params := replaceParams{Params: built.Params, Record: p.recordOf(one)}
	if one.via != nil {
		params.Staged = one.stagedRows()
		for i := range params.Staged.Tables {
			t := &params.Staged.Tables[i]
			for _, text := range t.Gets(one.via.place, one.via.record(&t.Table)) {
				s.Statements = append(s.Statements, engine.Statement{On: one.bucket(), Text: text})
			}
		}
	}
	s.Params = encoded(params)
	for _, text := range one.asked(built.Params) {
		s.Statements = append(s.Statements, engine.Statement{On: r.From.Address(), Text: text})
	}
	for _, text := range built.Statements {
		s.Statements = append(s.Statements, engine.Statement{On: r.To.Address(), Text: text})
	}
	steps := one.around(s)
	if built.Relaxed {
		view.Notes, view.Hazards = append(view.Notes, one.relax.Notes...), append(view.Hazards, one.relax.Hazards...)
		for i := range steps {
			if steps[i].ID == s.ID {
				steps = encircle(one.relax, steps, []*engine.Step{&steps[i]})
				break
			}
		}
	}
	steps = one.beside(&view, steps)
	draft.Refreshes, draft.Steps = append(draft.Refreshes, view), append(draft.Steps, steps...)
	return ds
}

// asked is what the step that replaces rows asks the source.
func (one *observedRefresh) asked(params replace.Params) []string {
	var out []string
	if one.via == nil {
		out = params.Scope.Statements()
		for i := range params.Tables {
			out = append(out, params.Tables[i].CopyOut())
		}
	}
	if params.Verify > 0 {
		for i := range params.Tables {
			if sample := params.Tables[i].Sample(params.Verify); sample != "" {
				out = append(out, sample)
			}
		}
	}
	return out
}

// replace fills the live tables.
func (p *Provider) replace(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[replaceParams](p, s)
	if err != nil {
		return err
	}
	key, err := p.verificationKey()
	if err != nil {
		return err
	}
	secrets := map[string]secret.Value{transfer.VerifySetting: key}
	source := func(ctx context.Context) (*pgx.Conn, error) { return p.sessions.Source(ctx, r, "shoji apply", secrets) }
	target := replace.Server{
		Connect: func(ctx context.Context) (*pgx.Conn, error) {
			return p.sessions.VerifyTarget(ctx, r, "", "shoji apply", secrets)
		},
		StillOurs: p.stillGuarded(r.To),
	}
	open := func(ctx context.Context) (replace.Rows, error) { return transfer.Open(ctx, source, params.Scope) }
	if params.Staged != nil {
		open = func(ctx context.Context) (replace.Rows, error) { return p.openStaged(ctx, r, params.Staged) }
		if params.Staged.Half == engine.OnlyImport {
			source = nil
		}
	}
	e := p.env(ctx, s, report)
	write := func(ctx context.Context, c *pgx.Conn) error { return params.Record.WriteIn(ctx, e, c) }
	return replace.Run(ctx, open, source, target, write, params.Params, report)
}
