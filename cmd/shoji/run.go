package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/spec"
)

func parallelismFlag() cli.Flag {
	return &cli.IntFlag{
		Name:  "parallelism",
		Usage: "run at most `N` steps at a time (0: the jobs of the refreshes, at least 4)",
	}
}

// reported prints err as diagnostics and gives the exit code.
func reported(out view.Output, summary string, err error) error {
	var ds diag.Diagnostics
	ds.AppendErr(summary, err)
	out.Diagnostics(ds)
	return exitCode(exitError)
}

// targets are the databases that a run of the project may change, in order.
func (s *session) targets() []*spec.Database {
	var out []*spec.Database
	for _, db := range s.project.Databases {
		changed := slices.ContainsFunc(s.project.Refreshes, func(r *spec.Refresh) bool { return r.To == db }) ||
			slices.ContainsFunc(s.project.Roles, func(r *spec.Role) bool { return r.In == db })
		if changed {
			out = append(out, db)
		}
	}
	return out
}

// lock takes the lease on every account and every target, and the lock on a target's server, which other journals see
// too. The context that it returns ends when a lease or a lock is lost.
func (s *session) lock(ctx context.Context, operation string,
	wait time.Duration) (locked context.Context, unlock func(), err error) {
	var releases []func()
	unlock = func() {
		for _, f := range slices.Backward(releases) {
			f()
		}
	}
	patience, cancel := s.app.untilStop(ctx)
	defer cancel()
	guard, err := s.reachesTargets(ctx, operation)
	if err != nil {
		return nil, nil, err
	}
	hold := func(target string) (engine.Holder, error) {
		holder := s.app.holder(target, operation)
		held, release, err := engine.Hold(ctx, patience, s.store, target, holder, wait, func(e *engine.HeldError) {
			s.out.Say("Waiting for the lock on %s, held by %s since %s …", e.Holder.Target, e.Holder.Who,
				e.Holder.Since.UTC().Format(time.RFC3339))
		})
		if err != nil {
			unlock()
			return holder, fmt.Errorf("in the journal (%s): %w", s.store, err)
		}
		releases, ctx = append(releases, release), held
		return holder, nil
	}
	for _, block := range s.project.AWS {
		if _, err := hold(block.Address()); err != nil {
			return nil, nil, err
		}
	}
	for _, db := range s.targets() {
		holder, err := hold(db.Address())
		if err != nil {
			return nil, nil, err
		}
		if !guard {
			continue
		}
		guarded, err := s.postgres.Guard(patience, db, holder, wait)
		if err != nil {
			unlock()
			return nil, nil, err
		}
		releases = append(releases, func() { guarded.Release(ctx) })
		ctx = guarded.Watch(ctx)
	}
	return ctx, unlock, nil
}

// runner executes plans of the session.
func (s *session) runner(c *cli.Command) *engine.Runner {
	n := c.Int("parallelism")
	if n <= 0 {
		n = 4
		for _, r := range s.project.Refreshes {
			n = max(n, r.Jobs)
		}
	}
	return &engine.Runner{
		Providers:   s.providers,
		Store:       s.store,
		Parallelism: n,
		Stop:        s.app.stop,
		Interrupt:   s.app.interrupt,
		KeyOf:       s.keyOf,
		Held:        s.guards.Check,
		Events:      s.out.Event,
		Now:         s.app.now,
	}
}

// runInfo describes a new run.
func (s *session) runInfo(command string) (engine.RunInfo, error) {
	b := make([]byte, 3)
	if _, err := io.ReadFull(s.app.random, b); err != nil {
		return engine.RunInfo{}, fmt.Errorf("making the ID of the run: %w", err)
	}
	now := s.app.now().UTC()
	return engine.RunInfo{
		ID:      now.Format("20060102T150405Z") + "-" + hex.EncodeToString(b),
		Command: command,
		Who:     s.app.holder("", command).Who,
		Started: now,
		Project: s.project.Name,
	}, nil
}

// run executes a plan and reports how it ended.
func (s *session) run(ctx context.Context, c *cli.Command, p *engine.Plan) error {
	return s.runAs(ctx, c, p, "apply")
}

