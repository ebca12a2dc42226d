package engine

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Workflow is what a command does with a project: it takes the locks, puts back what earlier runs left, plans, compares
// the plan with the one that was reviewed, asks, and runs. Its methods return diag.Diagnostics for what went wrong, or
// ErrNotDone.
type Workflow struct {
	Runner
	// Options are what plans are made from. Where a method takes a saved plan or a run, that decides what is planned.
	Options BuildOptions
	// Named says that the project has a name of its own. Another name than that of its directory tells it from others.
	Named bool
	// Accounts and Databases are the addresses of what a run may change. Each is locked for itself.
	Accounts, Databases []string
	// LockServer takes the lock on the server of a database, which runs with another journal see too. It waits for up
	// to wait, unless patience ends. The context that it returns ends when the lock is lost. It may be nil.
	LockServer func(ctx, patience context.Context, database string, holder Holder,
		wait time.Duration) (held context.Context, release func(), err error)
	// KeepRuns is how many runs of the project that have ended stay in the journal; 0 is for all.
	KeepRuns int
	// LockTimeout is how long to wait for a lock.
	LockTimeout time.Duration
	// Provide returns the providers for a half of refreshes; those from before are closed. Resume goes on with the half
	// of the run.
	Provide func(only Half, manifest string) Providers
	// View shows what the methods do.
	View View
	// Confirm asks whether to go on. Nobody is asked where it is nil.
	Confirm func(question string) bool
	// Who is the user and the host, and PID the process, that locks and journals record.
	Who    string
	PID    int
	Random io.Reader
}

// View shows a plan and what is done with it.
type View interface {
	Plan(*Plan) error
	Result(Result)
	Say(format string, args ...any)
}

// ErrNotDone says that a method did not do what it is for, and that its View has been told why.
var ErrNotDone = errors.New("not done")

// Plan returns a plan of what the options select.
func (w *Workflow) Plan(ctx context.Context) (*Plan, error) {
	p, ds, err := w.build(ctx, w.Options)
	if err == nil && ds.HasErrors() {
		err = ds
	}
	return p, err
}

// Apply puts back what earlier runs left, then plans, shows the plan, asks, and runs it.
func (w *Workflow) Apply(ctx context.Context) error {
	return w.whileLocked(ctx, CommandApply, w.Options.Only != OnlyExport, func(ctx context.Context) error {
		if err := w.recoverUnfinished(ctx); err != nil {
			return err
		}
		p, err := w.Plan(ctx)
		if err != nil {
			return err
		}
		if err := w.View.Plan(p); err != nil {
			return fmt.Errorf("printing the plan: %w", err)
		}
		if !p.HasChanges() {
			return nil
		}
		return w.confirmAndRun(ctx, p, CommandApply, "Do you want to perform these actions?")
	})
}

// ApplySaved puts back what earlier runs left, then runs a plan that was saved, unless it is stale. Nobody is asked:
// the plan was reviewed. It takes the plan over: the steps are let go before others are made to compare them with.
func (w *Workflow) ApplySaved(ctx context.Context, saved *Plan) error {
	return w.whileLocked(ctx, CommandApply, saved.Only != OnlyExport, func(ctx context.Context) error {
		if err := w.recoverUnfinished(ctx); err != nil {
			return err
		}
		p, err := w.resolve(ctx, saved)
		if err != nil || !p.HasChanges() {
			return err
		}
		return w.execute(ctx, p, CommandApply)
	})
}

// Run runs a plan that Plan returned and that was shown. Nobody is asked.
func (w *Workflow) Run(ctx context.Context, p *Plan) error {
	return w.whileLocked(ctx, CommandApply, p.Only != OnlyExport, func(ctx context.Context) error {
		return w.execute(ctx, p, CommandApply)
	})
}

