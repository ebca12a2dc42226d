// Package refresh plans refreshes: it looks at their databases, decides every table, and makes the steps of the plan. A
// refresh is three parts, each a type with a few small implementations:
//
//	source   live, standIn (a clone or a restored snapshot of it), exported (the manifest of an export)
//	route    direct, staged (through a bucket), imported (from a bucket that somebody else filled)
//	target   swapTarget, replaceTarget, manifestTarget (of the half that only exports)
//
// Inspect has all the I/O; Draft is pure. The package executes nothing: the kinds of steps are in packages rows, swap,
// replace and record. It must not import the provider above it.
package refresh

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/spec"
)

// Accounts plans what is done for a refresh in the accounts of its servers.
type Accounts interface {
	// Copy plans the copy that is read instead of the source; exports says that its server writes to a bucket.
	Copy(ctx context.Context, r *spec.Refresh, exports bool) (engine.Around, diag.Diagnostics)
	// Relax plans that the target's servers check no foreign keys for a while; the error says why that cannot be.
	Relax(ctx context.Context, r *spec.Refresh) (engine.Around, error)
}

// Planner plans the refreshes of a project.
type Planner struct {
	Project  *spec.Project
	Sessions *session.Sessions
	// Accounts is nil where the project has no account.
	Accounts Accounts
	// Dump finds pg_dump.
	Dump ddl.Finder
	// Version is that of shoji, for manifests and records.
	Version string
	// Objects opens the bucket of a refresh as seen by a half of it.
	Objects func(ctx context.Context, r *spec.Refresh, half engine.Half) (stage.Objects, error)
	// RangeBytes is how much of a table one staged object holds; 0 is stage.RangeBytes.
	RangeBytes int64
	// Only and Manifest say which half of refreshes is planned, and of which export.
	Only     engine.Half
	Manifest string
}

// Plan is one refresh as its databases are now, with what is decided for it: describing the masks needs the source, so
// tables are decided while it is looked at. A part that could not be looked at is nil, and what stands in the way is
// reported.
type Plan struct {
	*Planner
	Refresh *spec.Refresh
	// Endpoints and Fingerprints are what the plan is bound to.
	Endpoints    []engine.Endpoint
	Fingerprints []engine.Fingerprint

	source source
	route  route
	target target

	endpoint engine.Endpoint // of the source
	catalog  *catalog.Catalog
	shapes   map[string]string
	locale   catalog.Locale
	// code is what the source has of code that is not trusted, verdict what of it the SELECTs call.
	code    map[string]string
	verdict reach.Verdict
	tables  []decide.Table
	// tried says what masked rows of the source have shown; "" where there was nothing to try.
	tried string
	// lost says what functions do not find with a search_path of pg_catalog, by the function.
	lost map[string]loss
	// script is the structure that may cross, omitted says what the schema block keeps from crossing.
	script  *ddl.Script
	omitted []string
}

// Inspect looks at both sides of a refresh, or at that of its half. It reports every problem. The Plan is never nil:
// what was seen of it is worth comparing with a saved plan even where errors keep it from being drafted.
func (pl *Planner) Inspect(ctx context.Context, r *spec.Refresh) (*Plan, diag.Diagnostics) {
	p := &Plan{Planner: pl, Refresh: r, route: direct{}, source: live{}}
	if pl.Only != engine.Whole && r.Via == nil {
		var ds diag.Diagnostics
		ds.Errorf(p.at(), "A refresh without halves",
			"-only %s is about rows that are staged, and %s has no via. "+
				"Choose refreshes with -target, or give it via = bucket.NAME.", pl.Only, r.Address())
		return p, ds
	}
	switch pl.Only {
	case engine.OnlyImport:
		return p, p.inspectImport(ctx)
	case engine.OnlyExport:
		return p, p.inspectExport(ctx)
	}
	p.bindKey(ctx)
	ds := p.inspectSource(ctx)
	// A key that cannot be used, or a database that is down, says all; what the target lacks is worth knowing besides.
	ds.Append(p.inspectTarget(ctx)...)
	ds.Append(p.inspectMoney(ctx)...)
	if p.readable() && p.target != nil && r.Mode == spec.Swap {
		ds.Append(p.dump(ctx)...)
	}
	ds.Append(p.chooseImport()...)
	ds.Append(p.finish()...)
	return p, ds
}

