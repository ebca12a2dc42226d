package engine

import (
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
)

// resumption is what going on with a run executes.
type resumption struct {
	plan  *Plan
	begun []string
	done  map[string]bool
}

// resumption compares the plan in the journal with one that is made now, as if the run had not begun, statement by
// statement. What is executed is what was reviewed: the steps of the journal where they are sealed, else the steps
// made now, so that nothing of a journal that somebody edited reaches a server.
//
// What a run did itself moves what is planned: a role that it created needs no step any more. So a sealed step may
// differ where the run had begun it, or where it is not one of the steps in which a refresh moves rows.
func (run *SavedRun) resumption(fresh *Plan, providers Providers) (*resumption, diag.Diagnostics) {
	saved := run.Plan
	var ds diag.Diagnostics
	report := func(what string) {
		ds.Append(diag.Diagnostic{Severity: diag.Error, Code: "plan_stale", Summary: "The run cannot go on: " + what})
	}
	if saved.FormatVersion != FormatVersion {
		report("its plan is of format " + saved.FormatVersion + ", and only those of " + FormatVersion +
			" can be resumed")
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
	r := &resumption{plan: c.executed(saved)}
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
			if what := c.differs(was); what != "" {
				report(what)
			}
		}
	}
	for _, id := range c.added(saved) {
		report("the step " + id + " would be done now and is not in its plan")
	}
	if err := check(r.plan.Steps); err != nil {
		report(err.Error())
	}
	if len(ds) > 0 {
		ds[len(ds)-1].Detail = "The journal was edited, or something else than the run changed what it depends on. " +
			"Nothing was changed. Put the run back (shoji recover), then plan again."
	}
	return r, ds
}

// mover is a provider with a refresh of its own: its steps for that move the rows, or build what holds them.
type mover struct{ provider, address string }

func moverOf(s *Step) mover { return mover{s.Provider, s.Address} }

func movers(p *Plan) map[mover]bool {
	out := map[mover]bool{}
	for _, r := range p.Refreshes {
		out[mover{r.Provider, r.Address}] = true
	}
	return out
}

// comparison is that of the steps of a run with those made now.
type comparison struct {
	providers Providers
	sealed    bool
	begun     map[string]bool
	now       map[string]*Step
	moves     map[mover]bool
}

// executed is the plan to go on with: the steps made now take the place of those that nothing seals.
func (c *comparison) executed(saved *Plan) *Plan {
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

// converged reports whether a step is for an object that is now as the spec says: nothing is left to do.
func (c *comparison) converged(was *Step) bool {
	return !c.sealed && c.now[was.ID] == nil && !c.moves[moverOf(was)]
}

// differs says how a step that is still to be done differs from the one made now; "" where it may be executed.
func (c *comparison) differs(was *Step) string {
	if c.sealed && (c.begun[was.ID] || !c.moves[moverOf(was)]) {
		return ""
	}
	is := c.now[was.ID]
	if is == nil {
		return "there is no step " + was.ID + " now"
	}
	if !c.providers.sameStep(was, is) {
		return "the step " + was.ID + " has other statements"
	}
	return ""
}

// added are the steps made now that the plan of the run does not have. Where that is sealed, only those of refreshes
// count: an object that is half made needs other calls than one that is not there.
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

// requireSeal refuses to go on with a run whose plan names no refresh with a key, where the one made now does.
func (run *SavedRun) requireSeal(fresh *Plan, of KeyOf) error {
	keys, err := fresh.keys(of.forPlan(fresh))
	if err != nil || len(keys) == 0 || run.Sealed {
		return err
	}
	return notSealed(run.Info.ID, named(keys), fmt.Sprintf("Its plan has none of what is sealed with %s.", named(keys)))
}
