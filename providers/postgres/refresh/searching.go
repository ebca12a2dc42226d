package refresh

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
)

// Unfound is the code of diagnostics about functions that find something by the search_path and will not find it.
const Unfound = "search_path"

// safePath is the first version whose CREATE INDEX, REFRESH MATERIALIZED VIEW and ANALYZE run functions with a
// search_path of pg_catalog and pg_temp, whatever is set (release notes of 17, migration).
const safePath = 170000

// loss is what a function does not find with a search_path of pg_catalog. It is certain where the server says so, and
// not where the text of a body calls something that may be needed for some rows only.
type loss struct {
	why     string
	certain bool
}

// lookUp has the source check, with a search_path of PostgreSQL's own schema, the bodies of the functions that look
// names up, and keeps what it says of those that find too little. The validators of PostgreSQL's own languages are what
// CREATE FUNCTION calls: they parse, and run nothing. That of PL/pgSQL looks up types alone; the rest is read here.
func (p *Plan) lookUp(ctx context.Context, c *pgx.Conn) error {
	p.lost = map[string]loss{}
	checked := map[string]bool{}
	for _, s := range p.catalog.Searching {
		if checked[s.Function] {
			continue
		}
		checked[s.Function] = true
		for _, validator := range []string{"fmgr_sql_validator", "plpgsql_validator"} {
			_, err := c.Exec(ctx, `SELECT pg_catalog.`+validator+`(p.oid) FROM pg_catalog.pg_proc p
				JOIN pg_catalog.pg_language l ON l.oid = p.prolang
				WHERE p.oid = $1::text::pg_catalog.regprocedure AND l.lanvalidator = $2::text::pg_catalog.regproc`,
				s.Function, "pg_catalog."+validator)
			if conn.LooksUp(err) { // who may not call the function is told nothing
				p.lost[s.Function] = loss{conn.RedactNamed(ctx, c, err).Error(), true}
			}
		}
	}
	if len(checked) == 0 {
		return nil
	}
	return p.readBodies(ctx, c, slices.Sorted(maps.Keys(checked)))
}

