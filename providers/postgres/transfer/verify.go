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

// VerifySetting is the run-time parameter with the key of verification's digests: random in each run, the same on both sides.
const VerifySetting = "shoji.verify"

// Samples are how many raw values of a column are looked for.
const (
	SampleSize = 1000
	FullSize   = 100_000
)

// Sample is how many values a refresh's verify = "full", "sample" or "off" looks for.
func Sample(verify string) int {
	return map[string]int{"full": FullSize, "sample": SampleSize}[verify]
}

// Verify looks for raw values in the copy: each side computes keyed digests of its own values, and only digests are compared, so that no
// value crosses. A sample of the source's values that their mask changes must not be found among the target's: beside the same
// key of a row where the table has one that is kept, anywhere where the mask's results cannot meet a raw value by chance.
// All findings are reported, each at its mask. Both connections must have VerifySetting, the source's the key of the masks too.
func Verify(ctx context.Context, source, target *pgx.Conn, tables []Table, size int, report engine.Reporter) error {
	var ds diag.Diagnostics
	checked := 0
	for i := range tables {
		t := &tables[i]
		columns := t.checked()
		if len(columns) == 0 {
			continue
		}
		found, err := verifyTable(ctx, source, target, t, columns, size)
		if err != nil {
			return fmt.Errorf("verifying %s.%s: %w", t.Schema, t.Name, conn.RedactRows(err))
		}
		checked += len(columns)
		ds.Append(found...)
	}
	report.Note(fmt.Sprintf("%d masked columns of %d tables compared by keyed digests", checked, len(tables)))
	return ds.Err()
}

func verifyTable(ctx context.Context, source, target *pgx.Conn, t *Table, columns []Column, size int) (diag.Diagnostics, error) {
	var ds diag.Diagnostics
	args := make([]any, len(columns))
	counts := make([]int64, len(columns))
	into := make([]any, len(columns))
	for i, c := range columns {
		sample, err := sampleOf(ctx, source, t, c, size)
		if err != nil {
			return nil, err
		}
		args[i], into[i] = sample, &counts[i]
	}
	if err := target.QueryRow(ctx, t.found(columns), args...).Scan(into...); err != nil {
		return nil, err
	}
	for i, c := range columns {
		n := int64(len(args[i].([]string)))
		if counts[i] > 0 {
			ds.Append(diag.Diagnostic{Severity: diag.Error, Code: "raw_value_arrived", Range: c.Range, Snippet: c.Snippet,
				Summary: fmt.Sprintf("Raw values of %s.%s.%s are in the copy", t.Schema, t.Name, c.Name),
				Detail:  fmt.Sprintf("%d of a sample of %d values of the source were found in the copy although %s masks them. The copy is not put in place.", counts[i], n, c.Mask)})
		}
	}
	return ds, nil
}

// checked are the columns that verification can say something of.
func (t *Table) checked() []Column {
	var out []Column
	for _, c := range t.Columns {
		if c.Check != "" {
			out = append(out, c)
		}
	}
	return out
}

// Samples are the queries that the source answers with digests of raw values, Found the one that counts them on the
// target; "" where there is nothing to check.
func (t *Table) Samples(size int) []string {
	var out []string
	for _, c := range t.checked() {
		out = append(out, t.sample(c, size))
	}
	return out
}

// Found is described with Samples.
func (t *Table) Found() string {
	if columns := t.checked(); len(columns) > 0 {
		return t.found(columns)
	}
	return ""
}

func (t *Table) found(columns []Column) string {
	var filters []string
	for i, c := range columns {
		filters = append(filters, fmt.Sprintf("pg_catalog.count(*) FILTER (WHERE %s IN (SELECT pg_catalog.unnest($%d::text[])))", digest(t, c), i+1))
	}
	return "SELECT " + strings.Join(filters, ", ") + " FROM ONLY " + sqltext.Ident(t.Schema, t.Name)
}

// sampleOf gives digests of a column's raw values, computed by the source.
func sampleOf(ctx context.Context, source *pgx.Conn, t *Table, c Column, size int) ([]string, error) {
	rows, err := source.Query(ctx, t.sample(c, size))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (t *Table) sample(c Column, size int) string {
	sample := ""
	if percent := 200 * float64(size) / float64(max(t.Rows, 1)); percent < 50 {
		sample = fmt.Sprintf(" TABLESAMPLE SYSTEM (%.6f)", percent)
	}
	column := sqltext.Ident(c.Name)
	sql := "SELECT " + digest(t, c) + " FROM ONLY " + sqltext.Ident(t.Schema, t.Name) + sample + " WHERE " + column + " IS NOT NULL AND " + column + "::text <> '' AND (" + c.SQL + ")::text IS DISTINCT FROM " + column + "::text"
	if t.Where != "" {
		sql += " AND (" + t.Where + ")"
	}
	return sql + fmt.Sprintf(" LIMIT %d", size)
}

// digest is the SQL of a value's keyed digest, together with the row's key where that is kept.
func digest(t *Table, c Column) string {
	parts := []string{"pg_catalog.current_setting('" + VerifySetting + "')"}
	if c.Check == "row" {
		for _, k := range t.Columns {
			if k.Key {
				parts = append(parts, sqltext.Ident(k.Name)+"::text")
			}
		}
	}
	parts = append(parts, sqltext.Ident(c.Name)+"::text")
	return "pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws(pg_catalog.chr(31), " + strings.Join(parts, ", ") + "), 'UTF8')), 'hex')"
}
