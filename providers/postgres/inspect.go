package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/replace"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/spec"
)

// observed is what Inspect saw of all selected refreshes and databases with roles.
type observed struct {
	endpoints    []engine.Endpoint
	fingerprints []engine.Fingerprint
	refreshes    []*observedRefresh // in the order of the spec
	access       []*observedAccess
}

func (o *observed) Endpoints() []engine.Endpoint       { return o.endpoints }
func (o *observed) Accounts() []engine.Account         { return nil }
func (o *observed) Fingerprints() []engine.Fingerprint { return o.fingerprints }

// observedRefresh is one refresh as its databases are now. Tables are decided already: describing the masks needs
// the source.
type observedRefresh struct {
	refresh *spec.Refresh
	// named says that the project has a name, which its keys belong to.
	named    bool
	endpoint engine.Endpoint // of the source
	source   *catalog.Catalog
	shapes   map[string]string
	// code is what the source has of code that is not trusted, called the names that the SELECTs call.
	code   map[string]string
	called []string
	tables []decide.Table
	// via is nil where rows go straight from source to target.
	via *via
	// aside is what is done in accounts around the steps that read: a copy of the source; nil where the source itself
	// is read.
	aside *engine.Around
	// recorded is what the live copy says of how it was made; nil where there is none.
	recorded *record.Found
	// relax is how the target's servers can be kept from checking foreign keys.
	relax engine.Around
	// Of mode swap.
	names  swap.Names
	locale catalog.Locale
	script *ddl.Script
	// leavesOut says what the schema block keeps from crossing.
	leavesOut []string
	facts     *swap.Facts
	// Of mode replace: the live tables.
	live     *catalog.Catalog
	rights   replace.Rights
	importer stage.Server
}

// Inspect looks at the databases of all selected refreshes and roles. It reports every problem of each of them.
func (p *Provider) Inspect(ctx context.Context, selected engine.Selected) (engine.Observed, diag.Diagnostics) {
	o := &observed{}
	ds := p.secrets(selected)
	if ds.HasErrors() {
		return o, ds
	}
	for _, r := range p.project.Refreshes {
		if !selected.Has(r.Address()) {
			continue
		}
		one := &observedRefresh{refresh: r, named: p.project.Named}
		problems := p.halves(r)
		if !problems.HasErrors() {
			problems.Append(p.inspectRefresh(ctx, o, one)...)
		}
		ds.Append(problems...)
		o.refreshes = append(o.refreshes, one)
	}
	ds.Append(p.inspectAccess(ctx, o, selected)...)
	return o, p.project.WithSnippets(ds)
}

// inspectRefresh looks at both sides of a refresh, or at that of its half.
func (p *Provider) inspectRefresh(ctx context.Context, o *observed, one *observedRefresh) diag.Diagnostics {
	r := one.refresh
	if p.options.Only == engine.OnlyImport {
		ds := p.inspectManifest(ctx, o, one)
		if one.via != nil {
			ds.Append(p.inspectTarget(ctx, o, one)...)
			ds.Append(one.importWay()...)
		}
		return ds
	}
	if key, err := p.sessions.Key(ctx, r); err == nil && r.Key != nil {
		// Enough to notice another key, too little to find one by trying.
		o.fingerprints = append(o.fingerprints, engine.Fingerprint{
			Address: r.Address(),
			Object:  "the key of " + r.Address() + " (" + r.Key.Address() + ")",
			Digest:  key.Derive("fingerprint").Reveal()[:6],
		})
	}
	ds := p.inspectSource(ctx, o, one)
	if p.options.Only == engine.OnlyExport {
		if r.Mode == spec.Swap && one.readable() {
			ds.Append(p.dump(ctx, one)...)
		}
		ds.Append(p.inspectGrantable(ctx, one)...)
		if one.via != nil {
			one.packedFor()
		}
	} else {
		// A key that cannot be used, or a database that is down, says all; what the target lacks is worth knowing
		// besides.
		ds.Append(p.inspectTarget(ctx, o, one)...)
		if one.readable() && one.facts != nil && r.Mode == spec.Swap {
			ds.Append(p.dump(ctx, one)...)
		}
		ds.Append(one.importWay()...)
	}
	if one.script != nil {
		o.fingerprints = append(o.fingerprints, one.script.Fingerprints(r.Address(), r.From.Address())...)
	}
	return ds
}

// secrets reads every secret that connecting needs, so that all that are missing are named at once.
func (p *Provider) secrets(selected engine.Selected) diag.Diagnostics {
	var ds diag.Diagnostics
	used := map[*spec.Database]bool{}
	for _, r := range p.project.Refreshes {
		if !selected.Has(r.Address()) {
			continue
		}
		// A half needs nothing of the other side; masks are the exporter's.
		if p.options.Only != engine.OnlyExport {
			used[r.To] = true
		}
		if p.options.Only != engine.OnlyImport {
			used[r.From] = true
			_, err := p.project.ReadKey(r)
			ds.AppendErr("The key cannot be read", err)
		}
	}
	for _, r := range p.project.Roles {
		if selected.Has(r.Address()) && p.options.Only != engine.OnlyExport {
			used[r.In] = true
		}
	}
	seen := map[*spec.Secret]bool{}
	for _, db := range p.project.Databases {
		if used[db] && db.Insecure != "" {
			ds.Append(insecure(db))
		}
		for _, s := range []*spec.Secret{db.URLSecret, db.Password} {
			if !used[db] || s == nil || seen[s] {
				continue
			}
			seen[s] = true
			_, err := p.project.ReadSecret(s)
			ds.AppendErr("A secret cannot be read", err)
		}
	}
	return ds
}

