package postgres

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/ddl/vet"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// The kinds of steps of this package; those of mode swap's structure are in package swap.
const (
	kindOpen   = "transfer.open"   // transfer.Scope and the number of copies
	kindCopy   = "transfer.copy"   // copyParams
	kindVerify = "transfer.verify" // verifyParams
)

// openParams describe the step that opens the snapshot.
type openParams struct {
	transfer.Scope
	Copies int `json:"copies"`
}

// copyParams describe the step that copies one table into the next database.
type copyParams struct {
	Database string         `json:"database"`
	Role     string         `json:"role,omitempty"`
	Table    transfer.Table `json:"table"`
	ReadBack bool           `json:"read_back,omitempty"`
}

// verifyParams describe the step that looks for raw values in the next database.
type verifyParams struct {
	Database string           `json:"database"`
	Role     string           `json:"role,omitempty"`
	Tables   []transfer.Table `json:"tables"`
	Size     int              `json:"size"`
}

// diffSwap adds a refresh in mode swap.
func (p *Provider) diffSwap(o *observed, one *observedRefresh, copied structure, draft *engine.Draft) diag.Diagnostics {
	r := one.refresh
	ds := copied.diags
	access := o.accessOf(one)
	target := one.facts
	var grants []engine.Step
	if access != nil {
		grants = wrapped(access, access.draft.NextSteps)
		target = target.Without(access.draft.Dropped)
	}
	built, problems := swap.Build(one.staged(swap.Input{
		Refresh: r,
		Names:   one.names,
		Tables:  one.tables,
		Source:  one.source,
		Locale:  one.locale,
		Script:  copied.script,
		Target:  target,
		Open:    one.openStep,
		Copy:    one.copyStep,
		Verify:  one.verifyStep(),
		Record:  p.recordStep(one),
		Grants:  grants,
	}))
	ds.Append(problems...)
	view := shown(one)
	view.Live, view.Next = one.names.Live, one.names.Next
	if _, there := one.facts.Databases[one.names.Live]; there {
		view.Previous = one.names.Previous
	}
	if one.via != nil {
		view.Notes = append(view.Notes, one.via.notes...)
	}
	view.Notes = slices.Concat(view.Notes, one.leavesOut, copied.notes, built.Notes)
	view.Hazards = append(built.Hazards, one.outdated()...)
	p.exposures(one, &view)
	ds.Append(p.staying(one, &view)...)
	if access != nil {
		view.Notes = append(view.Notes, access.draft.NextNotes...)
		view.Hazards = append(view.Hazards, access.draft.NextHazards...)
		first(built.Steps, access)
	}
	steps := one.beside(&view, built.Steps)
	draft.Refreshes = append(draft.Refreshes, view)
	draft.Steps = append(draft.Steps, steps...)
	return ds
}

// structure is what of the source's structure is in a copy.
type structure struct {
	script *ddl.Script
	notes  []string
	diags  diag.Diagnostics
}

// structure chooses it. Roles that the plan makes count as there.
func (one *observedRefresh) structure() structure {
	at := one.refresh.Range
	script, notes, ds := ddl.Select(one.script, ddl.Selection{
		Schemas:    one.refresh.Schemas,
		Skip:       skipped(one.tables),
		Extensions: one.source.Extensions,
		Target:     one.facts.DDLTarget(),
		Range:      &at,
	})
	ds.Append(vet.Script(script, one.source.Extensions, &at)...)
	return structure{script, notes, ds}
}

func skipped(tables []decide.Table) []catalog.Ref {
	var out []catalog.Ref
	for _, t := range tables {
		if t.Treatment == decide.Skip {
			out = append(out, catalog.Ref{Schema: t.Source.Schema, Name: t.Source.Name})
		}
	}
	return out
}

// role is who owns the objects of the copy, "" where that is who connects.
func (one *observedRefresh) role() string {
	if one.facts != nil && one.refresh.Owner == one.facts.User {
		return ""
	}
	return one.refresh.Owner
}

// encoded gives the parameters of a step.
func encoded(params any) json.RawMessage {
	raw, err := json.Marshal(params)
	if err != nil {
		panic(fmt.Sprintf("encoding the parameters of a step: %v", err)) // plain structs of this package
	}
	return raw
}

func (one *observedRefresh) scope() openParams {
	s := openParams{Scope: transfer.Scope{
		Schemas: one.refresh.Schemas,
		Shapes:  one.shapes,
		Called:  one.called,
		Code:    one.code,
		Jobs:    one.refresh.Jobs,
	}}
	for _, t := range one.tables {
		if t.Treatment == decide.Copy {
			s.Tables = append(s.Tables, catalog.Ref{Schema: t.Source.Schema, Name: t.Source.Name})
			s.Copies++
		}
	}
	return s
}

func (one *observedRefresh) openStep(s engine.Step) engine.Step {
	s.Kind, s.Params = kindOpen, encoded(one.scope())
	for _, text := range one.scope().Statements() {
		s.Statements = append(s.Statements, engine.Statement{On: one.refresh.From.Address(), Text: text})
	}
	return s
}

func (one *observedRefresh) copyStep(t decide.Table, s engine.Step) engine.Step {
	params := copyParams{
		Database: one.names.Next,
		Role:     one.role(),
		Table:    transfer.NewTable(&t, true),
		ReadBack: one.refresh.Verify == "full",
	}
	s.Kind, s.Params = kindCopy, encoded(params)
	on := one.refresh.To.Address() + " (" + one.names.Next + ")"
	s.Statements = []engine.Statement{
		{On: one.refresh.From.Address(), Text: params.Table.CopyOut()},
		{On: on, Text: "TRUNCATE TABLE ONLY " + sqltext.Ident(params.Table.Schema, params.Table.Name)},
		{On: on, Text: params.Table.CopyIn},
	}
	return s
}

// verifyStep completes the step that looks for raw values; nil where the spec wants none.
func (one *observedRefresh) verifyStep() func(engine.Step) engine.Step {
	if one.refresh.Verify == "off" {
		return nil
	}
	return func(s engine.Step) engine.Step {
		s.Kind = kindVerify
		tables, size := one.checked(), transfer.Sample(one.refresh.Verify)
		s.Params = encoded(verifyParams{Database: one.names.Next, Role: one.role(), Tables: tables, Size: size})
		for i := range tables {
			s.Statements = append(s.Statements, engine.Statement{
				On:   one.refresh.From.Address(),
				Text: tables[i].Sample(size),
			})
			if found := tables[i].Found(); found != "" {
				on := one.refresh.To.Address() + " (" + one.names.Next + ")"
				s.Statements = append(s.Statements, engine.Statement{On: on, Text: found})
			}
		}
		return s
	}
}

// checked are the tables with a masked column: verification says something of each.
func (one *observedRefresh) checked() []transfer.Table {
	var out []transfer.Table
	for i := range one.tables {
		if one.tables[i].Treatment != decide.Copy {
			continue
		}
		t := transfer.NewTable(&one.tables[i], false)
		if t.Masked() {
			t.Select, t.CopyIn = "", "" // verification reads neither
			out = append(out, t)
		}
	}
	return out
}
