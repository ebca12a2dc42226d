package spec

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Part is a kind of objects of a structure that can hold literals: texts and numbers that somebody wrote. It is the
// name of its argument in a schema block.
type Part string

const (
	Comments   Part = "comments"
	Functions  Part = "functions"
	Views      Part = "views"
	Triggers   Part = "triggers"
	Rules      Part = "rules"
	Policies   Part = "policies"
	Defaults   Part = "defaults"
	Checks     Part = "checks"
	Indexes    Part = "indexes"
	Statistics Part = "statistics"
	// Fixed is what cannot be left out by itself: labels of enums, bounds of partitions, expressions of generated
	// columns.
	Fixed Part = ""
)

// parts are the arguments of a schema block, with what their names are made of.
func parts() []Attribute {
	const takes = "bool or list"
	about := func(part Part, doc string) Attribute { return Attribute{string(part), takes, doc, false} }
	return []Attribute{
		about(Comments, "Comments on everything, matched by the name of what they are on: `public.customers`, "+
			"`public.customers.email`."),
		about(Functions,
			"Functions, procedures and aggregates, by name: `public.slugify`. Triggers that call one which "+
				"does not cross go with it."),
		about(Views, "Views and materialised views."),
		about(Triggers, "Triggers of tables (`public.orders.audit`) and event triggers."),
		about(Rules, "Rewrite rules: `public.orders.log_insert`."),
		about(Policies,
			"Policies of row security: `public.orders.own_rows`. Without one the table shows its rows to its "+
				"owner only."),
		about(Defaults,
			"Defaults of columns (`public.orders.note`) and of domains. One that takes the next value of a "+
				"sequence always crosses."),
		about(Checks, "`CHECK` constraints of tables (`public.orders.orders_note_check`) and of domains."),
		about(Indexes, "Indexes that are behind no constraint: `public.orders_open`."),
		about(Statistics, "Extended statistics."),
	}
}

// schemaBlock describes what of the structure crosses.
func schemaBlock() Block {
	doc := "What of the source's structure crosses beside its tables, in mode swap: at most " +
		"one a refresh. An argument " +
		"is `true` (default), `false`, or a list of patterns of qualified names; a pattern that " +
		"begins with `!` takes names " +
		"away again. [More](modes-and-types.md#what-of-the-structure-crosses)."
	return Block{Type: "schema", Doc: doc, Attributes: parts()}
}

// Structure says what of a source's structure crosses. A nil Structure takes all.
type Structure struct {
	chosen map[Part]choice
	Range  diag.Range
	Ranges map[string]diag.Range
}

// choice is what one argument says: none, all, or the names that a pattern of takes matches and none of leaves.
type choice struct {
	text         string // as in the spec
	takes, leave []Glob
}

// Takes reports whether an object of a part crosses, by its qualified name without quotes.
func (s *Structure) Takes(part Part, name string) bool {
	if s == nil {
		return true
	}
	c, said := s.chosen[part]
	matches := func(g Glob) bool { return g.Match(name) }
	return !said || slices.ContainsFunc(c.takes, matches) && !slices.ContainsFunc(c.leave, matches)
}

// Limits reports whether something of a part may be left out.
func (s *Structure) Limits(part Part) bool {
	if s == nil {
		return false
	}
	_, said := s.chosen[part]
	return said
}

// TakesNone reports whether nothing of a part crosses, whatever its name.
func (s *Structure) TakesNone(part Part) bool {
	return s.Limits(part) && len(s.chosen[part].takes) == 0
}

// Argument returns what the spec says of a part: `comments = false`.
func (s *Structure) Argument(part Part) string { return string(part) + " = " + s.chosen[part].text }

// Said returns what the spec says of each part that it limits; nil where all crosses.
func (s *Structure) Said() map[Part]string {
	if s == nil || len(s.chosen) == 0 {
		return nil
	}
	out := make(map[Part]string, len(s.chosen))
	for part, c := range s.chosen {
		out[part] = c.text
	}
	return out
}

// At returns where the argument of a part stands, or the block without it.
func (s *Structure) At(part Part) *diag.Range {
	if r, ok := s.Ranges[string(part)]; ok {
		return &r
	}
	return &s.Range
}

// readStructure reads the schema block of a refresh.
func (l *loader) readStructure(in *instance, r *Refresh) {
	for i, n := range in.nested("schema") {
		switch {
		case i > 0:
			l.errorf(n.block.TypeRange, "Two schema blocks", "A refresh has one schema block; it is at %s already.",
				r.Structure.Range)
			return
		case r.Mode == Replace:
			l.errorf(n.block.TypeRange, "schema is for mode swap",
				"In mode replace no structure crosses: the tables are there already. Take the block away.")
			return
		}
		r.Structure = &Structure{chosen: map[Part]choice{}, Range: rangeOf(n.block.TypeRange), Ranges: n.ranges()}
		for _, a := range parts() {
			if c, ok := n.choiceOf(a.Name); ok {
				r.Structure.chosen[Part(a.Name)] = c
			}
		}
	}
}

// choiceOf reads one argument; ok is false where it limits nothing.
func (in *instance) choiceOf(name string) (c choice, ok bool) {
	v, ok := in.plain(name)
	if !ok {
		return c, false
	}
	if v.Type() == cty.Bool {
		return choice{text: "false"}, v.False()
	}
	if _, err := convert.Convert(v, cty.List(cty.String)); err != nil || v.Type() == cty.String {
		in.l.errorf(in.at(name), "Wrong type of argument",
			"%q must be true, false or a list of patterns, such as [\"public.*\"].", name)
		return c, false
	}
	patterns := in.strs(name, false)
	for _, p := range patterns {
		left, negative := strings.CutPrefix(p, "!")
		if negative {
			c.leave = append(c.leave, CompileGlob(left))
		} else {
			c.takes = append(c.takes, CompileGlob(p))
		}
	}
	if len(c.takes) == 0 && len(c.leave) > 0 {
		c.takes = []Glob{CompileGlob("*")}
	}
	c.text = `["` + strings.Join(patterns, `", "`) + `"]`
	if len(patterns) == 0 {
		c.text = "[]"
	}
	return c, true
}

// Parts returns the arguments of a schema block, in the order of the documentation.
func Parts() []Part {
	var out []Part
	for _, a := range parts() {
		out = append(out, Part(a.Name))
	}
	return out
}