// insecure says what a spec lets happen by name.
func insecure(db *spec.Database) diag.Diagnostic {
	to := map[spec.Insecure]string{
		spec.InsecureAnyHost:       "to whatever host has a certificate of the authority",
		spec.InsecureUnverifiedTLS: "to whoever answers, inside TLS that is not verified",
		spec.InsecureNoTLS:         "to whoever answers, and without TLS, where everybody on the way can read them",
	}
	return diag.Diagnostic{
		Severity: diag.Warning,
		Summary:  "Secrets may go to a server that has not proven who it is",
		Address:  db.Address(),
		Range:    &db.Range,
		Detail: fmt.Sprintf("insecure = %q lets the password of %s, the key of the masks and "+
			"that of verification go %s.", db.Insecure, db.Address(), to[db.Insecure]),
	}
}

// failed turns an error into diagnostics at a place of the spec.
func failed(summary string, err error, at diag.Range) diag.Diagnostics {
	var ds diag.Diagnostics
	ds.AppendErr(summary, err)
	for i := range ds {
		if ds[i].Range == nil {
			ds[i].Range = &at
		}
	}
	return ds
}

// endpoint adds the identity of a database once.
func (o *observed) endpoint(e engine.Endpoint) {
	for _, known := range o.endpoints {
		if known.Address == e.Address {
			return
		}
	}
	o.endpoints = append(o.endpoints, e)
}

// inspectSource reads the source's catalog, decides every table, and has the source describe the masked SELECTs.
func (p *Provider) inspectSource(ctx context.Context, o *observed, one *observedRefresh) diag.Diagnostics {
	r := one.refresh
	c, err := p.sessions.InspectSource(ctx, r, "shoji plan")
	if err != nil {
		return failed("The source cannot be inspected", err, r.Range)
	}
	defer session.Close(ctx, c)
	one.endpoint, err = p.sessions.Connector(r.From).Endpoint(ctx, c)
	if err == nil {
		o.endpoint(one.endpoint)
		one.source, err = catalog.Read(ctx, c)
	}
	if err == nil {
		one.shapes, err = catalog.Shapes(ctx, c, r.Schemas)
	}
	if err == nil && r.Mode == spec.Swap {
		one.locale, err = catalog.ReadLocale(ctx, c)
	}
	if err != nil {
		return failed("The source cannot be inspected", err, r.Range)
	}
	for name, shape := range one.shapes {
		o.fingerprints = append(o.fingerprints, engine.Fingerprint{
			Address: r.Address(),
			Object:  "columns of " + name + " of " + r.From.Address(),
			Digest:  digest(shape),
		})
	}
	tables, ds := decide.Resolve(decide.InputFor(p.project, r, one.source))
	one.tables = tables
	ds.Append(p.compareLock(o, one)...)
	ds.Append(enoughConnections(ctx, c, r)...)
	if r.Via != nil {
		exporter, err := stage.InspectServer(ctx, c)
		if err != nil {
			return append(ds, failed("The source cannot be inspected", err, r.Range)...)
		}
		ds.Append(p.inspectVia(ctx, one, exporter)...)
	}
	if r.Copy != nil {
		server, err := conn.ReadReplication(ctx, c)
		if err != nil {
			return append(ds, failed("The source cannot be inspected", err, r.Range)...)
		}
		ds.Append(p.inspectCopy(ctx, o, one, server)...)
	}
	refused, problems := p.judgeCode(ctx, c, o, one)
	ds.Append(problems...)
	described, err := decide.Describe(ctx, c, describable(tables, refused))
	ds.Append(described...)
	if err != nil {
		ds.Append(failed("The masks cannot be described by the source", err, r.Range)...)
	}
	return ds
}

// readable reports whether the source was read and lets pg_dump read what it has to. It is asked whatever else is
// wrong: a saved plan is compared with the structure even where the spec does not fit it any more.
func (one *observedRefresh) readable() bool {
	for _, t := range one.tables {
		if t.Treatment != decide.Skip && !t.Source.Selectable {
			return false
		}
	}
	return one.source != nil && one.locale.Encoding != ""
}

// describable leaves out tables whose SELECT would fail for a reason that is reported already.
func describable(tables []decide.Table, refused func(*decide.Table) bool) []decide.Table {
	var out []decide.Table
	for _, t := range tables {
		whole := t.Source.Selectable && !refused(&t)
		for _, c := range t.Columns {
			whole = whole && (c.Expr.SQL != "" || c.Decision == decide.Generated)
		}
		if whole {
			out = append(out, t)
		}
	}
	return out
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// invalidCatalogName is the SQLSTATE of a connection to a database that does not exist.
const invalidCatalogName = "3D000"
