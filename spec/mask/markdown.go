package mask

import (
	"fmt"
	"slices"
	"strings"
)

// groups are the parts of the catalogue, in the order of the manual.
func groups() []group {
	return []group{constants, pseudonyms, people, formats, quantities, composition}
}

// Markdown returns the catalogue for docs/masks.md: for each mask its syntax and its properties, by type where they
// differ.
func Markdown() string {
	var b strings.Builder
	for _, g := range groups() {
		fmt.Fprintf(&b, "### %s\n\n", g)
		for _, e := range entries() {
			if e.group == g {
				e.document(&b)
			}
		}
	}
	b.WriteString("### Strength\n\n" +
		"Strengths are ordered, from the weakest. Where masks differ in strength, the smaller " +
		"one shows more. Where they do not, their arguments can: `partial(4, \"*\", 0)` shows more than " +
		"`partial(1, \"*\", 0)`. Two masks of which neither is known to show less, such as " +
		"two expressions of `sql()`, " +
		"cannot be compared, and are treated as if more were shown. A mask that is " +
		"composed of others is as strong as " +
		"the weakest of them.\n\n" + strengthTable())
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func (e entry) document(b *strings.Builder) {
	fmt.Fprintf(b,
		"#### `%s`\n\n%s For example `%s`.\n\n| for | NULL | distinct values | keyed | strength |\n"+
			"|---|---|---|---|---|\n", e.signature, e.summary, strings.Join(e.examples(), "`, `"))
	type row struct {
		of    []class
		known string
	}
	var rows []row
	for _, c := range e.accepts {
		known := e.propertyCells(c)
		if i := slices.IndexFunc(rows, func(r row) bool { return r.known == known }); i >= 0 {
			rows[i].of = append(rows[i].of, c)
			continue
		}
		rows = append(rows, row{[]class{c}, known})
	}
	for _, r := range rows {
		fmt.Fprintf(b, "| %s | %s |\n", cell(strings.TrimSpace(wordsOf(r.of)+" "+e.note)), cell(r.known))
	}
	b.WriteString("\n")
}

// examples are calls, one for each kind of argument where there are several.
func (e entry) examples() []string { return strings.Split(e.example, "; ") }

// strengths are those that a mask has for the types it is for, in order.
func (e entry) strengths() []Strength {
	var out []Strength
	for _, c := range e.accepts {
		if x, ok := e.compiled(c); ok && !slices.Contains(out, x.Strength) {
			out = append(out, x.Strength)
		}
	}
	slices.Sort(out)
	return out
}

// propertyCells returns the properties for a class of types, as the cells of a row.
func (e entry) propertyCells(c class) string {
	if x, ok := e.compiled(c); ok {
		return x.cells()
	}
	return "stays NULL | as those of its parts | as its parts | as its parts"
}

// compiled compiles the first example that a class of types accepts.
func (e entry) compiled(c class) (Expr, bool) {
	t, ok := c.sample()
	for _, example := range e.examples() {
		m, err := Parse(example)
		if err != nil || !ok {
			break
		}
		if x, err := m.Compile(Column{
			Schema:   "public",
			Table:    "t",
			Name:     "v",
			Type:     t,
			Default:  "'x'",
			Siblings: []string{"v", "id", "note", "is_staff"},
		}); err == nil {
			return x, true
		}
	}
	return Expr{}, false
}

func (p Properties) cells() string {
	null := map[NullHandling]string{
		NullKept:    "stays NULL",
		NullAlways:  "is all there is",
		NullNever:   "becomes a value",
		NullUnknown: "may come of a value",
	}[p.Null]
	apart := map[Uniqueness]string{
		Preserved: "stay apart",
		Likely:    "most likely stay apart",
		Lossy:     "may meet",
	}[p.Unique]
	if p.Unique != Preserved {
		apart += ": " + p.Collisions
	}
	keyed := map[Keyed]string{NotKeyed: "no", Strong: "yes", Fast: "yes, fast"}[p.Keyed]
	return null + " | " + apart + " | " + keyed + " | " + p.Strength.String()
}

// cell escapes what would end a cell of a table, but for the bars between cells.
func cell(text string) string { return strings.ReplaceAll(text, "||", `\|\|`) }

// sample is a type of the class; there is none where a mask is for the parts of a value.
func (c class) sample() (Type, bool) {
	base := func(name, formatted string, category byte) (Type, bool) {
		return Type{Schema: "pg_catalog", Name: name, Formatted: formatted, Kind: 'b', Category: category}, true
	}
	switch c {
	case everyType, textual:
		return base("text", "text", 'S')
	case smallint:
		return base("int2", "smallint", 'N')
	case integerType:
		return base("int4", "integer", 'N')
	case bigint:
		return base("int8", "bigint", 'N')
	case floating:
		return base("float8", "double precision", 'N')
	case boolean:
		return base("bool", "boolean", 'B')
	case enumType:
		return Type{
			Schema:    "public",
			Name:      "e",
			Formatted: "e",
			Kind:      'e',
			Category:  'E',
			Labels:    []string{"a", "b", "c"},
		}, true
	case jsonType:
		return base("jsonb", "jsonb", 'U')
	case arrayType:
		text, _ := textual.sample()
		return Type{Schema: "pg_catalog", Name: "_text", Formatted: "text[]", Kind: 'b', Category: 'A', Elem: &text},
			true
	case rangeType:
		date, _ := base("date", "date", 'D')
		return Type{
			Schema:    "pg_catalog",
			Name:      "daterange",
			Formatted: "daterange",
			Kind:      'r',
			Category:  'R',
			Elem:      &date,
		}, true
	case timestamp, timeOfDay, numericType, money, date, intervalType, uuidType, byteaType, inetType, cidrType, macType:
		return base(string(c), string(c), 'U')
	}
	return Type{}, false
}
