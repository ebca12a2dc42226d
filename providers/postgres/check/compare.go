package check

import (
	"math/big"
	"strings"
	"unicode/utf8"
)

// compared returns the results that an operator can have on two values.
func compared(operator string, a, b value) outcomes {
	switch {
	case a.sort == null || b.sort == null:
		return isNull
	case a.sort == unknown || b.sort == unknown:
		return anything
	}
	switch operator {
	case "~", "~*", "~~", "~~*":
		return matched(operator, a, b)
	case "!~", "!~*", "!~~", "!~~*":
		return not(matched(operator[1:], a, b))
	case "<>":
		return not(compared("=", a, b))
	case ">":
		return compared("<", b, a)
	case ">=":
		return not(compared("<", a, b))
	case "<=":
		return not(compared("<", b, a))
	case "=":
		return equal(a, b)
	case "<":
		return less(a, b)
	}
	return anything
}

func equal(a, b value) outcomes {
	if a.column != "" && a.column == b.column {
		return isTrue
	}
	switch {
	case numeric(a) && numeric(b):
		if a.sort == inexact || b.sort == inexact {
			if !whole(a) || !whole(b) {
				return either
			}
		}
		switch {
		case a.low != nil && b.low != nil && isOne(a) && isOne(b) && a.low.Cmp(b.low) == 0:
			return isTrue
		case below(a, b) || below(b, a):
			return isFalse
		}
		return either
	case a.sort == day && b.sort == day:
		if isOne(a) && isOne(b) && a.low.Cmp(b.low) == 0 {
			return isTrue
		}
		if below(a, b) || below(b, a) {
			return isFalse
		}
		return either
	case a.sort == truth && b.sort == truth:
		return or(and(a.set, b.set), and(not(a.set), not(b.set)))
	case a.sort == other && b.sort == other && a.one && b.one && a.kind == b.kind:
		if a.exact == b.exact {
			return isTrue
		}
		if a.enum || b.enum {
			return isFalse
		}
		return either
	case a.sort == text && b.sort == text:
		return equalTexts(a, b)
	}
	return anything
}

func equalTexts(a, b value) outcomes {
	if a.one && b.one {
		x, y := a.exact, b.exact
		if a.padded || b.padded {
			x, y = strings.TrimRight(x, " "), strings.TrimRight(y, " ")
		}
		switch {
		case x == y:
			return isTrue
		case a.odd || b.odd, (a.fold || b.fold) && strings.EqualFold(x, y):
			return either // by its collation they may be one
		}
		return isFalse
	}
	la, lb := a.language(), b.language()
	if la != nil && lb != nil && !a.odd && !b.odd && !a.fold && !b.fold && !a.padded && !b.padded && apart(la, lb) {
		return isFalse
	}
	return either
}

func less(a, b value) outcomes {
	switch {
	case numeric(a) && numeric(b) && (a.sort != inexact && b.sort != inexact || whole(a) && whole(b)),
		a.sort == day && b.sort == day:
		switch {
		case below(a, b):
			return isTrue
		case a.low != nil && b.high != nil && a.low.Cmp(b.high) >= 0:
			return isFalse
		}
		return either
	case a.sort == text && b.sort == text && a.one && b.one && a.exact == b.exact && !a.odd && !b.odd:
		return isFalse
	case a.sort == text && b.sort == text:
		return either // by the collation
	}
	return anything
}

func numeric(v value) bool { return v.sort == number || v.sort == inexact }

func isOne(v value) bool { return v.low != nil && v.high != nil && v.low.Cmp(v.high) == 0 }

// whole reports a number that binary fractions hold without loss.
func whole(v value) bool {
	return isOne(v) && v.low.IsInt() && v.low.Num().CmpAbs(big.NewInt(1<<24)) <= 0
}

// below reports whether every value of a is less than every one of b.
func below(a, b value) bool { return a.high != nil && b.low != nil && a.high.Cmp(b.low) < 0 }

// matched returns the results of ~ and LIKE.
func matched(operator string, a, b value) outcomes {
	if a.sort != text || b.sort != text || !b.one {
		return anything
	}
	a, known := filled(a)
	if a.odd || !known {
		return either
	}
	fold := strings.HasSuffix(operator, "*") || a.fold
	read := regexPattern
	if strings.HasPrefix(operator, "~~") {
		read = likePattern
	}
	p, ok := read(b.exact, fold)
	texts := a.language()
	if !ok || texts == nil {
		return either
	}
	wanted, err := parseLanguage(p.expression)
	if err != nil || (p.classes || fold) && !within(texts, ascii) {
		return either
	}
	switch {
	case within(texts, wanted):
		return isTrue
	case apart(texts, wanted):
		return isFalse
	}
	return either
}

// filled returns a char(n) with the spaces at its end, which patterns see; other texts as they are. known is false
// where their number is not.
func filled(v value) (out value, known bool) {
	if !v.padded {
		return v, true
	}
	v.padded = false
	switch {
	case v.width == 0:
		return v, false
	case v.one:
		v.exact += strings.Repeat(" ", max(0, v.width-utf8.RuneCountInString(v.exact)))
		return v, true
	case v.in == nil:
		return v, false
	}
	shortest, longest := v.in.lengths()
	return v, shortest == v.width && longest == v.width
}

// ascii are the texts about which all locales agree.
var ascii = mustLanguage(`[\x00-\x7f]*`)

func mustLanguage(expression string) *language {
	l, err := parseLanguage(expression)
	if err != nil {
		panic(err)
	}
	return l
}
