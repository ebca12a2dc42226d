package sample

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/mask"
)

// longest is how much of a value is looked at, in characters.
const longest = 400

// read gives a value as text; whole is false where a value holds several, so that only what is within it can be looked
// for.
func read(c catalog.Column) (sql string, whole, ok bool) {
	u, name := c.Type.Underlying(), c.Type.Text(sqltext.Ident(c.Name))
	switch {
	case isText(u):
		return fmt.Sprintf("left(%s, %d)", name, longest), true, true
	case u.Schema == "pg_catalog" && (u.Name == "json" || u.Name == "jsonb" || u.Name == "xml"),
		u.Kind == 'b' && u.Name == "hstore":
		return fmt.Sprintf("left(%s, %d)", name, 5*longest), false, true
	case u.Elem != nil && isText(u.Elem.Underlying()):
		return fmt.Sprintf("left(%s, %d)", name, 5*longest), false, true
	case u.Schema == "pg_catalog" && (u.Name == "int8" || u.Name == "numeric" && u.Scale == 0):
		return name, true, true
	}
	return "", false, false
}

func isText(t mask.Type) bool {
	return t.Schema == "pg_catalog" && (t.Name == "text" || t.Name == "varchar" || t.Name == "bpchar") ||
		t.Kind == 'b' && t.Name == "citext"
}

// applies reports whether a pattern is counted in a column: in numbers only those with check digits, where several
// values stand together only what is within.
func (p pattern) applies(c catalog.Column, whole, unicode bool) bool {
	number := !isText(c.Type.Underlying()) && whole
	switch {
	case p.unicode && !unicode:
		return false
	case number:
		return p.checked
	}
	return whole || p.within
}

// statement is the one SELECT of a table. Its output is one array of numbers, each a count; places say of what. (An
// array, because a SELECT has no more than 1664 columns.)
func statement(t *catalog.Table, columns []catalog.Column, rows int, unicode bool) (sql string, places []place) {
	out := []string{"count(*)"}
	places = []place{{}}
	var values []string
	for i, c := range columns {
		value, whole, ok := read(c)
		if !ok {
			continue
		}
		v := fmt.Sprintf("v%d", i)
		values = append(values, value+" AS "+v)
		out = append(out, fmt.Sprintf("count(nullif(%s, ''))", v), fmt.Sprintf("count(DISTINCT %s)", v))
		places = append(places, place{column: c.Name, what: filled}, place{column: c.Name, what: distinct})
		for k, p := range patterns() {
			if p.applies(c, whole, unicode) {
				out = append(out, fmt.Sprintf("count(*) FILTER (WHERE %s)", p.test(v)))
				places = append(places, place{column: c.Name, what: matching, pattern: k})
			}
		}
	}
	if len(values) == 0 {
		return "", nil
	}
	only := "ONLY "
	if t.Partitioned {
		only = ""
	}
	return fmt.Sprintf("SELECT ARRAY[%s]::bigint[] FROM (SELECT %s FROM %s%s%s LIMIT %d) AS s", strings.Join(out, ", "),
		strings.Join(values, ", "), only, sqltext.Ident(t.Schema, t.Name), portion(t, rows), rows), places
}

// portion reads blocks from all over a large table, some ten times as many rows as are taken, so that chance does not
// leave too few.
func portion(t *catalog.Table, rows int) string {
	if t.EstimatedRows <= int64(20*rows) {
		return ""
	}
	return fmt.Sprintf(" TABLESAMPLE SYSTEM (%.6f) REPEATABLE (1)", 100*10*float64(rows)/float64(t.EstimatedRows))
}

// place says what one number of the result counts.
type place struct {
	column  string
	what    counted
	pattern int
}

type counted int

const (
	sampled counted = iota
	filled
	distinct
	matching
)
