package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
)

// Scope is what the source must still look like when it is read.
type Scope struct {
	Schemas []string `json:"schemas,omitempty"`
	// Shapes are those of catalog.Shapes when the plan was made.
	Shapes map[string]string `json:"shapes"`
	// Code is what reach.Code.Shapes said of the source when the plan was made, Called the names that it was asked for.
	Called []string          `json:"called,omitempty"`
	Code   map[string]string `json:"code,omitempty"`
	// Tables are locked against changes of their structure while they are read: (schema, name).
	Tables []catalog.Ref `json:"tables"`
	Jobs   int           `json:"jobs"`
}

const (
	begin          = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
	exportSnapshot = "SELECT pg_catalog.pg_export_snapshot()"
)

// Locks are the statements that keep the structure of the tables as it is: a few hundred tables in each, in the order
// of their names.
func (s Scope) Locks() []string {
	names := make([]string, len(s.Tables))
	for i, t := range s.Tables {
		names[i] = sqltext.Ident(t.Schema, t.Name)
	}
	sort.Strings(names)
	var out []string
	for part := range slices.Chunk(names, 500) {
		out = append(out, "LOCK TABLE ONLY "+strings.Join(part, ", ONLY ")+" IN ACCESS SHARE MODE")
	}
	return out
}

// Statements are what Open runs on the source.
func (s Scope) Statements() []string {
	return append(append([]string{begin}, s.Locks()...), exportSnapshot)
}

// Export reads a source under one snapshot, over several connections. Close it. Safe for concurrent use.
type Export struct {
	connect func(context.Context) (*pgx.Conn, error)
	id      string    // of the snapshot
	first   *pgx.Conn // holds the snapshot and the locks
	slots   chan struct{}

	mu   sync.Mutex
	idle []*pgx.Conn
}

// Open locks the tables, looks whether the source is still what was planned, and takes the snapshot, all in one
// transaction: a column that came since the plan stops the run here, before a row is read.
func Open(ctx context.Context, connect func(context.Context) (*pgx.Conn, error), s Scope) (*Export, error) {
	c, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	e := &Export{connect: connect, first: c, slots: make(chan struct{}, max(1, s.Jobs))}
	if err := e.begin(ctx, s); err != nil {
		_ = conn.Close(context.WithoutCancel(ctx), c)
		return nil, err
	}
	return e, nil
}

func (e *Export) begin(ctx context.Context, s Scope) error {
	if _, err := e.first.Exec(ctx, begin); err != nil {
		return fmt.Errorf("beginning to read the source: %w", conn.Redact(err))
	}
	// The locks come before the first query, and with it the snapshot: what is locked cannot change after it was looked
	// at.
	for _, sql := range s.Locks() {
		if _, err := e.first.Exec(ctx, sql); err != nil {
			return e.lockFailed(ctx, s, err)
		}
	}
	if err := e.unmoved(ctx, s); err != nil {
		return err
	}
	if err := e.first.QueryRow(ctx, exportSnapshot).Scan(&e.id); err != nil {
		return fmt.Errorf("exporting the snapshot of the source: %w", conn.Redact(err))
	}
	return nil
}

// unmoved holds the plan's closed world against the source as this transaction sees it.
func (e *Export) unmoved(ctx context.Context, s Scope) error {
	now, err := catalog.Shapes(ctx, e.first, s.Schemas)
	if err != nil {
		return err
	}
	if err := movedError(catalog.DiffShapes(s.Shapes, now)); err != nil {
		return err
	}
	code, err := reach.Read(ctx, e.first)
	if err != nil {
		return err
	}
	return reach.CheckShapes(s.Code, code.Shapes(s.Called))
}

func movedError(moved []string) error {
	if len(moved) == 0 {
		return nil
	}
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     "source_moved",
		Summary:  "The source changed since the plan was made",
		Detail:   strings.Join(moved, "; ") + ". Nothing was read. Decide what is new in the spec, and plan again.",
	}
}

// lockFailed says what is behind a lock that was not given: a table that is gone, or one that somebody changes now.
func (e *Export) lockFailed(ctx context.Context, s Scope, err error) error {
	redacted := conn.Redact(err)
	if _, failed := e.first.Exec(ctx, "ROLLBACK"); failed == nil {
		if moved := e.unmoved(ctx, s); moved != nil {
			return moved
		}
	}
	return fmt.Errorf("locking the tables of the source: %w", redacted)
}

// reader returns a connection inside the snapshot; done returns it to the pool, or closes it where it is not usable any
// more. It waits until one is free.
func (e *Export) reader(ctx context.Context) (c *pgx.Conn, done func(usable bool), err error) {
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	e.mu.Lock()
	if n := len(e.idle); n > 0 {
		c, e.idle = e.idle[n-1], e.idle[:n-1]
	}
	e.mu.Unlock()
	if c == nil {
		if c, err = e.join(ctx); err != nil {
			<-e.slots
			return nil, nil, err
		}
	}
	return c, func(usable bool) {
		if usable && !c.IsClosed() {
			e.mu.Lock()
			e.idle = append(e.idle, c)
			e.mu.Unlock()
		} else {
			_ = conn.Close(context.WithoutCancel(ctx), c)
		}
		<-e.slots
	}, nil
}

// join opens another connection and takes the snapshot over.
func (e *Export) join(ctx context.Context) (*pgx.Conn, error) {
	c, err := e.connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, sql := range []string{begin, "SET TRANSACTION SNAPSHOT " + sqltext.Literal(e.id)} {
		if _, err := c.Exec(ctx, sql); err != nil {
			_ = conn.Close(context.WithoutCancel(ctx), c)
			return nil, fmt.Errorf("joining the snapshot of the source: %w", conn.Redact(err))
		}
	}
	return c, nil
}

// Close ends the snapshot and its connections.
func (e *Export) Close() {
	ctx := context.Background()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range append(e.idle, e.first) {
		_ = conn.Close(ctx, c)
	}
	e.idle = nil
}

// usable reports whether a reader's transaction survived an error: any error of the server aborts it.
func usable(err error) bool { return err == nil || errors.Is(err, errTarget) }
