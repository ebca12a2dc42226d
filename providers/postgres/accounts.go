package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/spec"
)

// Accounts is what is done for a refresh in the accounts that its servers are in.
type Accounts interface {
	// Copy plans the copy that is read instead of the source; exports says that its server writes to a bucket.
	Copy(ctx context.Context, r *spec.Refresh, exports bool) (engine.Around, diag.Diagnostics)
	// Relax plans that the target's servers check no foreign keys for a while; the error says why that cannot be.
	Relax(ctx context.Context, r *spec.Refresh) (engine.Around, error)
}

// inspectCopy plans what is read instead of the source.
func (p *Provider) inspectCopy(ctx context.Context, o *observed, one *observedRefresh,
	server conn.Replication) diag.Diagnostics {
	r := one.refresh
	if r.Copy == nil || p.options.Only == engine.OnlyImport {
		return nil
	}
	exports := one.via != nil && one.via.ways.Export == spec.WayServer
	around, ds := p.options.Accounts.Copy(ctx, r, exports)
	if ds.HasErrors() {
		return ds
	}
	o.fingerprints = append(append(o.fingerprints, around.Fingerprints...), engine.Fingerprint{
		Address: r.Address(),
		Object:  "subscriptions of " + r.From.Address(),
		Digest:  digest(server.Fingerprint()),
	})
	ds.Append(loud(r, server, &around)...)
	around.Before = append(around.Before, one.readyStep())
	one.aside = &around
	return ds
}

// beside puts what is done in accounts around the steps that read the source, which read the copy then.
func (one *observedRefresh) beside(view *engine.Refresh, steps []engine.Step) []engine.Step {
	if one.aside == nil {
		return steps
	}
	view.Notes = append(view.Notes, one.aside.Notes...)
	view.Hazards = append(view.Hazards, one.aside.Hazards...)
	from, a := one.refresh.From.Address(), *one.aside
	a.Before = slices.Clone(a.Before)
	var readers []*engine.Step
	for i := range steps {
		if steps[i].Kind == kindStage { // put back after the copy, whose server goes on writing until it is gone
			a.Before[0].Needs = append(slices.Clone(a.Before[0].Needs), steps[i].ID)
		}
		reads := slices.Contains(steps[i].Touches, engine.Reads(from))
		for j := range steps[i].Statements {
			if on := &steps[i].Statements[j].On; *on == from {
				reads, *on = true, one.origin()
			}
		}
		if reads {
			readers = append(readers, &steps[i])
		}
	}
	return encircle(a, steps, readers)
}

// origin is how plans call what is read.
func (one *observedRefresh) origin() string {
	return fmt.Sprintf("%s (%s)", one.refresh.From.Address(), one.refresh.Copy.Kind)
}

// encircle puts steps before and after others.
func encircle(a engine.Around, steps []engine.Step, inner []*engine.Step) []engine.Step {
	before, after := slices.Clone(a.Before), slices.Clone(a.After)
	for i := 1; i < len(before); i++ {
		before[i].Needs = append(slices.Clone(before[i].Needs), before[i-1].ID)
	}
	for i := 1; i < len(after); i++ {
		after[i].Needs = append(slices.Clone(after[i].Needs), after[i-1].ID)
	}
	for _, s := range inner {
		if len(before) > 0 {
			s.Needs = append(slices.Clone(s.Needs), before[len(before)-1].ID)
		}
		if len(after) > 0 {
			after[0].Needs = append(after[0].Needs, s.ID)
		}
	}
	return append(append(before, steps...), after...)
}

// inspectRelax finds out whether the parameter group of the target can keep keys from being checked, where nothing less
// can.
func (p *Provider) inspectRelax(ctx context.Context, o *observed, one *observedRefresh) {
	r, rights := one.refresh, &one.rights
	wanted := r.ForeignKeys == spec.FKParameterGroup || r.ForeignKeys == spec.FKAuto && !rights.Owner && !rights.Replica
	if !wanted || r.To.Cluster == nil || p.options.Accounts == nil {
		return
	}
	around, err := p.options.Accounts.Relax(ctx, r)
	if err != nil {
		rights.NoGroup = err.Error()
		return
	}
	one.relax, rights.Group = around, true
	o.fingerprints = append(o.fingerprints, around.Fingerprints...)
}
