// Package decide joins what the spec says with what the source contains: for every table of
// the source how it crosses, for every column its mask or that it is kept, and the SELECT
// that the source will run. Nothing is undecided when it returns without errors (closed world).
package decide

import (
	"sort"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Treatment is how a table crosses.
type Treatment string

const (
	Copy        Treatment = "copy"
	Structure   Treatment = "structure"   // created empty
	Skip        Treatment = "skip"        // not in the copy
	Partitioned Treatment = "partitioned" // its rows are in its partitions
)

// Decision is how a column crosses.
type Decision string

const (
	Masked    Decision = "mask"
	Kept      Decision = "keep"
	Generated Decision = "generated" // the target computes it
)

// Table is one table of the source with its decision.
type Table struct {
	Source    *catalog.Table
	Treatment Treatment
	Rows      string // the condition, "" for all rows
	Columns   []Column
	// Select is the statement that the source runs, `SELECT … FROM ONLY "s"."t" [WHERE …]`, with one
	// output column per column that is not generated, in order; "" unless Treatment is
	// Copy. A table without such columns selects nothing but its row count: SELECT FROM.
	Select string
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
	Because  string     // "column block", "keep", "rule.names", "foreign key to public.customers.id"
	Range    *diag.Range
	Snippet  *diag.Snippet
}

// Input is everything that Resolve looks at.
type Input struct {
	Refresh *spec.Refresh
	Tables  []*spec.Table // of the whole spec
	Rules   []*spec.Rule
	Source  *catalog.Catalog
	// Snippet gives the source line of a place in the spec.
	Snippet func(*diag.Range) *diag.Snippet
}

// Resolve decides every table and column of the source. It is pure. The diagnostics name everything that is undecided or
// does not fit, not the first of it.
func Resolve(in Input) ([]Table, diag.Diagnostics) {
	if in.Snippet == nil {
		in.Snippet = func(*diag.Range) *diag.Snippet { return nil }
	}
	r := &resolver{Input: in, tables: map[catalog.Ref]*Table{}, blocks: map[catalog.Ref]*spec.Table{}, matched: map[*spec.Rule]bool{}, columns: map[columnKey]*Column{}, visiting: map[columnKey]bool{}}
	r.selectTables()
	r.bindBlocks()
	for _, ref := range r.order {
		r.treat(r.tables[ref])
	}
	for _, ref := range r.order {
		r.decideColumns(r.tables[ref])
	}
	for _, ref := range r.order {
		r.checkTable(r.tables[ref])
	}
	r.unmatchedRules()
	r.rights()
	out := make([]Table, 0, len(r.order))
	for _, ref := range r.order {
		t := r.tables[ref]
		if t.Treatment == Copy {
			t.Select, _ = selectSQL(t)
		}
		t.Snippet = in.Snippet(t.Range)
		out = append(out, *t)
	}
	for i := range r.diags {
		if r.diags[i].Snippet == nil {
			r.diags[i].Snippet = in.Snippet(r.diags[i].Range)
		}
	}
	return out, r.diags
}

type columnKey struct {
	table  catalog.Ref
	column string
}

// resolver is one run of Resolve.
type resolver struct {
	Input
	diags    diag.Diagnostics
	tables   map[catalog.Ref]*Table
	order    []catalog.Ref
	blocks   map[catalog.Ref]*spec.Table
	matched  map[*spec.Rule]bool
	columns  map[columnKey]*Column // decided ones; nil: undecided
	visiting map[columnKey]bool
}

// selectTables takes the tables of the refresh's schemas. An empty selection is an error, never an empty copy.
func (r *resolver) selectTables() {
	wanted := map[string]bool{}
	for _, s := range r.Refresh.Schemas {
		wanted[s] = true
	}
	var known []string
	for _, s := range r.Source.Schemas {
		known = append(known, s.Name)
		delete(wanted, s.Name)
	}
	at := r.at("schemas")
	missing := make([]string, 0, len(wanted))
	for s := range wanted {
		missing = append(missing, s)
	}
	sort.Strings(missing)
	for _, s := range missing {
		r.diags.Errorf(at, "Unknown schema", "%s takes schema %q, which the source does not have.%s", r.Refresh.Address(), s, diag.DidYouMean(s, known))
	}
	for i := range r.Source.Tables {
		t := &r.Source.Tables[i]
		if !r.inSchemas(t.Schema) {
			continue
		}
		r.tables[t.Ref()] = &Table{Source: t}
		r.order = append(r.order, t.Ref())
	}
	if len(r.order) == 0 && len(missing) == 0 {
		r.diags.Errorf(at, "An empty selection", "%s finds no table on the source. Does %s connect to the right database, and may it use the schemas?", r.Refresh.Address(), r.Refresh.From.Address())
	}
}

func (r *resolver) inSchemas(schema string) bool {
	if r.Refresh.Schemas == nil {
		return true
	}
	for _, s := range r.Refresh.Schemas {
		if s == schema {
			return true
		}
	}
	return false
}

// at gives the place of an argument of the refresh, or of the refresh itself.
func (r *resolver) at(name string) *diag.Range {
	if a, ok := r.Refresh.Ranges[name]; ok {
		return &a
	}
	a := r.Refresh.Range
	return &a
}

func applies(list []*spec.Refresh, r *spec.Refresh) bool {
	if list == nil {
		return true
	}
	for _, x := range list {
		if x == r {
			return true
		}
	}
	return false
}

// bindBlocks finds the table of each table block that is about this refresh.
func (r *resolver) bindBlocks() {
	var known []string
	for _, ref := range r.order {
		known = append(known, ref.String())
	}
	for _, t := range r.Tables {
		if !applies(t.Refreshes, r.Refresh) {
			continue
		}
		ref := catalog.Ref{Schema: t.Schema, Name: t.Name}
		if r.tables[ref] != nil {
			r.blocks[ref] = t
			continue
		}
		at := t.Range
		if !r.inSchemas(t.Schema) {
			r.diags.Errorf(&at, "Table outside of the refresh", "%s takes only the schemas %v, and this table is in %q. Take the block away, add the schema, or say with refreshes = […] which refresh it is for.",
				r.Refresh.Address(), r.Refresh.Schemas, t.Schema)
			continue
		}
		r.diags.Errorf(&at, "Unknown table", "The source of %s has no table %s.%s", r.Refresh.Address(), ref, diag.DidYouMean(ref.String(), known))
	}
}
