package mask

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// walk returns the SQL of the document at sql with every place of it looked at, however deep: for paths with .. and for
// what becomes of each leaf that no path names. A recursive query takes the document apart, with the state that each
// place is in; the text of the places, put together in the order of where they stand, is the document again.
func (b *jsonBuilder) walk(root *state, sql string) string {
	c := b.column
	c.depth += 10
	keys, ok := root.waitsFor()
	if b.rest.mask != nil || !ok {
		return b.walkAll(root, sql)
	}
	// Most documents may have nothing to mask, which is known in a hundredth of the time.
	doc, d := c.alias("doc"), c.alias("d")
	var any []string
	for _, key := range keys {
		quoted, _ := json.Marshal(key) // of a string: it cannot fail
		any = append(any, fmt.Sprintf("%s.%s @? %s", doc, d, sqltext.Literal("$.**."+string(quoted))))
	}
	return fmt.Sprintf("(SELECT CASE WHEN %s THEN %s ELSE %s.%s END FROM (SELECT %s AS %s OFFSET 0) AS %s)",
		strings.Join(any, " OR "), b.walkAll(root, doc+"."+d), doc, d, sql, d, doc)
}

// waitsFor returns the keys without which nothing of a document is masked from s on, at any depth. ok is false if there
// are other ways on.
func (s *state) waitsFor() (keys []string, ok bool) {
	wait := s.other
	if wait == nil || wait != s.others || wait.mask != nil || wait.other != wait || wait.others != wait ||
		len(s.items)+len(wait.items) > 0 {
		return nil, false
	}
	all := maps.Clone(s.keys)
	maps.Copy(all, wait.keys)
	return slices.Sorted(maps.Keys(all)), true
}

func (b *jsonBuilder) walkAll(root *state, sql string) string {
	c := b.column
	c.depth += 10 // apart from the names of what is built around it
	w := jsonWalk{
		b:       b,
		numbers: map[*state]int{},
		at:      c.alias("w"),
		path:    c.alias("p"),
		head:    c.alias("h"),
		state:   c.alias("s"),
		value:   c.alias("v"),
		child:   c.alias("c"),
		key:     c.alias("k"),
		index:   c.alias("i"),
		text:    c.alias("t"),
	}
	w.number(root)
	w.rest()
	object := fmt.Sprintf("jsonb_each(CASE jsonb_typeof(%s) WHEN 'object' THEN %s ELSE '{}' END) WITH "+
		"ORDINALITY AS o(%s, %s, %s)", w.of(w.value), w.of(w.value), w.key, w.value, w.index)
	array := fmt.Sprintf("jsonb_array_elements(CASE jsonb_typeof(%s) WHEN 'array' THEN %s ELSE '[]' END) WITH "+
		"ORDINALITY AS a(%s, %s)", w.of(w.value), w.of(w.value), w.value, w.index)
	children := fmt.Sprintf("(SELECT o.%s, o.%s, o.%s FROM %s UNION ALL SELECT NULL, a.%s, a.%s FROM %s) AS %s", w.key,
		w.value, w.index, object, w.value, w.index, array, w.child)
	head := fmt.Sprintf("CASE WHEN %s.%s > 1 THEN ',' ELSE '' END || coalesce(to_json(%s.%s)::text || ':', '')",
		w.child, w.index, w.child, w.key)
	inside := fmt.Sprintf("%s >= 0 AND jsonb_typeof(%s) IN ('object', 'array')", w.of(w.state), w.of(w.value))
	recursive := fmt.Sprintf("SELECT '{}'::int[], '', 0, %s UNION ALL SELECT %s || %s.%s::int, %s, %s, %s.%s FROM %s "+
		"CROSS JOIN LATERAL %s WHERE %s",
		sql, w.of(w.path), w.child, w.index, head, w.next(), w.child, w.value, w.at, children, inside)
	opened := fmt.Sprintf("SELECT %s, %s || %s AS %s FROM %s", w.of(w.path), w.of(w.head), w.opening(), w.text, w.at)
	closed := fmt.Sprintf("SELECT %s || 2147483647, CASE jsonb_typeof(%s) WHEN 'object' THEN '}' "+
		"ELSE ']' END FROM %s WHERE %s", w.of(w.path), w.of(w.value), w.at, inside)
	return fmt.Sprintf("(WITH RECURSIVE %s(%s, %s, %s, %s) AS (%s) SELECT string_agg(%s.%s, '' ORDER BY "+
		"%s.%s)::jsonb FROM (%s UNION ALL %s) AS %s)",
		w.at, w.path, w.head, w.state, w.value, recursive, w.child, w.text, w.child, w.path, opened, closed, w.child)
}

