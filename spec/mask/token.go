package mask

import (
	"errors"
	"fmt"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// token is token() and hash(): an opaque keyed value, equal for equal input, in every table.
type token struct {
	purpose string
	length  int // hexadecimal digits
	prefix  string
}

// shortest is the fewest digits that a token may have. They are 24 bits: among a few thousand values two collide.
const shortest = 6

func decodeToken(a *args) (kind, error) {
	o, err := a.options("length", "prefix")
	if err != nil {
		return nil, err
	}
	t := token{purpose: "token"}
	if t.length, err = o.integer("length", 16, shortest, 32); err != nil {
		return nil, err
	}
	t.prefix, err = o.str("prefix", "")
	return t, err
}

func decodeHash(a *args) (kind, error) {
	o, err := a.options("length")
	if err != nil {
		return nil, err
	}
	t := token{purpose: "hash"}
	t.length, err = o.integer("length", 32, 8, 32)
	return t, err
}

func (t token) compile(c Column) (Expr, error) {
	hex := digest(t.purpose, c.same())
	u := c.Type.Underlying()
	p := Properties{
		Null:          NullKept,
		Unique:        Likely,
		Bits:          4 * t.length,
		Deterministic: true,
		Keyed:         Strong,
		MaxLength:     -1,
		Strength:      Pseudonym,
	}
	switch {
	case u.is("int8"):
		p.Bits = 60
	case u.is("int4"):
		p.Bits, p.MayEqualRaw = 28, true // chance meets
	case u.is("bytea"):
		p.Bits = t.length / 2 * 8
	}
	p.Collisions = fmt.Sprintf("two meet by a chance of %d bits", p.Bits)
	switch {
	case u.isText():
		masked := fmt.Sprintf("substr(%s, 1, %d)", hex, t.length)
		if t.prefix != "" {
			masked = sqltext.Literal(t.prefix) + " || " + masked
		}
		p.MaxLength = len([]rune(t.prefix)) + t.length
		p.MayEqualRaw = t.length < 8 && t.prefix == "" // another row's code of six digits
		return Expr{SQL: c.maskNonEmpty(masked), Properties: p}, nil
	case t.prefix != "":
		return Expr{}, errors.New("a prefix is for text only")
	case u.is("int8"):
		return Expr{SQL: c.cast(number(hex, 1, 60)), Properties: p}, nil
	case u.is("int4"):
		return Expr{SQL: c.cast(number(hex, 1, 28)), Properties: p}, nil
	case u.is("uuid"):
		return uuid{}.compile(c)
	case u.is("bytea"):
		return Expr{
			SQL: c.keepNull(fmt.Sprintf("decode(substr(%s, 1, %d), 'hex')",
				digest(t.purpose, "encode("+c.value()+", 'hex')"), t.length/2*2)),
			Properties: p,
		}, nil
	}
	return Expr{}, c.unsupportedType()
}

// shorter returns the form that a column of so many characters has room for, with what it costs; "" for none.
func (t token) shorter(room int) string {
	least, prefix := shortest, ""
	if t.purpose == "hash" {
		least = 8
	}
	if t.prefix != "" {
		prefix = ", prefix = …"
	}
	n := room - len([]rune(t.prefix))
	if n < least {
		return ""
	}
	return fmt.Sprintf("%s({ length = %d%s }) fits, under which two values meet by a chance of %d bits", t.purpose, n,
		prefix, 4*n)
}
