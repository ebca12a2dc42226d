package mask

import "fmt"

// locality is street(), city(), postcode() and address(): all pick one place by the same digest, so that those of one
// value, or by the same columns, fit together: the postal code is of the city, and the city of the region.
type locality struct {
	what         string // "street", "city", "postcode" or "address"
	locale, part string
	postcode     bool
	by           by
}

func decodePlace(what string) func(*args) (kind, error) {
	return func(a *args) (kind, error) {
		p := locality{what: what}
		var err error
		if p.locale, err = a.locale("places"); err != nil {
			return nil, err
		}
		known := map[string][]string{"city": {"part", "by"}, "address": {"postcode", "by"}}[what]
		if known == nil {
			known = []string{"by"}
		}
		o, err := a.options(known...)
		if err != nil {
			return nil, err
		}
		parts := []string{"city", "region"}
		if p.locale == "en" {
			parts = append(parts, "region_code")
		}
		if p.part, err = o.word("part", parts...); err != nil {
			return nil, err
		}
		if p.postcode, err = o.boolean("postcode"); err != nil {
			return nil, err
		}
		p.by, err = o.by()
		return p, err
	}
}

// sqlText is SQL of a text, how long that can be, and how many there are.
type sqlText struct {
	sql         string
	width, many int
}

func (p locality) compile(c Column) (Expr, error) {
	seed, err := p.by.seed(c, c.same())
	if err != nil {
		return Expr{}, err
	}
	w, err := p.write(c)
	if err != nil {
		return Expr{}, err
	}
	return p.by.finish(c, Expr{
		SQL: c.masked(let(w.sql, digest("place", seed)+" AS h, "+c.text()+" AS x")),
		Properties: Properties{
			Null:          NullKept,
			Unique:        Lossy,
			Collisions:    fmt.Sprintf("one of %d", w.many),
			Deterministic: true,
			Keyed:         Strong,
			MaxLength:     w.width,
			Strength:      Synthetic,
			MayEqualRaw:   true,
		},
	}), nil
}

func (p locality) write(c Column) (sqlText, error) {
	limit := c.room(p.locale == "ja")
	places, streets := read(placesEn), read(streetsEn)
	if p.locale == "ja" {
		places, streets = read(placesJa), read(townsJa)
	}
	n, index := len(places.things), choice("h", 1, len(places.things))
	field := func(form, limit int) (w sqlText, err error) {
		w.many = n
		w.sql, w.width, err = pick(places.form(form, nil), limit, index)
		return w, err
	}
	street := func(limit int) (w sqlText, err error) {
		w.many = len(streets.things)
		w.sql, w.width, err = pick(streets.form(0, nil), limit, choice("h", 13, len(streets.things)))
		return w, err
	}
	// The house: up to 9898 in en, 6-28-20 in ja.
	house, wideHouse, houses := fmt.Sprintf("(1 + %s %% 9898)::text", number("h", 25, 48)), 4, 9898
	if p.locale == "ja" {
		house, wideHouse, houses = fmt.Sprintf("(1 + %s %% 6) || '-' || (1 + %s %% 28) || '-' || (1 + %s %% 20)",
			number("h", 25, 16), number("h", 29, 16), number("h", 33, 16)), 7, 6*28*20
	}
	switch p.what {
	case "city":
		return field(map[string]int{"city": 0, "region": 1, "region_code": 2}[p.part], limit)
	case "postcode":
		return p.code(places, index, limit, limit == 0 || limit >= 8)
	case "street":
		w, err := street(max(0, limit-wideHouse-1))
		if p.locale == "ja" {
			return sqlText{w.sql + " || " + house, w.width + wideHouse, w.many * houses}, err
		}
		return sqlText{house + " || ' ' || " + w.sql, w.width + wideHouse + 1, w.many * houses}, err
	}
	region, city := 1, 0
	if p.locale == "en" {
		region = 2
	}
	r, err := field(region, 0)
	if err != nil {
		return r, err
	}
	t, err := field(city, 0)
	if err != nil {
		return t, err
	}
	s, err := street(0)
	if err != nil {
		return s, err
	}
	w := sqlText{
		many:  n * s.many * houses,
		width: r.width + t.width + s.width + wideHouse,
		sql:   r.sql + " || " + t.sql + " || " + s.sql + " || " + house,
	}
	if p.locale == "en" {
		w.sql, w.width = house+" || ' ' || "+s.sql+" || ', ' || "+t.sql+" || ', ' || "+r.sql, w.width+5
	}
	if !p.postcode {
		return w, nil
	}
	z, err := p.code(places, index, 0, true)
	if p.locale == "ja" {
		return sqlText{z.sql + " || ' ' || " + w.sql, w.width + z.width + 1, w.many * 100}, err
	}
	return sqlText{w.sql + " || ' ' || " + z.sql, w.width + z.width + 1, w.many * 100}, err
}

// code gives a postal code of the place: its first three digits are the city's. A Japanese one is sqlText with a hyphen
// unless the value has none, or there is no room.
func (p locality) code(places dictionary, index string, limit int, hyphen bool) (w sqlText, err error) {
	form, digits, all := 3, 2, 100
	if p.locale == "ja" {
		form, digits, all = 2, 4, 10000
	}
	if limit > 0 && limit < 3+digits {
		return w, fmt.Errorf("a postal code has %d characters", 3+digits)
	}
	w.many, w.width = len(places.things)*all, 3+digits
	if w.sql, _, err = pick(places.form(form, nil), 0, index); err != nil {
		return w, err
	}
	rest := fmt.Sprintf("lpad((%s %% %d)::text, %d, '0')", number("h", 37, 48), all, digits)
	if p.locale != "ja" || !hyphen {
		w.sql += " || " + rest
		return w, nil
	}
	separator := "'-'"
	if p.what == "postcode" {
		separator = "CASE WHEN x ~ '^[0-9]+$' THEN '' ELSE '-' END"
	}
	w.width++
	w.sql += " || " + separator + " || " + rest
	return w, nil
}

// country is country(): one of many, by name or by its code of two letters.
type country struct {
	locale, form string
	by           by
}

func decodeCountry(a *args) (kind, error) {
	k := country{}
	var err error
	if k.locale, err = a.locale("countries"); err != nil {
		return nil, err
	}
	o, err := a.options("form", "by")
	if err != nil {
		return nil, err
	}
	if k.form, err = o.word("form", "name", "code"); err != nil {
		return nil, err
	}
	k.by, err = o.by()
	return k, err
}

func (k country) compile(c Column) (Expr, error) {
	seed, err := k.by.seed(c, c.same())
	if err != nil {
		return Expr{}, err
	}
	form := map[string]int{"en": 0, "ja": 1}[k.locale]
	if k.form == "code" {
		form = 2
	}
	list := read(countries)
	sql, width, err := pick(list.form(form, nil), c.room(form == 1), choice("h", 1, len(list.things)))
	if err != nil {
		return Expr{}, err
	}
	return k.by.finish(c, Expr{
		SQL: c.masked(let(sql, digest("country", seed)+" AS h")),
		Properties: Properties{
			Null:          NullKept,
			Unique:        Lossy,
			Collisions:    fmt.Sprintf("one of %d countries", len(list.things)),
			Deterministic: true,
			Keyed:         Strong,
			MaxLength:     width,
			Strength:      Synthetic,
			MayEqualRaw:   true,
		},
	}), nil
}
