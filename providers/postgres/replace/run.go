package replace

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// Connect opens a connection to one side.
type Connect func(ctx context.Context) (*pgx.Conn, error)

// Server is the target's, whose databases are locked.
type Server struct {
	// Connect opens a session with the database that is refreshed.
	Connect Connect
	// StillOurs reports, right before the commit, that the lock on the databases was lost. It may be nil.
	StillOurs func(context.Context, *pgx.Conn) error
}

// Record writes into the target how its copy was made, in the transaction that makes it.
type Record func(ctx context.Context, c *pgx.Conn) error

// Rows are where the rows of a table come from: a snapshot of the source, or a bucket.
type Rows interface {
	Copy(ctx context.Context, t *transfer.Table, target *pgx.Conn, o transfer.Options,
		report engine.Reporter) (int64, error)
	Close()
}

// Run executes the step: one transaction on the target. Whatever fails, it is rolled back, by the server too where the
// connection breaks. source may be nil where neither sequences nor verification ask it.
func Run(ctx context.Context, open func(context.Context) (Rows, error), source Connect, target Server,
	record Record, p Params, report engine.Reporter) error {
	from, err := open(ctx)
	if err != nil {
		return err
	}
	defer from.Close()
	c, err := target.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx), c) }()
	if err := relaxed(ctx, c, p); err != nil {
		return err
	}
	if err := run(ctx, c, append([]string{"BEGIN"}, p.Before...)); err != nil {
		return err
	}
	progress := &sum{report: report}
	for i := range p.Tables {
		t := &p.Tables[i]
		n, err := from.Copy(ctx, t, c, transfer.Options{ReadBack: p.ReadBack}, progress)
		if err != nil {
			return err
		}
		progress.next()
		report.Note(fmt.Sprintf("%s.%s: %d rows", t.Schema, t.Name, n))
	}
	if err := run(ctx, c, p.After); err != nil {
		return err
	}
	for _, k := range p.Checks {
		var wrong int64
		if err := c.QueryRow(ctx, k.SQL).Scan(&wrong); err != nil {
			return fmt.Errorf("checking the %s: %w", k.Name, conn.RedactRows(err))
		}
		if wrong > 0 {
			return fmt.Errorf("the %s does not hold: %d %s", k.Name, wrong, k.Wrong)
		}
	}
	if err := record(ctx, c); err != nil {
		return err
	}
	if err := finish(ctx, source, c, target.StillOurs, p, report); err != nil {
		return err
	}
	if err := conn.Commit(ctx, c); err != nil {
		return fmt.Errorf("committing the new rows: %w", err)
	}
	return nil
}

// showRole is how the setting is looked at that keeps triggers from firing.
const showRole = "SHOW session_replication_role"

// relaxed makes sure that the session has what the parameter group was changed for.
func relaxed(ctx context.Context, c *pgx.Conn, p Params) error {
	if !p.Replica {
		return nil
	}
	var role string
	if err := c.QueryRow(ctx, showRole).Scan(&role); err != nil {
		return fmt.Errorf("looking at session_replication_role: %w", conn.Redact(err))
	}
	if role != "replica" {
		return fmt.Errorf("session_replication_role is %s in a new session of the target, although its parameter "+
			"group says replica: a setting of the role or the database (ALTER ROLE … SET) is in the way", role)
	}
	return nil
}

// finish looks for raw values and sets the sequences, over another connection to the source, while the lock on the
// target is held.
func finish(ctx context.Context, source Connect, c *pgx.Conn, stillOurs func(context.Context, *pgx.Conn) error,
	p Params,
	report engine.Reporter) error {
	var s *pgx.Conn
	if source != nil && len(p.Sequences)+p.Verify > 0 {
		var err error
		if s, err = source(ctx); err != nil {
			return err
		}
		defer func() { _ = conn.Close(context.WithoutCancel(ctx), s) }()
	}
	if p.Verify > 0 {
		if err := transfer.Verify(ctx, s, c, p.Tables, p.Verify, report); err != nil {
			return err
		}
	}
	if stillOurs != nil {
		if err := stillOurs(ctx, c); err != nil {
			return err
		}
	}
	// Last of all: setting a sequence is the one change that no rollback takes back (manual, 9.17).
	return transfer.SetSequences(ctx, s, c, p.Sequences)
}

func run(ctx context.Context, c *pgx.Conn, statements []string) error {
	for _, sql := range statements {
		if _, err := c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("running %q: %w", sql, conn.RedactRows(err))
		}
	}
	return nil
}

// sum adds the progress of the tables up.
type sum struct {
	report     engine.Reporter
	done, last engine.Progress
}

func (s *sum) Progress(p engine.Progress) {
	s.last = p
	s.report.Progress(engine.Progress{Rows: s.done.Rows + p.Rows, Bytes: s.done.Bytes + p.Bytes})
}

func (s *sum) Note(text string) { s.report.Note(text) }

func (s *sum) Effects(columns []engine.ColumnEffect) { s.report.Effects(columns) }

func (s *sum) next() {
	s.done.Rows += s.last.Rows
	s.done.Bytes += s.last.Bytes
	s.last = engine.Progress{}
}
