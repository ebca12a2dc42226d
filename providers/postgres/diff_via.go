package postgres

import (
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// The kinds of steps that rows take through a bucket.
const (
	kindStage    = "stage.begin"    // stageParams
	kindExport   = "stage.export"   // exportParams
	kindManifest = "stage.manifest" // manifestParams
	kindImport   = "stage.import"   // importParams
	kindPrepare  = "stage.prepare"  // prepareParams
	kindRemove   = "stage.remove"   // stageParams
)

// stageParams describe what is staged: all tables, as far as their objects' names go.
type stageParams struct {
	Half   engine.Half   `json:"half,omitempty"`
	Place  stage.Place   `json:"place"`
	Tables []stage.Table `json:"tables,omitempty"`
	// Names are those of a manifest's objects; without them they follow from the tables.
	Names  []string `json:"names,omitempty"`
	Expire int      `json:"expire_days"`
}

// exportParams describe the step that stages one table.
type exportParams struct {
	Place stage.Place `json:"place"`
	Table stage.Table `json:"table"`
}

// manifestParams describe the manifest, as far as it is known before the run.
type manifestParams struct {
	Manifest  manifest.Manifest   `json:"manifest"`
	Tables    []stage.Table       `json:"tables"`
	Sequences []transfer.Sequence `json:"sequences"`
}

// importParams describe the step that loads one table into the next database.
type importParams struct {
	Half     engine.Half `json:"half,omitempty"`
	Database string      `json:"database"`
	Role     string      `json:"role,omitempty"`
	Place    stage.Place `json:"place"`
	Table    stage.Table `json:"table"`
	// Record is nil where it is read from beside the objects.
	Record *stage.Record `json:"record,omitempty"`
}

// prepareParams describe statements on the next database.
type prepareParams struct {
	Database string `json:"database"`
}

// staged makes the input of a swap one of rows that are staged, where they are.
func (one *observedRefresh) staged(in swap.Input) swap.Input {
	if one.via == nil {
		return in
	}
	in.Copy, in.Staging, in.Values = one.importStep, one.staging(), one.via.values()
	if one.via.manifest != nil { // there is no source to ask
		in.Open, in.Verify = nil, nil
	}
	return in
}

// staging gives the steps that Build puts between the source and the target.
func (one *observedRefresh) staging() *swap.Staging {
	v := one.via
	s := &swap.Staging{Remove: one.removeStep, Last: v.manifest != nil}
	if v.manifest == nil {
		s.Begin, s.Export = one.stageStep, one.exportStep
	}
	if v.prepare {
		s.Prepare = one.prepareStep("CREATE EXTENSION IF NOT EXISTS aws_s3 CASCADE")
		s.Finish = one.prepareStep("DROP EXTENSION IF EXISTS aws_s3, aws_commons")
	}
	return s
}

func (one *observedRefresh) bucket() string { return one.refresh.Via.Address() }

// half says which half the steps belong to.
func (one *observedRefresh) half() engine.Half {
	if one.via.manifest != nil {
		return engine.OnlyImport
	}
	return engine.Whole
}

func (one *observedRefresh) stageParams() stageParams {
	out := stageParams{Half: one.half(), Place: one.via.place, Expire: one.refresh.Via.ExpireDays}
	if m := one.via.manifest; m != nil {
		out.Names = m.Names()
		return out
	}
	for _, t := range one.stagedTables() {
		out.Tables = append(out.Tables, t.Outline())
	}
	return out
}

// stageStep is the intent to stage: whatever a run that fails has staged is removed by putting this step back.
func (one *observedRefresh) stageStep(s engine.Step) engine.Step {
	s.Kind, s.Params, s.PutBack = kindStage, encoded(one.stageParams()), engine.PutBackOnFailure
	at := one.via.place.URL("")
	s.Statements = []engine.Statement{{On: one.bucket(), Text: "PutObject, GetObject, DeleteObject " + at + "probe"}}
	return s
}

func (one *observedRefresh) exportStep(t decide.Table, s engine.Step) engine.Step {
	params := exportParams{Place: one.via.place, Table: one.table(&t)}
	s.Kind, s.Params = kindExport, encoded(params)
	for _, text := range params.Table.ExportStatements(one.via.place) {
		s.Statements = append(s.Statements, engine.Statement{On: one.refresh.From.Address(), Text: text})
	}
	for _, text := range params.Table.Puts(one.via.place) {
		s.Statements = append(s.Statements, engine.Statement{On: one.bucket(), Text: text})
	}
	if params.Table.Export == spec.WayServer && !params.Table.Empty() {
		s.Touches = append(s.Touches, one.serverExports())
	}
	return s
}

// importStep is copyStep where rows are staged.
func (one *observedRefresh) importStep(t decide.Table, s engine.Step) engine.Step {
	v := one.via
	params := importParams{
		Half:     one.half(),
		Database: one.names.Next,
		Role:     one.role(),
		Place:    v.place,
		Table:    one.table(&t),
	}
	params.Record = v.record(&params.Table.Table)
	if params.Table.Import == spec.WayServer { // who made the extension, or got rights on it, is who connects
		params.Role = ""
	}
	s.Kind, s.Params = kindImport, encoded(params)
	on := one.refresh.To.Address() + " (" + one.names.Next + ")"
	s.Statements = append(s.Statements, engine.Statement{
		On:   on,
		Text: "TRUNCATE TABLE ONLY " + sqltext.Ident(params.Table.Schema, params.Table.Name),
	})
	for _, text := range params.Table.Gets(v.place, params.Record) {
		s.Statements = append(s.Statements, engine.Statement{On: one.bucket(), Text: text})
	}
	for _, text := range params.Table.ImportStatements(v.place, params.Record) {
		s.Statements = append(s.Statements, engine.Statement{On: on, Text: text})
	}
	if params.Table.Import == spec.WayServer && !params.Table.Empty() {
		s.Touches = append(s.Touches, one.serverImports())
	}
	return s
}

func (one *observedRefresh) prepareStep(sql string) func(engine.Step) engine.Step {
	return func(s engine.Step) engine.Step {
		s.Kind, s.Params = kindPrepare, encoded(prepareParams{Database: one.names.Next})
		s.Statements = []engine.Statement{{On: one.refresh.To.Address() + " (" + one.names.Next + ")", Text: sql}}
		return s
	}
}

func (one *observedRefresh) removeStep(s engine.Step) engine.Step {
	s.Kind, s.Params = kindRemove, encoded(one.stageParams())
	s.Statements = []engine.Statement{{
		On:   one.bucket(),
		Text: "DeleteObjects " + one.via.place.URL("") + " (all of the run, by name)",
	}}
	return s
}

// diffExport adds the half of a refresh that exports.
func (p *Provider) diffExport(one *observedRefresh, draft *engine.Draft) diag.Diagnostics {
	r, prefix := one.refresh, one.refresh.Address()+"."
	view := shown(one)
	ds := p.staying(one, &view)
	view.Notes = slices.Concat(view.Notes, one.via.notes, one.leavesOut)
	view.Notes = append(view.Notes,
		"only the export: the manifest, "+one.via.place.URL(stage.ManifestName)+", is what apply -only import takes",
		"what crosses now and did not is compared by the half that imports")
	step := func(id, title string, needs ...string) engine.Step {
		at := r.Range
		return engine.Step{
			ID:       prefix + id,
			Address:  r.Address(),
			Title:    title,
			Provider: ProviderName,
			Needs:    needs,
			Range:    &at,
		}
	}
	begin := one.stageStep(step("stage", "get the bucket ready"))
	begin.Statements = append(begin.Statements, one.sealStatement())
	snapshot := one.openStep(step("snapshot", "open a snapshot of the source", begin.ID))
	snapshot.Atomic = prefix + "data"
	steps, ready := []engine.Step{begin, snapshot}, snapshot
	if r.Verify != "off" && len(one.checked()) > 0 {
		ready = one.measureStep(step("verify", "measure what the masks change", snapshot.ID))
		ready.Atomic = snapshot.Atomic
		steps = append(steps, ready)
	}
	exports := one.exportSteps(ready)
	steps = append(steps, exports...)
	needs := []string{ready.ID}
	for _, s := range exports {
		needs = append(needs, s.ID)
	}
	last := step("manifest", "write the manifest", needs...)
	params := manifestParams{
		Tables: one.stagedTables(),
		Manifest: manifest.Manifest{
			FormatVersion: manifest.FormatVersion,
			ShojiVersion:  p.options.Version,
			Project:       p.project.Name,
			Refresh:       r.Address(),
			Place:         one.via.place,
			Source:        one.endpoint,
			SpecDigest:    p.project.Digest,
			Mode:          engine.Mode(r.Mode),
			Decisions:     manifest.Decide(one.tables),
			Catalog:       one.source.Redacted(),
			Shapes:        one.shapes,
			Locale:        one.locale,
			Objects:       one.via.grantable,
			Script:        one.script,
		},
	}
	for _, q := range one.source.Sequences {
		if !q.Selectable {
			continue
		}
		q := transfer.Sequence{Schema: q.Schema, Name: q.Name, Readable: true}
		params.Sequences = append(params.Sequences, q)
		last.Statements = append(last.Statements, engine.Statement{On: r.From.Address(), Text: q.ReadSQL()})
	}
	last.Kind, last.Params = kindManifest, encoded(params)
	put := engine.Statement{On: one.bucket(), Text: "PutObject " + one.via.place.URL(stage.ManifestName)}
	last.Statements = append(last.Statements, one.sealStatement(), put)
	steps = one.beside(&view, append(steps, last))
	draft.Refreshes = append(draft.Refreshes, view)
	draft.Steps = append(draft.Steps, steps...)
	return ds
}

// sealStatement is the call that makes the key of the manifest's seal.
func (one *observedRefresh) sealStatement() engine.Statement {
	key := one.refresh.Via.Key
	text := "GenerateDataKey " + key.Alias + " (shoji-seal=" + manifest.SealPurpose + ")"
	return engine.Statement{On: key.Address(), Text: text}
}

// exportSteps are those of all tables, in one atomic set with the snapshot.
func (one *observedRefresh) exportSteps(snapshot engine.Step) []engine.Step {
	var out []engine.Step
	for _, t := range one.tables {
		if t.Treatment != decide.Copy {
			continue
		}
		path := ddl.Path(t.Source.Schema, t.Source.Name)
		s := engine.Step{
			ID:       fmt.Sprintf("%s.export[%s]", snapshot.Address, path),
			Address:  snapshot.Address,
			Title:    "export " + path,
			Provider: ProviderName,
			Needs:    []string{snapshot.ID},
			Atomic:   snapshot.Atomic,
			Range:    snapshot.Range,
			Priority: -int(t.Source.Bytes >> 20),
		}
		if t.Range != nil {
			s.Range, s.Snippet = t.Range, t.Snippet
		}
		out = append(out, one.exportStep(t, s))
	}
	return out
}
