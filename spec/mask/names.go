package mask

import (
	"fmt"
	"slices"
	"sync"
)

// name is first_name(), last_name() and full_name(): a pick from lists of common names by the keyed digest
// of the value. The same value gets the same name everywhere; two values may share one.
type name struct {
	part         string // "first", "last" or "full"
	locale, form string
	by           by
}

func decodeName(part string) func(*args) (kind, error) {
	return func(a *args) (kind, error) {
		n := name{part: part}
		var err error
		if n.locale, err = a.locale("names"); err != nil {
			return nil, err
		}
		known := []string{"by"}
		if n.locale == "ja" {
			known = []string{"form", "by"}
		}
		o, err := a.options(known...)
		if err != nil {
			return nil, err
		}
		if n.form, err = o.word("form", "kanji", "kana", "romaji"); err != nil {
			return nil, err
		}
		n.by, err = o.by()
		return n, err
	}
}

// locale reads the locale that may stand first.
func (a *args) locale(what string) (string, error) {
	if !a.more() || !a.nextIsString() {
		return "en", nil
	}
	locale, err := a.str("the locale")
	if err == nil && locale != "en" && locale != "ja" {
		err = fmt.Errorf("there are no %s for %q; known: en, ja", what, locale)
	}
	return locale, err
}

// word reads an option that is one of a few words; the first is what is meant where there is none.
func (o options) word(name string, words ...string) (string, error) {
	w, err := o.str(name, words[0])
	if err == nil && !slices.Contains(words, w) {
		err = fmt.Errorf("%s must be %s", name, enumerate(quoted(words), "or"))
	}
	return w, err
}

func quoted(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprintf("%q", w)
	}
	return out
}

func (n name) compile(c Column) (Expr, error) {
	seed, err := n.by.seed(c, c.same())
	if err != nil {
		return Expr{}, err
	}
	first, last := namesOf(n.locale, n.form)
	limit := c.room(n.locale == "ja" && n.form != "romaji")
	var sql, meeting string
	var width int
	switch n.part {
	case "first":
		sql, width, err = pick(first, limit, choice("h", 1, len(first)))
		meeting = fmt.Sprintf("one of %d names", len(first))
	case "last":
		sql, width, err = pick(last, limit, choice("h", 13, len(last)))
		meeting = fmt.Sprintf("one of %d names", len(last))
	default:
		sql, width, err = wholeName(first, last, limit, n.locale == "ja")
		meeting = fmt.Sprintf("one of %d names", len(first)*len(last))
	}
	if err != nil {
		return Expr{}, err
	}
	return n.by.finish(c, Expr{
		SQL: c.masked(let(sql, digest("name", seed)+" AS h")),
		Properties: Properties{Null: NullKept, Unique: Lossy, Collisions: meeting, Deterministic: true,
			Keyed: Strong, MaxLength: width, Strength: Synthetic, MayEqualRaw: true},
	}), nil
}

// wholeName joins both names with a space; together they fit into the limit.
func wholeName(first, last []string, limit int, familyFirst bool) (string, int, error) {
	half := 0
	if limit > 0 {
		half = max(1, (limit-1)/2)
	}
	a, wideA, err := pick(first, half, choice("h", 1, len(first)))
	if err != nil {
		return "", 0, err
	}
	b, wideB, err := pick(last, half, choice("h", 13, len(last)))
	if err != nil {
		return "", 0, err
	}
	if familyFirst {
		a, b = b, a
	}
	return a + " || ' ' || " + b, wideA + 1 + wideB, nil
}

// room is how many characters a text may have, 0 for any number: name counts bytes, and a Japanese character has three.
func (c Column) room(japanese bool) int {
	u := c.Type.Underlying()
	if u.is("name") && japanese {
		return u.limit() / 3
	}
	return u.limit()
}

// The names of a locale are read once, however many columns they mask.
var (
	english  = sync.OnceValues(func() (first, last dictionary) { return read(firstEn), read(lastEn) })
	japanese = sync.OnceValues(func() (first, last dictionary) { return read(firstJa), read(lastJa) })
)

// namesOf gives the given and the family names of a locale.
func namesOf(locale, form string) (first, last []string) {
	a, b := english()
	if locale == "ja" {
		a, b = japanese()
	}
	return inForm(a, form), inForm(b, form)
}

// inForm gives Japanese words in kanji, kana or romaji; words of one form alone are what they are.
func inForm(d dictionary, form string) []string {
	if len(d.things[0]) == 1 {
		form = "kanji"
	}
	return d.form(slices.Index([]string{"kanji", "kana", "romaji"}, form), func(thing []string) string {
		return romaji(thing[1])
	})
}
