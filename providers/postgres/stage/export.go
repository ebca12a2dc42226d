package stage

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// Export writes the rows of a table into the bucket, its ranges at once as far as the snapshot has connections, and
// then its record, sealed with key.
func Export(
	ctx context.Context, snapshot *transfer.Export, o Objects, at Place, t *Table, key secret.Value,
	report engine.Reporter,
) (*Record, error) {
	r := &Record{
		Schema:      t.Schema,
		Table:       t.Name,
		Columns:     []string{},
		Format:      t.Format,
		Compression: t.Compression,
		Ranges:      []Range{},
	}
	for _, c := range t.Columns {
		r.Columns = append(r.Columns, c.Name)
	}
	if err := exportRows(ctx, snapshot, o, at, t, r, report); err != nil {
		return nil, err
	}
	if r.Rows < 0 || r.Rows > 0 && !t.Empty() && len(r.Files()) == 0 {
		return nil, fmt.Errorf("exporting %s.%s: the rows were not counted", t.Schema, t.Name)
	}
	return r, writeRecord(ctx, o, at, t, r, key)
}

func exportRows(ctx context.Context, snapshot *transfer.Export, o Objects, at Place, t *Table, r *Record,
	report engine.Reporter) error {
	if t.Empty() {
		return snapshot.Read(ctx, &t.Table, func(c *pgx.Conn) error {
			return c.QueryRow(ctx, t.countRows()).Scan(&r.Rows)
		})
	}
	queries, err := t.queries(ctx, snapshot)
	if err != nil {
		return err
	}
	if err := writeRanges(ctx, o, at, t, len(queries)); err != nil {
		return err
	}
	write := exportByClient
	if t.Export == spec.WayServer {
		write = exportByServer
	}
	r.Ranges = make([]Range, len(queries))
	progress := &tally{report: report}
	all, ctx := errgroup.WithContext(ctx)
	for i, query := range queries {
		all.Go(func() error {
			part, err := write(ctx, snapshot, o, at, t, query, t.Object(i+1), progress)
			r.Ranges[i] = part
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	for _, part := range r.Ranges {
		r.Rows += part.Rows
	}
	progress.last(r.Rows)
	return nil
}

// queries cut the table into ranges of pages. They are counted inside of the snapshot; the last range has no end, so
// that no row can be beyond it.
func (t *Table) queries(ctx context.Context, snapshot *transfer.Export) ([]string, error) {
	if t.RangeBytes == 0 {
		return []string{t.Select}, nil
	}
	var pages, bytes int64
	err := snapshot.Read(ctx, &t.Table, func(c *pgx.Conn) error {
		return c.QueryRow(ctx, t.pages()).Scan(&pages, &bytes)
	})
	if err != nil {
		return nil, err
	}
	n := max(1, min((bytes+t.RangeBytes-1)/t.RangeBytes, pages, 9999))
	out := make([]string, n)
	for i := range n {
		from, to := "", ""
		if i > 0 {
			from = strconv.FormatInt(pages*i/n, 10)
		}
		if i < n-1 {
			to = strconv.FormatInt(pages*(i+1)/n, 10)
		}
		out[i] = t.within(from, to)
	}
	return out, nil
}

// tally adds the progress of a table's ranges up.
type tally struct {
	report      engine.Reporter
	rows, bytes atomic.Int64
}

func (p *tally) add(rows, bytes int64) {
	p.report.Progress(engine.Progress{Rows: p.rows.Add(rows), Bytes: p.bytes.Add(bytes)})
}

// last tells of all rows, which are known by then.
func (p *tally) last(rows int64) {
	p.report.Progress(engine.Progress{Rows: rows, Bytes: p.bytes.Load()})
}
