package mask

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// token is token() and hash(): an opaque keyed value, equal for equal input, in every table.
type token struct {
	purpose string
	length  int // hexadecimal digits
	prefix  string
}

func decodeToken(a *args) (kind, error) {
	o, err := a.options("length", "prefix")
	if err != nil {
		return nil, err
	}
	t := token{purpose: "token"}
	if t.length, err = o.integer("length", 16, 8, 32); err != nil {
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
	hex := digest(t.purpose, c.text())
	p := Properties{Null: NullKept, Unique: Likely, Bits: 4 * t.length, Deterministic: true, Keyed: Strong, MaxLength: -1, Strength: Pseudonym}
	u := c.Type.Underlying()
	switch {
	case u.isText():
		masked := fmt.Sprintf("substr(%s, 1, %d)", hex, t.length)
		if t.prefix != "" {
			masked = sqltext.Literal(t.prefix) + " || " + masked
		}
		p.MaxLength = len([]rune(t.prefix)) + t.length
		return Expr{SQL: c.cast(keepEmpty(c.text(), masked)), Properties: p}, nil
	case t.prefix != "":
		return Expr{}, errors.New("a prefix is for text only")
	case u.Name == "int8":
		p.Bits = 60
		return Expr{SQL: c.cast(number(hex, 1, 60)), Properties: p}, nil
	case u.Name == "int4":
		p.Bits = 28
		p.MayEqualRaw = true // 2^28 values: chance meets
		return Expr{SQL: c.cast(number(hex, 1, 28)), Properties: p}, nil
	case u.Name == "uuid":
		return uuid{}.compile(c)
	case u.Name == "bytea":
		return Expr{SQL: c.keepNull(fmt.Sprintf("decode(substr(%s, 1, %d), 'hex')", digest(t.purpose, "encode("+c.value()+", 'hex')"), t.length/2*2)), Properties: p}, nil
	}
	return Expr{}, c.unforeseen()
}

// email is email(): an address that nobody has, equal for equal input.
type email struct {
	domain string
	length int
}

var domainName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

func decodeEmail(a *args) (kind, error) {
	o, err := a.options("domain", "length")
	if err != nil {
		return nil, err
	}
	e := email{}
	if e.domain, err = o.str("domain", "example.com"); err != nil {
		return nil, err
	}
	if !domainName.MatchString(strings.ToLower(e.domain)) {
		return nil, fmt.Errorf("%q is not a domain name", e.domain)
	}
	e.length, err = o.integer("length", 16, 8, 32)
	return e, err
}

func (e email) compile(c Column) (Expr, error) {
	// Case does not make another mailbox in practice: joins on lower(email) must hold.
	masked := fmt.Sprintf("substr(%s, 1, %d) || %s", digest("email", "lower("+c.text()+")"), e.length, sqltext.Literal("@"+strings.ToLower(e.domain)))
	return Expr{SQL: c.cast(keepEmpty(c.text(), masked)), Properties: Properties{Null: NullKept, Unique: Likely, Bits: 4 * e.length, Deterministic: true, Keyed: Strong,
		MaxLength: e.length + 1 + len(e.domain), Strength: Synthetic}}, nil
}

// uuid is uuid(): a version 4 look-alike from the digest.
type uuid struct{}

func decodeUUID(*args) (kind, error) { return uuid{}, nil }

func (uuid) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	hex := digest("uuid", "lower("+c.value()+"::text)")
	value := fmt.Sprintf("overlay(overlay(substr(%s, 1, 32) placing '4' from 13) placing '8' from 17)::uuid", hex)
	p := Properties{Null: NullKept, Unique: Likely, Bits: 120, Deterministic: true, Keyed: Strong, MaxLength: 36, Strength: Pseudonym}
	if u.isText() {
		return Expr{SQL: c.cast(keepEmpty(c.text(), "("+value+")::text")), Properties: p}, nil
	}
	p.MaxLength = -1
	return Expr{SQL: c.cast(value), Properties: p}, nil
}
