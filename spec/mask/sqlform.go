package mask

import (
	"fmt"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// isText reports a type whose values are text and compare as such.
func (t Type) isText() bool {
	switch t.Name {
	case "text", "varchar", "bpchar", "citext", "name":
		return true
	}
	return false
}

// storage is what decides how a value is written as text: all types of text are one, a numeric of any precision is.
func (t Type) storage() string {
	switch {
	case t.isText() && t.Name != "bpchar":
		return "text"
	case t.Name == "numeric":
		return "numeric"
	}
	return t.Formatted
}

// SameStorage reports whether a value of t and of o is written alike, so that a mask gives both the same result.
func (t Type) SameStorage(o Type) bool { return t.Underlying().storage() == o.Underlying().storage() }

func (t Type) isInteger() bool { return t.Name == "int2" || t.Name == "int4" || t.Name == "int8" }

// width is the number of bytes of an integer, 0 for other types.
func (t Type) width() int { return map[string]int{"int2": 2, "int4": 4, "int8": 8}[t.Name] }

func (t Type) isFloat() bool { return t.Name == "float4" || t.Name == "float8" }

func (t Type) isNumber() bool { return t.isInteger() || t.isFloat() || t.Name == "numeric" }

func (t Type) isTime() bool {
	return t.Name == "date" || t.Name == "timestamp" || t.Name == "timestamptz"
}

func (t Type) isEnum() bool { return t.Kind == 'e' }

// value is the SQL of the value that is masked.
func (c Column) value() string {
	if c.Value != "" {
		return c.Value
	}
	return sqltext.Ident(c.Name)
}

// text is the value as text.
func (c Column) text() string {
	if c.Type.Underlying().isText() && c.Type.Underlying().Name == "text" {
		return c.value()
	}
	return c.value() + "::text"
}

// cast makes an expression of the column's type. Text types are left as text: a cast to varchar(n) would
// cut a long value silently, while COPY into the column refuses it. A domain is cast to what it stores; the
// target checks its constraints.
func (c Column) cast(sql string) string {
	t := c.Type.Underlying()
	if t.isText() {
		return "(" + sql + ")::text"
	}
	return "(" + sql + ")::" + t.Formatted
}

// digest is the keyed pseudo-random function of the catalogue, as 64 hexadecimal digits: SHA-256 over the
// key, the purpose and the value. Callers use 32 digits at the most: the cut closes length extension.
// The purpose keeps masks of different kinds from giving related results. Measured in
// docs/masks.md.
func digest(purpose, text string) string {
	return fmt.Sprintf("encode(sha256(convert_to(current_setting('shoji.key') || %s || %s, 'UTF8')), 'hex')", sqltext.Literal(":"+purpose+":"), text)
}

// number takes a number of bits (a multiple of 4, up to 60) out of a hexadecimal digest, from the
// given digit on (1 is the first). It is never negative.
func number(hex string, from, bits int) string {
	return fmt.Sprintf("('x' || substr(%s, %d, %d))::bit(%d)::bigint", hex, from, bits/4, bits)
}

// keepEmpty leaves the empty string as it is: it says no more than NULL does.
func keepEmpty(text, masked string) string {
	return fmt.Sprintf("CASE WHEN %s = '' THEN '' ELSE %s END", text, masked)
}

// keepNull makes a constant expression NULL where the value is. Of a composite value, IS NOT NULL would be about its fields.
func (c Column) keepNull(sql string) string {
	if c.Type.Underlying().Kind == 'c' {
		return fmt.Sprintf("CASE WHEN %s IS DISTINCT FROM NULL THEN %s END", c.value(), sql)
	}
	return fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN %s END", c.value(), sql)
}

// refuse is the error for a type that a mask cannot treat.
func (c Column) refuse(accepts, instead string) error {
	return fmt.Errorf("this mask is for %s; for this type use %s", accepts, instead)
}
