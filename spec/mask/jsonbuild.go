package mask

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// jsonBuilder writes the expression that makes a document anew along the states.
type jsonBuilder struct {
	column Column
	rest   rest
	parts  []Properties
	reads  []string
	err    error // the first
}

func (b *jsonBuilder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// looksDeep reports whether a path below s looks everywhere.
func (s *state) looksDeep(seen map[*state]bool) bool {
	if s == nil || seen[s] {
		return false
	}
	seen[s] = true
	if s.deep {
		return true
	}
	for next := range s.next {
		if next.looksDeep(seen) {
			return true
		}
	}
	return false
}

// next returns the states one step down.
func (s *state) next(yield func(*state) bool) {
	for _, key := range slices.Sorted(maps.Keys(s.keys)) {
		if !yield(s.keys[key]) {
			return
		}
	}
	for _, i := range slices.Sorted(maps.Keys(s.items)) {
		if !yield(s.items[i]) {
			return
		}
	}
	if s.other != nil && !yield(s.other) {
		return
	}
	if s.others != nil {
		yield(s.others)
	}
}

// build returns the SQL of the document at sql (a jsonb expression) with what s knows of it masked. A document of
// another form than the paths expect stays as it is; if what no path names is dropped, it becomes NULL, which the
// caller leaves out.
func (b *jsonBuilder) build(s *state, sql string, depth int) string {
	switch {
	case s == nil && b.rest.drop:
		return "NULL::jsonb"
	case s == nil:
		return sql
	case s.mask != nil:
		return b.leaf(s.mask, s.path, sql)
	case s.deep:
		return b.walk(s, sql)
	}
	c := b.column
	c.depth += depth
	doc, d := c.alias("doc"), c.alias("d")
	at := doc + "." + d
	otherwise := at
	if b.rest.drop {
		otherwise = "NULL"
	}
	cases := ""
	if len(s.keys) > 0 || s.other != nil {
		cases += fmt.Sprintf(" WHEN 'object' THEN %s", b.object(s, c, at, depth))
	}
	if len(s.items) > 0 || s.others != nil {
		cases += fmt.Sprintf(" WHEN 'array' THEN %s", b.array(s, c, at, depth))
	}
	return fmt.Sprintf("(SELECT CASE jsonb_typeof(%s)%s ELSE %s END FROM (SELECT %s AS %s OFFSET 0) AS %s)", at, cases,
		otherwise, sql, d, doc)
}

// object masks the values of an object. Where a path names only some keys, only those are looked up.
func (b *jsonBuilder) object(s *state, c Column, at string, depth int) string {
	keys := slices.Sorted(maps.Keys(s.keys))
	if s.other == nil && !b.rest.drop {
		parts := []string{at}
		for _, key := range keys {
			literal := sqltext.Literal(key)
			inner := b.build(s.keys[key], fmt.Sprintf("(%s -> %s)", at, literal), depth+1)
			parts = append(parts, fmt.Sprintf("CASE WHEN %s ? %s THEN jsonb_build_object(%s, %s) ELSE '{}' END", at,
				literal, literal, inner))
		}
		return strings.Join(parts, " || ")
	}
	item, k, v, m := c.alias("item"), c.alias("k"), c.alias("v"), c.alias("m")
	var cases []string
	for _, key := range keys {
		cases = append(cases, fmt.Sprintf("WHEN %s.%s = %s THEN %s", item, k, sqltext.Literal(key),
			b.build(s.keys[key], item+"."+v, depth+1)))
	}
	masked := choose(cases, b.build(s.other, item+"."+v, depth+1))
	return fmt.Sprintf("(SELECT coalesce(jsonb_object_agg(%s.%s, %s.%s) FILTER (WHERE %s.%s IS NOT NULL), '{}') FROM "+
		"(SELECT %s.%s, %s AS %s FROM jsonb_each(%s) AS %s(%s, %s) OFFSET 0) AS %s)",
		item, k, item, m, item, m, item, k, masked, m, at, item, k, v, item)
}

// array masks the elements of an array.
func (b *jsonBuilder) array(s *state, c Column, at string, depth int) string {
	item, v, i, m := c.alias("item"), c.alias("v"), c.alias("i"), c.alias("m")
	var cases []string
	for _, n := range slices.Sorted(maps.Keys(s.items)) {
		cases = append(cases, fmt.Sprintf("WHEN %s.%s = %d THEN %s", item, i, n+1,
			b.build(s.items[n], item+"."+v, depth+1)))
	}
	masked := choose(cases, b.build(s.others, item+"."+v, depth+1))
	return fmt.Sprintf("(SELECT coalesce(jsonb_agg(%s.%s ORDER BY %s.%s) FILTER (WHERE %s.%s IS NOT NULL), '[]') "+
		"FROM (SELECT %s.%s, %s AS %s FROM jsonb_array_elements(%s) WITH ORDINALITY AS %s(%s, %s) OFFSET 0) AS %s)",
		item, m, item, i, item, m, item, i, masked, m, at, item, v, i, item)
}

func choose(cases []string, otherwise string) string {
	if len(cases) == 0 {
		return otherwise
	}
	return "CASE " + strings.Join(cases, " ") + " ELSE " + otherwise + " END"
}
