// Package sample looks for personal data in a source without taking any out: patterns and check digits are counted by
// the source, over a bounded sample of each table, and only counts come back.
package sample

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
)

// Options bound what is read.
type Options struct {
	Rows    int           // of each table; 1000 unless set
	Timeout time.Duration // of each table; 10 seconds unless set
}

// Column is what was counted in one column.
type Column struct {
	Rows     int64 // that were looked at
	Values   int64 // of them with a value that is not empty
	Distinct int64
	// Matches are counts by the place of a pattern in patterns.
	Matches map[int]int64
}

// Japanese reports values that are names or addresses in Japanese, for the most part.
func (c Column) Japanese() bool {
	for i, p := range patterns() {
		if p.unicode && c.Values > 0 && 2*c.Matches[i] >= c.Values {
			return true
		}
	}
	return false
}

// Result holds the counts by table and column.
type Result map[catalog.Ref]map[string]Column

// Source is what Read needs of a connection.
type Source interface {
	reach.Queryer
	BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error)
}

// Read counts in every table of the schemas (nil: all), one statement a table, each in a read-only transaction with a
// time limit. A table that cannot be read is named in skipped, with a reason that quotes no value.
func Read(ctx context.Context, q Source, c *catalog.Catalog, schemas []string,
	o Options) (result Result, skipped []string, err error) {
	if o.Rows == 0 {
		o.Rows = 1000
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	code, err := reach.Read(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	result = Result{}
	for i := range c.Tables {
		t := &c.Tables[i]
		if t.PartitionOf != "" || t.Foreign || !in(schemas, t.Schema) {
			continue
		}
		if !t.Selectable {
			skipped = append(skipped, t.FullName()+": the user may not read it")
			continue
		}
		if reason := runs(code, c, t); reason != "" {
			skipped = append(skipped, t.FullName()+": "+reason)
			continue
		}
		counts, err := readTable(ctx, q, t, o, c.Server.Encoding == "UTF8")
		switch {
		case ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case conn.Code(err) == "57014":
			skipped = append(skipped, fmt.Sprintf("%s: it took longer than %s", t.FullName(), o.Timeout))
		case err != nil:
			skipped = append(skipped, fmt.Sprintf("%s: %s", t.FullName(), conn.RedactRows(err)))
		default:
			result[t.Ref()] = counts
		}
	}
	return result, skipped, nil
}

func in(schemas []string, schema string) bool {
	for _, s := range schemas {
		if s == schema {
			return true
		}
	}
	return schemas == nil
}

// readTable runs the statement of one table.
func readTable(ctx context.Context, q Source, t *catalog.Table, o Options, unicode bool) (map[string]Column, error) {
	sql, places := statement(t, candidates(t), o.Rows, unicode)
	if sql == "" {
		return map[string]Column{}, nil
	}
	tx, err := q.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL statement_timeout = %d", o.Timeout.Milliseconds())); err != nil {
		return nil, err
	}
	var numbers []int64
	if err := tx.QueryRow(ctx, sql).Scan(&numbers); err != nil {
		return nil, err
	}
	out := map[string]Column{}
	for i, p := range places {
		c := out[p.column]
		switch p.what {
		case sampled:
			continue
		case filled:
			c = Column{Rows: numbers[0], Values: numbers[i], Matches: map[int]int64{}}
		case distinct:
			c.Distinct = numbers[i]
		case matching:
			c.Matches[p.pattern] = numbers[i]
		}
		out[p.column] = c
	}
	return out, nil
}

// candidates are the columns that can hold what is looked for: not generated ones, and no keys by number, which name
// nobody.
func candidates(t *catalog.Table) []catalog.Column {
	keys := map[string]bool{}
	for _, k := range t.Constraints {
		if k.Kind == catalog.PrimaryKey || k.Kind == catalog.ForeignKey {
			for _, name := range k.Columns {
				keys[name] = true
			}
		}
	}
	var out []catalog.Column
	for _, c := range t.Columns {
		if c.Generated == "" && !(keys[c.Name] && !isText(c.Type.Underlying())) {
			out = append(out, c)
		}
	}
	return out
}