// Rollback puts back what earlier runs left, then asks, and runs the plan that plan returns, which has shown it.
func (w *Workflow) Rollback(ctx context.Context, plan func(context.Context) (*Plan, error)) error {
	return w.whileLocked(ctx, CommandRollback, true, func(ctx context.Context) error {
		if err := w.recoverUnfinished(ctx); err != nil {
			return err
		}
		p, err := plan(ctx)
		if err != nil {
			return problem("There is nothing to roll back to", err)
		}
		p.ShojiVersion = w.Options.ShojiVersion
		return w.confirmAndRun(ctx, p, CommandRollback, "Do you want to roll back?")
	})
}

// Resume goes on with the last run that was interrupted, if its plan is still what would be done.
func (w *Workflow) Resume(ctx context.Context) error {
	return w.whileLocked(ctx, CommandApply, false, func(ctx context.Context) error {
		runs, err := w.unfinished(ctx)
		if err != nil {
			return err
		}
		if len(runs) == 0 {
			return errors.New("there is no interrupted run to resume (shoji status lists the runs)")
		}
		last := runs[len(runs)-1]
		if last.Command != CommandApply {
			return fmt.Errorf("run %s is a %s, which cannot be resumed. End it (shoji recover), then look at what is "+
				"live (shoji status)", last.ID, last.Command)
		}
		run, err := ReadRun(ctx, w.Store, last, w.KeyOf)
		if err != nil {
			return problem("The run cannot be resumed", err)
		}
		fresh, err := w.planAgain(ctx, run)
		if err != nil {
			return err
		}
		w.View.Say("Resuming run %s of %s.", last.ID, last.Started.UTC().Format(time.RFC3339))
		result, err := w.Runner.Resume(ctx, run, fresh)
		if result.Run == "" {
			return problem("The run cannot be resumed", err)
		}
		return w.end(ctx, result, err)
	})
}

// Recover puts back what unfinished runs left, and says so where there are none. unsealed trusts the journals, whatever
// seals they bear.
func (w *Workflow) Recover(ctx context.Context, unsealed bool) error {
	return w.whileLocked(ctx, CommandRecover, false, func(ctx context.Context) error {
		runs, err := w.unfinished(ctx)
		if err != nil {
			return err
		}
		if len(runs) == 0 {
			w.View.Say("Nothing to put back: every run of this project ended.")
		}
		return w.recoverRuns(ctx, runs, unsealed)
	})
}

// build makes a plan, unless Stop is closed first. The plan is not nil where the diagnostics have errors: a saved plan
// is compared with what could be observed.
func (w *Workflow) build(ctx context.Context, o BuildOptions) (*Plan, diag.Diagnostics, error) {
	ctx, cancel := UntilStop(ctx, w.Stop) // nothing has begun that would have to be finished
	defer cancel()
	end := w.during(Planning, w.emit, nil)
	p, ds := Build(ctx, w.Providers, o)
	if !ds.HasErrors() {
		ds.AppendErr("The plan cannot be sealed", p.SealWith(w.KeyOf))
	}
	end()
	select {
	case <-w.Stop:
		w.View.Say("Interrupted. Nothing was changed.")
		return nil, nil, ErrNotDone
	default:
		return p, ds, nil
	}
}

// resolve plans again what a saved plan is about, and returns the saved plan with the steps made now.
func (w *Workflow) resolve(ctx context.Context, saved *Plan) (*Plan, error) {
	if _, err := saved.CheckSeal(w.KeyOf); err != nil {
		return nil, problem("The plan file cannot be used", err)
	}
	reviewed, err := NewSavedPlan(saved, w.Providers)
	if err != nil {
		return nil, problem("The plan file cannot be used", err)
	}
	saved.Refreshes, saved.Steps = nil, nil
	o := w.Options.of(saved)
	o.Allowed = slices.Concat(o.Allowed, saved.Allowed)
	fresh, ds, err := w.build(ctx, o)
	if err != nil {
		return nil, err
	}
	// What could not be observed has not moved: its own errors say more. Those of the new plan can say why something is
	// gone.
	if moved := Stale(saved, fresh); moved.HasErrors() && !(ds.HasErrors() && unobserved(saved, fresh)) {
		if run, ok := w.applied(ctx, saved); ok {
			return nil, diag.Diagnostics{Spent(run)}
		}
		return nil, append(moved, ds...)
	}
	if ds.HasErrors() {
		return nil, ds
	}
	if err := reviewed.CheckSealAs(fresh, w.KeyOf); err != nil {
		return nil, problem("The plan file cannot be used", err)
	}
	p, ds := reviewed.Resolve(fresh, w.Providers)
	if !ds.HasErrors() && p.HasChanges() {
		ds = fresh.CheckHazards(o.Allowed)
	}
	if ds.HasErrors() {
		return nil, ds
	}
	return p, nil
}

