package refresh

import (
	"context"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/spec"
)

// Copies says which databases of a refresh there are: the live copy, the one being built, the one kept for a rollback.
func (pl *Planner) Copies(ctx context.Context, r *spec.Refresh) (swap.Status, error) {
	config, err := pl.Sessions.Connector(r.To).Config(ctx)
	if err != nil {
		return swap.Status{}, err
	}
	names, err := swap.NewNames(config.Database)
	if err != nil {
		return swap.Status{}, err
	}
	c, err := pl.Sessions.Maintenance(ctx, r, "shoji")
	if err != nil {
		return swap.Status{}, err
	}
	defer session.Close(ctx, c)
	return swap.ReadStatus(ctx, c, names)
}

// Rollback returns the plan that makes the previous copy of a refresh the live one. Its one step names the statements
// of the exchange.
func (pl *Planner) Rollback(ctx context.Context, r *spec.Refresh) (*engine.Plan, error) {
	at := r.Range
	if r.Mode != spec.Swap {
		return nil, diag.Diagnostic{Severity: diag.Error, Summary: "There is nothing to roll back to", Range: &at,
			Detail: r.Address() + " is in mode replace, which keeps no previous copy. Mode swap does."}
	}
	status, err := pl.Copies(ctx, r)
	if err != nil {
		return nil, err
	}
	rollback, err := swap.Rollback{
		Target: r.To.Address(),
		Names: swap.Names{
			Live:     status.Live.Name,
			Next:     status.Next.Name,
			Previous: status.Previous.Name,
			Old:      status.Old.Name,
		},
		Refresh: r.Address(),
		Wait:    r.Disconnect == "wait",
	}.For(status)
	if err != nil {
		return nil, diag.Diagnostic{
			Severity: diag.Error,
			Summary:  "There is nothing to roll back to",
			Detail:   err.Error() + ".",
			Range:    &at,
			Snippet:  pl.Project.Snippet(&at),
		}
	}
	step := op.Fill(engine.Step{
		ID:      r.Address() + ".rollback",
		Address: r.Address(),
		Title:   "make " + status.Previous.Name + " the live copy",
		Range:   &at,
	}, rollback)
	view := engine.Refresh{
		Address:  r.Address(),
		From:     r.From.Address(),
		To:       r.To.Address(),
		Mode:     engine.Mode(r.Mode),
		Live:     status.Live.Name,
		Previous: status.Previous.Name,
		Tables:   []engine.RefreshTable{},
		Range:    &at,
	}
	if status.Live.Exists {
		live := pl.recordIn(ctx, r, status.Live.Name, status.Live.Mark)
		pl.rollbackExposures(&view, live, pl.recordIn(ctx, r, status.Previous.Name, status.Previous.Mark))
	}
	return &engine.Plan{
		FormatVersion: engine.FormatVersion,
		Project:       pl.Project.Name,
		Env:           pl.Project.Env,
		Refreshes:     []engine.Refresh{view},
		Steps:         []engine.Step{step},
	}, nil
}
