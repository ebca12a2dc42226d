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

// Pass is what an analyzer looks at, and where it reports.
type Pass struct {
	Project *spec.Project
	// Refreshes are those whose source is in the schema lock, decided as a plan would.
	Refreshes []*Refresh

	analyzer Analyzer
	run      *run
}

// Finding is one problem at one place.
type Finding struct {
	// Code and Severity are the analyzer's unless set.
	Code     string
	Severity diag.Severity
	// Summary is the analyzer's title unless set. Detail says of Subject what is wrong and what to do, in full
	// sentences.
	Summary, Detail string
	// Subject is what it is about, such as "public.people.email": findings that differ in nothing else, at the one
	// place of a rule or of a for_each, are one finding that lists them.
	Subject string
	Address string
	Range   *diag.Range
	Fixes   []diag.Fix

	plan bool // the plan refuses it
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

// Expression looks at the SQL of a mask or a condition, which was parsed without error before.
func (p *Pass) Expression(sql string) mask.Expression {
	return p.run.expression(sql)
}

// Text is the source text of a place.
func (p *Pass) Text(r diag.Range) string {
	src := p.Project.Sources[r.Filename]
	if r.Start.Byte < 0 || r.End.Byte > len(src) || r.End.Byte < r.Start.Byte {
		return ""
	}
	return string(src[r.Start.Byte:r.End.Byte])
}

// Refresh is one refresh with what its source contains and how that is decided.
type Refresh struct {
	Spec    *spec.Refresh
	Catalog *catalog.Catalog
	Tables  []decide.Table
	// Literals are the values in the structure that look personal.
	Literals []literal.Literal
	// Columns are those of all tables whose rows cross. Partitions that are decided as their table are left out.
	Columns []CheckedColumn
}

// CheckedColumn is a decided column with what surrounds it.
type CheckedColumn struct {
	*decide.Column
	Table  *decide.Table
	Source *catalog.Column
	// Guess is what personal data it seems to hold; its Kind is "" where nothing speaks for any.
	Guess personal.Guess
}

// FullName is schema.table.column.
func (c CheckedColumn) FullName() string { return c.Table.Source.FullName() + "." + c.Name }

// Sibling gives another column of the same table, nil where it is not decided.
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
		addresses[tables[i].Source.FullName()] = tables[i].Address
	}
	for i := range tables {
		t := &tables[i]
		if parent, ok := addresses[t.Source.PartitionOf]; ok && parent == t.Address {
			continue
		}
		n := 0
		for j := range t.Columns { // in the order of the source, without those that are undecided
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
			})
			out.Columns = append(out.Columns, c)
		}
	}
	return out
}

// Masked gives the masked columns of all refreshes whose masks fit them.
func (p *Pass) Masked() iter.Seq[CheckedColumn] { return p.decided(decide.Masked) }

// Kept gives the kept columns of all refreshes.
func (p *Pass) Kept() iter.Seq[CheckedColumn] { return p.decided(decide.Kept) }

func (p *Pass) decided(d decide.Decision) iter.Seq[CheckedColumn] {
	return func(yield func(CheckedColumn) bool) {
		for _, r := range p.Refreshes {
			for _, c := range r.Columns {
				unfit := d == decide.Masked && c.Expr.Null == "" // reported by the plan; nothing is known of the result
				if c.Decision == d && !unfit && !yield(c) {
					return
				}
			}
		}
	}
}

// Written is a mask where the spec writes it.
type Written struct {
	Mask    *mask.Mask
	Range   diag.Range
	Subject string // the column of its block, or the rule
	Column  string // "" for a rule
}

// Written gives all masks of column blocks and rules. It needs no catalog.
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
