// Package preview looks at a few masked rows inside the source before a run: it has the source mask a small sample of
// each table and count what its constraints would refuse in the copy. Nothing but counts comes back, and nothing is
// written. What a constant mask gives is tried without reading a row.
package preview

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Sampler tries constraints with masked rows. Its session may only read, has the settings and the key that masks run
// with, and takes one statement after the other.
type Sampler struct {
	Conn *pgx.Conn
	// Code is the code of the source that is not trusted: a constraint that would run it is not tried.
	Code *reach.Code
	// Rows is how many of each table are masked at the most; Parts, of how many partitions of a table.
	Rows, Parts int
	// Timeout is for the statement of one table, Total for all of them.
	Timeout, Total time.Duration
	// Skip reports whether no statement may be run for a table; nil is for none.
	Skip func(*decide.Table) bool
	// Unread says why no row may be read, so that constants alone are tried; "" where rows may be.
	Unread string
}

// New returns a Sampler with the bounds of a plan.
func New(c *pgx.Conn, code *reach.Code) *Sampler {
	return &Sampler{Conn: c, Code: code, Rows: 500, Parts: 4, Timeout: 5 * time.Second, Total: time.Minute}
}

// Try tries the constraints of tables. The error is one of the connection; what was found out until then counts.
func (s *Sampler) Try(ctx context.Context, tables []decide.Table) (*Trial, error) {
	out := &Trial{tables: tables, answers: map[*decide.Constraint]answer{}}
	if err := conn.Limit(ctx, s.Conn, s.Timeout); err != nil {
		return out, fmt.Errorf("limiting the statements that try masks: %w", err)
	}
	begun := time.Now()
	roots := map[catalog.Ref]*decide.Table{}
	for i := range tables {
		roots[tables[i].Source.Ref()] = &tables[i]
	}
	taken := map[catalog.Ref]int{}
	for _, t := range bySize(tables) {
		asked := constraintsOf(t)
		if root := roots[t.Root]; root != nil && root != t && taken[t.Root] < s.Parts {
			taken[t.Root]++
			asked = append(asked, constraintsOf(root)...)
		}
		if len(asked) == 0 && !hasWritten(t) || s.Skip != nil && s.Skip(t) {
			continue
		}
		r := round{Sampler: s, table: t, trial: out}
		if time.Since(begun) > s.Total {
			r.late = fmt.Sprintf("the time for trying masks, %s, was over", s.Total)
		}
		if err := r.try(ctx, asked); err != nil {
			return out, err
		}
	}
	return out, nil
}

// Wanted reports whether there is anything to try in tables.
func Wanted(tables []decide.Table) bool {
	return slices.ContainsFunc(tables, func(t decide.Table) bool { return constraintsOf(&t) != nil || hasWritten(&t) })
}

// bySize returns the tables with rows to copy. Of the partitions of a table the largest come first.
func bySize(tables []decide.Table) []*decide.Table {
	var out []*decide.Table
	for i := range tables {
		if tables[i].Treatment == decide.Copy {
			out = append(out, &tables[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *decide.Table) int {
		return int(min(1, max(-1, b.Source.Bytes-a.Source.Bytes)))
	})
	return out
}

// constraintsOf returns the constraints of a table that are worth a trial.
func constraintsOf(t *decide.Table) []*decide.Constraint {
	var out []*decide.Constraint
	for i := range t.Constraints {
		if k := &t.Constraints[i]; !isProven(t, k) {
			out = append(out, k)
		}
	}
	return out
}

// fewBits is how large the space of a mask's values is where some hundred of them may meet.
const fewBits = 32

// isProven reports whether masked rows certainly satisfy a constraint: by what is known of masks that nobody wrote.
func isProven(t *decide.Table, k *decide.Constraint) bool {
	return len(k.Open) == 0 && !slices.ContainsFunc(t.Columns, func(c decide.Column) bool {
		few := k.Kind == decide.UniqueRule && c.Expr.Unique != mask.Preserved && c.Expr.Bits < fewBits
		return slices.Contains(k.Columns, c.Name) && (isWritten(&c) || few)
	})
}

// hasWritten reports whether a mask of a table is SQL that somebody wrote, so that it may fail on a row.
func hasWritten(t *decide.Table) bool {
	return slices.ContainsFunc(t.Columns, func(c decide.Column) bool { return isWritten(&c) })
}

func isWritten(c *decide.Column) bool {
	return c.Decision == decide.Masked && c.Expr.SQL != "" && c.Mask.Written()
}
