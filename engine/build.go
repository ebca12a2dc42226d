package engine

import (
	"context"
	"maps"
	"slices"
	"sort"

	"github.com/shoji-pg/shoji/internal/diag"
)

// BuildOptions are what Build makes a plan from, besides the providers.
type BuildOptions struct {
	ShojiVersion, Project, Env  string
	SpecDigest, VariablesDigest string
	Variables                   map[string]any
	Selection                   Selection
	Allowed                     []HazardName
	// Only is the half that is planned, Manifest the URL of the export's manifest for an import.
	Only     Half
	Manifest string
	// Before is the ID of a run that is resumed: what it has made counts as missing. It may be empty.
	Before string
	// Addresses are those of all declared objects and refreshes, Needs what each block refers to.
	Addresses []string
	Needs     map[string][]string
	// Companions are what comes with a targeted block although it does not refer to it.
	Companions map[string][]string
}

// of returns the options for what a saved plan is about.
func (o BuildOptions) of(saved *Plan) BuildOptions {
	o.Selection = Selection{Targets: saved.Targets, Excludes: saved.Excludes}
	o.Only, o.Manifest = saved.Only, saved.Manifest
	return o
}

// needs returns what each block refers to, and with targets what comes with it besides.
func (o BuildOptions) needs() map[string][]string {
	if len(o.Selection.Targets) == 0 {
		return o.Needs
	}
	out := maps.Clone(o.Needs)
	if out == nil {
		out = map[string][]string{}
	}
	for address, more := range o.Companions {
		out[address] = slices.Concat(out[address], more)
	}
	return out
}

// Build inspects and returns the plan. With errors the plan must not run, but it still has what could be observed, so
// that a saved plan can be compared with it.
func Build(ctx context.Context, providers []Provider, o BuildOptions) (*Plan, diag.Diagnostics) {
	p := &Plan{
		FormatVersion:   FormatVersion,
		ShojiVersion:    o.ShojiVersion,
		Project:         o.Project,
		Env:             o.Env,
		SpecDigest:      o.SpecDigest,
		VariablesDigest: o.VariablesDigest,
		Variables:       o.Variables,
		Targets:         o.Selection.Targets,
		Excludes:        o.Selection.Excludes,
		Only:            o.Only,
		Manifest:        o.Manifest,
		Allowed:         o.Allowed,
		Endpoints:       []Endpoint{},
		Observed:        []Fingerprint{},
		Changes:         []Change{},
		Refreshes:       []Refresh{},
		Steps:           []Step{},
	}
	if o.Before != "" {
		ctx = withRun(ctx, o.Before)
	}
	selected, ds := o.Selection.Resolve(o.Addresses, o.needs())
	if ds.HasErrors() {
		return p, ds
	}
	var forecast Plan // of what errors keep from being planned
	for _, provider := range providers {
		observed, problems := provider.Inspect(ctx, selected)
		ds.Append(problems...)
		if observed == nil {
			continue
		}
		p.Endpoints = append(p.Endpoints, observed.Endpoints()...)
		p.Accounts = append(p.Accounts, observed.Accounts()...)
		p.Observed = append(p.Observed, observed.Fingerprints()...)
		var draft *Draft
		if !problems.HasErrors() {
			draft, problems = provider.Diff(observed, selected)
			ds.Append(problems...)
		}
		if draft == nil || problems.HasErrors() {
			forecast.addExpected(observed)
			continue
		}
		for i := range draft.Changes {
			draft.Changes[i].Provider = provider.Name()
		}
		for i := range draft.Refreshes {
			draft.Refreshes[i].Provider = provider.Name()
		}
		p.Changes = append(p.Changes, draft.Changes...)
		p.Refreshes = append(p.Refreshes, draft.Refreshes...)
		p.Steps = append(p.Steps, draft.Steps...)
	}
	p.addRefreshDependencies(o.needs())
	p.sort()
	if err := checkOrder(p.Steps); err != nil {
		ds.AppendErr("The steps of the plan cannot be ordered", err)
		return p, ds
	}
	p.Steps = inOrderOfNeeds(p.Steps)
	p.collectTexts()
	if ds.HasErrors() {
		ds.Append(p.missingPermissions(ctx, providers, forecast)...)
	} else {
		ds.Append(p.preflight(ctx, providers)...)
	}
	ds.Sort()
	for _, d := range ds {
		if d.Severity == diag.Warning {
			p.Diagnostics = append(p.Diagnostics, d)
		}
	}
	return p, ds
}

