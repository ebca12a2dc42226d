package mask

import (
	"errors"
	"fmt"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// jsonMask is json({ path = mask }): masks at places of a document. What no path names is kept, masked or dropped.
type jsonMask struct {
	root  *state // nil: no path at all
	rest  rest
	masks []*Mask // of all paths
}

func decodeJSON(a *args) (kind, error) {
	v, err := a.take("the paths")
	if err != nil {
		return nil, err
	}
	m := jsonMask{}
	tree := paths{}
	tree.root = tree.place("$")
	// {} together with otherwise is about every leaf
	if v.IsNull() || !v.Type().IsObjectType() || v.LengthInt() > 0 || !a.more() {
		names, masks, err := masksByName(v, "the paths", `{ "$.contact.email" = email() }`)
		if err != nil {
			return nil, err
		}
		for _, path := range names {
			if err := tree.add(path, masks[path]); err != nil {
				return nil, err
			}
			m.masks = append(m.masks, masks[path])
		}
	}
	states := automaton{made: map[string]*state{}}
	if m.root, err = states.state([]mark{{at: tree.root}}); err != nil {
		return nil, err
	}
	o, err := a.options("otherwise")
	if err != nil {
		return nil, err
	}
	if m.rest, err = o.rest(); err != nil {
		return nil, err
	}
	if m.rest.drop && m.root.looksDeep(map[*state]bool{}) {
		return nil,
			errors.New(`a path with .. goes with otherwise = null_value(), not with "drop": what leads to a place ` +
				`that is named everywhere would have to stay`)
	}
	return m, nil
}

func (m jsonMask) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	b := jsonBuilder{column: c, rest: m.rest}
	document := c.value()
	if u.Name == "json" {
		document = Storable(document)
	}
	var sql string
	switch {
	case m.rest.mask != nil:
		sql = b.walk(m.root, document)
	default:
		sql = b.build(m.root, document, 0)
	}
	if b.err != nil {
		return Expr{}, b.err
	}
	if m.rest.drop {
		sql = "coalesce(" + sql + ", 'null')"
	}
	if m.rest.mask == nil && !m.rest.drop {
		b.parts = append(b.parts, Properties{Deterministic: true, Strength: Raw})
	}
	p := combine(b.parts)
	p.Strength = min(p.Strength, Generalised) // the keys stay, and how many elements there are
	return Expr{SQL: c.keepNull(c.cast(sql)), Reads: unite([]string{c.Name}, b.reads), Properties: p}, nil
}

// Storable is a json value as jsonb. What json holds and jsonb cannot becomes null, because it would stop the copy: a
// NUL, half of a surrogate pair, a number beyond numeric.
func Storable(json string) string {
	const lone = `\\u0000|\\u[dD][89aAbB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|` +
		`(?<!\\u[dD][89aAbB][0-9a-fA-F]{2})\\u[dD][c-fC-F]`
	const huge = `(^|[:,[])\s*-?[0-9.]+[eE][+-]?0*[1-9][0-9]{4}` // not in the middle of a text such as an uuid
	return fmt.Sprintf("(CASE WHEN strpos(%s::text, %s) > 0 AND %s::text ~ %s OR %s::text ~ %s "+
		"THEN 'null' ELSE %s::jsonb END)", json, sqltext.Literal(`\u`), json, sqltext.Literal(lone), json,
		sqltext.Literal(huge), json)
}

// leaf returns the SQL of a masked place, itself jsonb. The value keeps the type that it has in the document where the
// mask is for that type: a number is masked as numeric, or as bigint where it is a whole one, a boolean as boolean. All
// else is masked as text and becomes a string. A value that the mask is not for becomes null, for it must neither pass
// nor stop the copy.
func (b *jsonBuilder) leaf(m *Mask, path, v string) string {
	switch m.kind.(type) {
	case keep:
		b.parts = append(b.parts, Properties{Deterministic: true, Strength: Raw})
		return v
	case nullValue:
		b.parts = append(b.parts, Properties{Deterministic: true, Strength: Constant})
		return "'null'::jsonb"
	}
	try := func(name, formatted string, category byte, value string) (string, error) {
		e, err := m.Compile(b.column.inner(Type{
			Schema:    "pg_catalog",
			Name:      name,
			Formatted: formatted,
			Kind:      'b',
			Category:  category,
		}, value))
		if err != nil {
			return "", err
		}
		b.parts, b.reads = append(b.parts, e.Properties), append(b.reads, e.Reads...)
		return fmt.Sprintf("coalesce(to_jsonb((%s)::%s), 'null')", e.SQL, formatted), nil
	}
	text, err := try("text", "text", 'S', fmt.Sprintf("(%s #>> '{}')", v))
	other := text
	if err != nil {
		other = "'null'::jsonb"
	}
	cases := ""
	if !m.writesSQL() {
		if sql, failed := try("numeric", "numeric", 'N', fmt.Sprintf("(%s)::numeric", v)); failed == nil {
			cases += " WHEN 'number' THEN " + sql
		} else if sql, failed := try("int8", "bigint", 'N', fmt.Sprintf("((%s)::numeric)::bigint", v)); failed == nil {
			cases += fmt.Sprintf(" WHEN 'number' THEN CASE WHEN (%s)::numeric %% 1 = 0 AND (%s)::numeric BETWEEN "+
				"-9223372036854775808 AND 9223372036854775807 THEN %s ELSE %s END", v, v, sql, other)
		}
		if sql, failed := try("bool", "boolean", 'B', fmt.Sprintf("(%s)::boolean", v)); failed == nil {
			cases += " WHEN 'boolean' THEN " + sql
		}
	}
	switch {
	case cases == "" && err != nil:
		b.fail(fmt.Errorf("at %s: %w", path, err))
		return ""
	case cases == "":
		return text
	case err != nil:
		other = "'null'::jsonb"
	}
	return fmt.Sprintf("CASE jsonb_typeof(%s)%s ELSE %s END", v, cases, other)
}
