package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/acl"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec"
)

// halves reports refreshes that have no halves.
func (p *Provider) halves(r *spec.Refresh) diag.Diagnostics {
	var ds diag.Diagnostics
	at := r.Range
	if p.options.Only != engine.Whole && r.Via == nil {
		ds.Errorf(&at, "A refresh without halves",
			"-only %s is about rows that are staged, and %s has no via. Choose refreshes with -target, "+
				"or give it via = bucket.NAME.", p.options.Only, r.Address())
	}
	return ds
}

// inspectManifest reads what an export says of its source, in place of the source. The importer's own spec decides all
// of it again.
func (p *Provider) inspectManifest(ctx context.Context, o *observed, one *observedRefresh) diag.Diagnostics {
	r := one.refresh
	at, err := manifest.ParseURL(p.options.Manifest)
	if err != nil {
		return failed("The manifest cannot be found", err, r.Range)
	}
	objects, err := p.objects(ctx, r, engine.OnlyImport)
	if err != nil {
		return failed("The bucket cannot be opened", err, r.At.Via.Range)
	}
	place := p.place(r, "")        // nothing is written
	if at.Bucket != place.Bucket { // nothing of another bucket is read
		return failed("The manifest is of another refresh",
			(&manifest.Manifest{}).Belongs(at, manifest.Expected{Refresh: r.Address(), Place: place}), r.Range)
	}
	expected := manifest.Expected{
		Project: p.project.Name,
		Refresh: r.Address(),
		Mode:    engine.Mode(r.Mode),
		Place:   place,
		Key:     r.Via.Key.Address(),
	}
	m, digest, err := manifest.Read(ctx, objects, at, expected)
	if err != nil {
		return failed("The manifest cannot be used", err, r.Range)
	}
	o.fingerprints = append(o.fingerprints, engine.Fingerprint{
		Address: r.Address(),
		Object:  "manifest " + at.String(),
		Digest:  digest,
	})
	one.source, one.shapes, one.locale = m.Catalog, m.Shapes, m.Locale
	one.via = &via{place: m.Place, version: m.Catalog.Server.VersionNum, manifest: m}
	one.via.notes = append(one.via.notes,
		"the rows are those that "+m.Source.Address+" had when run "+m.Run+" exported them, "+
			m.Time.UTC().Format("2006-01-02 15:04:05")+" UTC")
	if r.Verify != "off" {
		one.via.notes = append(one.via.notes,
			"raw values cannot be looked for without the source; rows, checksums and keys are checked, and the masks "+
				"of the export are those of this spec")
	}
	tables, ds := decide.Resolve(decide.InputFor(p.project, r, one.source))
	one.tables = tables
	ds.Append(p.compareLock(o, one)...)
	if m.Script != nil {
		ds.Append(p.choose(one, m.Script)...)
	}
	if ds.HasErrors() {
		return ds
	}
	ds.Append(m.Compare(tables, &r.Range)...)
	if err := m.Staged(ctx, objects); err != nil {
		ds.Append(failed("What was staged cannot be used", err, r.Range)...)
	}
	return ds
}

// inspectGrantable reads what privileges can be on: the importer plans them without the source. Whose they are on the
// source is nobody's business there.
func (p *Provider) inspectGrantable(ctx context.Context, one *observedRefresh) diag.Diagnostics {
	r := one.refresh
	if one.via == nil || r.Mode != spec.Swap {
		return nil
	}
	c, err := p.sessions.InspectSource(ctx, r, "shoji plan")
	if err != nil {
		return failed("The source cannot be inspected", err, r.Range)
	}
	defer session.Close(ctx, c)
	state, err := acl.Inspect(ctx, c)
	if err != nil {
		return failed("The source cannot be inspected", err, r.Range)
	}
	one.via.grantable = make([]acl.Object, len(state.Objects))
	for i, object := range state.Objects {
		object.Owner, object.Grants = "", nil
		for k := range object.Columns {
			object.Columns[k].Grants = nil
		}
		one.via.grantable[i] = object
	}
	return nil
}

// outdated is the hazard of an export that is older than the live copy: what was removed from the source in between
// comes back with it.
func (one *observedRefresh) outdated() []engine.Hazard {
	if one.via == nil || one.via.manifest == nil || one.facts == nil {
		return nil
	}
	live, ok := one.facts.Mark(one.names.Live)
	made := one.via.manifest.Time
	if !ok || live.Refresh != one.refresh.Address() || !made.Before(live.At) {
		return nil
	}
	return []engine.Hazard{{
		Name: engine.ExposesData,
		Reason: fmt.Sprintf("the export is of %s, and %s is newer (%s): rows that were removed "+
			"from the source since come back",
			made.UTC().Format(time.DateTime), one.names.Live, live.At.UTC().Format(time.DateTime)),
	}}
}
