package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/spec"
)

// on makes an action of what runs over one connection to the target: open chooses the database, f does the work.
func on[T any](open func(p *Provider, ctx context.Context, r *spec.Refresh, params T) (*pgx.Conn, error),
	f func(p *Provider, ctx context.Context, c *pgx.Conn, r *spec.Refresh, params T, s engine.Step,
		report engine.Reporter) error) action {
	return func(p *Provider, ctx context.Context, s engine.Step, report engine.Reporter) error {
		r, params, err := decode[T](p, s)
		if err != nil {
			return err
		}
		c, err := open(p, ctx, r, params)
		if err != nil {
			return err
		}
		defer session.Close(ctx, c)
		return f(p, ctx, c, r, params, s, report)
	}
}

// inMaintenance and the functions after it say which database of the target an action is about.
func inMaintenance[T any](p *Provider, ctx context.Context, r *spec.Refresh, _ T) (*pgx.Conn, error) {
	return p.sessions.Maintenance(ctx, r, runSession(ctx))
}

func inDatabase[T any](name func(T) string) func(*Provider, context.Context, *spec.Refresh, T) (*pgx.Conn, error) {
	return func(p *Provider, ctx context.Context, r *spec.Refresh, params T) (*pgx.Conn, error) {
		return p.sessions.Target(ctx, r, name(params), "shoji apply", session.Bulk())
	}
}

func createDatabase() action {
	return on(inMaintenance[swap.CreateParams],
		func(p *Provider, ctx context.Context, c *pgx.Conn, r *spec.Refresh, params swap.CreateParams, s engine.Step,
			report engine.Reporter) error {
			return swap.CreateDatabase(ctx, c, p.connect(r), params, s.Statements, p.run(ctx), report)
		})
}

func statements() action {
	return on(inDatabase(func(params swap.GroupParams) string { return params.Database }),
		func(p *Provider, ctx context.Context, c *pgx.Conn, _ *spec.Refresh, params swap.GroupParams, s engine.Step,
			report engine.Reporter) error {
			return swap.Statements(ctx, c, params, s.Statements, p.run(ctx), report)
		})
}

func postData() action {
	return on(inDatabase(func(params swap.PostParams) string { return params.Database }),
		func(_ *Provider, ctx context.Context, c *pgx.Conn, _ *spec.Refresh, params swap.PostParams, s engine.Step,
			report engine.Reporter) error {
			return swap.PostData(ctx, c, params, s.Statements, report)
		})
}

func sequences() action {
	return on(inDatabase(func(params swap.SequencesParams) string { return params.Database }),
		func(p *Provider, ctx context.Context, c *pgx.Conn, r *spec.Refresh, params swap.SequencesParams, _ engine.Step,
			_ engine.Reporter) error {
			if !params.AsksSource() {
				return swap.Sequences(ctx, nil, c, params)
			}
			source, err := p.sessions.Source(ctx, r, "shoji apply", nil)
			if err != nil {
				return err
			}
			defer session.Close(ctx, source)
			return swap.Sequences(ctx, source, c, params)
		})
}

// plain is for the steps that run statements which may simply be run again.
func plain(f func(context.Context, *pgx.Conn, swap.PlainParams, []engine.Statement, engine.Reporter) error) action {
	return on(inDatabase(func(params swap.PlainParams) string { return params.Database }),
		func(_ *Provider, ctx context.Context, c *pgx.Conn, _ *spec.Refresh, params swap.PlainParams, s engine.Step,
			report engine.Reporter) error {
			return f(ctx, c, params, s.Statements, report)
		})
}

func settings() action {
	return on(inMaintenance[swap.PlainParams],
		func(_ *Provider, ctx context.Context, c *pgx.Conn, _ *spec.Refresh, params swap.PlainParams, s engine.Step,
			_ engine.Reporter) error {
			return swap.Settings(ctx, c, params, s.Statements)
		})
}

// server is that of a refresh's target, where databases are exchanged under the lock.
func (p *Provider) server(r *spec.Refresh, purpose string) swap.Server {
	return swap.Server{
		Connect:   func(ctx context.Context) (*pgx.Conn, error) { return p.sessions.Maintenance(ctx, r, purpose) },
		StillOurs: p.stillGuarded(r.To),
	}
}

func (p *Provider) swap(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[swap.SwapParams](p, s)
	if err != nil {
		return err
	}
	return swap.Swap(ctx, p.server(r, runSession(ctx)), params, p.run(ctx), p.sessions.LockTimeout(), report)
}
