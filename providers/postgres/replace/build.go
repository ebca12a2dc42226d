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
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
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
	// Staged is where the rows are staged; nil: COPY, from the source.
	Staged *StagedRows
	// Sequences are the values of the source's sequences where it cannot be asked; nil where it can.
	Sequences map[catalog.Ref]transfer.SequenceValue
	// Verify says that the source answers what verification asks.
	Verify bool
	// Record is what the copy will say of how it was made.
	Record record.Record
}

// Draft is what Build returns. Where Op.Replica is set, the parameter group has to be changed before, and put back
// after.
type Draft struct {
	Op      ReplaceRows
	Notes   []string
	Hazards []engine.Hazard
}

// Build plans the one transaction. It is pure.
func Build(in Input) (Draft, diag.Diagnostics) {
	b := &build{
		Input:   in,
		live:    map[catalog.Ref]*catalog.Table{},
		emptied: map[catalog.Ref]bool{},
		cleared: map[catalog.Ref]bool{},
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
	order, how := b.foreignKeys()
	if b.diags.HasErrors() {
		return Draft{}, b.diags
	}
	b.draft.Notes = append(b.draft.Notes, "foreign keys: "+how.Reason)
	b.statements(order, how)
	b.draft.Hazards = append(b.draft.Hazards, engine.Hazard{Name: engine.DeletesData,
		Reason: fmt.Sprintf("the rows of %d live tables of %s are replaced; no previous copy is kept",
			len(b.emptied)+len(b.cleared), in.Refresh.To.Address())})
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
	cleared map[catalog.Ref]bool // those of extensions, which keep the extensions' own rows
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
		if live == nil && t.Source.Configuration != nil {
			b.diags.Errorf(diag.FirstRange(t.Range, b.at()), "The target lacks a table of an extension",
				"%s, which extension %s brings, is not on %s. Create or update the extension there, or leave it out "+
					"with extensions { skip = [%q] }.", t.Source.FullName(), t.Source.Configuration.Extension,
				b.Refresh.To.Address(), t.Source.Configuration.Extension)
			continue
		}
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
		switch {
		case live.Partitioned:
		case t.Source.Configuration != nil:
			b.cleared[live.Ref()] = true
		default:
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
func (b *build) statements(order []*decide.Table, how treatment) {
	p := ReplaceRows{
		Source:   op.SourceOf(b.Refresh),
		Database: op.Database{Target: b.Refresh.To.Address(), TextSearch: b.Source.Server.TextSearch},
		Scope:    b.Scope,
		ReadBack: b.Refresh.Verify == "full",
		Staged:   b.Staged,
		Record:   b.Record,
	}
	if b.Verify {
		p.Verify = transfer.Sample(b.Refresh.Verify)
	}
	names := b.truncated()
	if how.Kind == spec.FKReplica {
		p.Before = append(p.Before, "SET LOCAL session_replication_role = replica")
	}
	p.Replica = how.Kind == spec.FKParameterGroup
	if p.Path = b.path(); p.Path != nil {
		b.draft.Notes = append(b.draft.Notes,
			"functions of the target that may find others by the search_path run with "+
				sqltext.Path(p.Path...))
	}
	drop, add := b.constraints(how)
	p.Before = append(p.Before, drop...)
	if b.hasDeferrable() && how.Kind != spec.FKConstraints {
		p.Before = append(p.Before, "SET CONSTRAINTS ALL DEFERRED")
	}
	off, on := b.triggers(how)
	p.Before = append(p.Before, off...)
	if len(names) > 0 {
		p.Before = append(p.Before, "TRUNCATE TABLE "+strings.Join(names, ", "))
	}
	p.Before = append(p.Before, b.clear(order)...)
	for _, t := range order {
		table := transfer.NewTable(t, true)
		if table.FillPath = nil; len(b.Live.OnRows(t.Source.Ref())) > 0 {
			table.FillPath = b.Live.PathOf(t.Source.Ref())
		}
		p.Tables = append(p.Tables, table)
	}
	if how.Kind == spec.FKReplica {
		p.After = append(p.After, "SET LOCAL session_replication_role = origin")
	}
	if bypasses(how.Kind) {
		p.Checks = b.checks()
		b.qualify(&p)
	}
	if b.hasDeferrable() && how.Kind != spec.FKConstraints {
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
	b.draft.Op = p
}

// qualify writes in full what the checks call that run with a search_path.
func (b *build) qualify(p *ReplaceRows) {
	if p.Path == nil {
		return
	}
	for i := range p.Checks {
		qualified, err := sqltree.Qualify(p.Checks[i].SQL)
		if err != nil {
			b.diags.AppendErr("The "+p.Checks[i].Name+" cannot be checked", err)
			continue
		}
		p.Checks[i].SQL = qualified
	}
}

// path are the schemas in which functions that the live tables and views call find others as rows are written and as
// views are refreshed. It is nil where nothing is looked up.
func (b *build) path() []string {
	var out []string
	for _, s := range b.Live.Searching {
		if b.emptied[s.Relation] || s.Kind == catalog.SearchingView || s.Kind == catalog.SearchingPartitions {
			for _, schema := range b.Live.PathOf(s.Relation) {
				if !slices.Contains(out, schema) {
					out = append(out, schema)
				}
			}
		}
	}
	return out
}

// sequences are those of the source that the target has too.
func (b *build) sequences() []transfer.Sequence {
	there := map[catalog.Ref]bool{}
	for _, s := range b.Live.Sequences {
		there[catalog.Ref{Schema: s.Schema, Name: s.Name}] = true
	}
	var out []transfer.Sequence
	for _, s := range b.Source.Sequences {
		if !there[catalog.Ref{Schema: s.Schema, Name: s.Name}] || b.Refresh.SkipsExtension(s.Extension) ||
			b.Refresh.Schemas != nil && !slices.Contains(b.Refresh.Schemas, s.Schema) {
			continue
		}
		out = append(out, transfer.NewSequence(s, b.Sequences))
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
