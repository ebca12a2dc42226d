package postgres

import (
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/spec"
)

// Expected gives what the refreshes would do in accounts, as far as that is known although something else is wrong: the
// rights for it are looked at, and named together with those that databases lack.
func (o *observed) Expected() ([]engine.Refresh, []engine.Step) {
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

// expected names the functions that servers would call.
func (one *observedRefresh) expected() engine.Step {
	r := one.refresh
	s := engine.Step{ID: r.Address() + ".rows", Address: r.Address(), Provider: ProviderName}
	if one.via.ways.Export == spec.WayServer && one.via.manifest == nil {
		s.Statements = append(s.Statements, engine.Statement{On: r.From.Address(), Text: "query_export_to_s3"})
	}
	// an export alone does not see the target
	if one.via.ways.Import == spec.WayServer && (one.facts != nil || one.live != nil) {
		s.Statements = append(s.Statements, engine.Statement{On: r.To.Address(), Text: "table_import_from_s3"})
	}
	return s
}