// applied returns the last run of the project that succeeded, if it began where a saved plan was made. A journal that
// cannot be read says nothing of that.
func (w *Workflow) applied(ctx context.Context, saved *Plan) (RunInfo, bool) {
	runs, err := w.Store.Runs(ctx)
	if err != nil {
		return RunInfo{}, false
	}
	for _, run := range slices.Backward(runs) {
		if run.State != RunDone || run.Command != CommandApply || run.Project != saved.Project {
			continue
		}
		plan, _, err := w.Store.Read(ctx, run.ID)
		return run, err == nil && sameBasis(saved, plan)
	}
	return RunInfo{}, false
}

// planAgain makes the plan of a run as if the run had not begun. The hazards that the run was allowed are only trusted
// where its plan is sealed.
func (w *Workflow) planAgain(ctx context.Context, run *SavedRun) (*Plan, error) {
	o := w.Options.of(run.Plan)
	o.Before = run.Info.ID
	w.Providers = w.Provide(o.Only, o.Manifest)
	fresh, ds, err := w.build(ctx, o)
	if err != nil {
		return nil, err
	}
	if !run.Sealed && !ds.HasErrors() {
		ds = fresh.CheckHazards(o.Allowed)
	}
	if ds.HasErrors() {
		return nil, ds
	}
	return fresh, nil
}

// confirmAndRun runs a plan that was shown, if its hazards are allowed and the user agrees.
func (w *Workflow) confirmAndRun(ctx context.Context, p *Plan, command, question string) error {
	if refused := p.CheckHazards(w.Options.Allowed); refused.HasErrors() {
		return refused
	}
	if w.Confirm != nil && !w.Confirm(question) {
		w.View.Say("Nothing was done.")
		return ErrNotDone
	}
	return w.execute(ctx, p, command)
}

func (w *Workflow) execute(ctx context.Context, p *Plan, command string) error {
	id := make([]byte, 3)
	if _, err := io.ReadFull(w.Random, id); err != nil {
		return fmt.Errorf("making the ID of the run: %w", err)
	}
	now := w.Now().UTC()
	result, err := w.Runner.Apply(ctx, RunInfo{
		ID:      now.Format("20060102T150405Z") + "-" + hex.EncodeToString(id),
		Command: command,
		Who:     w.Who,
		Started: now,
		Project: w.Options.Project,
	}, p)
	w.prune(ctx)
	return w.end(ctx, result, err)
}

// end shows how a run ended, and returns an error unless all of it was done.
func (w *Workflow) end(ctx context.Context, result Result, err error) error {
	w.View.Result(result)
	ds := result.Diagnostics()
	if cause := context.Cause(ctx); err == nil && !errors.Is(cause, context.Canceled) {
		err = cause // the lock was lost
	}
	ds.AppendErr("The run was stopped", err)
	switch {
	case ds.HasErrors():
		return ds
	case result.State != RunDone:
		return ErrNotDone
	}
	return nil
}

// problem returns err as diagnostics.
func problem(summary string, err error) error {
	var ds diag.Diagnostics
	ds.AppendErr(summary, err)
	return ds
}
