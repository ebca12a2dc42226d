package engine

import (
	"maps"
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
)

// SavedPlan is what is kept of a saved plan while the plan of now is made: of its steps, and of what they are made for,
// only digests. Both can be large, and a run needs one of them.
type SavedPlan struct {
	head      Plan // without refreshes and steps
	steps     []savedStep
	substance []byte // what the seal covers
}

// savedStep is a step of a saved plan. One that nobody understands does what no other step does.
type savedStep struct {
	id         string
	does       deed
	understood bool
}

// NewSavedPlan returns what has to be known of a saved plan to compare it.
func NewSavedPlan(saved *Plan, providers Providers) (*SavedPlan, error) {
	substance, err := saved.substance()
	if err != nil {
		return nil, err
	}
	r := &SavedPlan{head: *saved, steps: make([]savedStep, len(saved.Steps)), substance: substance}
	r.head.Refreshes, r.head.Steps, r.head.Texts = nil, nil, nil
	for i := range saved.Steps {
		s := &saved.Steps[i]
		does, err := providers.deed(s)
		r.steps[i] = savedStep{s.ID, does, err == nil}
	}
	return r, nil
}

// CheckSealAs returns an error for a saved plan that is not sealed with the keys of one made now: an edited file may
// have lost its refreshes. An import may lack the keys; the steps of its file are compared with those made now.
func (r *SavedPlan) CheckSealAs(fresh *Plan, of KeyOf) error {
	if fresh.Only == OnlyImport {
		return nil
	}
	keys, err := fresh.keys(of)
	if err != nil || len(keys) == 0 {
		return err
	}
	return checkSeal(r.head.Seal, keys, r.substance)
}

// Resolve returns the plan to run for a saved one that is not stale: its own, with the refreshes and the steps of
// fresh, which must do the same as those that were saved. A plan file whose statements or parameters were edited never
// runs, whatever its checksum says.
func (r *SavedPlan) Resolve(fresh *Plan, providers Providers) (*Plan, diag.Diagnostics) {
	var ds diag.Diagnostics
	report := func(what string) {
		ds.Append(diag.Diagnostic{
			Severity: diag.Error,
			Code:     CodePlanStale,
			Summary:  "The plan no longer matches what would be done: " + what,
			Detail: "The file was edited, or something has changed that no fingerprint shows. Nothing was changed. " +
				"Create a new plan and review it.",
		})
	}
	now := stepsByID(fresh)
	for _, was := range r.steps {
		is := now[was.id]
		delete(now, was.id)
		if is == nil {
			report("there is no step " + was.id)
			continue
		}
		if does, err := providers.deed(is); err != nil || !was.understood || was.does != does {
			report("the step " + was.id + " has different statements")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(now)) {
		report("the step " + id + " is missing from the file")
	}
	run := r.head
	run.Refreshes, run.Steps, run.Texts = fresh.Refreshes, fresh.Steps, fresh.Texts
	return &run, ds
}
