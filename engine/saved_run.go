package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
)

// SavedRun is a run as its journal has it.
type SavedRun struct {
	Info    RunInfo
	Plan    *Plan
	Records []Record
	// Sealed says that plan and records are proven to be what the run wrote. It is false where its refreshes have no
	// key.
	Sealed bool

	chain *chain
}

// ReadRun reads a run, and refuses one that is not sealed with the keys of its refreshes.
func ReadRun(ctx context.Context, store Store, info RunInfo, of KeyOf) (*SavedRun, error) {
	run, err := readRun(ctx, store, info)
	if err != nil {
		return nil, err
	}
	keys, err := run.Plan.keys(of.forRun(info, run.Plan))
	if err != nil {
		return nil, err
	}
	if run.Sealed, err = run.Plan.checkSeal(keys); err != nil {
		return nil, err
	}
	if run.chain, err = newChain(keys, info, run.Plan); err != nil {
		return nil, err
	}
	return run, run.chain.verify(info.ID, run.Records)
}

// ReadUnsealed reads a run whatever its seals say. What is recorded for it from then on has none.
func ReadUnsealed(ctx context.Context, store Store, info RunInfo) (*SavedRun, error) {
	run, err := readRun(ctx, store, info)
	if err != nil {
		return nil, err
	}
	run.chain = &chain{}
	return run, nil
}

func readRun(ctx context.Context, store Store, info RunInfo) (*SavedRun, error) {
	plan, records, err := store.Read(ctx, info.ID)
	if err != nil {
		return nil, fmt.Errorf("reading the journal of run %s: %w", info.ID, err)
	}
	return &SavedRun{Info: info, Plan: plan, Records: records}, nil
}

// resumption is what is left of a run.
type resumption struct {
	plan  *Plan
	begun []string
	done  map[string]bool
}

// resumption compares the plan in the journal, statement by statement, with the one made now as if the run had not
// begun. What is executed is what was reviewed: the steps of the journal where they are sealed, otherwise the steps
// made now, so that nothing from an edited journal reaches a server.
//
// What the run itself has done changes what is planned: a role that it created needs no step any more. So a sealed step
// may differ if the run had begun it, or if it is not one of those in which a refresh moves rows.
func (run *SavedRun) resumption(fresh *Plan, providers Providers) (*resumption, diag.Diagnostics) {
	saved := run.Plan
	var ds diag.Diagnostics
	report := func(what string) {
		ds.Append(diag.Diagnostic{
			Severity: diag.Error,
			Code:     CodePlanStale,
			Summary:  "The run cannot be resumed: " + what,
		})
	}
	if saved.FormatVersion != FormatVersion {
		report("its plan has format " + saved.FormatVersion + ", and only those of " + FormatVersion +
			" can be resumed")
		ds[0].Detail = "Put the run back (shoji recover), then plan again."
		return nil, ds
	}
	for _, what := range movedInputs(saved, fresh) {
		report(what)
	}
	c := comparison{
		providers: providers,
		sealed:    run.Sealed,
		begun:     map[string]bool{},
		now:       stepsByID(fresh),
		moves:     movers(fresh),
	}
	r := &resumption{plan: c.resumed(saved)}
	r.begun, r.done = progressOf(r.plan, run.Records)
	for _, id := range r.begun {
		c.begun[id] = true
	}
	for i := range saved.Steps {
		was := &saved.Steps[i]
		switch {
		case r.done[was.ID]:
		case c.converged(was):
			r.done[was.ID] = true
		default:
			if what := c.difference(was); what != "" {
				report(what)
			}
		}
	}
	for _, id := range c.added(saved) {
		report("the step " + id + " would be done now and is not in its plan")
	}
	if err := checkOrder(r.plan.Steps); err != nil {
		report(err.Error())
	}
	if len(ds) > 0 {
		ds[len(ds)-1].Detail = "The journal was edited, or something other than the run changed what it depends on. " +
			"Nothing was changed. Put the run back (shoji recover), then plan again."
	}
	return r, ds
}

// mover is a provider together with a refresh of its own. Its steps for that refresh move rows, or build what holds
// them.
type mover struct{ provider, address string }

func moverOf(s *Step) mover { return mover{s.Provider, s.Address} }

func movers(p *Plan) map[mover]bool {
	out := map[mover]bool{}
	for _, r := range p.Refreshes {
		out[mover{r.Provider, r.Address}] = true
	}
	return out
}

// comparison compares the steps of a run with those made now.
type comparison struct {
	providers Providers
	sealed    bool
	begun     map[string]bool
	now       map[string]*Step
	moves     map[mover]bool
}

// resumed returns the plan to execute. The steps made now replace those that are not sealed.
func (c *comparison) resumed(saved *Plan) *Plan {
	if c.sealed {
		return saved
	}
	plan := *saved
	plan.Steps = make([]Step, 0, len(saved.Steps))
	for _, s := range saved.Steps {
		if is := c.now[s.ID]; is != nil {
			s = *is
		}
		plan.Steps = append(plan.Steps, s)
	}
	return &plan
}

// converged reports whether a step is for an object that already is as the spec says.
func (c *comparison) converged(was *Step) bool {
	return !c.sealed && c.now[was.ID] == nil && !c.moves[moverOf(was)]
}

// difference returns how a step that is still to be done differs from the one made now; "" where it may be executed.
func (c *comparison) difference(was *Step) string {
	if c.sealed && (c.begun[was.ID] || !c.moves[moverOf(was)]) {
		return ""
	}
	is := c.now[was.ID]
	if is == nil {
		return "there is no step " + was.ID + " now"
	}
	if !c.providers.sameStep(was, is) {
		return "the step " + was.ID + " has different statements"
	}
	return ""
}

// added returns the IDs of steps made now that the plan of the run does not have. Where that is sealed, only steps of
// refreshes count: an object that is half made needs other calls than a missing one.
func (c *comparison) added(saved *Plan) []string {
	had := map[string]bool{}
	for _, s := range saved.Steps {
		had[s.ID] = true
	}
	var out []string
	for id, is := range c.now {
		if !had[id] && (!c.sealed || c.moves[moverOf(is)]) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// requireSeal refuses to resume a run whose plan names no refresh with a key although the one made now does.
func (run *SavedRun) requireSeal(fresh *Plan, of KeyOf) error {
	keys, err := fresh.keys(of.forPlan(fresh))
	if err != nil || len(keys) == 0 || run.Sealed {
		return err
	}
	return notSealed(run.Info.ID, keyNames(keys),
		fmt.Sprintf("Its plan has none of what is sealed with %s.", keyNames(keys)))
}
