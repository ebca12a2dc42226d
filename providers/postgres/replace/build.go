package replace

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// Input is everything that Build looks at.
type Input struct {
	Refresh *spec.Refresh
	Tables  []decide.Table // of the source, decided
	Source  *catalog.Catalog
	Live    *catalog.Catalog // the target as it is
	Scope   transfer.Scope
	// Rights are what the connected user may do with the live tables.
	Rights Rights
	// Loads gives what fills a table where its rows are staged; nil: COPY, from the source.
	Loads func(t *decide.Table) []string
	// Record are the statements by which the copy records how it was made.
	Record []string
	// Values are those of the source's sequences where it cannot be asked, as then nothing of it can be; nil where it
	// can.
	Values map[catalog.Ref]transfer.SequenceValue
}

// Draft is what Build gives. Statements are those of the target as they will run; the copies stand among them.
type Draft struct {
	Params     Params
	Statements []string
	// Relaxed says that the parameter group has to be changed before, and put back after.
	Relaxed bool
	Notes   []string
	Hazards []engine.Hazard
}

// Build plans the one transaction. It is pure.
func Build(in Input) (Draft, diag.Diagnostics) {
	b := &build{
		Input:   in,
		live:    map[catalog.Ref]*catalog.Table{},
		emptied: map[catalog.Ref]bool{},
		names:   map[string]*catalog.Table{},
	}
	for i := range in.Live.Tables {
		b.names[in.Live.Tables[i].FullName()] = &in.Live.Tables[i]
		b.live[in.Live.Tables[i].Ref()] = &in.Live.Tables[i]
	}
	b.compare()
	b.extraPartitions()
	b.outside()
	b.rights()
	if b.diags.HasErrors() {
		return Draft{}, b.diags
	}
	order, treatment := b.foreignKeys()
	if b.diags.HasErrors() {
		return Draft{}, b.diags
	}
	b.draft.Notes = append(b.draft.Notes, "foreign keys: "+treatment.Reason)
	b.statements(order, treatment)
	b.draft.Hazards = append(b.draft.Hazards, engine.Hazard{Name: engine.DeletesData,
		Reason: fmt.Sprintf("the rows of %d live tables of %s are replaced; no previous copy is kept", len(b.emptied),
			in.Refresh.To.Address())})
	b.draft.Notes = append(b.draft.Notes,
		"one transaction: readers of these tables wait until it commits, and a run that fails leaves them as they were")
	return b.draft, b.diags
}

type build struct {
	Input
	diags   diag.Diagnostics
	draft   Draft
	live    map[catalog.Ref]*catalog.Table
	filled  []*decide.Table
	emptied map[catalog.Ref]bool // live tables whose rows go
	names   map[string]*catalog.Table
}

func (b *build) at() *diag.Range { at := b.Refresh.Range; return &at }

// compare holds each table of the source against the live one: rows fit only where the columns do.
func (b *build) compare() {
	for i := range b.Tables {
		t := &b.Tables[i]
		if t.Treatment == decide.Skip {
			continue
		}
		live := b.live[t.Source.Ref()]
		if live == nil {
			b.diags.Errorf(diag.FirstRange(t.Range, b.at()), "The target lacks a table",
				"%s is not on %s. Create it there first (mode replace changes no structure), skip it, or use mode "+
					"swap, which brings the structure.", t.Source.FullName(), b.Refresh.To.Address())
			continue
		}
		if live.Partitioned != t.Source.Partitioned {
			b.diags.Errorf(diag.FirstRange(t.Range, b.at()), "A table has another structure on the target",
				"%s is partitioned on one side only. Bring the structures together, or use mode swap.",
				t.Source.FullName())
			continue
		}
		if !live.Partitioned {
			b.emptied[live.Ref()] = true
		}
		b.compareColumns(t, live)
		if t.Treatment == decide.Copy {
			b.filled = append(b.filled, t)
		}
	}
}

func (b *build) compareColumns(t *decide.Table, live *catalog.Table) {
	there := map[string]catalog.Column{}
	for _, c := range live.Columns {
		there[c.Name] = c
	}
	var problems []string
	for _, c := range t.Columns {
		l, ok := there[c.Name]
		delete(there, c.Name)
		switch {
		case !ok && c.Decision != decide.Generated:
			problems = append(problems, fmt.Sprintf("column %s (%s) is missing", c.Name, c.Type.Formatted))
		case !ok:
		case (l.Generated != "") != (c.Decision == decide.Generated):
			problems = append(problems, fmt.Sprintf("column %s is generated on one side only", c.Name))
		case l.Type.Formatted != c.Type.Formatted:
			problems = append(problems,
				fmt.Sprintf("column %s is %s, not %s", c.Name, l.Type.Formatted, c.Type.Formatted))
		}
	}
	for _, c := range live.Columns {
		if _, extra := there[c.Name]; extra && c.NotNull && c.Default == "" && c.Identity == "" && c.Generated == "" &&
			len(t.Columns) > 0 {
			problems = append(problems,
				fmt.Sprintf("column %s is NOT NULL without a default, and the source lacks it", c.Name))
		}
	}
	if len(problems) > 0 {
		b.diags.Errorf(diag.FirstRange(t.Range, b.at()), "A table has another structure on the target",
			"%s on %s: %s. Bring the structures together, or use mode swap.", t.Source.FullName(),
			b.Refresh.To.Address(), strings.Join(problems, "; "))
	}
}

