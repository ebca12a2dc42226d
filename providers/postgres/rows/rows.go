// Package rows has the steps that bring rows from a source into a copy: under one snapshot, straight or through a
// bucket, and verified at the end. Each kind of step is a type in a file of its own. How rows are moved is in packages
// transfer and stage; which steps a refresh takes is decided above, so this package must import neither the planner nor
// the provider.
package rows

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// Kinds returns the kinds of steps of this package.
func Kinds() op.Kinds {
	return op.Kinds{
		OpenSnapshot{}, CopyTable{}, Verify{}, Measure{}, WaitForCopy{}, ReserveBucket{}, ExportTable{}, ImportTable{},
		WriteManifest{}, Prepare{}, RemoveStaged{},
	}
}

// emptied are the statements before a table is filled: the search_path that its CHECKs and generated columns need, and
// what empties it.
func emptied(t *transfer.Table) []string {
	out := []string{t.Clear()}
	if t.FillPath != nil {
		out = append([]string{sqltext.SetPath(t.FillPath...)}, out...)
	}
	return out
}

// fill fills a table of a copy in one transaction, which empties it first: after an interruption it can be run again,
// and COPY may write rows that need no later freezing.
func fill(ctx context.Context, e *op.Env, d op.Database, t *transfer.Table, load func(*pgx.Conn) error) error {
	return e.InDatabase(ctx, d, func(c *pgx.Conn) error {
		begin := "BEGIN; " + strings.Join(emptied(t), "; ")
		if d.Role != "" {
			begin = "SET ROLE " + sqltext.Ident(d.Role) + "; " + begin
		}
		if _, err := c.PgConn().Exec(ctx, begin).ReadAll(); err != nil {
			return clearing(t, conn.Redact(err))
		}
		if err := load(c); err != nil {
			return err
		}
		if err := conn.Commit(ctx, c); err != nil {
			return fmt.Errorf("filling %s.%s: %w", t.Schema, t.Name, err)
		}
		return nil
	})
}

// clearing returns the error of a table that cannot be emptied.
func clearing(t *transfer.Table, err error) error {
	if t.Extension != "" {
		return fmt.Errorf("emptying %s.%s, a configuration table of extension %s (with data = false its rows are left "+
			"as the extension made them): %w", t.Schema, t.Name, sqltext.Plain(t.Extension), err)
	}
	return fmt.Errorf("emptying %s.%s: %w", t.Schema, t.Name, err)
}

// sharedSamples returns what the samples of tables have in common.
func sharedSamples(tables []transfer.Table) []string {
	var out []string
	for i := range tables {
		out = append(out, tables[i].SharedSamples()...)
	}
	return out
}

// settled returns tables without the estimates of their rows, which the sizes of samples follow.
func settled(tables []transfer.Table) []transfer.Table {
	out := make([]transfer.Table, len(tables))
	for i, t := range tables {
		t.Rows = 0
		out[i] = t
	}
	return out
}
