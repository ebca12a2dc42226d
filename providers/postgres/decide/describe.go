package decide

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Describe has the source prepare every SELECT, without running it: a mask that it does not accept, or whose type is not the
// column's, is reported at its line of the spec. c must be a connection as masks see it (the same settings).
func Describe(ctx context.Context, c *pgx.Conn, tables []Table) (diag.Diagnostics, error) {
	var ds diag.Diagnostics
	names, err := typeNames(ctx, c)
	if err != nil {
		return nil, err
	}
	for i := range tables {
		t := &tables[i]
		if t.Treatment != Copy || !hasMask(t) {
			continue
		}
		got, err := c.PgConn().Prepare(ctx, "", t.Select(), nil)
		if err != nil {
			if c.IsClosed() || ctx.Err() != nil {
				return ds, fmt.Errorf("describing %s: %w", t.Source.FullName(), conn.Redact(err))
			}
			ds.Append(Locate(t, err))
			continue
		}
		plain, err := c.PgConn().Prepare(ctx, "", plainSelect(t), nil)
		if err != nil {
			return ds, fmt.Errorf("describing %s: %w", t.Source.FullName(), conn.Redact(err))
		}
		ds.Append(compareTypes(t, got.Fields, plain.Fields, names)...)
		many, err := manyRows(ctx, c, t)
		switch {
		case conn.TimedOut(ctx, err):
			ds.Append(slow(t))
			continue
		case err != nil:
			return ds, err
		}
		ds.Append(many...)
	}
	return ds, nil
}

// slow reports a table whose SELECT the source could not plan in the time that a statement of a plan has: constants are
// computed while it is planned.
func slow(t *Table) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     SelectSlow,
		Summary:  "The source takes too long to plan the SELECT of " + t.Source.FullName(),
		Detail: "The statement met its limit (plan_timeout of the database block, or a shorter statement_timeout of the user) " +
			"and was ended. A mask or a condition of the table computes something expensive that no row is needed for: " +
			"simplify it, or raise plan_timeout.",
		Range:   t.Range,
		Snippet: t.Snippet,
	}
}

// manyRows reports masks that make more than one row of one: a function that gives a set, which no list of names can know. The
// server's planner does; it runs nothing.
func manyRows(ctx context.Context, c *pgx.Conn, t *Table) (diag.Diagnostics, error) {
	whole, err := projectsSet(ctx, c, t.Select())
	if err != nil || !whole {
		return nil, err
	}
	var ds diag.Diagnostics
	for i := range t.Columns {
		col := &t.Columns[i]
		if col.Decision != Masked {
			continue
		}
		many, err := projectsSet(ctx, c, "SELECT "+col.Expr.SQL+" FROM ONLY "+sqltext.Ident(t.Source.Schema, t.Source.Name))
		if err != nil {
			return ds, err
		}
		if many {
			ds.Append(diag.Diagnostic{Severity: diag.Error, Code: MaskManyRows, Summary: fmt.Sprintf("The mask of %s.%s gives many rows for one", t.Source.FullName(), col.Name), Range: col.Range, Snippet: col.Snippet,
				Detail: col.Mask.Text + " calls a function that gives a set. A mask is one value from one row."})
		}
	}
	return ds, nil
}

func projectsSet(ctx context.Context, c *pgx.Conn, sql string) (bool, error) {
	rows, err := c.Query(ctx, "EXPLAIN (COSTS off) "+sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return false, fmt.Errorf("asking the source for the form of a SELECT: %w", conn.RedactRows(err))
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return false, fmt.Errorf("asking the source for the form of a SELECT: %w", conn.RedactRows(err))
	}
	for _, l := range lines {
		if strings.TrimSpace(l) == "ProjectSet" || strings.Contains(l, "->  ProjectSet") {
			return true, nil
		}
	}
	return false, nil
}

func hasMask(t *Table) bool {
	for _, c := range t.Columns {
		if c.Decision == Masked {
			return true
		}
	}
	return t.Rows != ""
}

// plainSelect is the SELECT of a table without its masks.
func plainSelect(t *Table) string {
	var names []string
	for _, c := range t.Crossing() {
		names = append(names, c.Name)
	}
	return "SELECT " + sqltext.Idents(names) + " FROM ONLY " + sqltext.Ident(t.Source.Schema, t.Source.Name)
}

// Locate turns an error about a table's SELECT into a diagnostic at the mask that it is about, where the server says a position in it.
func Locate(t *Table, err error) diag.Diagnostic {
	d := diag.Diagnostic{Severity: diag.Error, Code: SelectRefused, Summary: "The source refuses the SELECT of " + t.Source.FullName(), Range: t.Range, Snippet: t.Snippet, Detail: conn.Redact(err).Error()}
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) || pgErr.Position == 0 {
		return d
	}
	_, spans := selectSQL(t)
	for _, s := range spans {
		if int(pgErr.Position) > s.start && int(pgErr.Position) <= s.end {
			return ofColumn(t, &t.Columns[s.column], err)
		}
	}
	return d
}

func ofColumn(t *Table, c *Column, err error) diag.Diagnostic {
	what := "keep"
	if c.Mask != nil {
		what = c.Mask.Text
	}
	return diag.Diagnostic{Severity: diag.Error, Code: MaskRefused, Summary: fmt.Sprintf("PostgreSQL refuses the mask of %s.%s", t.Source.FullName(), c.Name), Range: c.Range, Snippet: c.Snippet,
		Detail: fmt.Sprintf("%s: %s.", what, strings.TrimSuffix(conn.Redact(err).Error(), "."))}
}

// texts are the types that hold any text alike (pg_type.dat): text, varchar, bpchar, name.
var texts = map[uint32]bool{25: true, 1043: true, 1042: true, 19: true}

func compareTypes(t *Table, got, want []pgconn.FieldDescription, names map[uint32]string) diag.Diagnostics {
	var ds diag.Diagnostics
	for i, c := range t.Crossing() {
		g, w := got[i].DataTypeOID, want[i].DataTypeOID
		if c.Decision != Masked || g == w || texts[g] && (texts[w] || c.Type.Underlying().Category == 'S') {
			continue
		}
		ds.Append(diag.Diagnostic{Severity: diag.Error, Code: MaskType, Summary: fmt.Sprintf("The mask of %s.%s has another type", t.Source.FullName(), c.Name), Range: c.Range, Snippet: c.Snippet,
			Detail: fmt.Sprintf("%s gives %s, but the column is %s. Add a cast: (…)::%s.", c.Mask.Text, names[g], c.Type.Formatted, c.Type.Formatted)})
	}
	return ds
}

func typeNames(ctx context.Context, c *pgx.Conn) (map[uint32]string, error) {
	rows, err := c.Query(ctx, "SELECT oid, pg_catalog.format_type(oid, NULL) FROM pg_catalog.pg_type")
	if err != nil {
		return nil, fmt.Errorf("reading the names of types: %w", conn.Redact(err))
	}
	names := map[uint32]string{}
	var oid uint32
	var name string
	if _, err := pgx.ForEachRow(rows, []any{&oid, &name}, func() error { names[oid] = name; return nil }); err != nil {
		return nil, fmt.Errorf("reading the names of types: %w", conn.Redact(err))
	}
	return names, nil
}
