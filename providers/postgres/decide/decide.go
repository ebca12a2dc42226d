// Package decide joins what the spec says with what the source contains: for every table of
// the source how it crosses, for every column its mask or that it is kept, and the SELECT
// that the source will run. Nothing is undecided when it returns without errors (closed world).
package decide

import (
	"fmt"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Treatment is how a table crosses, in the words of a plan.
type Treatment = engine.Treatment

const (
	Copy        = engine.TreatmentCopy
	Structure   = engine.TreatmentStructure
	Skip        = engine.TreatmentSkip
	Partitioned = engine.TreatmentPartitioned
)

// Decision is how a column crosses, in the words of a plan.
type Decision = engine.Decision

const (
	Masked    = engine.DecisionMask
	Kept      = engine.DecisionKeep
	Generated = engine.DecisionGenerated
)

// StrengthOf returns the strength of a mask in the words of a plan.
func StrengthOf(s mask.Strength) engine.Strength {
	switch s {
	case mask.Raw:
		return engine.StrengthRaw
	case mask.Partial:
		return engine.StrengthPartial
	case mask.Generalised:
		return engine.StrengthGeneralised
	case mask.Pseudonym:
		return engine.StrengthPseudonym
	case mask.Synthetic:
		return engine.StrengthSynthetic
	case mask.Constant:
		return engine.StrengthConstant
	}
	panic(fmt.Sprintf("a plan has no word for the strength %d", s))
}

// Table is one table of the source with its decision.
type Table struct {
	Source    *catalog.Table
	Treatment Treatment
	Rows      string // the condition, "" for all rows
	// Calls are the functions that reading it may run although they are neither PostgreSQL's own nor an extension's.
	Calls   []string
	Columns []Column
	// Reason says who decided the treatment: "table block", "rule.logs".
	Reason  string
	Address string // of the table block or rule that decided, "" for column rules only
	Range   *diag.Range
	Snippet *diag.Snippet
}

// Column is one column with its decision.
type Column struct {
	Name string
	Type mask.Type
	// Domain is the type in which the value is masked: that of the key that the column refers to, else its own.
	Domain   mask.Type
	Decision Decision
	Mask     *mask.Mask // nil unless Masked
	Expr     mask.Expr  // SQL is the plain column where Kept
	// MinChanged is the share of the values that the mask must change; nil: one value.
	MinChanged *float64
	Because    string // as in engine.RefreshColumn
	Range      *diag.Range
	Snippet    *diag.Snippet
}

// Input is everything that Resolve looks at.
type Input struct {
	Refresh *spec.Refresh
	Tables  []*spec.Table // of the whole spec
	Rules   []*spec.Rule
	Links   []*spec.Link
	Source  *catalog.Catalog
	// Snippet gives the source line of a place in the spec.
	Snippet func(*diag.Range) *diag.Snippet
}

// Resolve decides every table and column of the source. It is pure. The diagnostics name everything that is undecided
// or does not fit, not the first of it. Its time grows with the number of columns, not with its square.
func Resolve(in Input) ([]Table, diag.Diagnostics) {
	if in.Snippet == nil {
		in.Snippet = func(*diag.Range) *diag.Snippet { return nil }
	}
	r := &resolver{Input: in, tables: map[catalog.Ref]*tableNode{}, byName: map[string]*tableNode{}}
	r.selectTables()
	r.bindBlocks()
	r.compileRules()
	for _, t := range r.order {
		r.findRoot(t)
	}
	for _, t := range r.order {
		r.treat(t)
	}
	r.relate()
	r.decideColumns()
	for _, t := range r.order {
		r.checkTable(t)
	}
	r.checkRelations()
	r.unmatchedRules()
	r.rights()
	return r.result(), r.diags
}

// result gives the tables as others see them, with the source lines of what decided.
func (r *resolver) result() []Table {
	out := make([]Table, 0, len(r.order))
	for _, t := range r.order {
		t.Columns = make([]Column, 0, len(t.columns))
		for _, c := range t.columns {
			if c.decided != nil {
				c.decided.Snippet = r.Snippet(c.decided.Range)
				if c.decided.MinChanged == nil {
					c.decided.MinChanged = r.Refresh.MinChanged
				}
				t.Columns = append(t.Columns, *c.decided)
				c.decided = nil // large catalogs: not twice
			}
		}
		t.Snippet = r.Snippet(t.Range)
		out = append(out, t.Table)
	}
	for i := range r.diags {
		if r.diags[i].Snippet == nil {
			r.diags[i].Snippet = r.Snippet(r.diags[i].Range)
		}
	}
	return out
}
