package transfer

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// VerifySetting is the run-time parameter with the key of verification's digests: random in each run, the same on both
// sides.
const VerifySetting = "shoji.verify"

// Samples are how many rows of a table are looked at.
const (
	SampleSize = 1000
	FullSize   = 100_000
)

// Sample is how many rows a refresh's verify = "full", "sample" or "off" looks at.
func Sample(verify string) int {
	return map[string]int{"full": FullSize, "sample": SampleSize}[verify]
}

// Measure has the source say what the masks do to a sample of its rows, and reports those that change too little, each
// at its mask: what such a mask lets through crosses raw. It reads under the snapshot of from, whose sessions must have
// VerifySetting and the key of the masks, and takes no connection of its own.
func Measure(ctx context.Context, from *Export, tables []Table, size int, report engine.Reporter) error {
	return measured(tables, report, func(t *Table) (effects []*effect, ds diag.Diagnostics, err error) {
		err = from.Read(ctx, t, func(source *pgx.Conn) error {
			effects, err = t.sample(ctx, source, size)
			return err
		})
		return effects, nil, err
	})
}

// Verify does what Measure does, and looks for raw values in the copy: each side computes keyed digests of its own
// values, and only digests are compared, so that no value crosses. A sample of the source's values that their mask
// changes must not be found among the target's: beside the same key of a row where the table has one that is kept,
// anywhere where the mask's results cannot meet a raw value by chance. All findings are reported, each at its mask.
// Both connections must have VerifySetting, the source's the key of the masks too.
func Verify(ctx context.Context, source, target *pgx.Conn, tables []Table, size int, report engine.Reporter) error {
	return measured(tables, report, func(t *Table) ([]*effect, diag.Diagnostics, error) {
		var effects []*effect
		err := within(ctx, source, t.ReadPath, func() (err error) {
			effects, err = t.sample(ctx, source, size)
			return err
		})
		var ds diag.Diagnostics
		if err == nil {
			ds, err = t.arrived(ctx, target, effects)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("verifying %s.%s: %w", t.Schema, t.Name, conn.RedactRows(err))
		}
		return effects, ds, nil
	})
}

// measured judges what look says of each table with a masked column, and reports it.
func measured(tables []Table, report engine.Reporter, look func(*Table) ([]*effect, diag.Diagnostics, error)) error {
	var ds diag.Diagnostics
	var effects []engine.ColumnEffect
	var columns []*judged
	for i := range tables {
		t := &tables[i]
		report.Progress(engine.Progress{Tables: i, TotalTables: len(tables)})
		if len(t.masked()) == 0 {
			continue
		}
		sampled, found, err := look(t)
		if err != nil {
			return err
		}
		ds.Append(found...)
		columns = judge(columns, t, sampled)
		for _, e := range sampled {
			effects = append(effects, e.ColumnEffect)
		}
	}
	for _, c := range columns {
		if fault := c.fault(); fault != nil {
			ds.Append(*fault)
		}
	}
	report.Effects(effects)
	return ds.Err()
}

// arrived looks for raw values among those of the target.
func (t *Table) arrived(ctx context.Context, target *pgx.Conn, sampled []*effect) (diag.Diagnostics, error) {
	var columns []Column
	var args, into []any
	for i, c := range t.masked() {
		if c.Check != "" {
			columns, args, into = append(columns, c), append(args, sampled[i].digests), append(into, new(int64))
		}
	}
	if len(columns) == 0 {
		return nil, nil
	}
	err := within(ctx, target, t.FillPath, func() error {
		return target.QueryRow(ctx, t.Found(), args...).Scan(into...)
	})
	if err != nil {
		return nil, err
	}
	var ds diag.Diagnostics
	for i, c := range columns {
		if n := *into[i].(*int64); n > 0 {
			ds.Append(diag.Diagnostic{
				Severity: diag.Error,
				Code:     "raw_value_arrived",
				Summary:  fmt.Sprintf("Raw values of %s.%s.%s are in the copy", t.Schema, t.Name, c.Name),
				Detail: fmt.Sprintf("%d of a sample of %d values of the source were found in the "+
					"copy although %s masks them. "+
					"The copy is not put in place.", n, len(args[i].([]string)), c.Mask),
				Range: c.Range,
			})
		}
	}
	return ds, nil
}

// Found returns the query that counts the raw values among those of the target: one column and one parameter, a list of
// digests, for each that can be looked for. It is "" where none can.
func (t *Table) Found() string {
	var filters []string
	for _, c := range t.masked() {
		if c.Check == "" {
			continue
		}
		var keys []string
		if c.Check == "row" {
			for _, k := range t.keys() {
				keys = append(keys, k.text(sqltext.Ident(k.Name)))
			}
		}
		filters = append(filters,
			fmt.Sprintf("pg_catalog.count(*) FILTER (WHERE %s IN (SELECT pg_catalog.unnest($%d::text[])))",
				digest(c.comparable(sqltext.Ident(c.Name)), keys...), len(filters)+1))
	}
	if filters == nil {
		return ""
	}
	sql := "SELECT " + strings.Join(filters, ", ") + " FROM ONLY " + sqltext.Ident(t.Schema, t.Name)
	if t.Own != "" {
		sql += " WHERE (" + t.Own + ")"
	}
	return inFull(sql, t.FillPath)
}
