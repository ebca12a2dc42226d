package mask

import (
	"fmt"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// ranged is range(mask): the mask on both bounds, the lower one first. Empty stays empty, an infinite bound infinite,
// and what is not empty does not become so.
type ranged struct{ of *Mask }

func decodeRange(a *args) (kind, error) {
	m, err := a.mask("the mask of the bounds")
	return ranged{m}, err
}

func (r ranged) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	if u.Kind == 'r' {
		return r.bounds(c, u, c.value())
	}
	item, v := c.alias("item"), c.alias("v")
	e, err := r.bounds(c, *u.Elem, item+"."+v)
	// range_agg joins what the mask brought together, as a multirange must be.
	e.SQL = fmt.Sprintf("CASE WHEN isempty(%s) THEN %s ELSE (SELECT range_agg(%s) FROM unnest(%s) AS %s(%s)) END",
		c.value(), c.value(), e.SQL, c.value(), item, v)
	return e, err
}

// bounds masks one range x of type t.
func (r ranged) bounds(c Column, t Type, x string) (Expr, error) {
	bound := func(function string) (Expr, error) {
		return r.of.Compile(c.inner(*t.Elem, fmt.Sprintf("%s(%s)", function, x)))
	}
	lower, err := bound("lower")
	if err != nil {
		return Expr{}, err
	}
	upper, err := bound("upper")
	if err != nil {
		return Expr{}, err
	}
	if lower.Null == NullAlways || lower.Null == NullUnknown {
		return Expr{},
			fmt.Errorf("%s may give NULL, which is an infinite bound; choose a mask that does not, or null_value() "+
				"for the whole range", r.of.Name)
	}
	b, l, h := c.alias("bound"), c.alias("l"), c.alias("h")
	low, high := b+"."+l, b+"."+h
	build := func(low, high, flags string) string {
		return fmt.Sprintf("%s(%s, %s, %s)", sqltext.Ident(t.Schema, t.Name), low, high, flags)
	}
	// A range of the user's own may sort its bounds in an order of its own, which only its own comparison knows.
	sorted, equal := low+" < "+high, low+" = "+high
	if t.Schema != "pg_catalog" {
		point := func(of string) string { return build(of, of, "'[]'") }
		sorted, equal = point(low)+" < "+point(high), point(low)+" = "+point(high)
	}
	flags := fmt.Sprintf("CASE WHEN lower_inc(%s) THEN '[' ELSE '(' END || CASE WHEN "+
		"upper_inc(%s) THEN ']' ELSE ')' END", x, x)
	finite := func(infinite, sql string) string {
		return fmt.Sprintf("CASE WHEN NOT %s(%s) THEN (%s)::%s END", infinite, x, sql, t.Elem.withoutLimit())
	}
	sql := fmt.Sprintf("CASE WHEN %s IS NULL OR isempty(%s) THEN %s ELSE (SELECT CASE WHEN %s THEN %s WHEN %s IS "+
		"NULL OR %s IS NULL OR %s THEN %s ELSE %s END FROM (SELECT %s AS %s, %s AS %s OFFSET 0) AS %s) END",
		x, x, x, equal, singleton(t, build, low), low, high, sorted, build(low, high, flags), build(high, low, flags),
		finite("lower_inf", lower.SQL), l, finite("upper_inf", upper.SQL), h, b)
	p := lower.Properties
	p.Null, p.Unique, p.Bits, p.MaxLength, p.KeepsLength, p.MayEqualRaw = NullKept, Lossy, 0, -1, false, true
	return Expr{SQL: sql, Reads: unite([]string{c.Name}, lower.Reads), Properties: p}, nil
}

// singleton returns the range of one value. That of the largest whole number has no upper bound in the form that
// PostgreSQL keeps, so it ends before it.
func singleton(t Type, build func(low, high, flags string) string, value string) string {
	if largest := map[string]string{"int4": "2147483647", "int8": "9223372036854775807"}[t.Elem.Name]; largest != "" &&
		t.Schema == "pg_catalog" {
		value = fmt.Sprintf("least(%s, %s - 1)", value, largest)
	}
	return build(value, value, "'[]'")
}
