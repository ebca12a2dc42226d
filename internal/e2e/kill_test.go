package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
)

// everyStep ends a run with kill -9 in each step of its plan: when the step was carried out and its result is not in
// the journal yet, and for steps that are put back when only their intent is in it. (Of other steps that is the state
// that the steps before them leave.) After each, recover finds what there is to put back, and check what must hold.
// Then recover itself is killed at each thing that it puts back.
func (p *project) everyStep(h *halt, check func()) {
	t := p.t
	defer func() { p.t = t }()
	p.ok("plan", "-out", "steps.plan")
	plan := need[*engine.Plan](t)(engine.ReadPlan(filepath.Join(p.dir, "steps.plan")))
	for _, s := range executed(plan) {
		kinds := []engine.RecordKind{engine.StepDone}
		if s.PutBack != engine.PutBackNever {
			kinds = append(kinds, engine.StepIntent)
		}
		for _, kind := range kinds {
			t.Run(string(kind)+" of "+s.ID, func(t *testing.T) {
				p.t, h.t = t, t
				h.kill(p, s.ID, kind, "apply", "-auto-approve", "-allow", "all")
				p.recovered(h)
				check()
			})
		}
	}
	t.Run("recover", func(t *testing.T) {
		p.t, h.t = t, t
		h.kill(p, plan.Steps[len(plan.Steps)-1].ID, engine.StepIntent, "apply", "-auto-approve", "-allow", "all")
		for _, id := range h.begun(plan) {
			h.kill(p, id, engine.StepPutBack, "recover")
		}
		p.recovered(h)
		check()
	})
}

// executed returns the steps of a plan that do something: a journal holds no barriers.
func executed(plan *engine.Plan) []engine.Step {
	var out []engine.Step
	for _, s := range plan.Steps {
		if !s.IsBarrier() {
			out = append(out, s)
		}
	}
	return out
}

// resumedAtEachStep ends a run with kill -9 in each step of its plan, when it was carried out and its result is not in
// the journal yet, and goes on with it.
func (p *project) resumedAtEachStep(h *halt, check func()) {
	t := p.t
	defer func() { p.t = t }()
	p.ok("plan", "-out", "steps.plan")
	for _, s := range executed(need[*engine.Plan](t)(engine.ReadPlan(filepath.Join(p.dir, "steps.plan")))) {
		t.Run(s.ID, func(t *testing.T) {
			p.t, h.t = t, t
			h.kill(p, s.ID, engine.StepDone, "apply", "-auto-approve", "-allow", "all")
			if out := p.ok("apply", "-resume", "-allow", "all"); !strings.Contains(out, "Apply complete!") {
				t.Errorf("it did not go on:\n%s", last(out))
			}
			if out := p.ok("recover"); !strings.Contains(out, "Nothing to put back: every run of this project ended.") {
				t.Errorf("something is left:\n%s", last(out))
			}
			p.w.settled(t)
			p.w.clean(t)
			check()
		})
	}
}

// recovered recovers, after which no run is without an end.
func (p *project) recovered(h *halt) {
	p.t.Helper()
	if out := p.ok("recover"); !strings.Contains(out, "Putting back run") {
		p.t.Errorf("nothing was put back:\n%s", last(out))
	}
	if out := p.ok("recover"); !strings.Contains(out, "Nothing to put back: every run of this project ended.") {
		p.t.Errorf("it takes recovering twice:\n%s", last(out))
	}
	p.w.settled(p.t)
	p.w.clean(p.t)
}

// killable is a refresh through a clone and a bucket, by the servers, that can be killed; check is what must hold
// after each time.
func (w *world) killable(t *testing.T) (p *project, h *halt, check func()) {
	t.Helper()
	w.refreshed(t)
	w.database(t, "small", "CREATE SCHEMA support",
		"CREATE TABLE people (id serial PRIMARY KEY, email text UNIQUE, of int REFERENCES people)",
		"INSERT INTO people (email, of) SELECT 'p' || i || '@secret.example', 1 FROM generate_series(1, 100) i")
	p = w.aurora(t)
	p.instead("small", "small")
	p.journalled()
	h = w.halted(t, p)
	p.ok("apply", "-auto-approve", "-allow", "EXPOSES_DATA")
	t.Cleanup(func() {
		w.exec(t, "staging", "postgres", "DROP DATABASE IF EXISTS small__prev", "DROP DATABASE small WITH (FORCE)")
	})
	return p, h, func() {
		p.t.Helper()
		if got := read(p.t, need[string](p.t)(w.Superuser("staging", "small")),
			"SELECT count(*), count(DISTINCT email), bool_and(email LIKE '%@example.com'), nextval('people_id_seq') "+
				"> 100, has_table_privilege('oltp_ro', 'people', 'SELECT') FROM people"); got != "100 100 true true "+
			"true" {
			p.t.Errorf("the copy is not readable: %s", got)
		}
	}
}

func TestKilledAtEachStep(t *testing.T) {
	p, h, check := shared.killable(t)
	p.everyStep(h, check)
	p.ok("apply", "-auto-approve")
	p.secretless()
}

func TestResumedAtEachStep(t *testing.T) {
	p, h, check := shared.killable(t)
	p.resumedAtEachStep(h, check)
	p.secretless()
}
