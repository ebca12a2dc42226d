package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/acl"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/spec"
)

// observedAccess is who may do what on one database.
type observedAccess struct {
	input    acl.Input
	endpoint engine.Endpoint
	// source is the source's state where a refresh in mode swap fills the database.
	source  *acl.State
	refresh *observedRefresh
	draft   acl.Draft
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
				LeaveOrphans: !selected.Everything(),
			},
		}
		for _, r := range p.project.Roles {
			if r.In == db && selected.Has(r.Address()) {
				a.input.Roles = append(a.input.Roles, r)
			}
		}
		for _, one := range o.refreshes {
			if one.refresh.To == db {
				a.refresh = one
			}
		}
		if len(a.input.Roles) == 0 && a.refresh == nil ||
			a.refresh != nil && (a.refresh.source == nil || a.refresh.facts == nil && a.refresh.live == nil) {
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
	missing := conn.Code(err) == invalidCatalogName && a.refresh != nil
	if missing { // the first refresh makes it
		c, err = connector.Connect(ctx, conn.Options{
			Purpose:  "shoji plan",
			Database: connector.Maintenance(),
			Limited:  true,
		})
	}
	if err != nil {
		return failed("The roles cannot be inspected", err, db.Range)
	}
	defer session.Close(ctx, c)
	state, err := acl.Inspect(ctx, c)
	if err == nil {
		a.endpoint, err = connector.Endpoint(ctx, c)
	}
	if err != nil {
		return failed("The roles cannot be inspected", err, db.Range)
	}
	o.endpoint(a.endpoint)
	if missing {
		a.input.Server = state
	} else {
		a.input.Live = state
	}
	if a.refresh == nil || a.refresh.refresh.Mode != spec.Swap {
		return nil
	}
	if v := a.refresh.via; v != nil && v.manifest != nil {
		a.source = &acl.State{Objects: v.manifest.Objects}
		return nil
	}
	source, err := p.sessions.InspectSource(ctx, a.refresh.refresh, "shoji plan")
	if err != nil {
		return failed("The source cannot be inspected", err, db.Range)
	}
	defer session.Close(ctx, source)
	if a.source, err = acl.Inspect(ctx, source); err != nil {
		return failed("The source cannot be inspected", err, db.Range)
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
func (p *Provider) diffAccess(o *observed, chosen map[*observedRefresh]structure,
	draft *engine.Draft) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, a := range o.access {
		if one := a.refresh; a.source != nil && one.script != nil {
			owner := one.refresh.Owner
			if owner == "" {
				owner = one.facts.User
			}
			server := a.input.Live
			if server == nil {
				server = a.input.Server
			}
			a.input.Next = acl.Planned(a.source, server, a.input.Live, acl.Copy{
				Database: one.names.Next,
				Owner:    owner,
				Contains: acl.InScript(chosen[one].script),
			})
			a.input.Refresh = one.refresh.Address()
		}
		var problems diag.Diagnostics
		a.draft, problems = acl.Diff(a.input)
		ds.Append(problems...)
		draft.Changes = append(draft.Changes, a.draft.Changes...)
		draft.Steps = append(draft.Steps, wrapped(a, a.draft.Steps)...)
	}
	return ds
}

// accessOf gives what concerns the database that a refresh fills; nil where nothing does.
func (o *observed) accessOf(one *observedRefresh) *observedAccess {
	for _, a := range o.access {
		if a.refresh == one {
			return a
		}
	}
	return nil
}

// accessParams wrap a step of package acl with the database whose server it is about.
type accessParams struct {
	On   string          `json:"on"` // database.staging
	Step json.RawMessage `json:"step"`
}

func wrapped(a *observedAccess, steps []engine.Step) []engine.Step {
	out := make([]engine.Step, len(steps))
	for i, s := range steps {
		s.Params = encoded(accessParams{On: a.input.Database.Address(), Step: s.Params})
		out[i] = s
	}
	return out
}

// first makes the steps that create roles come before a refresh's database: policies name roles, and a role may own it.
func first(steps []engine.Step, access *observedAccess) {
	if access == nil {
		return
	}
	for i := range steps {
		if steps[i].Kind != (swap.CreateDatabase{}).Kind() {
			continue
		}
		for _, s := range access.draft.Steps {
			if s.Kind == acl.KindRole {
				steps[i].Needs = append(steps[i].Needs, s.ID)
			}
		}
	}
}

// executeAccess runs a step of package acl; known is false for other kinds.
func (p *Provider) executeAccess(ctx context.Context, s engine.Step) (known bool, err error) {
	if s.Kind != acl.KindRole && s.Kind != acl.KindDropOwned && s.Kind != acl.KindGrants {
		return false, nil
	}
	var params accessParams
	if err := json.Unmarshal(s.Params, &params); err != nil {
		return true, fmt.Errorf("reading the parameters of %s: %w", s.ID, err)
	}
	db, err := p.sessions.Database(params.On)
	if err != nil {
		return true, err
	}
	s.Params = params.Step
	c, err := p.accessConnection(ctx, db, s)
	if conn.Code(err) == invalidCatalogName && s.Kind == acl.KindDropOwned {
		return true, nil // a copy that a refresh has dropped since: what the role had in it is gone
	}
	if err != nil {
		return true, err
	}
	defer session.Close(ctx, c)
	return true, acl.Execute(ctx, c, s, p.password, p.options.Random)
}

func (p *Provider) accessConnection(ctx context.Context, db *spec.Database, s engine.Step) (*pgx.Conn, error) {
	name, err := acl.StepDatabase(s)
	if err != nil {
		return nil, err
	}
	connector := p.sessions.Connector(db)
	if name == "" { // any database of the server: the one for maintenance is always there
		name = connector.Maintenance()
	}
	return connector.Connect(ctx, conn.Options{
		Database:    name,
		Purpose:     "shoji apply",
		LockTimeout: p.sessions.LockTimeout(),
	})
}

// password gives the secret of a role by the role's address.
func (p *Provider) password(address string) (secret.Value, error) {
	for _, r := range p.project.Roles {
		if r.Address() == address && r.Password != nil {
			return p.project.ReadSecret(r.Password)
		}
	}
	return secret.Value{}, fmt.Errorf("the spec has no password for %s any more", address)
}
