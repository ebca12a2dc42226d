package lint

import (
	"iter"
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

// Pass is what an analyzer checks, and where it reports.
type Pass struct {
	Project *spec.Project
	// Refreshes are those whose source is in the schema lock, decided as by a plan.
	Refreshes []*Refresh

	analyzer Analyzer
	run      *run
}

// Finding is one problem at one place.
type Finding struct {
	// Code and Severity are the analyzer's unless set.
	Code     string
	Severity diag.Severity
	// Summary is the analyzer's title unless set. Detail says what is wrong with Subject and what to do, in full
	// sentences.
	Summary, Detail string
	// Subject is what it is about, such as "public.people.email": findings at one place of a rule or a for_each that
	// differ in nothing else are merged into one that lists their subjects.
	Subject string
	Address string
	Range   *diag.Range
	Fixes   []diag.Fix

	plan bool // the plan reports the error, too
}

// Report adds a finding.
func (p *Pass) Report(f Finding) {
	if f.Code == "" {
		f.Code = p.analyzer.Code
	}
	if f.Severity == "" {
		f.Severity = p.analyzer.Severity
	}
	if f.Summary == "" {
		f.Summary = p.analyzer.Title
	}
	p.run.findings = append(p.run.findings, f)
}

// Expression returns what the SQL of a mask or a condition reads and calls. It was parsed without error before.
func (p *Pass) Expression(sql string) mask.Expression {
	return p.run.expression(sql)
}

// Text returns the source text of a place.
func (p *Pass) Text(r diag.Range) string {
	src := p.Project.Sources[r.Filename]
	if r.Start.Byte < 0 || r.End.Byte > len(src) || r.End.Byte < r.Start.Byte {
		return ""
	}
	return string(src[r.Start.Byte:r.End.Byte])
}

// Refresh is a refresh with the catalog of its source and the decisions on it.
type Refresh struct {
	Spec    *spec.Refresh
	Catalog *catalog.Catalog
	Tables  []decide.Table
	// Literals are the values in the structure that look personal.
	Literals []literal.Literal
	// Columns are those of all tables whose rows are copied, without partitions that are decided with their table.
	Columns []CheckedColumn
}

// CheckedColumn is a decided column with its table and source.
type CheckedColumn struct {
	*decide.Column
	Table  *decide.Table
	Source *catalog.Column
	// Guess is the personal data that it seems to hold; its Kind is "" if none.
	Guess personal.Guess
}

// FullName returns schema.table.column.
func (c CheckedColumn) FullName() string { return c.Table.FullName() + "." + c.Name }

// Sibling returns another column of the same table; nil if it is not decided.
func (c CheckedColumn) Sibling(name string) *decide.Column {
	i := slices.IndexFunc(c.Table.Columns, func(o decide.Column) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Table.Columns[i]
}

func newRefresh(d schemalock.Resolution) *Refresh {
	out := &Refresh{Spec: d.Refresh, Catalog: d.Source, Tables: d.Tables, Literals: d.Literals}
	tables := d.Tables
	addresses := map[string]string{}
	for i := range tables {
		addresses[tables[i].FullName()] = tables[i].Address
	}
	for i := range tables {
		t := &tables[i]
		if parent, ok := addresses[t.Source.PartitionOf]; ok && parent == t.Address {
			continue
		}
		n, tells := 0, t.Source.Personal()
		for j := range t.Columns { // in the order of the source, without undecided columns
			for t.Source.Columns[n].Name != t.Columns[j].Name {
				n++
			}
			c := CheckedColumn{Column: &t.Columns[j], Table: t, Source: &t.Source.Columns[n]}
			c.Guess, _ = personal.Recognise(personal.Column{
				Schema:  t.Source.Schema,
				Table:   t.Source.Name,
				Name:    c.Name,
				Comment: c.Source.Comment,
				Type:    c.Type,
				Of:      tells,
			})
			out.Columns = append(out.Columns, c)
		}
	}
	return out
}

// Masked returns the masked columns of all refreshes, without those whose mask does not fit.
func (p *Pass) Masked() iter.Seq[CheckedColumn] { return p.decided(decide.Masked) }

// Kept returns the kept columns of all refreshes.
func (p *Pass) Kept() iter.Seq[CheckedColumn] { return p.decided(decide.Kept) }

func (p *Pass) decided(d decide.Decision) iter.Seq[CheckedColumn] {
	return func(yield func(CheckedColumn) bool) {
		for _, r := range p.Refreshes {
			for _, c := range r.Columns {
				unfit := d == decide.Masked && c.Expr.Null == "" // reported by the plan; the result is unknown
				if c.Decision == d && !unfit && !yield(c) {
					return
				}
			}
		}
	}
}

// Written is a mask in the spec.
type Written struct {
	Mask    *mask.Mask
	Range   diag.Range
	Subject string // the column of its block, or the rule
	Column  string // "" for a rule
}

// Written returns all masks of column blocks and rules. It needs no catalog.
func (p *Pass) Written() iter.Seq[Written] {
	return func(yield func(Written) bool) {
		for _, t := range p.Project.Tables {
			for _, c := range t.Columns {
				if !yield(Written{
					c.Mask, c.Range, catalog.Ref{Schema: t.Schema, Name: t.Name}.String() + "." + c.Name, c.Name,
				}) {
					return
				}
			}
		}
		for _, r := range p.Project.Rules {
			if r.Mask != nil && !yield(Written{r.Mask, r.At.Mask.Range, r.Address(), ""}) {
				return
			}
		}
	}
}
