package draft

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
	"github.com/shoji-pg/shoji/spec/mask"
)

// SampleOptions bound what ReadSamples reads.
type SampleOptions struct {
	Rows    int           // of each table; 1000 by default
	Timeout time.Duration // for each table; 10 seconds by default
}

// Counts are the numbers that the source counted in one column.
type Counts struct {
	Rows     int64 // in the sample
	Values   int64 // rows whose value is neither NULL nor empty
	Distinct int64
	// Matches counts the values that match each pattern, by its index in patterns.
	Matches map[int]int64
}

// Japanese reports whether most values are names or addresses in Japanese.
func (c Counts) Japanese() bool {
	for i, p := range patterns() {
		if p.unicode && c.Values > 0 && 2*c.Matches[i] >= c.Values {
			return true
		}
	}
	return false
}

// Samples holds the counts by table and column.
type Samples map[catalog.Ref]map[string]Counts

// SampleSource is what ReadSamples needs of a connection.
type SampleSource interface {
	catalog.Queryer
	BeginTx(ctx context.Context, o pgx.TxOptions) (pgx.Tx, error)
}

// ReadSamples looks for personal data in the tables of the given schemas (nil: all) without taking any out: the source
// counts patterns and check digits over a bounded sample, and only counts come back. It runs one statement for each
// table, in a read-only transaction with a time limit. skipped names the tables that could not be read, with a reason
// that quotes no value.
func ReadSamples(ctx context.Context, q SampleSource, c *catalog.Catalog, schemas []string,
	o SampleOptions) (samples Samples, skipped []string, err error) {
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
	samples = Samples{}
	for i := range c.Tables {
		t := &c.Tables[i]
		if t.PartitionOf != "" || t.Foreign || schemas != nil && !slices.Contains(schemas, t.Schema) {
			continue
		}
		if reason := unsafeToSample(code, c, t); reason != "" {
			skipped = append(skipped, t.FullName()+": "+reason)
			continue
		}
		counts, err := sampleTable(ctx, q, t, o, c.Server.Encoding == "UTF8")
		switch {
		case ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case conn.Code(err) == "57014":
			skipped = append(skipped, fmt.Sprintf("%s: it took longer than %s", t.FullName(), o.Timeout))
		case err != nil:
			skipped = append(skipped, fmt.Sprintf("%s: %s", t.FullName(), conn.RedactRows(err)))
		default:
			samples[t.Ref()] = counts
		}
	}
	return samples, skipped, nil
}

// sampleTable runs the statement of one table.
func sampleTable(ctx context.Context, q SampleSource, t *catalog.Table, o SampleOptions,
	unicode bool) (map[string]Counts, error) {
	sql, counters := sampleStatement(t, candidates(t), o.Rows, unicode)
	out := map[string]Counts{}
	if sql == "" {
		return out, nil
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
	for i, counter := range counters {
		c, ok := out[counter.column]
		if !ok {
			c = Counts{Rows: numbers[0], Matches: map[int]int64{}}
		}
		counter.set(&c, numbers[i+1])
		out[counter.column] = c
	}
	return out, nil
}

// candidates returns the columns that can hold personal data: not those that are generated, nor numeric keys, which
// identify nobody.
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
		if c.Generated == "" && (!keys[c.Name] || isText(c.Type.Underlying())) {
			out = append(out, c)
		}
	}
	return out
}

// unsafeToSample returns why a table must not be read, "" if it may be: the user lacks the privilege, its rows are not
// the source's own, or reading them would run code that users of the source wrote.
func unsafeToSample(code *reach.Code, c *catalog.Catalog, t *catalog.Table) string {
	if !t.Selectable {
		return "the user may not read it"
	}
	for _, part := range withPartitions(c, t) {
		if part.Foreign {
			return "a partition of it is on another server"
		}
		if part.RLSApplies {
			return "row security hides rows of it"
		}
		if planned := code.Planned(part.Ref()); len(planned) > 0 {
			return wouldRun(planned[0])
		}
	}
	columns := make(map[string]mask.Type, len(t.Columns))
	for _, col := range t.Columns {
		columns[col.Name] = col.Type
	}
	for _, col := range candidates(t) {
		sql, _, ok := textOf(col)
		if !ok {
			continue
		}
		reached, _, err := code.Reach(reach.Expression{Table: t.Ref(), Columns: columns, SQL: sql})
		if err != nil {
			return err.Error()
		}
		if len(reached) > 0 {
			return wouldRun(reached[0])
		}
	}
	return ""
}

func wouldRun(r reach.Reached) string {
	return fmt.Sprintf("it would run %s, owned by %s, through %s", r.Signature(), r.Owner, r.Through)
}

// withPartitions returns a table with all partitions below it.
func withPartitions(c *catalog.Catalog, t *catalog.Table) []*catalog.Table {
	out := []*catalog.Table{t}
	if !t.Partitioned {
		return out
	}
	name := t.FullName()
	for i := range c.Tables {
		if c.Tables[i].PartitionOf == name {
			out = append(out, withPartitions(c, &c.Tables[i])...)
		}
	}
	return out
}
