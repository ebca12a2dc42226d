package swap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// execute runs one step as the provider does.
func (r *refreshing) execute(ctx context.Context, s engine.Step, run op.Run) error {
	decode := func(into any) {
		if err := json.Unmarshal(s.Params, into); err != nil {
			panic(err)
		}
	}
	on := func(database string, f func(*pgx.Conn) error) error {
		c, err := r.connect(ctx, database)
		if err != nil {
			return err
		}
		defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
		return f(c)
	}
	switch s.Kind {
	case KindCreateDatabase:
		var p CreateParams
		decode(&p)
		return on("postgres", func(c *pgx.Conn) error {
			return CreateDatabase(ctx, c, r.connect, p, s.Statements, run, r.notes)
		})
	case KindStatements:
		var p GroupParams
		decode(&p)
		return on(p.Database, func(c *pgx.Conn) error { return Statements(ctx, c, p, s.Statements, run, r.notes) })
	case KindPostData:
		var p PostParams
		decode(&p)
		return on(p.Database, func(c *pgx.Conn) error { return PostData(ctx, c, p, s.Statements, r.notes) })
	case KindRefreshView, KindAnalyze:
		var p PlainParams
		decode(&p)
		return on(p.Database, func(c *pgx.Conn) error { return RefreshView(ctx, c, p, s.Statements, r.notes) })
	case KindSettings:
		var p PlainParams
		decode(&p)
		return on(p.Database, func(c *pgx.Conn) error { return Settings(ctx, c, p, s.Statements) })
	case KindSequences:
		var p SequencesParams
		decode(&p)
		return on(p.Database, func(c *pgx.Conn) error {
			source, err := pgx.Connect(ctx, r.source)
			if err != nil {
				return err
			}
			defer func() { _ = source.Close(ctx) }()
			return Sequences(ctx, source, c, p)
		})
	case KindSwap:
		var p SwapParams
		decode(&p)
		return Swap(ctx, Server{Connect: r.maintenance}, p, run, 20*time.Second, r.notes)
	case "test.copy":
		return on(r.names.Next, func(c *pgx.Conn) error { return r.copy(ctx, c, s) })
	case "test.nothing":
		return nil
	}
	return fmt.Errorf("no such kind: %s", s.Kind)
}

func (r *refreshing) copy(ctx context.Context, c *pgx.Conn, s engine.Step) error {
	source, err := pgx.Connect(ctx, r.source)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close(ctx) }()
	var name []string
	if err := json.Unmarshal(s.Params, &name); err != nil {
		return err
	}
	list := s.Statements[0].Text[strings.LastIndex(s.Statements[0].Text, " ("):]
	if list == " ()" {
		return nil
	}
	columns := strings.TrimSuffix(strings.TrimPrefix(list, " ("), ")")
	reader, writer := io.Pipe()
	go func() {
		_, err := source.PgConn().CopyTo(ctx, writer,
			"COPY (SELECT "+columns+" FROM ONLY "+sqltext.Ident(name...)+") TO STDOUT")
		writer.CloseWithError(err)
	}()
	if _, err := c.Exec(ctx, "BEGIN"); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, "TRUNCATE ONLY "+sqltext.Ident(name...)); err != nil {
		return err
	}
	if _, err := c.PgConn().CopyFrom(ctx, reader, "COPY "+sqltext.Ident(name...)+list+" FROM STDIN"); err != nil {
		return err
	}
	_, err = c.Exec(ctx, "COMMIT")
	return err
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
