package refresh

import (
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/acl"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/rows"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// manifestTarget is what the half of a refresh makes that only exports: staged rows, and a manifest that says what they
// are.
type manifestTarget struct {
	// grantable are the objects of the source that privileges can be on.
	grantable []acl.Object
}

func (manifestTarget) importer(*Plan) (schema, reason string) { return "", "" }

func (t manifestTarget) draft(p *Plan, _ Access, d *engine.Draft) diag.Diagnostics {
	r, route := p.Refresh, p.route.(*staged)
	view := p.view()
	ds := p.staying(&view)
	view.Notes = slices.Concat(view.Notes, route.notes(), p.omitted)
	view.Notes = append(view.Notes,
		"only the export: the manifest, "+route.place.URL(stage.ManifestName)+", is what apply -only import takes",
		"what crosses now and did not is compared by the half that imports")
	seal := rows.Seal{Key: r.Via.Key.Address(), Alias: r.Via.Key.Alias}
	begin := op.Fill(p.step("stage", "get the bucket ready"),
		rows.ReserveBucket{Staged: route.all(p), Seal: &seal})
	snapshot := p.snapshotStep(begin.ID)
	steps, ready := []engine.Step{begin, snapshot}, snapshot
	if tables := p.verified(); r.Verify != "off" && len(tables) > 0 {
		ready = op.Fill(p.step("verify", "measure what the masks change", snapshot.ID),
			rows.Measure{Source: p.sourceName(), Tables: tables, Size: transfer.Sample(r.Verify)})
		ready.Atomic = snapshot.Atomic
		steps = append(steps, ready)
	}
	needs := []string{ready.ID}
	for _, s := range route.exports(p, ready) {
		steps, needs = append(steps, s), append(needs, s.ID)
	}
	steps = append(steps, op.Fill(p.step("manifest", "write the manifest", needs...), t.write(p, route, seal)))
	steps = p.source.surround(&view, steps, begin.ID)
	d.Refreshes, d.Steps = append(d.Refreshes, view), append(d.Steps, steps...)
	return ds
}

// write returns the step that writes the manifest, as far as it is known before the run.
func (t manifestTarget) write(p *Plan, route *staged, seal rows.Seal) rows.WriteManifest {
	r := p.Refresh
	out := rows.WriteManifest{
		Source: p.sourceName(),
		Bucket: route.in(p, engine.OnlyExport),
		Seal:   seal,
		Tables: route.tables(p),
		Manifest: manifest.Manifest{
			FormatVersion: manifest.FormatVersion,
			ShojiVersion:  p.Version,
			Project:       p.Project.Name,
			Refresh:       r.Address(),
			Place:         route.place,
			Source:        p.endpoint,
			SpecDigest:    p.Project.Digest,
			Mode:          engine.Mode(r.Mode),
			Decisions:     manifest.Decide(p.tables),
			Catalog:       p.catalog.Redacted(),
			Shapes:        p.shapes,
			Locale:        p.locale,
			Objects:       t.grantable,
			Script:        p.script,
		},
	}
	for _, q := range p.catalog.Sequences {
		if q.Selectable {
			out.Sequences = append(out.Sequences, transfer.Sequence{Schema: q.Schema, Name: q.Name, Readable: true})
		}
	}
	return out
}
