package mask

import (
	"encoding/hex"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// name is first_name(), last_name() and full_name(): a pick from a list of common names by the keyed digest
// of the value. The same value gets the same name everywhere; two values may share one.
type name struct {
	part   string // "first", "last" or "full"
	locale string // "en" or "ja"
}

func decodeName(part string) func(*args) (kind, error) {
	return func(a *args) (kind, error) {
		n := name{part: part, locale: "en"}
		if a.more() {
			var err error
			if n.locale, err = a.str("the locale"); err != nil {
				return nil, err
			}
		}
		if n.locale != "en" && n.locale != "ja" {
			return nil, fmt.Errorf("there are no names for %q; known: en, ja", n.locale)
		}
		return n, nil
	}
}

func (n name) compile(c Column) (Expr, error) {
	digits := digest("name", c.text())
	first, last := namesOf(n.locale)
	limit := c.Type.Underlying().MaxLength
	var masked string
	var longest int
	switch n.part {
	case "full":
		if limit > 0 {
			// Both parts and the space between them must fit.
			half := (limit - 1) / 2
			first, last = fitting(first, half), fitting(last, half)
		}
		if len(first) == 0 || len(last) == 0 {
			return Expr{}, fmt.Errorf("no name fits into %d characters", limit)
		}
		a, wideA := pick(first, digits, 1)
		b, wideB := pick(last, digits, 13)
		if n.locale == "ja" {
			a, b = b, a
		}
		masked, longest = a+" || ' ' || "+b, wideA+1+wideB
	default:
		list, from := first, 1
		if n.part == "last" {
			list, from = last, 13
		}
		if limit > 0 {
			list = fitting(list, limit)
		}
		if len(list) == 0 {
			return Expr{}, fmt.Errorf("no name fits into %d characters", limit)
		}
		masked, longest = pick(list, digits, from)
	}
	return Expr{SQL: c.cast(keepEmpty(c.text(), masked)), Properties: Properties{Null: NullKept, Unique: Lossy, Deterministic: true, Keyed: Strong,
		MaxLength: longest, Strength: Synthetic, MayEqualRaw: true}}, nil
}

// pick takes one of list by twelve digits of a digest. The list is one constant of slots of equal width, so that the cost of
// a pick does not grow with the number of names as subscripting an array does. The constant is bytes, not text: to find a place
// in a text of several bytes a character, the server reads all before it. Bytes also say the same on a server of
// another encoding.
func pick(list []string, digits string, from int) (sql string, width int) {
	slot := 0
	for _, s := range list {
		width, slot = max(width, utf8.RuneCountInString(s)), max(slot, len(s))
	}
	var b strings.Builder
	for _, s := range list {
		b.WriteString(s + strings.Repeat(" ", slot-len(s)))
	}
	return fmt.Sprintf("rtrim(convert_from(substr(decode(%s, 'hex'), (1 + %d * (%s %% %d))::int, %d), 'UTF8'))", sqltext.Literal(hex.EncodeToString([]byte(b.String()))), slot,
		number(digits, from, 48), len(list), slot), width
}

func fitting(list []string, limit int) []string {
	var out []string
	for _, s := range list {
		if utf8.RuneCountInString(s) <= limit {
			out = append(out, s)
		}
	}
	return out
}

// namesOf gives the given and the family names of a locale, sorted, without repetition. The lists are of
// this project: names that are common among millions belong to nobody.
func namesOf(locale string) (first, last []string) {
	if locale == "ja" {
		return words(firstJa), words(lastJa)
	}
	return words(firstEn), words(lastEn)
}

func words(text string) []string {
	list := strings.Fields(text)
	sort.Strings(list)
	out := list[:0]
	for i, w := range list {
		if i == 0 || w != list[i-1] {
			out = append(out, w)
		}
	}
	return out
}
