// Package journal keeps journals and leases in a schema of a PostgreSQL database, for runners without persistent disks.
// The schema is called shoji; it is created on the first write.
package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Options are the dependencies of a store.
type Options struct {
	Name   string // of the database, for messages: database.staging
	Now    func() time.Time
	Random io.Reader
}

// store keeps journals in tables. Each call opens a connection; the journal of a run keeps one.
type store struct {
	connect func(context.Context) (*pgx.Conn, error)
	Options
}

const schema = `
CREATE SCHEMA IF NOT EXISTS shoji;
CREATE TABLE IF NOT EXISTS shoji.run (id text PRIMARY KEY, format_version text NOT NULL, info jsonb NOT NULL,
	plan text NOT NULL, started timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS shoji.record (run text NOT NULL REFERENCES shoji.run,
	n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, record jsonb NOT NULL);
CREATE INDEX IF NOT EXISTS record_run ON shoji.record (run, n);
CREATE TABLE IF NOT EXISTS shoji.lease (target text PRIMARY KEY, holder jsonb NOT NULL);
REVOKE ALL ON SCHEMA shoji FROM PUBLIC;`

// Open returns the store in a database. It connects once, so that errors show early.
func Open(ctx context.Context, connect func(context.Context) (*pgx.Conn, error), o Options) (engine.Store, error) {
	s := &store{connect, o}
	return s, s.do(ctx, func(*pgx.Conn) error { return nil })
}

func (s *store) String() string { return "schema shoji of " + s.Name }

// do runs f over a connection.
func (s *store) do(ctx context.Context, f func(*pgx.Conn) error) error {
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	return s.redacted(f(c))
}

// write is do after creating the schema.
func (s *store) write(ctx context.Context, f func(*pgx.Conn) error) error {
	return s.do(ctx, func(c *pgx.Conn) error {
		if err := prepare(ctx, c); err != nil {
			return err
		}
		return f(c)
	})
}

func prepare(ctx context.Context, c *pgx.Conn) error {
	var there bool
	if err := c.QueryRow(ctx, "SELECT to_regclass('shoji.lease') IS NOT NULL").Scan(&there); err != nil || there {
		return err
	}
	sql := "BEGIN; SELECT pg_advisory_xact_lock(7369006971); " + schema + " COMMIT"
	_, err := c.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

func (s *store) redacted(err error) error {
	var held *engine.HeldError
	if err == nil || errors.As(err, &held) || errors.Is(err, engine.ErrLeaseLost) {
		return err
	}
	redacted := conn.Redact(err)
	var server *conn.Error
	if errors.As(redacted, &server) && server.Code == "42501" {
		return fmt.Errorf("using the journal in %s: %w. The user needs to make the schema, once: GRANT CREATE ON "+
			"DATABASE … TO …, or let an administrator make it: CREATE SCHEMA shoji AUTHORIZATION …", s, redacted)
	}
	return fmt.Errorf("using the journal in %s: %w", s, redacted)
}

// missing reports whether the schema does not exist yet.
func missing(ctx context.Context, c *pgx.Conn) (bool, error) {
	var there bool
	err := c.QueryRow(ctx, "SELECT to_regclass('shoji.lease') IS NOT NULL").Scan(&there)
	return !there, err
}

func (s *store) Begin(ctx context.Context, run engine.RunInfo, plan *engine.Plan) (engine.Journal, error) {
	raw, err := engine.EncodePlan(plan)
	if err != nil {
		return nil, err
	}
	info, err := json.Marshal(run)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx,
			"INSERT INTO shoji.run (id, format_version, info, plan, started) VALUES ($1, $2, $3, $4, $5)", run.ID,
			engine.JournalVersion, info, string(raw), run.Started)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.Continue(ctx, run.ID)
}

func (s *store) Continue(ctx context.Context, id string) (engine.Journal, error) {
	c, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	return &runJournal{store: s, run: id, c: c}, nil
}

// runJournal appends the records of a run. It reconnects if the connection is lost.
type runJournal struct {
	store *store
	run   string

	mu sync.Mutex
	c  *pgx.Conn
}

func (j *runJournal) Append(ctx context.Context, r engine.Record) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.c.IsClosed() {
		if j.c, err = j.store.connect(ctx); err != nil {
			return err
		}
	}
	if _, err := j.c.Exec(ctx, "INSERT INTO shoji.record (run, record) VALUES ($1, $2)", j.run, raw); err != nil {
		return j.store.redacted(err)
	}
	return nil
}

func (j *runJournal) Close() error { return j.c.Close(context.Background()) }

func (s *store) Runs(ctx context.Context) ([]engine.RunInfo, error) {
	var runs []engine.RunInfo
	err := s.do(ctx, func(c *pgx.Conn) error {
		if none, err := missing(ctx, c); none || err != nil {
			return err
		}
		rows,
			err := c.Query(ctx, `SELECT r.format_version, r.info,
				coalesce((SELECT json_agg(x.record ORDER BY x.n) FROM shoji.record x WHERE x.run = r.id
				AND x.record->>'kind' = 'state'), '[]')
			FROM shoji.run r ORDER BY r.started, r.id`)
		if err != nil {
			return err
		}
		var version string
		var info, records []byte
		_, err = pgx.ForEachRow(rows, []any{&version, &info, &records}, func() error {
			if err := sealed.CheckFormat("journal", version, engine.JournalVersion); err != nil {
				return err
			}
			var run engine.RunInfo
			var list []engine.Record
			if err := errors.Join(json.Unmarshal(info, &run), json.Unmarshal(records, &list)); err != nil {
				return err
			}
			runs = append(runs, engine.Summarise(run, list))
			return nil
		})
		return err
	})
	return runs, err
}

func (s *store) Forget(ctx context.Context, id string) error {
	return s.do(ctx, func(c *pgx.Conn) error {
		return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "DELETE FROM shoji.record WHERE run = $1", id); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "DELETE FROM shoji.run WHERE id = $1", id)
			return err
		})
	})
}

func (s *store) Read(ctx context.Context, id string) (*engine.Plan, []engine.Record, error) {
	var plan *engine.Plan
	var records []engine.Record
	err := s.do(ctx, func(c *pgx.Conn) error {
		if none, err := missing(ctx, c); none || err != nil {
			return errors.Join(err, fmt.Errorf("there is no run %q", id))
		}
		var raw, version string
		switch err := c.QueryRow(ctx, "SELECT plan, format_version FROM shoji.run WHERE id = $1", id).
			Scan(&raw, &version); {
		case errors.Is(err, pgx.ErrNoRows):
			return fmt.Errorf("there is no run %q", id)
		case err != nil:
			return err
		}
		var err error
		if err = sealed.CheckFormat("journal", version, engine.JournalVersion); err != nil {
			return err
		}
		if plan, err = engine.DecodePlan([]byte(raw), "the plan of run "+id); err != nil {
			return err
		}
		rows, err := c.Query(ctx, "SELECT record FROM shoji.record WHERE run = $1 ORDER BY n", id)
		if err != nil {
			return err
		}
		var line []byte
		_, err = pgx.ForEachRow(rows, []any{&line}, func() error {
			var r engine.Record
			if err := errors.Join(sealed.CheckDuplicates(line), json.Unmarshal(line, &r)); err != nil {
				return err
			}
			records = append(records, r)
			return sealed.CheckFormat("journal", r.FormatVersion, engine.JournalVersion)
		})
		return err
	})
	return plan, records, err
}