// readBodies looks in the bodies of functions in PL/pgSQL for calls of others that only a search_path leads to.
func (p *Plan) readBodies(ctx context.Context, c *pgx.Conn, functions []string) error {
	rows, err := c.Query(ctx, `SELECT f.name, p.prosrc, ARRAY(SELECT o.proname::text FROM pg_catalog.pg_proc o
			WHERE o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc b
				WHERE b.proname = o.proname AND b.oid < 16384) GROUP BY 1)
		FROM pg_catalog.unnest($1::text[]) AS f (name)
			JOIN pg_catalog.pg_proc p ON p.oid = f.name::pg_catalog.regprocedure
			JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE l.lanname = 'plpgsql' ORDER BY 1`, functions)
	if err != nil {
		return fmt.Errorf("reading the bodies of functions: %w", conn.Redact(err))
	}
	var function, body string
	var names []string
	_, err = pgx.ForEachRow(rows, []any{&function, &body, &names}, func() error {
		if name := callsShort(body, names); name != "" && p.lost[function].why == "" {
			p.lost[function] = loss{"its body calls " + name + " without a schema", false}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the bodies of functions: %w", conn.Redact(err))
	}
	return nil
}

// callsShort returns the first of the functions that a body calls by a name without a schema; "" for none.
func callsShort(body string, names []string) string {
	scanned, err := pgparse.Scan(body)
	if err != nil {
		return ""
	}
	text := func(i int) string {
		if i < 0 || i >= len(scanned.Tokens) {
			return ""
		}
		return body[scanned.Tokens[i].Start:scanned.Tokens[i].End]
	}
	for i := range scanned.Tokens {
		name := strings.ToLower(text(i))
		if quoted := text(i); strings.HasPrefix(quoted, `"`) {
			name = strings.ReplaceAll(strings.Trim(quoted, `"`), `""`, `"`)
		}
		if text(i+1) == "(" && text(i-1) != "." && slices.Contains(names, name) {
			return name
		}
	}
	return ""
}

// checkSearching reports the indexes, views and statistics of a copy that a server of a version cannot make, because a
// function in them does not find what it calls.
func (p *Plan) checkSearching(version int) diag.Diagnostics {
	var ds diag.Diagnostics
	if version < safePath {
		return nil
	}
	for _, s := range p.crossing() {
		found, lost := p.lost[s.Function]
		if !lost || !slices.Contains([]catalog.SearchingKind{
			catalog.SearchingIndex, catalog.SearchingView, catalog.SearchingStatistics,
		}, s.Kind) {
			continue
		}
		at, snippet := p.at(), (*diag.Snippet)(nil)
		if i := slices.IndexFunc(p.tables, func(t decide.Table) bool { return t.Source.Ref() == s.Relation }); i >= 0 &&
			p.tables[i].Range != nil {
			at, snippet = p.tables[i].Range, p.tables[i].Snippet
		}
		severity, cannot := diag.Error, "cannot"
		if !found.certain {
			severity, cannot = diag.Warning, "may not be able to"
		}
		ds.Append(diag.Diagnostic{
			Severity: severity,
			Code:     Unfound,
			Summary:  fmt.Sprintf("The copy %s have %s", cannot, s.Object()),
			Detail: fmt.Sprintf("It calls %s: %s. From PostgreSQL 17 on, indexes, materialized "+
				"views and statistics are made "+
				"with a search_path of pg_catalog alone, whatever is set, and %s has version %d. %s", s.Function,
				found.why,
				p.Refresh.To.Address(), version/10000, remedy(s)),
			Range:   at,
			Snippet: snippet,
		})
	}
	return ds
}

// crossing are the objects with such functions that the copy runs them for.
func (p *Plan) crossing() []catalog.Searching {
	var out []catalog.Searching
	for _, s := range p.catalog.Searching {
		i := slices.IndexFunc(p.tables, func(t decide.Table) bool { return t.Source.Ref() == s.Relation })
		if i >= 0 && p.tables[i].Treatment == decide.Copy ||
			s.Kind == catalog.SearchingView && !p.leavesOut(s.Relation) ||
			s.Kind == catalog.SearchingPartitions {
			out = append(out, s)
		}
	}
	return out
}

// leavesOut reports whether the schema of a view does not cross.
func (p *Plan) leavesOut(r catalog.Ref) bool {
	return p.Refresh.Schemas != nil && !slices.Contains(p.Refresh.Schemas, r.Schema)
}

// searchingNote says what runs with another search_path than pg_catalog; "" where nothing does.
func (p *Plan) searchingNote() string {
	const shown = 3
	var objects []catalog.Searching
	for _, s := range p.crossing() {
		if s.Kind != catalog.SearchingTrigger { // none fires as a copy is made
			objects = append(objects, s)
		}
	}
	if len(objects) == 0 {
		return ""
	}
	list := called(objects[:min(shown, len(objects))]...)
	if more := len(objects) - shown; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("functions that may find others by the search_path run with that of the "+
		"source's database, here %s: "+
		"%s", sqltext.Path(p.catalog.PathOf(objects[0].Relation)...), list)
}

// called names objects with the functions that they call.
func called(objects ...catalog.Searching) string {
	var out []string
	for _, s := range objects {
		out = append(out, fmt.Sprintf("%s (%s)", s.Object(), s.Function))
	}
	return strings.Join(out, ", ")
}

// remedy is the statement that gives each function a search_path of its own.
func remedy(objects ...catalog.Searching) string {
	var out []string
	for _, s := range objects {
		text := "  ALTER FUNCTION " + s.Function + " SET search_path = pg_catalog, …;"
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return "Have the function name what it calls in full, or give it a search_path of its own on the source:\n" +
		strings.Join(out, "\n")
}
