package swap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec"
)

// execute runs one step as the provider does.
func (r *refreshing) execute(ctx context.Context, s engine.Step, run op.Run) error {
	if s.IsBarrier() {
		return nil
	}
	o, err := decode(s)
	if err != nil {
		return err
	}
	return o.Run(ctx, r.env(run))
}

func decode(s engine.Step) (op.Op, error) {
	return op.Kinds{
		CreateDatabase{},
		CreateObjects{},
		CreatePostData{},
		SetSequences{},
		RefreshView{},
		Analyze{},
		CarrySettings{},
		Swap{},
		copyRows{},
		nothing{},
	}.Decode(s)
}

func (r *refreshing) env(run op.Run) *op.Env {
	return &op.Env{
		Run:      run,
		Report:   r.notes,
		Refresh:  r.refresh,
		Sessions: session.New(&spec.Project{}, session.Options{}),
	}
}

// nothing is a step that does nothing.
type nothing struct{}

func (nothing) Kind() string                       { return "test.nothing" }
func (nothing) Statements() []engine.Statement     { return nil }
func (nothing) Touches() []engine.Touch            { return nil }
func (nothing) Run(context.Context, *op.Env) error { return nil }

// copyRows copies a table as it is.
type copyRows struct {
	op.Database
	Schema, Table string
	Columns       []string
}

func (copyRows) Kind() string { return "test.copy" }

func (o copyRows) Statements() []engine.Statement {
	return op.Statements(o.On(), "COPY "+sqltext.Ident(o.Schema, o.Table)+" ("+sqltext.Idents(o.Columns)+")")
}

func (o copyRows) Run(ctx context.Context, e *op.Env) error {
	if len(o.Columns) == 0 {
		return nil
	}
	table, columns := sqltext.Ident(o.Schema, o.Table), sqltext.Idents(o.Columns)
	return e.InSource(ctx, nil, func(source *pgx.Conn) error {
		// The planner computes what indexes are on, with functions that may depend on the search_path.
		if err := runSQL(ctx, source, "SET search_path = public"); err != nil {
			return err
		}
		return e.InDatabase(ctx, o.Database, func(c *pgx.Conn) error {
			reader, writer := io.Pipe()
			go func() {
				_, err := source.PgConn().CopyTo(ctx, writer, "COPY (SELECT "+columns+" FROM ONLY "+table+") TO STDOUT")
				writer.CloseWithError(err)
			}()
			if err := runSQL(ctx, c, "BEGIN; TRUNCATE ONLY "+table); err != nil {
				return err
			}
			if _, err := c.PgConn().CopyFrom(ctx, reader, "COPY "+table+" ("+columns+") FROM STDIN"); err != nil {
				return err
			}
			return runSQL(ctx, c, "COMMIT")
		})
	})
}

// apply walks the steps with four workers, as the engine does. Each step is run times over.
func (r *refreshing) apply(steps []engine.Step, run op.Run, times int) error {
	workers := 4
	if r.workers > 0 {
		workers = r.workers
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	known := map[string]bool{}
	for _, s := range steps {
		if known[s.ID] {
			return fmt.Errorf("two steps are called %s", s.ID)
		}
		known[s.ID] = true
	}
	for _, s := range steps {
		for _, n := range s.Needs {
			if !known[n] {
				return fmt.Errorf("%s needs %s, which is no step", s.ID, n)
			}
		}
	}
	done, running, held := map[string]bool{}, map[string]bool{}, map[string]bool{}
	type result struct {
		step engine.Step
		err  error
	}
	results := make(chan result)
	var failed error
	for {
		for _, s := range steps {
			ready := failed == nil && !done[s.ID] && !running[s.ID] && len(running) < workers
			for _, n := range s.Needs {
				ready = ready && done[n]
			}
			for _, c := range s.Contends {
				ready = ready && !held[c]
			}
			if !ready {
				continue
			}
			running[s.ID] = true
			for _, c := range s.Contends {
				held[c] = true
			}
			go func() {
				var err error
				for range times {
					if err == nil {
						err = r.execute(ctx, s, run)
					}
				}
				results <- result{s, err}
			}()
		}
		if len(running) == 0 {
			if failed == nil && len(done) < len(steps) {
				return errors.New("the steps wait for each other")
			}
			return failed
		}
		res := <-results
		delete(running, res.step.ID)
		for _, c := range res.step.Contends {
			delete(held, c)
		}
		if res.err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", res.step.ID, res.err)
		}
		done[res.step.ID] = res.err == nil
	}
}
