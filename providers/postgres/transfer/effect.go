package transfer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Expectation says what a mask does to values, as far as its properties tell, and so when it is a fault that it changes
// none.
type Expectation string

const (
	// Change: what the mask leaves alone crosses raw, so one value that it had to change is enough to know.
	Change Expectation = ""
	// Selected: only what a condition or a path selects is masked, and a few rows can hold none of it.
	Selected Expectation = "selected"
	// Coarser: a value can be as coarse already as the mask makes it, so a few different ones are needed.
	Coarser Expectation = "coarser"
	// Chance: a keyed or random pick that meets the value itself now and then, so many different ones are needed.
	Chance Expectation = "chance"
	// Same: every row gets one value, which tells nothing of it even where it was that value before.
	Same Expectation = "same"
)

// evidence is how many different values must be unchanged, with none that is changed, before a mask is said to change
// nothing. A pick from two labels meets twenty different values by chance once in a million columns.
func (e Expectation) evidence() int {
	return map[Expectation]int{Change: 1, Selected: 3, Coarser: 3, Chance: 20}[e]
}

// expect returns what a column's mask promises.
func expect(m *mask.Mask, p mask.Properties) Expectation {
	switch p.Strength {
	case mask.Constant:
		return Same
	case mask.Pseudonym, mask.Synthetic:
		return Chance
	case mask.Generalised:
		return Coarser
	}
	if m.Selects() {
		return Selected
	}
	return Change
}

// Form is how two values of a type are compared: what is the same to a reader is no change.
type Form string

const (
	Label Form = "label" // byte for byte: one label within another is another value
	// byte for byte in the text form; a value with more around it, or elements beside its own, is there
	Exact  Form = ""
	Text   Form = "text"   // but for case and blanks; a value that stands whole in the result is still there
	Number Form = "number" // as numbers: 1.0 is 1.00; what is off by a millionth of the value is there
	JSON   Form = "json"   // as jsonb: blanks and the order of keys are no change; a document with more in it is there
)

func formOf(t mask.Type) Form {
	own := t.Schema == "pg_catalog"
	switch {
	case own && (t.Name == "json" || t.Name == "jsonb"):
		return JSON
	case own && t.Category == 'N' && t.Kind == 'b':
		return Number
	case t.Category == 'S':
		return Text
	case t.Kind == 'e' || own && t.Category == 'B':
		return Label
	}
	return Exact
}

// effect counts what a mask did to the values of a sample.
type effect struct {
	engine.ColumnEffect
	// different are digests of values that were left as they are, as many as evidence asks for.
	different map[string]bool
	digests   []string
}

// The first letter of what the source says of a value; digests follow the last three.
const (
	stateNull      = 'n' // or empty
	stateUnchanged = 'u'
	stateHeld      = 'h' // the value stands whole in its result
	stateChanged   = 'c'
)

func (e *effect) count(said string, expected Expectation) {
	e.Sampled++
	digest := said[1:]
	switch said[0] {
	case stateNull:
		e.Null++
		return
	case stateChanged:
		e.Changed++
		if digest != "" {
			e.digests = append(e.digests, digest)
		}
		return
	case stateHeld:
		e.Held++
	default:
		e.Unchanged++
	}
	if expected == Same {
		e.Constant++
		return
	}
	if len(e.different) < expected.evidence() {
		e.different[digest] = true
	}
}

// add counts what the mask did in another partition of the table too.
func (e *effect) add(o *effect) {
	e.Sampled, e.Null, e.Changed = e.Sampled+o.Sampled, e.Null+o.Null, e.Changed+o.Changed
	e.Unchanged, e.Held, e.Constant = e.Unchanged+o.Unchanged, e.Held+o.Held, e.Constant+o.Constant
	maps.Copy(e.different, o.different)
}

// judged is what a mask did to a column of a table, all of its partitions together: one of them can hold nothing to
// mask.
type judged struct {
	effect
	table  string
	column Column
}

// judge adds what the masks did in a table to what they did in those beside it.
func judge(list []*judged, t *Table, effects []*effect) []*judged {
	for i, c := range t.masked() {
		name := cmp.Or(t.PartitionOf, t.Schema+"."+t.Name)
		at := slices.IndexFunc(list, func(j *judged) bool {
			return j.table == name && j.column.Name == c.Name && j.column.Mask == c.Mask
		})
		if at < 0 {
			at = len(list)
			list = append(list, &judged{effect: effect{different: map[string]bool{}}, table: name, column: c})
		}
		list[at].add(effects[i])
	}
	return list
}

// fault reports a mask that changed too little; nil where it did what it promises, or where there was nothing to
// change.
func (e *judged) fault() *diag.Diagnostic {
	c := e.column
	left := e.Unchanged + e.Held - e.Constant
	total := e.Changed + left
	share := 0.0
	if total > 0 {
		share = float64(e.Changed) / float64(total)
	}
	switch {
	case total == 0 || c.Expect == Same:
		return nil
	case c.MinChanged != nil && share >= *c.MinChanged:
		return nil
	case c.MinChanged == nil && (e.Changed > 0 || len(e.different) < c.Expect.evidence()):
		return nil
	}
	var how []string
	if e.Unchanged > 0 {
		how = append(how, fmt.Sprintf("%d are the same%s", e.Unchanged,
			map[bool]string{true: " but for case and blanks"}[c.Form == Text]))
	}
	if e.Held > 0 {
		how = append(how, fmt.Sprintf("%d stand whole in their results", e.Held))
	}
	asked := ""
	if c.MinChanged != nil {
		asked = fmt.Sprintf(", and min_changed asks for %g", *c.MinChanged)
	}
	return &diag.Diagnostic{
		Severity: diag.Error,
		Code:     "mask_without_effect",
		Summary:  fmt.Sprintf("The mask of %s.%s changes too little", e.table, c.Name),
		Detail: fmt.Sprintf("%s changed %d of %d sampled values of the source%s: %s. The copy is not put in place. "+
			"Choose a mask that hides the values, or keep the column by name, so that everybody sees that it is kept. "+
			"Where that is what the mask is to do, min_changed in the column block or the rule "+
			"says so: 0 asks for nothing.",
			c.Mask, e.Changed, total, asked, strings.Join(how, ", ")),
		Range: c.Range,
	}
}

// measure is what verification needs to know of a masked column besides its SQL.
func (c *Column) measure(d decide.Column) {
	c.Expect, c.Form, c.MinChanged = expect(d.Mask, d.Expr.Properties), formOf(d.Type.Underlying()), d.MinChanged
}
