package engine

import (
	"context"
	"fmt"
	"time"
)

// Runner executes plans and keeps their journals.
type Runner struct {
	Providers Providers
	Store     Store
	// Parallelism is how many steps may run at a time.
	Parallelism int
	// Stop is closed when no further step should begin. The context is cancelled to end the running ones.
	Stop <-chan struct{}
	// Interrupt returns a channel that is closed at the next interrupt. One that comes while steps are put back leaves
	// the rest of them to Recover. It may be nil.
	Interrupt func() <-chan struct{}
	// KeyOf finds the keys that plans and journals are sealed with. It may be nil.
	KeyOf KeyOf
	// Held returns an error when a lock was lost and no further step may begin. It is called before each step, and may
	// be nil.
	Held func(ctx context.Context) error
	// Events receives what happens, one event at a time. It may be nil.
	Events func(Event)
	// Ticks returns what sets the times of heartbeats, and what ends it. Without it there are none.
	Ticks func() (ticks <-chan time.Time, stop func())
	Now   func() time.Time
}

// Apply runs a plan as a new run. A run that fails is put back before Apply returns; one that is interrupted is left
// for Resume or Recover. The error is that of the journal or of the locks; errors of steps are in the Result.
func (r *Runner) Apply(ctx context.Context, run RunInfo, plan *Plan) (Result, error) {
	kept := *plan // sealed as it runs: its steps may be newer than those of a saved plan
	of := r.KeyOf.forRun(run, plan)
	if err := kept.SealWith(of); err != nil {
		return Result{}, fmt.Errorf("sealing the plan: %w", err)
	}
	keys, err := kept.keys(of)
	if err != nil {
		return Result{}, err
	}
	chain, err := newChain(keys, run, &kept)
	if err != nil {
		return Result{}, err
	}
	journal, err := r.Store.Begin(ctx, run, &kept)
	if err != nil {
		return Result{}, fmt.Errorf("beginning the journal: %w", err)
	}
	return r.walk(ctx, r.execution(run.ID, journal, chain, &kept), &kept, nil)
}

// Resume continues a run that was interrupted or killed, if its plan is still what would be done: fresh is the plan
// made now as if the run had not begun. Steps that finished are not run again, except those of an atomic set that did
// not finish, and all that depend on them.
func (r *Runner) Resume(ctx context.Context, run *SavedRun, fresh *Plan) (Result, error) {
	if err := run.requireSeal(fresh, r.KeyOf); err != nil {
		return Result{}, err
	}
	resumed, ds := run.resumption(fresh, r.Providers)
	if ds.HasErrors() {
		return Result{}, ds
	}
	journal, err := r.Store.Continue(ctx, run.Info.ID)
	if err != nil {
		return Result{}, fmt.Errorf("continuing the journal of run %s: %w", run.Info.ID, err)
	}
	e := r.execution(run.Info.ID, journal, run.chain, resumed.plan)
	e.begun = resumed.begun
	return r.walk(ctx, e, resumed.plan, resumed.done)
}

// Recover puts back every step that a run had begun, the last first.
func (r *Runner) Recover(ctx context.Context, run *SavedRun) (Result, error) {
	journal, err := r.Store.Continue(ctx, run.Info.ID)
	if err != nil {
		return Result{}, fmt.Errorf("continuing the journal of run %s: %w", run.Info.ID, err)
	}
	e := r.execution(run.Info.ID, journal, run.chain, run.Plan)
	e.begun, _ = progressOf(run.Plan, run.Records)
	result := Result{Run: run.Info.ID, State: RunRecovered}
	result.PutBackErrors, result.NotPutBack = e.putBack(ctx, false)
	if len(result.PutBackErrors)+len(result.NotPutBack) > 0 {
		result.State = RunInterrupted
	}
	return result, e.end(ctx, result.State)
}

func (r *Runner) walk(ctx context.Context, e *execution, plan *Plan, done map[string]bool) (Result, error) {
	if err := e.record(ctx, Record{Kind: StateChanged, State: RunRunning}); err != nil {
		return Result{}, err
	}
	// A journal that cannot be written ends the run: no step may begin before its intent is on disk.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	e.abort = cancel
	e.tracker = newTracker(plan.Steps, done, r.Now)
	end := r.during(Running, e.emit, e.tracker.heartbeat)
	w := &walk{
		steps:    plan.Steps,
		limit:    max(1, r.Parallelism),
		stop:     r.Stop,
		execute:  e.step,
		skipped:  e.skip,
		stopping: func() { e.emit(Event{Type: RunStopping}) },
	}
	result := Result{Run: e.id, State: RunDone, Steps: w.run(ctx, done)}
	end()
	for _, s := range result.Steps {
		switch {
		case s.Outcome == Failed:
			result.State = RunFailed
		case s.Outcome == NotStarted && result.State == RunDone:
			result.State = RunInterrupted
		}
	}
	result.PutBackErrors, result.NotPutBack = e.putBack(ctx, result.State != RunFailed)
	if len(result.PutBackErrors)+len(result.NotPutBack) > 0 {
		result.State = RunInterrupted
	}
	if err := e.end(ctx, result.State); err != nil {
		return result, err
	}
	return result, e.failure
}

// progressOf returns what a journal says of the steps of a plan: those that were begun and not put back, in their
// order, and those that need not run again.
func progressOf(plan *Plan, records []Record) (begun []string, done map[string]bool) {
	last := map[string]RecordKind{}
	var order []string
	for _, r := range records {
		if r.Step == "" {
			continue
		}
		if _, seen := last[r.Step]; !seen {
			order = append(order, r.Step)
		}
		last[r.Step] = r.Kind
	}
	done = map[string]bool{}
	for _, id := range order {
		if last[id] != StepPutBack {
			begun = append(begun, id)
		}
		done[id] = last[id] == StepDone
	}
	broken := map[string]bool{} // atomic sets that did not finish
	for _, s := range plan.Steps {
		if s.Atomic != "" && !done[s.ID] {
			broken[s.Atomic] = true
		}
	}
	for _, s := range plan.Steps { // in the order of the plan: after what they need
		if s.IsBarrier() {
			done[s.ID] = s.passed(done)
			continue
		}
		redo := broken[s.Atomic] && s.Atomic != ""
		for _, n := range s.Needs {
			redo = redo || !done[n]
		}
		if redo {
			done[s.ID] = false
		}
	}
	for id, d := range done {
		if !d {
			delete(done, id)
		}
	}
	return begun, done
}
