package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/replace"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/spec"
)

// inspectTarget looks at where the copy will be.
func (p *Provider) inspectTarget(ctx context.Context, o *observed, one *observedRefresh) diag.Diagnostics {
	r := one.refresh
	config, err := p.sessions.Connector(r.To).Config(ctx)
	if err != nil {
		return failed("The target cannot be inspected", err, r.Range)
	}
	if r.Mode == spec.Replace {
		return p.inspectLive(ctx, o, one)
	}
	if one.names, err = swap.NewNames(config.Database); err != nil {
		return failed("The target's name is too long", err, r.To.Range)
	}
	c, err := p.sessions.InspectTarget(ctx, r, p.sessions.Connector(r.To).Maintenance())
	if err != nil {
		return failed("The target cannot be inspected", err, r.Range)
	}
	defer session.Close(ctx, c)
	endpoint, err := p.sessions.Connector(r.To).Endpoint(ctx, c)
	if err == nil {
		endpoint.Database = config.Database // the live copy need not exist yet
		o.endpoint(endpoint)
		one.facts, err = swap.Inspect(ctx, c, one.names, r.Owner)
	}
	if run := engine.RunOf(ctx); err == nil && run != "" {
		one.facts = one.facts.BeforeRun(run, one.names)
	}
	if err == nil {
		for _, role := range p.project.Roles { // those that the plan creates are there when the copy is made
			if role.In == r.To && !slices.Contains(one.facts.Roles, role.Name) {
				one.facts.Roles = append(one.facts.Roles, role.Name)
			}
		}
	}
	if err != nil {
		return failed("The target cannot be inspected", err, r.Range)
	}
	if _, exists := one.facts.Databases[one.names.Live]; exists {
		mark, _ := one.facts.Mark(one.names.Live)
		o.recorded(one, p.readRecordOf(ctx, r, one.names.Live, mark))
	}
	for _, name := range []string{one.names.Live, one.names.Next, one.names.Previous, one.names.Old} {
		if db, ok := one.facts.Databases[name]; ok {
			o.fingerprints = append(o.fingerprints, engine.Fingerprint{
				Address: r.Address(),
				Object:  "database " + name + " of " + r.To.Address(),
				Digest:  digest(fmt.Sprintf("%d %s %s", db.OID, db.Owner, db.Comment)),
			})
		}
	}
	return nil
}

// inspectLive reads the tables that mode replace fills.
func (p *Provider) inspectLive(ctx context.Context, o *observed, one *observedRefresh) diag.Diagnostics {
	r := one.refresh
	c, err := p.sessions.InspectTarget(ctx, r, "")
	if err != nil {
		return failed("The target cannot be inspected", err, r.Range)
	}
	defer session.Close(ctx, c)
	endpoint, err := p.sessions.Connector(r.To).Endpoint(ctx, c)
	if err == nil {
		o.endpoint(endpoint)
		one.live, err = catalog.Read(ctx, c)
	}
	var shapes map[string]string
	if err == nil {
		shapes, err = catalog.Shapes(ctx, c, nil)
	}
	if err == nil {
		one.rights, err = replace.ReadRights(ctx, c, r.Schemas)
	}
	if err == nil && r.Via != nil {
		one.importer, err = stage.InspectServer(ctx, c)
	}
	if err != nil {
		return failed("The target cannot be inspected", err, r.Range)
	}
	o.recorded(one, p.readRecord(ctx, c, r, swap.Mark{}))
	p.inspectRelax(ctx, o, one)
	for name, shape := range shapes {
		o.fingerprints = append(o.fingerprints, engine.Fingerprint{
			Address: r.Address(),
			Object:  "columns of " + name + " of " + r.To.Address(),
			Digest:  digest(shape),
		})
	}
	return nil
}
