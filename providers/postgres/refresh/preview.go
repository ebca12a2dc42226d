package refresh

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/preview"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/personal"
)

// PreviewQuery says which rows a preview shows.
type PreviewQuery struct {
	// Table is its name, with the schema where two tables have the name.
	Table string
	Rows  int
	// Show are kept columns that are shown although they look personal; "*" is all of them.
	Show []string
}

// Preview are rows as a refresh would export them.
type Preview struct {
	Refresh string
	Table   string
	Columns []PreviewColumn
	Rows    [][]PreviewValue
}

// PreviewColumn is a column that crosses. Hidden is why its values are not shown, "" if they are.
type PreviewColumn struct {
	Name, Type, Mask, Hidden string
	Masked                   bool
}

// PreviewValue is one value; a Text of nil is NULL. Unchanged: the mask made of the value what it was, so that it was
// left at the source.
type PreviewValue struct {
	Text      *string
	Unchanged bool
}

// previewTimeout bounds what a preview costs the source, in PostgreSQL's form.
const previewTimeout = "30s"

// Preview returns rows of a table as a refresh would export them, from blocks all over the table. Values of columns
// that are hidden, and those that a mask does not change, are replaced on the source: they do not cross.
func (pl *Planner) Preview(ctx context.Context, r *spec.Refresh, q PreviewQuery) (*Preview, diag.Diagnostics) {
	p := &Plan{Planner: pl, Refresh: r, route: direct{}, source: live{}}
	ds := p.inspectSource(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	parts, err := p.previewed(q.Table)
	if err != nil {
		return nil, append(ds, Failed("The table cannot be previewed", err, r.Range)...)
	}
	c, err := pl.Sessions.Preview(ctx, r)
	if err != nil {
		return nil, append(ds, Failed(sourceFailed, err, r.Range)...)
	}
	defer session.Close(ctx, c)
	out := &Preview{Refresh: r.Address(), Table: parts[0].FullName()}
	for _, t := range parts {
		columns, err := previewColumns(t, q.Show)
		if err == nil && out.Columns == nil {
			out.Columns = columns
		}
		if err == nil && len(out.Rows) < q.Rows {
			err = out.read(ctx, c, t, columns, q.Rows-len(out.Rows))
		}
		if err != nil {
			return nil, append(ds, Failed("The rows cannot be read", err, r.Range)...)
		}
	}
	return out, ds
}

// previewed returns the tables whose rows a preview of a name shows: those of a partitioned table are its partitions'.
func (p *Plan) previewed(name string) ([]*decide.Table, error) {
	var named []*decide.Table
	var known []string
	for i := range p.tables {
		t := &p.tables[i]
		known = append(known, t.FullName())
		if t.FullName() == name || t.Source.Name == name || t.Source.Schema+"."+t.Source.Name == name {
			named = append(named, t)
		}
	}
	switch {
	case len(named) == 0:
		return nil, fmt.Errorf("%s has no table %q.%s", p.Refresh.Address(), name, diag.DidYouMean(name, known))
	case len(named) > 1:
		return nil, fmt.Errorf("there are %d tables %q; name one with its schema, such as %s", len(named), name,
			named[0].FullName())
	case named[0].Treatment == decide.Copy:
		return named, nil
	case named[0].Treatment != decide.Partitioned:
		return nil, fmt.Errorf("no row of %s crosses: it is left out by %s", named[0].FullName(), named[0].Reason)
	}
	var parts []*decide.Table
	for i := range p.tables {
		if t := &p.tables[i]; t.Treatment == decide.Copy && p.isPartOf(t.Source, named[0].Source.Ref()) {
			parts = append(parts, t)
		}
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("%s has no partition whose rows cross", named[0].FullName())
	}
	return parts, nil
}

// isPartOf reports whether a table is a partition, at any depth.
func (p *Plan) isPartOf(t *catalog.Table, whole catalog.Ref) bool {
	for t != nil && t.PartitionOf != "" {
		i := slices.IndexFunc(p.catalog.Tables, func(o catalog.Table) bool { return o.FullName() == t.PartitionOf })
		if i < 0 {
			return false
		}
		if t = &p.catalog.Tables[i]; t.Ref() == whole {
			return true
		}
	}
	return false
}

// previewColumns decides what is shown. A kept column that looks personal is hidden.
func previewColumns(t *decide.Table, show []string) ([]PreviewColumn, error) {
	var out []PreviewColumn
	unknown := slices.Clone(show)
	for _, c := range t.Crossing() {
		column := PreviewColumn{Name: c.Name, Type: c.Type.Formatted, Mask: "keep"}
		if c.Decision == decide.Masked && c.Expr.SQL != sqltext.Ident(c.Name) {
			column.Mask, column.Masked = c.Mask.Text, true
		}
		unknown = slices.DeleteFunc(unknown, func(name string) bool { return name == c.Name || name == "*" })
		asked := slices.Contains(show, c.Name) || slices.Contains(show, "*")
		if !column.Masked && !asked {
			source := t.Source.Columns[slices.IndexFunc(t.Source.Columns, func(o catalog.Column) bool {
				return o.Name == c.Name
			})]
			guess, found := personal.Recognise(personal.Column{
				Schema: t.Source.Schema, Table: t.Source.Name, Name: c.Name, Type: c.Type, Comment: source.Comment,
				Of: t.Source.Personal(),
			})
			if found {
				column.Hidden = guess.Reason
			}
		}
		out = append(out, column)
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("%s has no column %q that crosses", t.FullName(), unknown[0])
	}
	return out, nil
}

// read adds rows of a table.
func (v *Preview) read(ctx context.Context, c *pgx.Conn, t *decide.Table, columns []PreviewColumn, limit int) error {
	tx, err := c.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", conn.Redact(err))
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, "SELECT set_config('statement_timeout', $1, true)", previewTimeout); err != nil {
		return fmt.Errorf("limiting the time of the preview: %w", conn.Redact(err))
	}
	sql := previewSQL(t, columns, limit)
	if t.ReadPath != nil {
		if sql, err = sqltree.Qualify(sql); err != nil {
			return fmt.Errorf("reading %s: %w", t.FullName(), err)
		}
		if _, err := tx.Exec(ctx, "SET LOCAL "+sqltext.Path(t.ReadPath...)); err != nil {
			return fmt.Errorf("reading %s: %w", t.FullName(), conn.Redact(err))
		}
	}
	rows, err := tx.Query(ctx, sql)
	if err != nil {
		return fmt.Errorf("reading %s: %w", t.FullName(), conn.RedactRows(err))
	}
	defer rows.Close()
	for rows.Next() {
		row := make([]PreviewValue, len(columns))
		into := make([]any, 0, 2*len(columns))
		for i := range row {
			into = append(into, &row[i].Text, &row[i].Unchanged)
		}
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("reading %s: %w", t.FullName(), conn.RedactRows(err))
		}
		v.Rows = append(v.Rows, row)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading %s: %w", t.FullName(), conn.RedactRows(err))
	}
	return nil
}

