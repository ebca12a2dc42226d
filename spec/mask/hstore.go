package mask

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// hstore is hstore({ key = mask }): masks by key. Keys that nobody named are kept, masked or dropped.
type hstore struct {
	keys  []string
	masks map[string]*Mask
	rest  rest
}

func decodeHstore(a *args) (kind, error) {
	v, err := a.take("the masks by key")
	if err != nil {
		return nil, err
	}
	h := hstore{}
	// {} together with otherwise is about all keys
	if v.IsNull() || !v.Type().IsObjectType() || v.LengthInt() > 0 || !a.more() {
		if h.keys, h.masks, err = masksByName(v, "the masks by key", "{ email = email() }"); err != nil {
			return nil, err
		}
	}
	o, err := a.options("otherwise")
	if err != nil {
		return nil, err
	}
	h.rest, err = o.rest()
	return h, err
}

func (h hstore) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	item, k, v := c.alias("item"), c.alias("k"), c.alias("v")
	value := c.inner(Type{Schema: "pg_catalog", Name: "text", Formatted: "text", Kind: 'b', Category: 'S'}, item+"."+v)
	var cases, literals []string
	var parts []Properties
	reads := []string{c.Name}
	compile := func(m *Mask) (string, error) {
		e, err := m.Compile(value)
		parts, reads = append(parts, e.Properties), append(reads, e.Reads...)
		return "(" + e.SQL + ")::text", err
	}
	for _, key := range h.keys {
		sql, err := compile(h.masks[key])
		if err != nil {
			return Expr{}, fmt.Errorf("key %q: %w", key, err)
		}
		literals = append(literals, sqltext.Literal(key))
		cases = append(cases, fmt.Sprintf("WHEN %s THEN %s", sqltext.Literal(key), sql))
	}
	otherwise := value.Value
	switch {
	case h.rest.mask != nil:
		var err error
		if otherwise, err = compile(h.rest.mask); err != nil {
			return Expr{}, fmt.Errorf("otherwise: %w", err)
		}
	case !h.rest.drop:
		parts = append(parts, Properties{Deterministic: true, Strength: Raw})
	}
	masked := otherwise
	if len(cases) > 0 {
		masked = fmt.Sprintf("CASE %s.%s %s ELSE %s END", item, k, strings.Join(cases, " "), otherwise)
	}
	only := ""
	if h.rest.drop {
		only = fmt.Sprintf(" WHERE %s.%s = ANY (ARRAY[%s]::text[])", item, k, strings.Join(literals, ", "))
	}
	// The functions are the extension's, which is not on the path. The order ties the aggregates to the keys: one over
	// columns of the row alone would be taken for an aggregate of the row's own query.
	sql := fmt.Sprintf("(SELECT %s(coalesce(array_agg(%s.%s ORDER BY %s.%s), '{}'), coalesce(array_agg(%s ORDER BY "+
		"%s.%s), '{}')) FROM %s(%s) AS %s(%s, %s)%s)",
		sqltext.Ident(u.Schema, "hstore"), item, k, item, k, masked, item, k, sqltext.Ident(u.Schema, "each"),
		c.value(), item, k, v, only)
	p := combine(parts)
	p.Strength = min(p.Strength, Generalised) // the keys stay
	return Expr{SQL: c.keepNull(sql), Reads: unite(reads), Properties: p}, nil
}
