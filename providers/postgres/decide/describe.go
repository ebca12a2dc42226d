package decide

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Describe has the source prepare every SELECT without running it: a mask that the source rejects, or whose type
// differs from the column's, is reported at its line of the spec. The planner says how many rows it expects. c must
// have the settings that masks run with.
func Describe(ctx context.Context, c *pgx.Conn, tables []*Table) (diag.Diagnostics, error) {
	var ds diag.Diagnostics
	types, err := readTypes(ctx, c)
	if err != nil {
		return nil, err
	}
	tables = slices.DeleteFunc(slices.Clone(tables), func(t *Table) bool {
		return t.Treatment != Copy || !toDescribe(t)
	})
	all, err := describeAll(ctx, c, tables)
	if err != nil {
		return ds, err
	}
	for i, t := range tables {
		d := &all[i]
		if d.refused != nil {
			ds.Append(Locate(t, d.refused))
			continue
		}
		ds.Append(compareTypes(t, d.masked, d.plain, types)...)
		if d.unplanned != nil {
			unplanned, err := whyUnplanned(ctx, c, t, d.unplanned)
			if err != nil {
				return ds, err
			}
			ds.Append(unplanned)
			continue
		}
		t.planned = int64(d.plan.Rows)
		if !d.plan.projectsSet() {
			continue
		}
		many, err := manyRowsUnder(ctx, c, t)
		if ds.Append(many...); err != nil {
			return ds, err
		}
	}
	return ds, nil
}

// slow reports a table whose SELECT the source could not plan within the time limit: constants are computed during
// planning.
func slow(t *Table) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     SelectSlow,
		Summary:  "Planning the SELECT takes too long: " + t.FullName(),
		Detail: "The statement was canceled due to its timeout (plan_timeout of the database block, or a shorter " +
			"statement_timeout of the user). A mask or a condition of the table has an expensive constant " +
			"expression: simplify it, or raise plan_timeout.",
		Range:   t.Range,
		Snippet: t.Snippet,
	}
}

// whyUnplanned reports what keeps the source from planning the SELECT of a table. The error is one of the connection.
func whyUnplanned(ctx context.Context, c *pgx.Conn, t *Table, err error) (diag.Diagnostic, error) {
	if conn.TimedOut(ctx, err) {
		return slow(t), nil
	}
	named := conn.RedactNamed(ctx, c, err)
	if !conn.LooksUp(named) || c.IsClosed() {
		return diag.Diagnostic{}, fmt.Errorf("explaining a SELECT: %w", named)
	}
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     SelectRefused,
		Summary:  "Source cannot plan the SELECT of " + t.FullName(),
		Range:    t.Range,
		Snippet:  t.Snippet,
		Detail:   "explaining a SELECT: " + named.Error() + ".",
	}, nil
}

// manyRowsUnder is manyRows with the search_path that reading the table needs.
func manyRowsUnder(ctx context.Context, c *pgx.Conn, t *Table) (diag.Diagnostics, error) {
	if t.ReadPath == nil {
		return manyRows(ctx, c, t)
	}
	if _, err := c.Exec(ctx, sqltext.SetPath(t.ReadPath...)); err != nil {
		return nil, fmt.Errorf("explaining a SELECT: %w", conn.Redact(err))
	}
	many, err := manyRows(ctx, c, t)
	if _, failed := c.Exec(ctx, sqltext.SetPath()); err == nil && failed != nil {
		err = fmt.Errorf("explaining a SELECT: %w", conn.Redact(failed))
	}
	return many, err
}

// manyRows reports the masks of a table that return a set, and so more than one row for one. No list of functions can
// know them all, but the server's planner does; nothing is run.
func manyRows(ctx context.Context, c *pgx.Conn, t *Table) (diag.Diagnostics, error) {
	var ds diag.Diagnostics
	for i := range t.Columns {
		col := &t.Columns[i]
		if col.Decision != Masked {
			continue
		}
		alone, err := explain(ctx, c,
			"SELECT "+col.Expr.SQL+" FROM ONLY "+sqltext.Ident(t.Source.Schema, t.Source.Name))
		if err != nil {
			return ds, err
		}
		if alone.projectsSet() {
			ds.Append(diag.Diagnostic{
				Severity: diag.Error,
				Code:     MaskManyRows,
				Summary:  fmt.Sprintf("Mask of %s.%s returns a set", t.FullName(), col.Name),
				Range:    col.Range,
				Snippet:  col.Snippet,
				Detail:   col.Mask.Text + " calls a set-returning function. A mask must return one value for each row.",
			})
		}
	}
	return ds, nil
}

