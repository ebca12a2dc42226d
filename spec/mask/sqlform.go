package mask

import (
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// is reports whether t is one of these base types of PostgreSQL's own, rather than a user's type of the same name.
func (t Type) is(names ...string) bool {
	return t.Kind == 'b' && t.Schema == "pg_catalog" && slices.Contains(names, t.Name)
}

// isText reports whether the values of t are text and compare as such. citext is in whatever schema its extension is.
func (t Type) isText() bool {
	return t.is("text", "varchar", "bpchar", "name") || t.isCitext()
}

func (t Type) isCitext() bool { return t.Kind == 'b' && t.Name == "citext" }

// storage returns what decides how a value is written as text. All types of text that compare alike share one, and
// numerics of any precision do.
func (t Type) storage() string {
	switch {
	case t.isText() && t.Name != "bpchar" && !t.isCitext():
		return "text"
	case t.is("numeric"):
		return "numeric"
	}
	return t.Formatted
}

// SameStorage reports whether values of t and o are written alike, so that a mask maps both to the same result.
func (t Type) SameStorage(o Type) bool { return t.Underlying().storage() == o.Underlying().storage() }

func (t Type) isInteger() bool { return t.is("int2", "int4", "int8") }

// width returns the number of bytes of an integer, 0 for other types.
func (t Type) width() int { return map[string]int{"int2": 2, "int4": 4, "int8": 8}[t.Name] }

func (t Type) isFloat() bool { return t.is("float4", "float8") }

func (t Type) isNumber() bool { return t.isInteger() || t.isFloat() || t.is("numeric") }

func (t Type) isTime() bool { return t.is("date", "timestamp", "timestamptz") }

func (t Type) isEnum() bool { return t.Kind == 'e' }

// isArray tells arrays from the types that are stored like one, such as point and name.
func (t Type) isArray() bool { return t.Kind == 'b' && t.Category == 'A' && t.Elem != nil }

// notNull reports whether t is a domain that rejects NULL, at any level.
func (t Type) notNull() bool {
	for t.Base != nil && !t.NotNull {
		t = *t.Base
	}
	return t.NotNull
}

// limit returns the largest length of a text, 0 for none. The type name counts bytes, and characters have up to three
// here.
func (t Type) limit() int {
	if t.is("name") {
		return 63
	}
	return t.MaxLength
}

// longest returns the largest length of a result that is either the value's or n; -1 where the column has no limit.
func (c Column) longest(n int) int {
	if limit := c.Type.Underlying().limit(); limit > 0 {
		return max(n, limit)
	}
	return -1
}

// value returns the SQL of the value that is masked.
func (c Column) value() string {
	if c.Value != "" {
		return c.Value
	}
	return sqltext.Ident(c.Name)
}

// text returns the SQL of the value as text.
func (c Column) text() string {
	if c.Type.Underlying().isText() && c.Type.Underlying().Name == "text" && c.Type.Collation == nil {
		return c.value()
	}
	return c.Type.Text(c.value())
}

// same returns the SQL of a text that is equal for equal values: citext ignores case, and 1.0 is 1.00.
func (c Column) same() string {
	switch u := c.Type.Underlying(); {
	case u.isText() && c.Type.Collation != nil:
		return c.Type.Collation.same(c.value() + "::text")
	case u.isCitext():
		return c.lower()
	case u.is("numeric"):
		return "trim_scale(" + c.value() + ")::text"
	case u.is("money"):
		return c.value() + "::numeric::text" // the text of money is the locale's
	case u.is("interval"):
		return "date_part('epoch', " + c.value() + ")::text" // 24 hours are a day
	}
	return c.Type.Encodable(c.text())
}

// lower returns the SQL of a text that is equal for texts which differ in letter case alone, and for equal values.
func (c Column) lower() string {
	if c.Type.Underlying().isText() && c.Type.Collation != nil {
		return c.same()
	}
	return "lower(" + c.Type.Encodable(c.text()) + ")"
}

// cast makes an expression of the column's type. Text types are left as text: a cast to varchar(n) would
// cut a long value silently, while COPY into the column refuses it. A domain is cast to what it stores; the
// target checks its constraints.
func (c Column) cast(sql string) string {
	t := c.Type.Underlying()
	if t.isText() {
		return "(" + sql + ")::text"
	}
	return "(" + sql + ")::" + t.withoutDomains()
}

// withoutDomains returns the type without domains, for casts: a cast to an array of a domain would run the domain's
// checks on the source, which can be anybody's code. The target runs them.
func (t Type) withoutDomains() string {
	if t.isArray() && t.Elem.Base != nil {
		return t.Elem.Underlying().Formatted + "[]"
	}
	return t.Formatted
}

// digest returns the keyed pseudo-random function of the catalogue, as 64 hexadecimal digits: SHA-256 over the
// key, the purpose and the value. Callers use 32 digits at the most: the cut closes length extension.
// The purpose keeps the results of different masks unrelated. Measured in
// docs/masks.md.
func digest(purpose, text string) string {
	return fmt.Sprintf("encode(sha256(convert_to(current_setting('shoji.key') || %s || %s, 'UTF8')), 'hex')",
		sqltext.Literal(":"+purpose+":"), text)
}

// number takes a number of bits (a multiple of 4, up to 60) out of a hexadecimal digest, from the
// given digit on (1 is the first). It is never negative.
func number(hex string, from, bits int) string {
	return fmt.Sprintf("('x' || substr(%s, %d, %d))::bit(%d)::bigint", hex, from, bits/4, bits)
}

// maskNonEmpty applies an expression to texts that are not empty: the empty string says no more than NULL does, and
// stays.
func (c Column) maskNonEmpty(sql string) string {
	return c.cast(fmt.Sprintf("CASE WHEN %s = '' THEN '' WHEN %s IS NOT NULL THEN %s END", c.text(), c.text(), sql))
}

// keepNull makes a constant expression NULL if the value is. Of a composite value, IS NOT NULL would be about its
// fields.
func (c Column) keepNull(sql string) string {
	if c.Type.Underlying().Kind == 'c' {
		return fmt.Sprintf("CASE WHEN %s IS DISTINCT FROM NULL THEN %s END", c.value(), sql)
	}
	return fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN %s END", c.value(), sql)
}

// let computes names step by step, each step ("x + 1 AS y") from the names before it, and evaluates body with them.
// OFFSET 0 keeps the planner from writing an expression in place of each mention of its name, to be computed as many
// times. Columns of the table stand in the first step alone: later ones see the names first.
func let(body string, steps ...string) string {
	from := "SELECT " + steps[0] + " OFFSET 0"
	for _, s := range steps[1:] {
		from = "SELECT s.*, " + s + " FROM (" + from + ") AS s OFFSET 0"
	}
	return "(SELECT " + body + " FROM (" + from + ") AS s)"
}

// unsupportedType returns the error of a mask that the catalogue offers for a type that it has no form for.
func (c Column) unsupportedType() error {
	return fmt.Errorf("there is no form of this mask for %s; use %s", c.Type.Formatted, alternatives(c.Type))
}

// Text returns the SQL of a value of type t as text, NULL for NULL. It is what a cast to text writes, but it is not a
// cast where the type is a user's: the owner of a type may make casts of it (CREATE CAST … WITH FUNCTION), which would
// run in the session that reads, while an output function is PostgreSQL's own or, for a base type, a superuser's.
func (t Type) Text(sql string) string {
	u := t.Underlying()
	switch {
	case t.Collation != nil:
		return "(" + sql + "::text" + deterministic + ")"
	case u.Schema == "pg_catalog":
		return sql + "::text"
	}
	if t.Base != nil { // a domain becomes what it stores by no cast that anybody can make
		sql = "(" + sql + ")::" + u.Formatted
	}
	switch {
	case u.isEnum():
		return "textin(enum_out(" + sql + "))"
	case u.isArray():
		return "textin(array_out(" + sql + "))"
	case u.Kind == 'r':
		return "textin(range_out(" + sql + "))"
	case u.Kind == 'm':
		return "textin(multirange_out(" + sql + "))"
	case u.Kind == 'c':
		return "textin(record_out(" + sql + "))"
	}
	return sql + "::text"
}

// sibling returns the SQL of another column of the row as text.
func (c Column) sibling(name string) string {
	return c.Types[name].Encodable(c.Types[name].Text(sqltext.Ident(name)))
}