func (s *session) runAs(ctx context.Context, c *cli.Command, p *engine.Plan, command string) error {
	info, err := s.runInfo(command)
	if err != nil {
		return err
	}
	result, err := s.runner(c).Apply(ctx, info, p)
	return s.ended(ctx, result, err)
}

// ended prints how a run ended. Anything but done is exit code 1.
func (s *session) ended(ctx context.Context, result engine.Result, err error) error {
	s.out.Result(result)
	ds := result.Diagnostics()
	ds.AppendErr("The run was ended", err)
	if cause := context.Cause(ctx); err == nil && cause != nil && !errors.Is(cause, context.Canceled) {
		ds.AppendErr("The run was ended", cause)
	}
	s.out.Diagnostics(s.project.WithSnippets(ds))
	if err != nil || result.State != engine.RunDone && result.State != engine.RunRecovered || ds.HasErrors() {
		return exitCode(exitError)
	}
	return nil
}

// resume goes on with the last run that was interrupted, if its plan is still what would be done.
func (s *session) resume(ctx context.Context, c *cli.Command) error {
	runs, err := s.unfinished(ctx)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return errors.New("there is no interrupted run to go on with (shoji status lists the runs)")
	}
	last := runs[len(runs)-1]
	if last.Command != "apply" {
		return fmt.Errorf("run %s is a %s, which cannot be resumed. End it (shoji recover), then look at what is "+
			"live (shoji status)",
			last.ID, last.Command)
	}
	run, err := s.readSealed(ctx, last)
	if err != nil {
		return s.fail("The run cannot go on", err)
	}
	fresh, err := s.planAsBefore(ctx, c, run)
	if err != nil {
		return err
	}
	s.out.Say("Going on with run %s of %s.", last.ID, last.Started.UTC().Format(time.RFC3339))
	result, err := s.runner(c).Resume(ctx, run, fresh)
	if result.Run == "" {
		return s.fail("The run cannot go on", err)
	}
	return s.ended(ctx, result, err)
}

// planAsBefore makes the plan of a run again, as if it had not begun. What the run was allowed counts only where that
// is sealed.
func (s *session) planAsBefore(ctx context.Context, c *cli.Command, run *engine.SavedRun) (*engine.Plan, error) {
	was := run.Plan
	s.provide(c, half{was.Only, was.Manifest})
	allowed, err := s.allowed(c)
	if err != nil {
		return nil, err
	}
	sel := engine.Selection{Targets: was.Targets, Excludes: was.Excludes}
	fresh, ds := s.buildAsBefore(ctx, run.Info.ID, sel, allowed)
	if s.app.stopped() {
		return nil, s.interrupted()
	}
	if !run.Sealed && !ds.HasErrors() {
		ds = fresh.CheckHazards(allowed)
	}
	if ds.HasErrors() {
		s.out.Diagnostics(ds)
		return nil, exitCode(exitError)
	}
	return fresh, nil
}

// recoverUnfinished puts back what earlier runs left, the last first.
func (s *session) recoverUnfinished(ctx context.Context) error {
	runs, err := s.unfinished(ctx)
	if err != nil {
		return err
	}
	return s.recoverRuns(ctx, runs, s.readSealed)
}

// readSealed refuses a run that is not sealed with the keys of the spec.
func (s *session) readSealed(ctx context.Context, info engine.RunInfo) (*engine.SavedRun, error) {
	return engine.ReadRun(ctx, s.store, info, s.keyOf)
}

type readRun func(context.Context, engine.RunInfo) (*engine.SavedRun, error)

func (s *session) recoverRuns(ctx context.Context, runs []engine.RunInfo, read readRun) error {
	for _, info := range slices.Backward(runs) {
		s.out.Say("Putting back run %s of %s, which did not end.", info.ID, info.Started.UTC().Format(time.RFC3339))
		run, err := read(ctx, info)
		if err != nil {
			return s.fail("The run cannot be put back", err)
		}
		runner := &engine.Runner{
			Providers: s.providers,
			Store:     s.store,
			Interrupt: s.app.interrupt,
			Events:    s.out.Event,
			Now:       s.app.now,
		}
		result, err := runner.Recover(ctx, run)
		ds := result.Diagnostics()
		ds.AppendErr("The run cannot be put back", err)
		if ds.HasErrors() {
			s.out.Diagnostics(ds)
			return exitCode(exitError)
		}
	}
	return nil
}
