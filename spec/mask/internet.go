package mask

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// account is email() and username(): an address or a name at which nobody is, equal for equal input. With a locale, the
// name that first_name() and last_name() give stands before the digits.
type account struct {
	domain string // of an address; "" for a user name
	locale string // "" for no name
	length int    // hexadecimal digits
	by     by
}

var domainName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

// domain reads an option that names a domain. Where none is named it is one that RFC 2606 keeps for examples.
func (o options) domain(name, otherwise string) (string, error) {
	d, err := o.str(name, otherwise)
	if d = strings.ToLower(d); err == nil && d != otherwise &&
		!slices.Contains([]string{"test", "example", "invalid", "localhost"}, d) &&
		(!domainName.MatchString(d) || len(d) > 200) {
		err = fmt.Errorf("%q is not a domain name", d)
	}
	return d, err
}

func decodeEmail(a *args) (kind, error) { return decodeAccount(a, "example.com", "domain") }

func decodeUsername(a *args) (kind, error) { return decodeAccount(a, "") }

func decodeAccount(a *args, domain string, more ...string) (kind, error) {
	k := account{}
	var err error
	if a.nextIsString() {
		if k.locale, err = a.locale("names"); err != nil {
			return nil, err
		}
	}
	o, err := a.options(append(more, "length", "by")...)
	if err != nil {
		return nil, err
	}
	if k.domain, err = o.domain("domain", domain); err != nil {
		return nil, err
	}
	if k.length, err = o.integer("length", 16, 8, 32); err != nil {
		return nil, err
	}
	k.by, err = o.by()
	return k, err
}

// compile does not look at letter case, which makes no other mailbox in practice: joins on lower(email) must hold.
func (k account) compile(c Column) (Expr, error) {
	own := c.lower()
	seed, err := k.by.seed(c, own)
	if err != nil {
		return Expr{}, err
	}
	p := Properties{
		Null:          NullKept,
		Unique:        Likely,
		Bits:          4 * k.length,
		Deterministic: true,
		Keyed:         Strong,
		MaxLength:     k.length,
		Strength:      Synthetic,
	}
	p.Collisions = fmt.Sprintf("values that differ in letter case alone meet; others meet by a chance of %d bits",
		p.Bits)
	purpose := "email"
	if k.domain == "" {
		purpose = "username"
	}
	sql := fmt.Sprintf("substr(%s, 1, %d)", digest(purpose, seed), k.length)
	if k.locale != "" {
		first, last := namesOf(k.locale, "romaji")
		a, wideA, err := pick(first, 0, choice("h", 1, len(first)))
		if err != nil {
			return Expr{}, err
		}
		b, wideB, err := pick(last, 0, choice("h", 13, len(last)))
		if err != nil {
			return Expr{}, err
		}
		// The name is that of full_name() for the same columns, or for the same value.
		named, err := k.by.seed(c, c.same())
		if err != nil {
			return Expr{}, err
		}
		sql = let("lower("+a+" || '.' || "+b+") || '.' || d", sql+" AS d, "+digest("name", named)+" AS h")
		p.MaxLength += wideA + wideB + 2
	} else if k.domain == "" {
		sql, p.MaxLength = "'user_' || "+sql, p.MaxLength+5
	}
	if k.domain != "" {
		sql, p.MaxLength = sql+" || "+sqltext.Literal("@"+k.domain), p.MaxLength+1+len(k.domain)
	}
	return k.by.finish(c, Expr{SQL: c.maskNonEmpty(sql), Properties: p}), nil
}

// site is domain() and url(): a name below a domain kept for examples, a page on it.
type site struct {
	page   bool
	domain string
	length int
	by     by
}

func decodeSite(page bool) func(*args) (kind, error) {
	return func(a *args) (kind, error) {
		o, err := a.options("domain", "length", "by")
		if err != nil {
			return nil, err
		}
		k := site{page: page}
		if k.domain, err = o.domain("domain", "example.com"); err != nil {
			return nil, err
		}
		if k.length, err = o.integer("length", 16, 8, 32); err != nil {
			return nil, err
		}
		k.by, err = o.by()
		return k, err
	}
}

// compile looks at the letter case of an address, which may name another page there, but not of a domain.
func (k site) compile(c Column) (Expr, error) {
	own, purpose := c.lower(), "domain"
	p := Properties{
		Null:   NullKept,
		Unique: Likely,
		Bits:   4 * k.length,
		Collisions: "values that differ in letter case alone meet; others meet by a chance of " +
			fmt.Sprint(4*k.length) + " bits",
		Deterministic: true,
		Keyed:         Strong,
		Strength:      Synthetic,
	}
	if k.page {
		own, purpose, p.Collisions = c.same(), "url", fmt.Sprintf("two meet by a chance of %d bits", p.Bits)
	}
	seed, err := k.by.seed(c, own)
	if err != nil {
		return Expr{}, err
	}
	sql := fmt.Sprintf("substr(%s, 1, %d)", digest(purpose, seed), k.length)
	before, after := "", "."+k.domain
	if k.page {
		before, after = "https://"+k.domain+"/", ""
	}
	if before != "" {
		sql = sqltext.Literal(before) + " || " + sql
	}
	if after != "" {
		sql += " || " + sqltext.Literal(after)
	}
	p.MaxLength = len(before) + k.length + len(after)
	return k.by.finish(c, Expr{SQL: c.maskNonEmpty(sql), Properties: p}), nil
}
