package draft

import (
	"github.com/shoji-pg/shoji/spec/personal"
)

// Verdict is how a column is drafted.
type Verdict int

const (
	Undecided Verdict = iota
	Kept
	Masked
	ByKey     // a foreign key takes the mask of its key
	Generated // the target computes it
	Before    // the spec decides it already
)

// String returns the verdict as messages and JSON write it.
func (v Verdict) String() string {
	return [...]string{"undecided", "kept", "masked", "masked_as_key", "generated", "decided_before"}[v]
}

// Account says how one column is drafted and why.
type Account struct {
	Column  ColumnRef
	Type    string // as PostgreSQL prints it
	Comment string
	Verdict Verdict
	// Ground is why a kept column is; "" where the verdict is another.
	Ground personal.Ground
	// Guess is what the column seems to hold; its Kind is "" where nothing tells.
	Guess personal.Guess
	// Mask is the drafted mask, or the proposal for an undecided column; "" for none.
	Mask string
	// Key is what a column refers to that is kept or masked as its key is.
	Key ColumnRef
	// Reason is words for people: `the name "tel_no" is that of a phone number`.
	Reason string
}

// account lists all columns that were drafted, by table.
func (d *drafter) account() {
	for _, t := range d.tables {
		for _, c := range t.columns {
			a := Account{
				Column:  ColumnRef{t.source.Ref(), c.source.Name},
				Type:    c.source.Type.Formatted,
				Comment: c.source.Comment,
				Verdict: c.verdict,
				Guess:   c.guess,
				Mask:    c.mask,
				Reason:  c.reason,
			}
			if c.verdict == Kept {
				a.Ground = c.ground
			}
			if c.key != nil {
				a.Key = *c.key
			}
			d.summary.Columns = append(d.summary.Columns, a)
		}
	}
}
