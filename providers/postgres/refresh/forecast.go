package refresh

import (
	"slices"

	"github.com/shoji-pg/shoji/engine"
)

// Forecast returns what the refresh would do in accounts, as far as that is known although something else is wrong: the
// rights for it are looked at, and named together with those that databases lack.
func (p *Plan) Forecast() []engine.Step {
	var steps []engine.Step
	if s, ok := p.source.(standIn); ok {
		steps = slices.Concat(s.around.Before, s.around.After)
	}
	if t, ok := p.target.(*replaceTarget); ok {
		steps = slices.Concat(steps, t.relax.Before, t.relax.After)
	}
	if touches := p.route.touches(p); touches != nil {
		s := p.step("rows", "move the rows")
		s.Touches = touches
		steps = append(steps, s)
	}
	return steps
}
