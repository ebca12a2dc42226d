package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
)

func (p *Provider) createDatabase(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[swap.CreateParams](p, s)
	if err != nil {
		return err
	}
	c, err := p.maintenance(ctx, r)
	if err != nil {
		return err
	}
	defer closing(ctx, c)
	return swap.CreateDatabase(ctx, c, p.connect(r), params, s.Statements, p.run(ctx), report)
}

func (p *Provider) statements(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[swap.GroupParams](p, s)
	if err != nil {
		return err
	}
	c, err := p.target(ctx, r, params.Database, "shoji apply", bulk())
	if err != nil {
		return err
	}
	defer closing(ctx, c)
	return swap.Statements(ctx, c, params, s.Statements, p.run(ctx), report)
}

func (p *Provider) postData(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[swap.PostParams](p, s)
	if err != nil {
		return err
	}
	c, err := p.target(ctx, r, params.Database, "shoji apply", bulk())
	if err != nil {
		return err
	}
	defer closing(ctx, c)
	return swap.PostData(ctx, c, params, s.Statements, report)
}

func (p *Provider) sequences(ctx context.Context, s engine.Step, _ engine.Reporter) error {
	r, params, err := decode[swap.SequencesParams](p, s)
	if err != nil {
		return err
	}
	source, err := p.source(ctx, r, "shoji apply", nil)
	if err != nil {
		return err
	}
	defer closing(ctx, source)
	c, err := p.target(ctx, r, params.Database, "shoji apply", bulk())
	if err != nil {
		return err
	}
	defer closing(ctx, c)
	return swap.Sequences(ctx, source, c, params)
}

// onNext is for the steps that run plain statements on the next database.
func onNext(f func(context.Context, *pgx.Conn, swap.PlainParams, []engine.Statement, engine.Reporter) error) action {
	return func(p *Provider, ctx context.Context, s engine.Step, report engine.Reporter) error {
		r, params, err := decode[swap.PlainParams](p, s)
		if err != nil {
			return err
		}
		c, err := p.target(ctx, r, params.Database, "shoji apply", bulk())
		if err != nil {
			return err
		}
		defer closing(ctx, c)
		return f(ctx, c, params, s.Statements, report)
	}
}

func (p *Provider) settings(ctx context.Context, s engine.Step, _ engine.Reporter) error {
	r, params, err := decode[swap.PlainParams](p, s)
	if err != nil {
		return err
	}
	c, err := p.maintenance(ctx, r)
	if err != nil {
		return err
	}
	defer closing(ctx, c)
	return swap.Settings(ctx, c, params, s.Statements)
}

func (p *Provider) swap(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[swap.SwapParams](p, s)
	if err != nil {
		return err
	}
	open := func(ctx context.Context) (*pgx.Conn, error) { return p.maintenance(ctx, r) }
	return swap.Swap(ctx, open, params, p.run(ctx), p.lockTimeout(), report)
}