// previewSQL returns the query of a preview: for each column its value as text, and whether it was withheld because the
// mask made of it what it was.
func previewSQL(t *decide.Table, columns []PreviewColumn, limit int) string {
	var inner, outer []string
	for i, c := range t.Crossing() {
		if columns[i].Hidden != "" {
			outer = append(outer, "NULL::text", "false")
			continue
		}
		inner = append(inner, fmt.Sprintf("%s AS m%d", c.Type.Text("("+c.Expr.SQL+")"), i))
		if !columns[i].Masked {
			outer = append(outer, fmt.Sprintf("m%d", i), "false")
			continue
		}
		inner = append(inner, fmt.Sprintf("%s AS r%d", c.Type.Text(sqltext.Ident(c.Name)), i))
		same := fmt.Sprintf("coalesce(m%d = r%d AND m%d NOT IN ('', '{}', '[]', 'null'), false)", i, i, i)
		outer = append(outer, fmt.Sprintf("CASE WHEN %s THEN NULL ELSE m%d END", same, i), same)
	}
	// The limit keeps each mask from being computed once for every mention of its result.
	return fmt.Sprintf("SELECT %s FROM (%s) AS s", strings.Join(outer, ", "),
		preview.SelectFrom(t, strings.Join(inner, ", "), limit))
}
