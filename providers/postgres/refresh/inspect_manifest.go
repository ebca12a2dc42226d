package refresh

import (
	"context"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
)

// inspectManifest reads what an export says of its source, in place of the source. The importer's own spec decides all
// of it again.
func (p *Plan) inspectManifest(ctx context.Context) diag.Diagnostics {
	r := p.Refresh
	at, err := manifest.ParseURL(p.Manifest)
	if err != nil {
		return Failed("The manifest cannot be found", err, r.Range)
	}
	objects, err := p.Objects(ctx, r, engine.OnlyImport)
	if err != nil {
		return Failed("The bucket cannot be opened", err, r.At.Via.Range)
	}
	place := stage.PlaceOf(p.Project, r) // nothing is written
	if at.Bucket != place.Bucket {       // nothing of another bucket is read
		return Failed("The manifest is of another refresh",
			(&manifest.Manifest{}).Belongs(at, manifest.Expected{Refresh: r.Address(), Place: place}), r.Range)
	}
	expected := manifest.Expected{
		Project: p.Project.Name,
		Refresh: r.Address(),
		Mode:    engine.Mode(r.Mode),
		Place:   place,
		Key:     r.Via.Key.Address(),
	}
	m, digest, err := manifest.Read(ctx, objects, at, expected)
	if err != nil {
		return Failed("The manifest cannot be used", err, r.Range)
	}
	p.Fingerprints = append(p.Fingerprints, engine.Fingerprint{
		Address: r.Address(),
		Object:  "manifest " + at.String(),
		Digest:  digest,
	})
	p.catalog, p.shapes, p.locale, p.source = m.Catalog, m.Shapes, m.Locale, exported{manifest: m}
	route := &imported{bucket{place: m.Place, version: m.Catalog.Server.VersionNum}, m}
	route.note("the rows are those that %s had when run %s exported them, %s UTC",
		m.Source.Address, m.Run, m.Time.UTC().Format(time.DateTime))
	if r.Verify != "off" {
		route.note("raw values cannot be looked for without the source; rows, checksums and keys " +
			"are checked, and the masks " +
			"of the export are those of this spec")
	}
	p.route = route
	tables, ds := decide.Resolve(decide.InputFor(p.Project, r, p.catalog))
	p.tables = tables
	ds.Append(decide.Open(tables)...)
	ds.Append(p.compareLock()...)
	if m.Script != nil {
		ds.Append(p.chooseStructure(m.Script)...)
	}
	if ds.HasErrors() {
		return ds
	}
	ds.Append(m.Compare(tables, &r.Range)...)
	if err := m.Staged(ctx, objects); err != nil {
		ds.Append(Failed("What was staged cannot be used", err, r.Range)...)
	}
	return ds
}
