package refresh

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/replace"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/spec"
)

// replaceTarget is the live tables, which are emptied and filled in place.
type replaceTarget struct {
	live   *catalog.Catalog
	rights replace.Rights
	// server is what the server can import by itself.
	server stage.Server
	// relax is how the servers can be kept from checking foreign keys.
	relax    engine.Around
	recorded *record.Found
}

// inspectReplaceTarget reads the tables that mode replace fills.
func (p *Plan) inspectReplaceTarget(ctx context.Context) diag.Diagnostics {
	r := p.Refresh
	if _, err := p.Sessions.Connector(r.To).Config(ctx); err != nil {
		return Failed(targetFailed, err, r.Range)
	}
	c, err := p.Sessions.InspectTarget(ctx, r, "")
	if err != nil {
		return Failed(targetFailed, err, r.Range)
	}
	defer session.Close(ctx, c)
	t := &replaceTarget{}
	if err := p.readTarget(ctx, c, t); err != nil {
		return Failed(targetFailed, err, r.Range)
	}
	ds := p.enoughLocks(ctx, c, r.To.Address(), "Replacing the rows of all tables", p.replaceLocks(t.live))
	t.recorded = p.readRecord(ctx, c, r, swap.Mark{})
	p.bindRecord(t.recorded)
	p.inspectRelax(ctx, t)
	p.target = t
	return ds
}

func (p *Plan) readTarget(ctx context.Context, c *pgx.Conn, t *replaceTarget) error {
	r := p.Refresh
	endpoint, err := p.Sessions.Connector(r.To).Endpoint(ctx, c)
	if err != nil {
		return err
	}
	p.Endpoints = append(p.Endpoints, endpoint)
	if t.live, err = catalog.Read(ctx, c); err != nil {
		return err
	}
	shapes, err := catalog.Shapes(ctx, c, nil)
	if err != nil {
		return err
	}
	for name, shape := range shapes {
		p.bind("columns of "+name+" of "+r.To.Address(), shape)
	}
	if t.rights, err = replace.ReadRights(ctx, c, r.Schemas); err != nil {
		return err
	}
	if r.Via != nil {
		t.server, err = stage.InspectServer(ctx, c)
	}
	return err
}

// inspectRelax finds out whether the parameter group of the target can keep keys from being checked, where nothing less
// can.
func (p *Plan) inspectRelax(ctx context.Context, t *replaceTarget) {
	r, rights := p.Refresh, &t.rights
	wanted := r.ForeignKeys == spec.FKParameterGroup || r.ForeignKeys == spec.FKAuto && !rights.Owner && !rights.Replica
	if !wanted || r.To.Cluster == nil || p.Accounts == nil {
		return
	}
	around, err := p.Accounts.Relax(ctx, r)
	if err != nil {
		rights.NoGroup = err.Error()
		return
	}
	t.relax, rights.Group = around, true
	p.Fingerprints = append(p.Fingerprints, around.Fingerprints...)
}

func (t *replaceTarget) importer(*Plan) (schema, reason string) {
	schema = "aws_s3"
	if t.server.Installed {
		schema = t.server.Schema
	}
	return schema, t.server.CannotImport()
}

func (t *replaceTarget) draft(p *Plan, _ Access, d *engine.Draft) diag.Diagnostics {
	r := p.Refresh
	built, ds := replace.Build(replace.Input{
		Refresh:   r,
		Tables:    p.tables,
		Source:    p.catalog,
		Live:      t.live,
		Scope:     p.scope(),
		Rights:    t.rights,
		Staged:    p.route.stagedRows(p),
		Sequences: p.source.sequences(),
		Verify:    p.source.answers(),
		Record:    p.record(),
	})
	view := p.view()
	view.Live = t.live.Server.Database
	view.Notes = slices.Concat(view.Notes, p.route.notes(), built.Notes)
	view.Hazards = built.Hazards
	p.exposures(&view, t.recorded)
	ds.Append(p.staying(&view)...)
	if ds.HasErrors() {
		d.Refreshes = append(d.Refreshes, view)
		return ds
	}
	s := p.step("replace", "replace the rows of "+view.Live)
	// Emptying a table and granting on it write the same row of the catalog: "tuple concurrently updated".
	s.Contends = []string{"acl:" + r.To.Address()}
	steps := p.route.around(p, op.Fill(s, built.Op))
	if built.Op.Replica {
		view.Notes, view.Hazards = append(view.Notes, t.relax.Notes...), append(view.Hazards, t.relax.Hazards...)
		steps = t.relax.Surround(steps, engine.Writes(r.To.Address()))
	}
	steps = p.source.surround(&view, steps, p.route.reservations(p)...)
	d.Refreshes, d.Steps = append(d.Refreshes, view), append(d.Steps, steps...)
	return ds
}
