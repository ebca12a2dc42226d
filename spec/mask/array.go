package mask

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// array is array(mask): the mask on each element. NULL elements stay, and so do dimensions and lower bounds.
type array struct{ of *Mask }

func decodeArray(a *args) (kind, error) {
	m, err := a.mask("the mask of the elements")
	return array{m}, err
}

func (a array) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	item, v, i := c.alias("item"), c.alias("v"), c.alias("i")
	element := item + "." + v
	e, err := a.of.Compile(c.inner(*u.Elem, element))
	if err != nil {
		return Expr{}, err
	}
	stored := u.Elem.Underlying() // a cast to a domain would run its checks here; the target runs them
	masked := fmt.Sprintf("(%s)::%s", e.SQL, stored.withoutLimit())
	if e.Null == NullNever {
		masked = fmt.Sprintf("CASE WHEN %s IS DISTINCT FROM NULL THEN %s END", element, masked)
	}
	// The plain case is what nearly every array is: one dimension that begins at 1.
	x := c.value()
	plain := fmt.Sprintf("(SELECT array_agg(%s ORDER BY %s.%s) FROM %s)", masked, item, i,
		elements(x, *u.Elem, item, v, i))
	sql := fmt.Sprintf("CASE WHEN cardinality(%s) > 0 THEN CASE WHEN array_ndims(%s) = 1 AND array_lower(%s, 1) = 1 "+
		"THEN %s ELSE %s END ELSE %s::%s[] END",
		x, x, x, plain, arrayText(c, masked, *u.Elem, item, v, i), x, stored.withoutLimit())
	p := e.Properties
	p.Null, p.MaxLength, p.KeepsLength = NullKept, -1, false
	p.MayEqualRaw = true // an empty array is an empty array
	return Expr{SQL: sql, Reads: unite([]string{c.Name}, e.Reads), Properties: p}, nil
}

// elements returns the FROM item of the elements of an array with their numbers. In FROM, a composite element would
// come apart into its fields, and a NULL one into fields that are NULL; as an output of a SELECT it stays whole.
func elements(array string, elem Type, item, v, i string) string {
	if elem.Underlying().Kind != 'c' {
		return fmt.Sprintf("unnest(%s) WITH ORDINALITY AS %s(%s, %s)", array, item, v, i)
	}
	return fmt.Sprintf("(SELECT unnest(%s) AS %s, generate_series(1, cardinality(%s)) AS %s OFFSET 0) AS %s", array, v,
		array, i, item)
}

// arrayText writes a masked array of any dimensions as text: the braces of an array of the same form, with the elements
// in between.
func arrayText(c Column, masked string, elem Type, item, v, i string) string {
	x, brace, b, n := c.value(), c.alias("brace"), c.alias("b"), c.alias("n")
	dimensions := fmt.Sprintf("(SELECT array_agg(array_length(%s, %s) ORDER BY %s) FROM generate_series(1, "+
		"array_ndims(%s)) AS %s)", x, n, n, x, n)
	braces := fmt.Sprintf("unnest(string_to_array(array_fill(NULL::int, %s)::text, 'NULL')) "+
		"WITH ORDINALITY AS %s(%s, %s)", dimensions, brace, b, i)
	// An array of one element is how PostgreSQL quotes an element; its own braces are cut off. There is one brace more
	// than there are elements.
	list := Type{Schema: elem.Underlying().Schema, Kind: 'b', Category: 'A', Elem: &elem}
	quoted := fmt.Sprintf("left(right(%s, -1), -1)", list.Text("ARRAY["+masked+"]"))
	return fmt.Sprintf("(SELECT (array_dims(%s) || '=' || string_agg(%s.%s || CASE WHEN %s.%s IS NULL THEN '' ELSE "+
		"%s END, '' ORDER BY %s.%s))::%s[] FROM %s LEFT JOIN %s ON %s.%s = %s.%s)",
		x, brace, b, item, i, quoted, brace, i, elem.Underlying().withoutLimit(), braces, elements(x, elem, item, v, i),
		item, i, brace, i)
}

// withoutLimit returns the type without a limit of length, for casts: one to varchar(n) would cut a long value
// silently.
func (t Type) withoutLimit() string {
	if t.isText() && strings.Contains(t.Formatted, "(") {
		return sqltext.Ident(t.Schema, t.Name)
	}
	return t.Formatted
}
