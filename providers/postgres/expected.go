package postgres

import (
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/spec"
)

// Forecast returns what the refreshes would do in accounts, as far as that is known although something else is wrong.
// So the permissions missing there are reported together with those that databases lack.
func (o *observed) Forecast() ([]engine.Refresh, []engine.Step) {
	var refreshes []engine.Refresh
	var steps []engine.Step
	for _, one := range o.refreshes {
		r := one.refresh
		refreshes = append(refreshes, engine.Refresh{Address: r.Address(), Provider: ProviderName})
		if one.aside != nil {
			steps = slices.Concat(steps, one.aside.Before, one.aside.After)
		}
		steps = slices.Concat(steps, one.relax.Before, one.relax.After)
		if one.via != nil {
			steps = append(steps, one.expected())
		}
	}
	return refreshes, steps
}

// expected returns a step that stands for those in which servers write to the bucket or read from it.
func (one *observedRefresh) expected() engine.Step {
	r := one.refresh
	s := engine.Step{ID: r.Address() + ".rows", Address: r.Address(), Provider: ProviderName}
	if one.via.ways.Export == spec.WayServer && one.via.manifest == nil {
		s.Touches = append(s.Touches, one.serverExports())
	}
	// An export alone does not see the target.
	if one.via.ways.Import == spec.WayServer && (one.facts != nil || one.live != nil) {
		s.Touches = append(s.Touches, one.serverImports())
	}
	return s
}

// serverExports is what a step touches in which the source's server writes to the bucket with its own role.
func (one *observedRefresh) serverExports() engine.Touch {
	return engine.Touch{Address: one.bucket(), Access: engine.Write, By: one.refresh.From.Address()}
}

// serverImports is what a step touches in which the target's server reads from the bucket with its own role.
func (one *observedRefresh) serverImports() engine.Touch {
	return engine.Touch{Address: one.bucket(), Access: engine.Read, By: one.refresh.To.Address()}
}