// kept is the number of places that are taken as they are; masked ones have the numbers below. Those above are gone
// into.
const kept = -1

type jsonWalk struct {
	b                                                     *jsonBuilder
	numbers                                               map[*state]int
	states                                                []*state // gone into, by number
	masked                                                []*state
	otherwise                                             int // the number of a place that no path leads to
	at, path, head, state, value, child, key, index, text string
}

func (w *jsonWalk) of(name string) string { return w.at + "." + name }

// number numbers every state below s.
func (w *jsonWalk) number(s *state) {
	if _, done := w.numbers[s]; done {
		return
	}
	if s.mask != nil {
		w.masked = append(w.masked, s)
		w.numbers[s] = kept - len(w.masked)
		return
	}
	w.numbers[s] = len(w.states)
	w.states = append(w.states, s)
	for next := range s.next {
		w.number(next)
	}
}

// rest numbers what no path leads to: it is kept, or gone into where its leaves are masked.
func (w *jsonWalk) rest() {
	w.otherwise = kept
	if w.b.rest.mask != nil {
		w.otherwise = len(w.states)
	}
}

func (w *jsonWalk) to(s *state) string {
	if s == nil {
		return fmt.Sprint(w.otherwise)
	}
	return fmt.Sprint(w.numbers[s])
}

// next returns the state of a child.
func (w *jsonWalk) next() string {
	key, index := w.child+"."+w.key, w.child+"."+w.index
	var byKey, byIndex []string
	for n, s := range w.states {
		var keys, items []string
		for _, k := range slices.Sorted(maps.Keys(s.keys)) {
			keys = append(keys, fmt.Sprintf("WHEN %s THEN %s", sqltext.Literal(k), w.to(s.keys[k])))
		}
		for _, i := range slices.Sorted(maps.Keys(s.items)) {
			items = append(items, fmt.Sprintf("WHEN %d THEN %s", i+1, w.to(s.items[i])))
		}
		byKey, byIndex = append(byKey, w.when(n, key, keys, s.other)),
			append(byIndex, w.when(n, index, items, s.others))
	}
	one := func(cases []string) string {
		return fmt.Sprintf("CASE %s %s ELSE %d END", w.of(w.state), strings.Join(cases, " "), w.otherwise)
	}
	return fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN %s ELSE %s END", key, one(byKey), one(byIndex))
}

func (w *jsonWalk) when(n int, by string, cases []string, other *state) string {
	if len(cases) == 0 {
		return fmt.Sprintf("WHEN %d THEN %s", n, w.to(other))
	}
	return fmt.Sprintf("WHEN %d THEN CASE %s %s ELSE %s END", n, by, strings.Join(cases, " "), w.to(other))
}

// opening returns the text that a place begins with, or all of it where it is not gone into.
func (w *jsonWalk) opening() string {
	v := w.of(w.value)
	var cases []string
	for _, s := range w.masked {
		cases = append(cases, fmt.Sprintf("WHEN %d THEN (%s)::text", w.numbers[s], w.b.leaf(s.mask, s.path, v)))
	}
	if w.otherwise == kept {
		cases = append(cases, fmt.Sprintf("WHEN %d THEN %s::text", kept, v))
	}
	leaf := v
	if m := w.b.rest.mask; m != nil {
		leaf = w.b.leaf(m, "otherwise", v)
	}
	open := fmt.Sprintf("CASE jsonb_typeof(%s) WHEN 'object' THEN '{' WHEN 'array' THEN '[' ELSE (%s)::text END", v,
		leaf)
	if len(cases) == 0 {
		return open
	}
	return fmt.Sprintf("CASE %s %s ELSE %s END", w.of(w.state), strings.Join(cases, " "), open)
}
