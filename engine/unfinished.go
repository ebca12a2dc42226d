package engine

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// recoverUnfinished puts back what earlier runs left.
func (w *Workflow) recoverUnfinished(ctx context.Context) error {
	runs, err := w.unfinished(ctx)
	if err != nil {
		return err
	}
	return w.recoverRuns(ctx, runs, false)
}

// recoverRuns puts runs back, the last first.
func (w *Workflow) recoverRuns(ctx context.Context, runs []RunInfo, unsealed bool) error {
	for _, info := range slices.Backward(runs) {
		w.View.Say("Putting back run %s of %s, which did not end.", info.ID, info.Started.UTC().Format(time.RFC3339))
		var run *SavedRun
		var err error
		if unsealed {
			run, err = ReadUnsealed(ctx, w.Store, info)
		} else {
			run, err = ReadRun(ctx, w.Store, info, w.KeyOf)
		}
		if err != nil {
			return problem("The run cannot be put back", err)
		}
		result, err := w.Runner.Recover(ctx, run)
		ds := result.Diagnostics()
		ds.AppendErr("The run cannot be put back", err)
		if ds.HasErrors() {
			return ds
		}
	}
	return nil
}

// unfinished returns the runs of this project and environment that neither ended nor were put back, the oldest first.
// It names the others, which are left alone: a journal may be shared, and what another project or environment left is
// in other databases and accounts than those that the spec names.
func (w *Workflow) unfinished(ctx context.Context) ([]RunInfo, error) {
	own, foreign, err := w.siftRuns(ctx)
	if err != nil {
		return nil, problem("The journal cannot be read", err)
	}
	for _, r := range foreign {
		w.View.Say("Run %s of %s did not end. It belongs to %s.", r.ID, r.Who, r.owner)
	}
	return own, nil
}

// foreignRun is a run of another project or environment.
type foreignRun struct {
	RunInfo
	owner string // with what to do there
}

func (w *Workflow) siftRuns(ctx context.Context) (own []RunInfo, foreign []foreignRun, err error) {
	runs, err := w.Store.Runs(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the journal: %w", err)
	}
	for _, r := range runs {
		if r.State != RunRunning && r.State != RunInterrupted {
			continue
		}
		if owner := w.otherOwner(ctx, r); owner != "" {
			foreign = append(foreign, foreignRun{r, owner})
		} else {
			own = append(own, r)
		}
	}
	return own, foreign, nil
}

// otherOwner names the project or the environment that a run belongs to; "" is this one. A run whose plan cannot be
// read counts as one of this project: whoever needs the plan reports why. A project without a name of its own has that
// of its directory, which differs from one machine to the next.
func (w *Workflow) otherOwner(ctx context.Context, info RunInfo) string {
	p, _, err := w.Store.Read(ctx, info.ID)
	switch {
	case err != nil:
		return ""
	case w.Named && p.Project != w.Options.Project:
		return fmt.Sprintf("project %q, and is put back there", p.Project)
	case p.Env == w.Options.Env:
		return ""
	case p.Env == "":
		return "no environment: shoji recover without -env puts it back"
	}
	return fmt.Sprintf("env %q: shoji recover -env %s puts it back", p.Env, p.Env)
}

// prune removes the oldest runs of the project that have ended from the journal. What a run left that did not end is
// known from nowhere else, so that it stays. A journal that cannot be pruned is no failure of the run.
func (w *Workflow) prune(ctx context.Context) {
	if w.KeepRuns == 0 || ctx.Err() != nil {
		return
	}
	runs, err := w.Store.Runs(ctx)
	ended := slices.DeleteFunc(runs, func(r RunInfo) bool {
		return !r.State.Ended() || r.Project != w.Options.Project
	})
	for _, r := range ended[:max(0, len(ended)-w.KeepRuns)] {
		if err == nil {
			err = w.Store.Forget(ctx, r.ID)
		}
	}
	if err != nil {
		w.View.Say("Old runs could not be removed from the journal: %s", err)
	}
}
