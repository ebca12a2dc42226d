package draft

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/preview"
	"github.com/shoji-pg/shoji/spec/mask"
)

// sampledLength is how many characters of a value are examined.
const sampledLength = 400

// textOf returns SQL for a column's value as text. whole is false if the value holds several texts, so that only
// patterns within text can be looked for; ok is false if the column cannot be examined.
func textOf(c catalog.Column) (sql string, whole, ok bool) {
	u, name := c.Type.Underlying(), c.Type.Text(sqltext.Ident(c.Name))
	switch {
	case isText(u):
		return fmt.Sprintf("left(%s, %d)", name, sampledLength), true, true
	case u.Schema == "pg_catalog" && (u.Name == "json" || u.Name == "jsonb" || u.Name == "xml"),
		u.Kind == 'b' && u.Name == "hstore", u.Elem != nil && isText(u.Elem.Underlying()):
		return fmt.Sprintf("left(%s, %d)", name, 5*sampledLength), false, true
	case u.Schema == "pg_catalog" && (u.Name == "int8" || u.Name == "numeric" && u.Scale == 0):
		return name, true, true
	}
	return "", false, false
}

func isText(t mask.Type) bool {
	return t.Schema == "pg_catalog" && (t.Name == "text" || t.Name == "varchar" || t.Name == "bpchar") ||
		t.Kind == 'b' && t.Name == "citext"
}

// applies reports whether a pattern is counted in a column: in numbers only those with check digits, in columns that
// hold several texts only what stands within them.
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

// counter returns what one number of the result counts.
type counter struct {
	column string
	set    func(*Counts, int64)
}

// sampleStatement returns the one SELECT for a table, "" if no column can be examined. It selects one array: the number
// of rows, then a number for each counter. (An array, because a SELECT has at most 1664 columns.)
func sampleStatement(t *catalog.Table, columns []catalog.Column, rows int,
	unicode bool) (sql string, counters []counter) {
	counts := []string{"count(*)"}
	var values []string
	for i, c := range columns {
		value, whole, ok := textOf(c)
		if !ok {
			continue
		}
		v := fmt.Sprintf("v%d", i)
		values = append(values, value+" AS "+v)
		count := func(sql string, set func(*Counts, int64)) {
			counts = append(counts, sql)
			counters = append(counters, counter{c.Name, set})
		}
		count(fmt.Sprintf("count(nullif(%s, ''))", v), func(c *Counts, n int64) { c.Values = n })
		count(fmt.Sprintf("count(DISTINCT %s)", v), func(c *Counts, n int64) { c.Distinct = n })
		for k, p := range patterns() {
			if p.applies(c, whole, unicode) {
				count(fmt.Sprintf("count(*) FILTER (WHERE %s)", p.test(v)), func(c *Counts, n int64) {
					c.Matches[k] = n
				})
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
	return fmt.Sprintf("SELECT ARRAY[%s]::bigint[] FROM (SELECT %s FROM %s%s%s LIMIT %d) AS s",
		strings.Join(counts, ", "), strings.Join(values, ", "), only,
		sqltext.Ident(t.Schema, t.Name), preview.Portion(t, rows), rows), counters
}