// inspectImport looks at the half of a refresh that imports: the manifest in place of the source, and the target.
func (p *Plan) inspectImport(ctx context.Context) diag.Diagnostics {
	ds := p.inspectManifest(ctx)
	if p.catalog != nil {
		ds.Append(p.inspectTarget(ctx)...)
		ds.Append(p.inspectMoney(ctx)...)
		ds.Append(p.chooseImport()...)
	}
	ds.Append(p.finish()...)
	return ds
}

// inspectExport looks at the half of a refresh that exports: the source alone.
func (p *Plan) inspectExport(ctx context.Context) diag.Diagnostics {
	p.bindKey(ctx)
	ds := p.inspectSource(ctx)
	if p.Refresh.Mode == spec.Swap && p.readable() {
		ds.Append(p.dump(ctx)...)
	}
	grantable, problems := p.inspectGrantable(ctx)
	ds.Append(problems...)
	p.target = manifestTarget{grantable}
	ds.Append(p.inspectMoney(ctx)...)
	if s, ok := p.route.(*staged); ok {
		s.guessImport(p.Refresh)
	}
	ds.Append(p.finish()...)
	return ds
}

// at returns where the refresh stands in the spec.
func (p *Plan) at() *diag.Range {
	at := p.Refresh.Range
	return &at
}

// bind binds the plan to what an object looks like.
func (p *Plan) bind(object string, parts ...string) {
	p.Fingerprints = append(p.Fingerprints, engine.Fingerprint{
		Address: p.Refresh.Address(),
		Object:  object,
		Digest:  digest(parts...),
	})
}

// bindKey binds the plan to the key of the masks.
func (p *Plan) bindKey(ctx context.Context) {
	r := p.Refresh
	if key, err := p.Sessions.Key(ctx, r); err == nil && r.Key != nil {
		p.Fingerprints = append(p.Fingerprints, engine.Fingerprint{
			Address: r.Address(),
			Object:  "the key of " + r.Address() + " (" + r.Key.Address() + ")",
			// Enough to notice another key, too little to find one by trying.
			Digest: key.Derive("fingerprint").Reveal()[:6],
		})
	}
}

// finish binds the plan to the structure, chooses what of it is in a copy, and reports what cannot be.
func (p *Plan) finish() diag.Diagnostics {
	if p.script == nil {
		return nil
	}
	r := p.Refresh
	p.Fingerprints = append(p.Fingerprints, p.script.Fingerprints(r.Address(), r.From.Address())...)
	if t, ok := p.target.(*swapTarget); ok {
		return t.chooseCopied(p)
	}
	return nil
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// Failed returns an error as diagnostics at a place of the spec.
func Failed(summary string, err error, at diag.Range) diag.Diagnostics {
	var ds diag.Diagnostics
	ds.AppendErr(summary, err)
	for i := range ds {
		if ds[i].Range == nil {
			ds[i].Range = &at
		}
	}
	return ds
}

// copied are the tables whose rows cross.
func (p *Plan) copied() []*decide.Table {
	var out []*decide.Table
	for i := range p.tables {
		if p.tables[i].Treatment == decide.Copy {
			out = append(out, &p.tables[i])
		}
	}
	return out
}

// skipped are the tables that are not in the copy.
func (p *Plan) skipped() []catalog.Ref {
	var out []catalog.Ref
	for _, t := range p.tables {
		if t.Treatment == decide.Skip {
			out = append(out, t.Source.Ref())
		}
	}
	return out
}
