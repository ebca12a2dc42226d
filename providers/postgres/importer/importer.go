// Package importer reads the masking rules of other tools and writes them as table blocks: each rule becomes the
// nearest mask, with the original beside it. What has no counterpart is named as undecided, with the reason. Nothing is
// dropped.
package importer

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/shoji-pg/shoji/spec/mask"
)

// Fit is how well a mask matches a rule.
type Fit int

const (
	// Mapped does the same to the value, but that shoji's masks give equal results for equal values.
	Mapped Fit = iota
	// Approximate hides the value too, in another form than before.
	Approximate
	// Unmapped has no counterpart: a person decides.
	Unmapped
)

// Item is one rule of the other tool, and what becomes of it.
type Item struct {
	// Schema, Table and Column say what it is about. Column is "" for a whole table, Table is "" for everything.
	Schema, Table, Column string
	// Original is the rule as its tool writes it, on one line, without salts, keys and passwords.
	Original string
	Fit      Fit
	// Mask is an expression for a column; Argument a line for a table, such as `data = false`.
	Mask, Argument string
	// Note is what differs, or why there is no counterpart.
	Note string
}

// Result are the rules of some files, in their order.
type Result struct {
	// Tool is the name of the other tool.
	Tool  string
	Items []Item
}

// Counts returns how many rules met each fit.
func (r *Result) Counts() (mapped, approximate, unmapped int) {
	for _, i := range r.Items {
		switch i.Fit {
		case Mapped:
			mapped++
		case Approximate:
			approximate++
		case Unmapped:
			unmapped++
		}
	}
	return mapped, approximate, unmapped
}

// outcome is what a rule of a column comes to.
type outcome struct {
	fit  Fit
	mask string
	note string
}

// exactly, nearly and never make outcomes.
func exactly(call string) outcome { return outcome{fit: Mapped, mask: call} }

func nearly(note, call string) outcome { return outcome{fit: Approximate, mask: call, note: note} }

func never(why string, args ...any) outcome {
	return outcome{fit: Unmapped, note: fmt.Sprintf(why, args...)}
}

// but makes an outcome approximate, with one more thing that differs.
func (o outcome) but(note string) outcome {
	if o.fit == Unmapped {
		return o
	}
	o.fit = Approximate
	if o.note != "" {
		note = o.note + "; " + note
	}
	o.note = note
	return o
}

// column adds a rule about a column. A mask that a spec would refuse is no mask.
func (r *Result) column(schema, table, column, original string, o outcome) {
	if o.fit != Unmapped {
		if _, err := mask.Parse(o.mask); err != nil {
			o = never("no mask can be made of it: %s", err)
		}
	}
	item := Item{
		Schema:   schema,
		Table:    table,
		Column:   column,
		Original: oneLine(original),
		Fit:      o.fit,
		Note:     oneLine(o.note),
	}
	if o.fit != Unmapped {
		item.Mask = o.mask
	}
	r.add(item)
}

// add keeps the first of several rules of one column: one column has one mask.
func (r *Result) add(item Item) {
	if item.Mask != "" && r.decided(item) {
		item.Fit, item.Mask, item.Note = Unmapped, "",
			item.Column+" has another rule above, and one column has one mask"
	}
	r.Items = append(r.Items, item)
}

// Append adds the rules of another file.
func (r *Result) Append(o *Result) {
	for _, item := range o.Items {
		r.add(item)
	}
}

// table adds a rule about a whole table; argument is "" where there is no counterpart.
func (r *Result) table(schema, table, original, argument, note string) {
	item := Item{Schema: schema, Table: table, Original: oneLine(original), Argument: argument, Note: oneLine(note)}
	if argument == "" {
		item.Fit = Unmapped
	}
	r.Items = append(r.Items, item)
}

// general adds what is about no table.
func (r *Result) general(original, note string) {
	r.Items = append(r.Items, Item{Original: oneLine(original), Fit: Unmapped, Note: oneLine(note)})
}

// met adds what shoji does by itself.
func (r *Result) met(schema, table, column, original, note string) {
	r.Items = append(r.Items, Item{
		Schema:   schema,
		Table:    table,
		Column:   column,
		Original: oneLine(original),
		Note:     oneLine(note),
	})
}

// oneLine keeps a text in a comment.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
	}), " ")
}
