package mask

import "fmt"

// company is company(): a made-up company, by the keyed digest of the value.
type company struct {
	locale, form string
	by           by
}

func decodeCompany(a *args) (kind, error) {
	k := company{}
	var err error
	if k.locale, err = a.locale("companies"); err != nil {
		return nil, err
	}
	known := []string{"by"}
	if k.locale == "ja" {
		known = []string{"form", "by"}
	}
	o, err := a.options(known...)
	if err != nil {
		return nil, err
	}
	if k.form, err = o.word("form", "kanji", "kana", "romaji"); err != nil {
		return nil, err
	}
	k.by, err = o.by()
	return k, err
}

// compile joins a name and a trade. Japanese companies are a 株式会社, whose place is before the name or after it; kana
// goes without.
func (k company) compile(c Column) (Expr, error) {
	seed, err := k.by.seed(c, c.same())
	if err != nil {
		return Expr{}, err
	}
	name, trade := read(companyEn), read(tradeEn)
	if k.locale == "ja" {
		name, trade = read(companyJa), read(tradeJa)
	}
	extra := 1
	if k.locale == "ja" && k.form != "romaji" {
		extra = map[string]int{"kanji": 4}[k.form]
	}
	limit, half := c.room(k.locale == "ja" && k.form != "romaji"), 0
	if limit > 0 {
		half = max(1, (limit-extra)/2)
	}
	a, wideA, err := pick(inForm(name, k.form), half, choice("h", 1, len(name.things)))
	if err != nil {
		return Expr{}, err
	}
	b, wideB, err := pick(inForm(trade, k.form), half, choice("h", 13, len(trade.things)))
	if err != nil {
		return Expr{}, err
	}
	sql := a + " || ' ' || " + b
	switch {
	case k.locale == "ja" && k.form == "kana":
		sql = a + " || " + b
	case k.locale == "ja" && k.form == "kanji":
		kabushiki := unicodeText("株式会社")
		before := number("h", 25, 4) + " < 8"
		sql = fmt.Sprintf("CASE WHEN %s THEN %s ELSE '' END || %s || %s || CASE WHEN %s THEN '' ELSE %s END", before,
			kabushiki, a, b, before, kabushiki)
	}
	return k.by.finish(c, Expr{
		SQL: c.masked(let(sql, digest("company", seed)+" AS h")),
		Properties: Properties{
			Null:          NullKept,
			Unique:        Lossy,
			Collisions:    fmt.Sprintf("one of %d companies", len(name.things)*len(trade.things)),
			Deterministic: true,
			Keyed:         Strong,
			MaxLength:     wideA + wideB + extra,
			Strength:      Synthetic,
			MayEqualRaw:   true,
		},
	}), nil
}
