package postgres

import (
	"context"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/acl"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/refresh"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec"
)

// observedAccess is who may do what on one database.
type observedAccess struct {
	input    acl.Input
	endpoint engine.Endpoint
	// source is the source's state where a refresh in mode swap fills the database.
	source *acl.State
	plan   *refresh.Plan // of the refresh that fills the database; nil where none does
	draft  acl.Draft
}

// inspectAccess looks at every database that roles are declared in or that a refresh fills.
func (p *Provider) inspectAccess(ctx context.Context, o *observed, selected engine.Selected) diag.Diagnostics {
	var ds diag.Diagnostics
	if p.options.Only == engine.OnlyExport { // who may do what is a matter of the other half
		return nil
	}
	for _, db := range p.project.Databases {
		a := &observedAccess{
			input: acl.Input{
				Project:      p.project.Name,
				Database:     db,
				Declared:     p.project.Roles,
				LeaveOrphans: !selected.AllObjects(),
			},
		}
		for _, r := range p.project.Roles {
			if r.In == db && selected.Has(r.Address()) {
				a.input.Roles = append(a.input.Roles, r)
			}
		}
		for _, plan := range o.refreshes {
			if plan.Refresh.To == db {
				a.plan = plan
			}
		}
		if len(a.input.Roles) == 0 && a.plan == nil || a.plan != nil && !a.plan.Inspected() {
			continue // nothing to do, or what stands in the way is reported already
		}
		problems := p.inspectOne(ctx, o, a)
		ds.Append(problems...)
		if !problems.HasErrors() {
			o.access = append(o.access, a)
		}
	}
	o.peers()
	for _, a := range o.access {
		o.fingerprints = append(o.fingerprints, a.input.Fingerprints()...)
	}
	return ds
}

func (p *Provider) inspectOne(ctx context.Context, o *observed, a *observedAccess) diag.Diagnostics {
	db := a.input.Database
	connector := p.sessions.Connector(db)
	c, err := connector.Connect(ctx, conn.Options{Purpose: "shoji plan", Limited: true})
	missing := conn.Code(err) == invalidCatalogName && a.plan != nil
	if missing { // the first refresh makes it
		c, err = connector.Connect(ctx, conn.Options{
			Purpose:  "shoji plan",
			Database: connector.Maintenance(),
			Limited:  true,
		})
	}
	if err != nil {
		return refresh.Failed("The roles cannot be inspected", err, db.Range)
	}
	defer session.Close(ctx, c)
	state, err := acl.Inspect(ctx, c)
	if err == nil {
		a.endpoint, err = connector.Endpoint(ctx, c)
	}
	if err != nil {
		return refresh.Failed("The roles cannot be inspected", err, db.Range)
	}
	o.add([]engine.Endpoint{a.endpoint}, nil)
	if missing {
		a.input.Server = state
	} else {
		a.input.Live = state
	}
	if a.plan == nil || a.plan.Refresh.Mode != spec.Swap {
		return nil
	}
	if objects, ok := a.plan.Exported(); ok {
		a.source = &acl.State{Objects: objects}
		return nil
	}
	source, err := p.sessions.InspectSource(ctx, a.plan.Refresh, "shoji plan")
	if err != nil {
		return refresh.Failed("The source cannot be inspected", err, db.Range)
	}
	defer session.Close(ctx, source)
	if a.source, err = acl.Inspect(ctx, source); err != nil {
		return refresh.Failed("The source cannot be inspected", err, db.Range)
	}
	return nil
}

// peers finds databases on one server: their roles are the same, and one of them is enough to see which left the spec.
func (o *observed) peers() {
	same := func(a, b engine.Endpoint) bool {
		if a.SystemID != "" && b.SystemID != "" {
			return a.SystemID == b.SystemID
		}
		return a.Host == b.Host && a.Port == b.Port
	}
	for i, a := range o.access {
		for j, b := range o.access {
			if i == j || !same(a.endpoint, b.endpoint) {
				continue
			}
			a.input.Peers = append(a.input.Peers, b.input.Database.Address())
			a.input.LeaveOrphans = a.input.LeaveOrphans || j < i
		}
	}
}

// diffAccess adds what is to be done for roles and privileges, on the server and on live databases.
func (p *Provider) diffAccess(o *observed, draft *engine.Draft) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, a := range o.access {
		if a.source != nil {
			if next, ok := a.plan.Next(); ok {
				server := a.input.Live
				if server == nil {
					server = a.input.Server
				}
				a.input.Next = acl.Planned(a.source, server, a.input.Live, next)
				a.input.Refresh = a.plan.Refresh.Address()
			}
		}
		var problems diag.Diagnostics
		a.draft, problems = acl.Diff(a.input)
		ds.Append(problems...)
		draft.Changes = append(draft.Changes, a.draft.Changes...)
		draft.Steps = append(draft.Steps, a.draft.Steps...)
	}
	return ds
}

// accessOf returns what is done for roles and privileges on the database that a refresh fills.
func (o *observed) accessOf(plan *refresh.Plan) refresh.Access {
	for _, a := range o.access {
		if a.plan != plan {
			continue
		}
		out := refresh.Access{
			Dropped: a.draft.Dropped,
			Grants:  a.draft.NextSteps,
			Notes:   a.draft.NextNotes,
			Hazards: a.draft.NextHazards,
		}
		for _, s := range a.draft.Steps {
			if s.Kind == (acl.ChangeRole{}).Kind() {
				out.Roles = append(out.Roles, s.ID)
			}
		}
		return out
	}
	return refresh.Access{}
}

// invalidCatalogName is the SQLSTATE of a connection to a database that does not exist.
const invalidCatalogName = "3D000"
