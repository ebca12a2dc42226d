package stage

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/spec"
)

// Import loads what was exported of a table into target, which is in a transaction of the caller where the table is
// empty. It returns the number of rows, which both sides have counted.
func Import(ctx context.Context, o Objects, at Place, t *Table, r *Record, target *pgx.Conn,
	report engine.Reporter) (int64, error) {
	if err := t.fits(r); err != nil {
		return 0, err
	}
	if t.Empty() {
		return r.Rows, insertDefaults(ctx, t, r.Rows, target)
	}
	load := importByClient
	if t.Import == spec.WayServer {
		load = importByServer
	}
	l := &loading{
		objects:  o,
		at:       at,
		table:    t,
		record:   r,
		target:   target,
		progress: &tally{report: report},
	}
	if t.ReadBack && t.Exact {
		l.sum = newRowSum(t.Format)
	}
	for i := range r.Ranges {
		part := &r.Ranges[i]
		n, err := load(ctx, l, part)
		if err != nil {
			return 0, err
		}
		if n != part.Rows {
			return 0, fmt.Errorf("loading %s.%s: %d rows were exported, but the target took %d of them", t.Schema,
				t.Name, part.Rows, n)
		}
	}
	l.progress.last(r.Rows)
	if t.ReadBack {
		return r.Rows, l.readBack(ctx, report)
	}
	return r.Rows, nil
}

// loading is one table on its way in.
type loading struct {
	objects  Objects
	at       Place
	table    *Table
	record   *Record
	target   *pgx.Conn
	progress *tally
	sum      *rowSum // of the rows as they were staged; nil where nobody asks
}

// fits compares what was exported with what will be loaded.
func (t *Table) fits(r *Record) error {
	if r.Schema != t.Schema || r.Table != t.Name || len(r.Columns) != len(t.Columns) {
		return fmt.Errorf("loading %s.%s: what was exported has other columns", t.Schema, t.Name)
	}
	for i, c := range t.Columns {
		if r.Columns[i] != c.Name {
			return fmt.Errorf("loading %s.%s: what was exported has %q where %q is expected", t.Schema, t.Name,
				r.Columns[i], c.Name)
		}
	}
	if r.Format != t.Format || r.Compression != t.Compression {
		return fmt.Errorf("loading %s.%s: it was exported as %s %s, not as %s %s", t.Schema, t.Name, r.Compression,
			r.Format, t.Compression, t.Format)
	}
	return nil
}

// insertDefaults makes rows of which no column crosses.
func insertDefaults(ctx context.Context, t *Table, n int64, target *pgx.Conn) error {
	for range n {
		if _, err := target.Exec(ctx, t.insertDefault()); err != nil {
			return t.refused(ctx, target, err)
		}
	}
	return nil
}

// refused is an error of the target, told without values.
func (t *Table) refused(ctx context.Context, target *pgx.Conn, err error) error {
	return fmt.Errorf("filling %s.%s: %w", t.Schema, t.Name, conn.RedactNamed(ctx, target, err))
}

// readBack reads the table as it was written, and compares it with what was staged.
func (l *loading) readBack(ctx context.Context, report engine.Reporter) error {
	t := l.table
	if l.sum == nil {
		report.Note(t.Uncompared())
		return nil
	}
	if t.Import == spec.WayServer { // the rows did not pass here
		for _, f := range l.record.Files() {
			if err := l.sumOf(ctx, f); err != nil {
				return err
			}
		}
	}
	there := newRowSum(t.Format)
	if _, err := l.target.PgConn().CopyTo(ctx, there, t.Table.ReadBack()); err != nil {
		return fmt.Errorf("reading %s.%s back: %w", t.Schema, t.Name, conn.RedactRows(err))
	}
	there.end()
	if there.hex() != l.sum.hex() {
		return fmt.Errorf("verifying %s.%s: what the target holds is not what was exported", t.Schema, t.Name)
	}
	return nil
}