// explain returns the plan of a SELECT.
func explain(ctx context.Context, c *pgx.Conn, sql string) (planNode, error) {
	rows, err := c.Query(ctx, "EXPLAIN (FORMAT json) "+sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return planNode{}, fmt.Errorf("explaining a SELECT: %w", conn.RedactNamed(ctx, c, err))
	}
	text, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
	if err != nil {
		return planNode{}, fmt.Errorf("explaining a SELECT: %w", conn.RedactNamed(ctx, c, err))
	}
	var explained []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(text), &explained); err != nil || len(explained) != 1 {
		return planNode{}, errors.New("explaining a SELECT: the plan is not JSON")
	}
	return explained[0].Plan, nil
}

// toDescribe reports whether a SELECT says anything that the catalog does not.
func toDescribe(t *Table) bool {
	return t.Condition() != "" || t.Source.EstimatedRows < 0 ||
		slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Decision == Masked })
}

// plainSelect returns the SELECT of a table without its masks.
func plainSelect(t *Table) string {
	var names []string
	for _, c := range t.Crossing() {
		names = append(names, c.Name)
	}
	return "SELECT " + sqltext.Idents(names) + " FROM ONLY " + sqltext.Ident(t.Source.Schema, t.Source.Name)
}

// Locate turns an error about a table's SELECT into a diagnostic, at the mask that the error's position is in if it has
// one.
func Locate(t *Table, err error) diag.Diagnostic {
	d := diag.Diagnostic{
		Severity: diag.Error,
		Code:     SelectRefused,
		Summary:  "Source rejects the SELECT of " + t.FullName(),
		Range:    t.Range,
		Snippet:  t.Snippet,
		Detail:   conn.Redact(err).Error(),
	}
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
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     MaskRefused,
		Summary:  fmt.Sprintf("Source rejects the mask of %s.%s", t.FullName(), c.Name),
		Range:    c.Range,
		Snippet:  c.Snippet,
		Detail:   fmt.Sprintf("%s: %s.", what, strings.TrimSuffix(conn.Redact(err).Error(), ".")),
	}
}

// texts are the types that hold any text (pg_type.dat): text, varchar, bpchar, name.
var texts = map[uint32]bool{25: true, 1043: true, 1042: true, 19: true}

func compareTypes(t *Table, got, want []pgconn.FieldDescription, types typesByOID) diag.Diagnostics {
	var ds diag.Diagnostics
	for i, c := range t.Crossing() {
		g, w := types.stored(got[i].DataTypeOID), types.stored(want[i].DataTypeOID)
		if c.Decision != Masked || g == w || texts[g] && (texts[w] || c.Type.Underlying().Category == 'S') {
			continue
		}
		ds.Append(diag.Diagnostic{
			Severity: diag.Error,
			Code:     MaskType,
			Summary:  fmt.Sprintf("Mask of %s.%s has the wrong type", t.FullName(), c.Name),
			Range:    c.Range,
			Snippet:  c.Snippet,
			Detail: fmt.Sprintf("%s is of type %s, but the column is of type %s. Add a cast: (…)::%s.", c.Mask.Text,
				types[g].name,
				c.Type.Formatted, c.Type.Formatted),
		})
	}
	return ds
}

// typesByOID are the types of the source.
type typesByOID map[uint32]typeOfOID

// typeOfOID is one row of pg_type: base is a domain's, elem an array's, array the type of arrays of it; 0 for none.
type typeOfOID struct {
	name              string
	base, elem, array uint32
}

// stored returns a type without its domains: an array of a domain is stored like an array of its base type.
func (types typesByOID) stored(oid uint32) uint32 {
	switch t := types[oid]; {
	case t.base != 0:
		return types.stored(t.base)
	case t.elem != 0:
		if elem := types.stored(t.elem); elem != t.elem {
			return types[elem].array
		}
	}
	return oid
}

func readTypes(ctx context.Context, c *pgx.Conn) (typesByOID, error) {
	rows, err := c.Query(ctx, `SELECT oid, pg_catalog.format_type(oid, NULL), typbasetype,
		CASE WHEN typcategory = 'A' AND typlen = -1 THEN typelem ELSE 0 END, typarray FROM pg_catalog.pg_type`)
	if err != nil {
		return nil, fmt.Errorf("reading the types of the source: %w", conn.Redact(err))
	}
	types := typesByOID{}
	var oid uint32
	var t typeOfOID
	_, err = pgx.ForEachRow(rows, []any{&oid, &t.name, &t.base, &t.elem, &t.array}, func() error {
		types[oid] = t
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the types of the source: %w", conn.Redact(err))
	}
	return types, nil
}
