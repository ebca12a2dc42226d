package refresh

import (
	"context"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/acl"
	"github.com/shoji-pg/shoji/spec"
)

// target is what a refresh makes.
type target interface {
	// importer returns the schema of the aws_s3 that the target's server would import with, and why it cannot, "" where
	// it can.
	importer(p *Plan) (schema, reason string)
	// draft adds the steps and the view of the refresh to a plan.
	draft(p *Plan, a Access, d *engine.Draft) diag.Diagnostics
}

// Access is what the same plan does for roles and privileges on the database that a refresh fills.
type Access struct {
	// Roles are the IDs of the steps that make roles: policies name them, and one may own the copy.
	Roles []string
	// Dropped are the names of roles that go.
	Dropped []string
	// Grants are the steps that run when everything of the copy exists and nobody sees it yet.
	Grants  []engine.Step
	Notes   []string
	Hazards []engine.Hazard
}

// Draft adds the refresh to a plan. It is pure.
func (p *Plan) Draft(a Access, d *engine.Draft) diag.Diagnostics { return p.target.draft(p, a, d) }

const targetFailed = "The target cannot be inspected"

// inspectTarget looks at where the copy will be.
func (p *Plan) inspectTarget(ctx context.Context) diag.Diagnostics {
	if p.Refresh.Mode == spec.Replace {
		return p.inspectReplaceTarget(ctx)
	}
	return p.inspectSwapTarget(ctx)
}

// hasTarget reports whether the database that is filled was looked at.
func (p *Plan) hasTarget() bool {
	switch p.target.(type) {
	case nil, manifestTarget:
		return false
	}
	return true
}

// Inspected reports whether both ends of the refresh were looked at.
func (p *Plan) Inspected() bool { return p.catalog != nil && p.hasTarget() }

// Next returns the copy that mode swap builds: its name, owner and structure. ok is false for other
// refreshes, and where the structure could not be read.
func (p *Plan) Next() (c acl.Copy, ok bool) {
	t, swaps := p.target.(*swapTarget)
	if !swaps || p.script == nil {
		return acl.Copy{}, false
	}
	owner := p.Refresh.Owner
	if owner == "" {
		owner = t.facts.User
	}
	return acl.Copy{Database: t.names.Next, Owner: owner, Contains: acl.InScript(t.structure.script)}, true
}
