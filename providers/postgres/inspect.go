package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/refresh"
	"github.com/shoji-pg/shoji/spec"
)

// observed is what Inspect saw of all selected refreshes and databases with roles.
type observed struct {
	endpoints    []engine.Endpoint
	fingerprints []engine.Fingerprint
	refreshes    []*refresh.Plan // in the order of the spec
	access       []*observedAccess
}

func (o *observed) Endpoints() []engine.Endpoint       { return o.endpoints }
func (o *observed) Accounts() []engine.Account         { return nil }
func (o *observed) Fingerprints() []engine.Fingerprint { return o.fingerprints }

// Forecast returns what the refreshes would do in accounts, as far as that is known although something else is wrong.
func (o *observed) Forecast() ([]engine.Refresh, []engine.Step) {
	var refreshes []engine.Refresh
	var steps []engine.Step
	for _, p := range o.refreshes {
		refreshes = append(refreshes, engine.Refresh{Address: p.Refresh.Address(), Provider: ProviderName})
		steps = append(steps, p.Forecast()...)
	}
	return refreshes, steps
}

// add binds the plan to the identity of a database, once, and to what objects look like.
func (o *observed) add(endpoints []engine.Endpoint, fingerprints []engine.Fingerprint) {
	for _, e := range endpoints {
		if !slices.ContainsFunc(o.endpoints, func(k engine.Endpoint) bool { return k.Address == e.Address }) {
			o.endpoints = append(o.endpoints, e)
		}
	}
	o.fingerprints = append(o.fingerprints, fingerprints...)
}

// Inspect looks at the databases of all selected refreshes and roles. It reports every problem of each of them.
func (p *Provider) Inspect(ctx context.Context, selected engine.Selected) (engine.Observed, diag.Diagnostics) {
	o := &observed{}
	ds := p.readSecrets(selected)
	if ds.HasErrors() {
		return o, ds
	}
	for _, r := range p.project.Refreshes {
		if !selected.Has(r.Address()) {
			continue
		}
		plan, problems := p.planner.Inspect(ctx, r)
		ds.Append(problems...)
		o.add(plan.Endpoints, plan.Fingerprints)
		o.refreshes = append(o.refreshes, plan)
	}
	ds.Append(p.inspectAccess(ctx, o, selected)...)
	return o, p.project.WithSnippets(ds)
}

// Diff makes the plan of all refreshes and roles from what was observed. It is pure.
func (p *Provider) Diff(seen engine.Observed, _ engine.Selected) (*engine.Draft, diag.Diagnostics) {
	o := seen.(*observed)
	draft := &engine.Draft{}
	ds := p.diffAccess(o, draft)
	for _, plan := range o.refreshes {
		ds.Append(plan.Draft(o.accessOf(plan), draft)...)
	}
	return draft, p.project.WithSnippets(ds)
}

// readSecrets reads every secret that connecting needs, so that all that are missing are named at once.
func (p *Provider) readSecrets(selected engine.Selected) diag.Diagnostics {
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

// insecure warns of what a spec permits by name.
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
			"that of verification go %s.",
			db.Insecure, db.Address(), to[db.Insecure]),
	}
}
