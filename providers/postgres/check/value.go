package check

import (
	"math/big"
	"regexp"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/spec/mask"
)

// sort is what a value is compared as.
type sort byte

const (
	unknown sort = iota
	null
	text
	number  // whole and decimal numbers
	inexact // real, double precision
	day     // date, as a number
	truth
	other // by what is written alone: enums and the like
)

// value is what is known of an expression's value: one value, a set of texts, or a range of numbers.
type value struct {
	sort sort
	// exact is the one text that it is, where one is set.
	exact string
	one   bool
	in    *language // texts that it can be
	// low and high bound a number; nil is no bound.
	low, high *big.Rat
	set       outcomes // of truth
	// fold: letter case does not count (citext); padded: spaces at the end do not (char(n)); odd: the collation is not
	// the type's.
	fold, padded, odd bool
	width             int    // n of char(n), 0 where it is not known
	kind              string // of other: the type's name
	enum              bool   // of other: labels, which are equal where they are written alike
	// column is where the value comes from, unchanged.
	column string
}

func textOf(s string) value { return value{sort: text, exact: s, one: true} }

func numberOf(r *big.Rat) value { return value{sort: number, low: r, high: r} }

// language returns the texts that a value can be, nil where that is not known.
func (v value) language() *language {
	if v.in == nil && v.one {
		l, err := parseLanguage(regexp.QuoteMeta(v.exact))
		if err != nil {
			return nil
		}
		return l
	}
	return v.in
}

// literal returns a constant as a value of a type, by the type's name in a cast or of a column.
func literal(s, name string) value {
	switch name {
	case "text", "varchar", "name", "unknown":
		return textOf(s)
	case "citext":
		v := textOf(s)
		v.fold = true
		return v
	case "bpchar":
		v := textOf(strings.TrimRight(s, " "))
		v.padded = true
		return v
	case "int2", "int4", "int8", "numeric", "float4", "float8":
		r, ok := new(big.Rat).SetString(strings.TrimSpace(s))
		if !ok || len(s) > 400 {
			return value{}
		}
		v := numberOf(r)
		if strings.HasPrefix(name, "float") {
			v.sort = inexact
		}
		return v
	case "date":
		at, err := time.Parse("2006-01-02", s)
		if err != nil {
			return value{}
		}
		v := numberOf(big.NewRat(at.Unix()/86400, 1))
		v.sort = day
		return v
	case "bool":
		switch strings.ToLower(s) {
		case "t", "true", "yes", "on", "1":
			return value{sort: truth, set: isTrue}
		case "f", "false", "no", "off", "0":
			return value{sort: truth, set: isFalse}
		}
		return value{}
	}
	return value{sort: other, exact: s, one: true, kind: name}
}

// ofType returns a value that a mask stores in a column of a type.
func ofType(s string, t mask.Type) value {
	u := t.Underlying()
	switch {
	case u.Kind == 'e':
		return value{sort: other, exact: s, one: true, kind: u.Name, enum: true}
	case u.Kind != 'b' || u.Schema != "pg_catalog" && u.Name != "citext":
		return value{}
	case u.Name == "numeric" && u.Precision > 0:
		// What the target rounds is not the constant any more.
		r, ok := new(big.Rat).SetString(strings.TrimSpace(s))
		if !ok || len(s) > 400 ||
			!new(big.Rat).Mul(r, new(big.Rat).SetInt(new(big.Int).
				Exp(big.NewInt(10), big.NewInt(int64(max(0, u.Scale))), nil))).IsInt() || u.Scale < 0 {
			return value{}
		}
	case u.Name == "timestamp" || u.Name == "timestamptz" || u.Category == 'A':
		return value{}
	}
	v := literal(s, u.Name)
	v.width = u.MaxLength
	return v
}

// outcomes are the results that a condition can have.
type outcomes byte

const (
	isTrue outcomes = 1 << iota
	isFalse
	isNull
	anything = isTrue | isFalse | isNull
	either   = isTrue | isFalse
)

func (o outcomes) each(f func(outcomes)) {
	for _, one := range []outcomes{isTrue, isFalse, isNull} {
		if o&one != 0 {
			f(one)
		}
	}
}

func not(o outcomes) outcomes {
	var out outcomes
	o.each(func(a outcomes) {
		switch a {
		case isTrue:
			out |= isFalse
		case isFalse:
			out |= isTrue
		default:
			out |= isNull
		}
	})
	return out
}

func and(a, b outcomes) outcomes {
	var out outcomes
	a.each(func(x outcomes) {
		b.each(func(y outcomes) {
			switch {
			case x == isFalse || y == isFalse:
				out |= isFalse
			case x == isNull || y == isNull:
				out |= isNull
			default:
				out |= isTrue
			}
		})
	})
	return out
}

func or(a, b outcomes) outcomes { return not(and(not(a), not(b))) }
