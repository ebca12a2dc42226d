package engine

import (
	"context"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Preflighter is a provider that can tell before anything changes what would refuse a plan.
type Preflighter interface {
	// Preflight looks at the whole plan, and gives the step that looks once more when the plan runs; nil where there is nothing to
	// look at. It changes nothing.
	Preflight(ctx context.Context, plan *Plan) (*Step, diag.Diagnostics)
}

// preflight asks the providers that can tell, and puts their steps before all others.
func (p *Plan) preflight(ctx context.Context, providers []Provider) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, provider := range providers {
		looks, ok := provider.(Preflighter)
		if !ok {
			continue
		}
		step, problems := looks.Preflight(ctx, p)
		ds.Append(problems...)
		if step == nil {
			continue
		}
		for i := range p.Steps {
			if len(p.Steps[i].Needs) == 0 {
				p.Steps[i].Needs = []string{step.ID}
			}
		}
		p.Steps = append([]Step{*step}, p.Steps...)
	}
	return ds
}
