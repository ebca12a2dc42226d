package refresh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// chooseReadPaths finds the tables that cannot be read with a search_path of PostgreSQL's own schema: the planner puts
// the bodies of an index's functions in place of their calls. They are read with the path that finds what is in those
// bodies, and with a SELECT whose own names are written in full, so that nothing in that path can take the place of
// what a mask calls. Tables whose SELECT must not be planned are left alone, and those that cannot be read in any way
// are added to them.
func (p *Plan) chooseReadPaths(ctx context.Context, c *pgx.Conn) diag.Diagnostics {
	var ds diag.Diagnostics
	lose := func(t *decide.Table, planned []catalog.Searching, err error) {
		p.verdict.Refused[t.Source.Ref()] = true
		ds.Append(p.unreadable(t, planned, err, denied(ctx, c, p.catalog.PathOf(t.Source.Ref()))))
	}
	for i := range p.tables {
		t := &p.tables[i]
		planned := p.plannedWith(t)
		if t.Treatment != decide.Copy || planned == nil || !p.isDescribable(t) {
			continue
		}
		explain := "EXPLAIN SELECT FROM ONLY " + sqltext.Ident(t.Source.Schema, t.Source.Name)
		if _, err := c.Exec(ctx, explain); !conn.LooksUp(err) {
			continue // it can be read, or cannot for another reason, which is reported with its SELECT
		}
		path := p.catalog.PathOf(t.Source.Ref())
		if err := explainUnder(ctx, c, path, explain); err != nil {
			lose(t, planned, conn.RedactNamed(ctx, c, err))
			continue
		}
		err := qualify(t)
		if err == nil {
			err = transfer.Qualified(t)
		}
		if err != nil {
			lose(t, planned, err)
			continue
		}
		t.ReadPath = path
	}
	return ds
}

// plannedWith are the objects of a table whose functions the planner looks into.
func (p *Plan) plannedWith(t *decide.Table) []catalog.Searching {
	var out []catalog.Searching
	for _, s := range p.catalog.Searching {
		switch s.Kind {
		case catalog.SearchingIndex, catalog.SearchingStatistics, catalog.SearchingPartitions:
			if s.Relation == t.Source.Ref() {
				out = append(out, s)
			}
		}
	}
	return out
}

// denied returns the schemas of a path that the session's user may not look into, which PostgreSQL passes over.
func denied(ctx context.Context, c *pgx.Conn, path []string) []string {
	var out []string
	for _, schema := range path {
		var may bool
		err := c.QueryRow(ctx, "SELECT pg_catalog.has_schema_privilege($1, 'USAGE')", schema).Scan(&may)
		if err == nil && !may {
			out = append(out, schema)
		}
	}
	return out
}

func explainUnder(ctx context.Context, c *pgx.Conn, path []string, sql string) error {
	if _, err := c.Exec(ctx, sqltext.SetPath(path...)); err != nil {
		return err
	}
	_, err := c.Exec(ctx, sql)
	if _, reset := c.Exec(ctx, sqltext.SetPath()); err == nil {
		err = reset
	}
	return err
}

// qualify writes what a table's SELECT calls in full.
func qualify(t *decide.Table) error {
	if t.Own() != "" {
		return errors.New("the condition of its rows is that of an extension, which is not written anew")
	}
	var err error
	if t.Rows != "" {
		if t.Rows, err = sqltree.QualifyExpression(t.Rows); err != nil {
			return fmt.Errorf("its condition: %w", err)
		}
	}
	t.Columns = slices.Clone(t.Columns)
	for i := range t.Columns {
		column := &t.Columns[i]
		if column.Decision != decide.Masked || column.Expr.SQL == "" {
			continue
		}
		if column.Expr.SQL, err = sqltree.QualifyExpression(column.Expr.SQL); err != nil {
			return fmt.Errorf("the mask of %s: %w", column.Name, err)
		}
	}
	return nil
}

// unreadable reports a table that cannot be read because of what its indexes call.
func (p *Plan) unreadable(t *decide.Table, planned []catalog.Searching, err error, denied []string) diag.Diagnostic {
	help := remedy(planned...)
	if len(denied) > 0 {
		help = fmt.Sprintf("%q may not look into all of these schemas; this may be all it takes:\n"+
			"  GRANT USAGE ON SCHEMA %s "+
			"TO %s;", p.catalog.Server.User, sqltext.Idents(denied), sqltext.Ident(p.catalog.Server.User))
	}
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     Unfound,
		Summary:  fmt.Sprintf("%s cannot be read: a function does not find what it calls", t.FullName()),
		Detail: fmt.Sprintf("PostgreSQL looks into the functions of %s as it plans a SELECT, "+
			"and what they do not name in "+
			"full is looked for by the search_path, also with %s: %s. %s", called(planned...),
			sqltext.Path(p.catalog.PathOf(t.Source.Ref())...),
			strings.TrimSuffix(err.Error(), "."), help),
		Range:   t.Range,
		Snippet: t.Snippet,
	}
}
