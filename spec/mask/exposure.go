package mask

import (
	"fmt"
	"slices"
	"strings"
)

// Exposure is one reason why a value may show more of itself under a mask than it did under another.
type Exposure struct {
	Text string // a sentence without its full stop
	// Unknown is set where nobody can tell, such as between two expressions of a team's own.
	Unknown bool
	// Part is set where it is about a part of the value, or some of the rows.
	Part bool
}

// Exposes returns why a value under m may show more of itself than it did under was, a reason for each part of the
// masks, nil where it cannot. It looks at what a call leaves of a value, not at what its result looks like: another
// length of a token is no exposure, another number of characters that stay is.
func (m *Mask) Exposes(was *Mask) []Exposure {
	if m.Same(was) {
		return nil
	}
	if _, ok := m.kind.(when); ok {
		return m.branchesExpose(was)
	}
	if before, ok := was.kind.(when); ok { // every row was masked one way or the other
		return partly(append(m.Exposes(before.yes), m.Exposes(before.no)...))
	}
	is, before := m.document(), was.document()
	switch {
	case is != nil && before != nil && m.Name == was.Name:
		return is.exposes(before)
	case is != nil: // each part of it is a part of what was masked as a whole
		return is.exposes(&document{rest: was})
	}
	if m.Name == was.Name && m.element() != nil {
		return m.element().Exposes(was.element())
	}
	return m.exposesWhole(was)
}

// exposesWhole compares masks that take a value as a whole.
func (m *Mask) exposesWhole(was *Mask) []Exposure {
	before, known := was.strength()
	after, alsoKnown := m.strength()
	say := func(why string) []Exposure {
		return []Exposure{{
			Text:    fmt.Sprintf("%s becomes %s%s", was.Text, m.Text, why),
			Unknown: why == uncomparable,
		}}
	}
	switch {
	case !known || !alsoKnown:
		return say(uncomparable)
	case after == Constant || before == Raw && after > Raw:
		return nil
	case after < before:
		return say(fmt.Sprintf(" (%s, was %s)", after, before))
	}
	// One that is stronger by its kind can leave nearly all, such as digits({ keep_last = 64 }).
	if k, ok := m.kind.(leaving); ok {
		if why := k.exceeds(was.kind); why != "" {
			return say(why)
		}
	}
	return nil
}

// branchesExpose holds each branch of when against what the rows had before. With another condition, rows can have had
// the other branch.
func (m *Mask) branchesExpose(was *Mask) []Exposure {
	is := m.kind.(when)
	before, ok := was.kind.(when)
	if !ok {
		return partly(append(is.yes.Exposes(was), is.no.Exposes(was)...))
	}
	out := append(is.yes.Exposes(before.yes), is.no.Exposes(before.no)...)
	if is.condition.sql != before.condition.sql {
		crossed := append(is.yes.Exposes(before.no), is.no.Exposes(before.yes)...)
		if len(out)+len(crossed) > 0 {
			text := fmt.Sprintf("its condition was %q and would be %q", was.Arguments()[0], m.Arguments()[0])
			out = append(out, Exposure{Text: text, Part: true})
		}
	}
	return partly(out)
}

// strength is that of a mask for the first type that it is for, where one can be known without a column.
func (m *Mask) strength() (Strength, bool) {
	switch k := m.kind.(type) {
	case sqlMask:
		if len(k.expression.reads) == 0 {
			return Constant, true
		}
		return Partial, true
	case when:
		return weakest(k.yes, k.no)
	}
	if d := m.document(); d != nil {
		return d.strength()
	}
	if e := m.element(); e != nil {
		return e.strength()
	}
	for _, c := range m.accepts {
		if t, ok := c.sample(); ok {
			x, err := m.Compile(Column{Name: "v", Type: t, Default: "''", Siblings: append(m.by(), "v")})
			if err == nil {
				return x.Strength, true
			}
		}
	}
	return Raw, false
}

func weakest(parts ...*Mask) (Strength, bool) {
	out := Constant
	for _, p := range parts {
		s, ok := p.strength()
		if !ok {
			return Raw, false
		}
		out = min(out, s)
	}
	return out, true
}

// by are the columns that the option of that name lists.
func (m *Mask) by() []string {
	var out []string
	for _, a := range m.Arguments() {
		if o, ok := a.(map[string]any); ok {
			list, _ := o["by"].([]any)
			for _, name := range list {
				if text, ok := name.(string); ok {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

// element is the mask of each element of an array, or of both bounds of a range.
func (m *Mask) element() *Mask {
	switch k := m.kind.(type) {
	case array:
		return k.of
	case ranged:
		return k.of
	}
	return nil
}

// Keeps returns the parts of a value that m leaves as they are: places of a document, fields, rows of a condition.
func (m *Mask) Keeps() []string {
	switch k := m.kind.(type) {
	case keep:
		return []string{"all of it"}
	case when:
		var out []string
		condition, _ := m.Arguments()[0].(string)
		for _, part := range k.yes.Keeps() {
			out = append(out, part+" where "+condition)
		}
		for _, part := range k.no.Keeps() {
			out = append(out, part+" where not "+condition)
		}
		return out
	}
	if e := m.element(); e != nil {
		return e.Keeps()
	}
	var out []string
	if d := m.document(); d != nil {
		for _, name := range d.names {
			for _, part := range d.masks[name].Keeps() {
				out = append(out, strings.TrimPrefix(part, "all of it")+name)
			}
		}
		if d.rest != nil && len(d.rest.Keeps()) > 0 {
			out = append(out, "what it does not name")
		}
	}
	return out
}

// partly returns reasons that are about some of the rows.
func partly(list []Exposure) []Exposure {
	for i := range list {
		list[i].Part = true
	}
	return unique(list)
}

func unique(list []Exposure) []Exposure {
	var out []Exposure
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// Selects reports whether m masks only what a condition over the row or a path into the value selects, and keeps the
// rest: a row can have nothing that it masks.
func (m *Mask) Selects() bool {
	if k, ok := m.kind.(when); ok {
		return len(k.condition.reads) > 0 || k.yes.Selects() || k.no.Selects()
	}
	if e := m.element(); e != nil {
		return e.Selects()
	}
	d := m.document()
	return d != nil && d.rest != nil && len(d.rest.Keeps()) > 0
}