// collectTexts gathers the texts that steps share.
func (p *Plan) collectTexts() {
	for i := range p.Steps {
		p.Texts = append(p.Texts, p.Steps[i].Shared...)
		p.Steps[i].Shared = nil
	}
	slices.Sort(p.Texts)
	p.Texts = slices.Compact(p.Texts)
}

// addRefreshDependencies makes each refresh wait for every step that another provider plans for a block it refers to,
// directly or transitively: its bucket, the bucket's key, the roles of its clusters. Steps that another provider plans
// for the refresh itself, such as a clone, wait too; how a provider orders its own steps is left to it.
func (p *Plan) addRefreshDependencies(needs map[string][]string) {
	for _, r := range p.Refreshes {
		reached := map[string]bool{}
		var visit func(address string)
		visit = func(address string) {
			if reached[address] {
				return
			}
			reached[address] = true
			for _, next := range append(needs[address], needs[baseAddress(address)]...) {
				visit(next)
			}
		}
		visit(r.Address)
		own := map[string]bool{}
		var made []string
		for _, s := range p.Steps {
			switch {
			case s.Address == r.Address:
				own[s.ID] = true
			case s.Provider != r.Provider && (reached[s.Address] || reached[baseAddress(s.Address)]):
				made = append(made, s.ID)
			}
		}
		for i := range p.Steps {
			s := &p.Steps[i]
			if own[s.ID] && !slices.ContainsFunc(s.Needs, func(need string) bool { return own[need] }) {
				s.Needs = append(s.Needs, made...)
			}
		}
	}
}

func (p *Plan) sort() {
	sort.SliceStable(p.Endpoints, func(i, j int) bool { return p.Endpoints[i].Address < p.Endpoints[j].Address })
	sort.SliceStable(p.Accounts, func(i, j int) bool { return p.Accounts[i].Address < p.Accounts[j].Address })
	sort.SliceStable(p.Observed, func(i, j int) bool {
		a, b := p.Observed[i], p.Observed[j]
		return a.Address < b.Address || a.Address == b.Address && a.Object < b.Object
	})
	sort.SliceStable(p.Changes, func(i, j int) bool { return p.Changes[i].Address < p.Changes[j].Address })
	sort.SliceStable(p.Refreshes, func(i, j int) bool { return p.Refreshes[i].Address < p.Refreshes[j].Address })
	for i := range p.Steps {
		sort.Strings(p.Steps[i].Needs)
		sort.Strings(p.Steps[i].Contends)
	}
}

// addExpected adds what an observed system is expected to need.
func (p *Plan) addExpected(o Observed) {
	if f, ok := o.(Forecaster); ok {
		refreshes, steps := f.Forecast()
		p.Refreshes, p.Steps = append(p.Refreshes, refreshes...), append(p.Steps, steps...)
	}
}

// missingPermissions returns the permissions that a plan with errors would lack, to be reported with those errors.
// Nothing is added to the plan.
func (p *Plan) missingPermissions(ctx context.Context, providers []Provider, forecast Plan) diag.Diagnostics {
	forecast.Refreshes = slices.Concat(p.Refreshes, forecast.Refreshes)
	forecast.Steps = slices.Concat(p.Steps, forecast.Steps)
	if len(forecast.Steps) == 0 {
		return nil
	}
	return slices.DeleteFunc(forecast.preflight(ctx, providers),
		func(d diag.Diagnostic) bool { return d.Code != PermissionsCode })
}

// preflight has the providers check the whole plan, and puts their steps before all others.
func (p *Plan) preflight(ctx context.Context, providers []Provider) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, provider := range providers {
		checker, ok := provider.(Preflighter)
		if !ok {
			continue
		}
		step, problems := checker.Preflight(ctx, p)
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
