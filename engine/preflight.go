package engine

import (
	"context"
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Preflighter is a provider that can tell before anything changes what would refuse a plan.
type Preflighter interface {
	// Preflight looks at the whole plan, and gives the step that looks once more when the plan runs; nil where there is
	// nothing to look at. It changes nothing.
	Preflight(ctx context.Context, plan *Plan) (*Step, diag.Diagnostics)
}

// PermissionsCode is the code of diagnostics about rights that a plan needs and lacks, or that nobody can tell of.
const PermissionsCode = "permissions"

// Expecter is an Observed that can tell what its plan would do where errors keep it from being made: enough to find out
// which rights it would lack, so that all that are missing are said at once.
type Expecter interface {
	Expected() ([]Refresh, []Step)
}

func (p *Plan) expect(o Observed) {
	if e, ok := o.(Expecter); ok {
		refreshes, steps := e.Expected()
		p.Refreshes, p.Steps = append(p.Refreshes, refreshes...), append(p.Steps, steps...)
	}
}

// lacks gives the rights that are missing for a plan with errors, beside those errors. Nothing is added to the plan.
func (p *Plan) lacks(ctx context.Context, providers []Provider, likely Plan) diag.Diagnostics {
	likely.Refreshes, likely.Steps = slices.Concat(p.Refreshes, likely.Refreshes), slices.Concat(p.Steps, likely.Steps)
	if len(likely.Steps) == 0 {
		return nil
	}
	return slices.DeleteFunc(likely.preflight(ctx, providers), func(d diag.Diagnostic) bool {
		return d.Code != PermissionsCode
	})
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
