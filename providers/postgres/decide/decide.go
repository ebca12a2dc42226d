// Package decide joins the spec with the catalog of the source: it decides how every table is copied, whether every
// column is masked or kept, and which SELECT the source runs. Without errors, nothing is left undecided (closed world).
package decide

import (
	"fmt"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Treatment is how a table is copied, in the words of a plan.
type Treatment = engine.Treatment

const (
	Copy        = engine.TreatmentCopy
	Structure   = engine.TreatmentStructure
	Skip        = engine.TreatmentSkip
	Partitioned = engine.TreatmentPartitioned
)

// Decision is how a column is copied, in the words of a plan.
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
	// Calls are the functions that reading the table may run although they are neither built in nor an extension's.
	Calls   []string
	Columns []Column
	// Root is the table that decides for a partition; of every other table it is the table itself.
	Root catalog.Ref
	// Constraints look at masked columns. Those of a partition that its root has too are at the root alone.
	Constraints []Constraint
	// FillPath are the schemas in which functions find what they do not name in full as the rows are written, ReadPath
	// those in which they do as the source plans the SELECT, whose own names are written in full for that. They are nil
	// where nothing is looked up.
	FillPath, ReadPath []string
	// Reason is what decided the treatment: "table block", "rule.logs".
	Reason  string
	Address string // of the table block or rule that decided, "" for column rules only
	Range   *diag.Range
	Snippet *diag.Snippet
	// planned is how many rows the SELECT gives as the source's planner estimates; 0 where Describe did not ask it.
	planned int64
}

// ExpectedRows returns how many rows are expected to cross; -1 where unknown.
func (t *Table) ExpectedRows() int64 {
	switch {
	case t.planned > 0:
		return t.planned
	case t.Condition() != "":
		return -1
	}
	return t.Source.EstimatedRows
}

// FullName returns schema.name, quoted only where needed.
func (t *Table) FullName() string { return t.Source.FullName() }

// Basis is what decided a column.
type Basis int

const (
	FromBlock      Basis = iota + 1 // its column block
	FromKeep                        // the keep argument of its table
	FromRule                        // a rule
	FromForeignKey                  // the key that a foreign key refers to
	FromLink                        // the key that a link refers to
	FromTarget                      // the target computes it
)

// Column is one column with its decision.
type Column struct {
	Name string
	Type mask.Type
	// Domain is the type that the value is masked as: that of the key that the column refers to, else its own.
	Domain   mask.Type
	Decision Decision
	Mask     *mask.Mask // nil unless Masked
	Expr     mask.Expr  // SQL is the plain column where Kept
	// MinChanged is the share of the values that the mask must change; nil: one value.
	MinChanged *float64
	Basis      Basis
	Because    string // as in engine.RefreshColumn
	Range      *diag.Range
	Snippet    *diag.Snippet

	link *spec.Link // the one that decided, for FromLink
}

// DecidedBy names what decided a column, with the team's own mask that it came from.
func (c *Column) DecidedBy() string {
	if c.Mask != nil && c.Mask.Definition != "" {
		return c.Because + " (mask." + c.Mask.Definition + ")"
	}
	return c.Because
}

// Input is everything that Resolve looks at.
type Input struct {
	Refresh *spec.Refresh
	Tables  []*spec.Table // of the whole spec
	Rules   []*spec.Rule
	Links   []*spec.Link
	Source  *catalog.Catalog
	// Snippet returns the source line of a place in the spec.
	Snippet func(*diag.Range) *diag.Snippet
}

// InputFor returns the input that decides a refresh of a project: the same for a live catalog and for that of a schema
// lock.
func InputFor(p *spec.Project, r *spec.Refresh, source *catalog.Catalog) Input {
	return Input{Refresh: r, Tables: p.Tables, Rules: p.Rules, Links: p.Links, Source: source, Snippet: p.Snippet}
}

// Resolve decides every table and column of the source. It is pure. The diagnostics report everything that is undecided
// or does not fit, not only the first. Its time is linear in the number of columns.
func Resolve(in Input) ([]Table, diag.Diagnostics) {
	if in.Snippet == nil {
		in.Snippet = func(*diag.Range) *diag.Snippet { return nil }
	}
	r := &resolver{
		Input:  in,
		tables: map[catalog.Ref]*tableNode{},
		byName: map[string]*tableNode{},
		masks:  map[string]string{},
	}
	r.selectTables()
	r.bindBlocks()
	r.compileRules()
	r.unknownExtensions()
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
	r.checkConfiguration()
	r.unmatchedRules()
	r.checkPrivileges()
	return r.result(), r.diags
}

// result returns the decided tables, with the source lines of what decided them.
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
				c.decided = nil // large catalogs need not be in memory twice
			}
		}
		t.Snippet, t.Root = r.Snippet(t.Range), t.root.Source.Ref()
		for _, k := range t.Constraints {
			for i := range k.Open {
				k.Open[i].Snippet = r.Snippet(k.Open[i].Range)
			}
		}
		if t.Treatment == Copy && len(r.Source.OnRows(t.Source.Ref())) > 0 {
			t.FillPath = r.Source.PathOf(t.Source.Ref())
		}
		out = append(out, t.Table)
	}
	for i := range r.diags {
		if r.diags[i].Snippet == nil {
			r.diags[i].Snippet = r.Snippet(r.diags[i].Range)
		}
	}
	return out
}