// statements writes the transaction.
func (b *build) statements(order []*decide.Table, treatment Treatment) {
	p := Params{Scope: b.Scope, ReadBack: b.Refresh.Verify == "full", Verify: transfer.Sample(b.Refresh.Verify)}
	if b.Values != nil {
		p.Verify = 0
	}
	names := b.truncated()
	if treatment.Kind == spec.FKReplica {
		p.Before = append(p.Before, "SET LOCAL session_replication_role = replica")
	}
	p.Replica = treatment.Kind == spec.FKParameterGroup
	b.draft.Relaxed = p.Replica
	drop, add := b.constraints(treatment)
	p.Before = append(p.Before, drop...)
	if b.hasDeferrable() && treatment.Kind != spec.FKConstraints {
		p.Before = append(p.Before, "SET CONSTRAINTS ALL DEFERRED")
	}
	off, on := b.triggers(treatment)
	p.Before = append(p.Before, off...)
	if len(names) > 0 {
		p.Before = append(p.Before, "TRUNCATE TABLE "+strings.Join(names, ", "))
	}
	for _, t := range order {
		p.Tables = append(p.Tables, transfer.NewTable(t, true))
	}
	if treatment.Kind == spec.FKReplica {
		p.After = append(p.After, "SET LOCAL session_replication_role = origin")
	}
	if bypasses(treatment.Kind) {
		p.Checks = b.checks()
	}
	if b.hasDeferrable() && treatment.Kind != spec.FKConstraints {
		p.After = append(p.After, "SET CONSTRAINTS ALL IMMEDIATE")
	}
	p.After = append(p.After, on...)
	p.After = append(p.After, add...)
	p.Sequences = b.sequences()
	for _, v := range b.matViews() {
		p.After = append(p.After, "REFRESH MATERIALIZED VIEW "+sqltext.Ident(v.Schema, v.Name))
	}
	for _, t := range order {
		p.After = append(p.After, "ANALYZE "+sqltext.Ident(t.Source.Schema, t.Source.Name))
	}
	b.draft.Params = p
	if p.Replica {
		b.draft.Statements = append(b.draft.Statements, showRole)
	}
	b.draft.Statements = append(append(b.draft.Statements, "BEGIN"), p.Before...)
	for i, t := range order {
		if b.Loads != nil {
			b.draft.Statements = append(b.draft.Statements, b.Loads(t)...)
			continue
		}
		b.draft.Statements = append(b.draft.Statements, p.Tables[i].CopyIn)
	}
	b.draft.Statements = append(b.draft.Statements, p.After...)
	for _, c := range p.Checks {
		b.draft.Statements = append(b.draft.Statements, c.SQL)
	}
	b.draft.Statements = append(b.draft.Statements, b.Record...)
	for i := range p.Tables {
		if found := p.Tables[i].Found(); found != "" && p.Verify > 0 {
			b.draft.Statements = append(b.draft.Statements, found)
		}
	}
	for _, s := range p.Sequences {
		b.draft.Statements = append(b.draft.Statements,
			"SELECT pg_catalog.setval("+sqltext.Literal(sqltext.Ident(s.Schema, s.Name))+", "+valueText(s)+")")
	}
	b.draft.Statements = append(b.draft.Statements, "COMMIT")
}

func valueText(s transfer.Sequence) string {
	if s.Value == nil {
		return "(last_value of the source), (is_called of the source)"
	}
	return fmt.Sprintf("%d, %t", s.Value.Last, s.Value.Called)
}

// sequences are those of the source that the target has too.
func (b *build) sequences() []transfer.Sequence {
	there := map[catalog.Ref]bool{}
	for _, s := range b.Live.Sequences {
		there[catalog.Ref{Schema: s.Schema, Name: s.Name}] = true
	}
	var out []transfer.Sequence
	for _, s := range b.Source.Sequences {
		if !there[catalog.Ref{Schema: s.Schema, Name: s.Name}] ||
			b.Refresh.Schemas != nil && !slices.Contains(b.Refresh.Schemas, s.Schema) {
			continue
		}
		out = append(out, transfer.NewSequence(s, b.Values))
		if !s.Selectable {
			b.draft.Notes = append(b.draft.Notes,
				fmt.Sprintf("sequence %s may not be read on the source; it starts after the largest copied value, or "+
					"stays as it is where no column owns it", catalog.Ref{Schema: s.Schema, Name: s.Name}))
		}
	}
	return out
}

// matViews are the target's, each after those that it reads.
func (b *build) matViews() []catalog.MatView {
	var out []catalog.MatView
	done := map[catalog.Ref]bool{}
	var visit func(v catalog.MatView)
	visit = func(v catalog.MatView) {
		r := catalog.Ref{Schema: v.Schema, Name: v.Name}
		if done[r] {
			return
		}
		done[r] = true
		for _, d := range v.DependsOn {
			for _, other := range b.Live.MatViews {
				if other.Schema == d.Schema && other.Name == d.Name {
					visit(other)
				}
			}
		}
		if v.Populated {
			out = append(out, v)
		}
	}
	for _, v := range b.Live.MatViews {
		visit(v)
	}
	if len(out) > 0 && !b.Rights.Owner {
		b.draft.Notes = append(b.draft.Notes,
			fmt.Sprintf("%d materialised views are not refreshed: only their owner may, and %q is not", len(out),
				b.Live.Server.User))
		return nil
	}
	return out
}
