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
	return &cli.IntFlag{Name: "parallelism", Usage: "run at most `N` steps at a time (0: the jobs of the refreshes, at least 4)"}
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

// lock takes the lease on every account and every target, and the lock on a target's server, which other journals see too. The context that it gives ends
// when a lease is lost.
func (s *session) lock(ctx context.Context, operation string, wait time.Duration) (locked context.Context, unlock func(), err error) {
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
			s.out.Say("Waiting for the lock on %s, held by %s since %s …", e.Holder.Target, e.Holder.Who, e.Holder.Since.UTC().Format(time.RFC3339))
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
		releases = append(releases, guarded)
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
	return &engine.Runner{Providers: s.providers, Store: s.store, Parallelism: n, Stop: s.app.stop, Interrupt: s.app.interrupt, Events: s.out.Event, Now: s.app.now}
}

// runInfo describes a new run.
func (s *session) runInfo(command string) (engine.RunInfo, error) {
	b := make([]byte, 3)
	if _, err := io.ReadFull(s.app.random, b); err != nil {
		return engine.RunInfo{}, fmt.Errorf("making the ID of the run: %w", err)
	}
	now := s.app.now().UTC()
	return engine.RunInfo{ID: now.Format("20060102T150405Z") + "-" + hex.EncodeToString(b), Command: command, Who: s.app.holder("", command).Who, Started: now, Project: s.project.Name}, nil
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
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		ds.AppendErr("The run was ended", cause)
	}
	s.out.Diagnostics(s.project.WithSnippets(ds))
	if err != nil || result.State != engine.RunDone && result.State != engine.RunRecovered || ds.HasErrors() {
		return exitCode(exitError)
	}
	return nil
}

// unfinished are the runs that neither ended nor were put back, oldest first.
func (s *session) unfinished(ctx context.Context) ([]engine.RunInfo, error) {
	runs, err := s.store.Runs(ctx)
	if err != nil {
		return nil, s.fail("The journal cannot be read", err)
	}
	return slices.DeleteFunc(runs, func(r engine.RunInfo) bool {
		return r.State != engine.RunRunning && r.State != engine.RunInterrupted
	}), nil
}

// resume goes on with the last run that was interrupted. The spec must still be that of its plan.
func (s *session) resume(ctx context.Context, c *cli.Command) error {
	runs, err := s.unfinished(ctx)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return errors.New("there is no interrupted run to go on with (shoji status lists the runs)")
	}
	last := runs[len(runs)-1]
	plan, _, err := s.store.Read(ctx, last.ID)
	if err != nil {
		return s.fail("The run cannot be read", err)
	}
	if plan.SpecDigest != "" && (plan.SpecDigest != s.project.Digest || plan.VariablesDigest != s.project.VariablesDigest) {
		return s.fail("The run cannot go on", fmt.Errorf("the spec or a variable changed since run %s was planned. Put the run back (shoji recover), then plan again", last.ID))
	}
	s.provide(c, half{plan.Only, plan.Manifest})
	s.out.Say("Going on with run %s of %s.", last.ID, last.Started.UTC().Format(time.RFC3339))
	result, err := s.runner(c).Resume(ctx, last.ID)
	return s.ended(ctx, result, err)
}

// recoverUnfinished puts back what earlier runs left, the last first.
func (s *session) recoverUnfinished(ctx context.Context) error {
	runs, err := s.unfinished(ctx)
	if err != nil {
		return err
	}
	for _, r := range slices.Backward(runs) {
		s.out.Say("Putting back run %s of %s, which did not end.", r.ID, r.Started.UTC().Format(time.RFC3339))
		runner := &engine.Runner{Providers: s.providers, Store: s.store, Interrupt: s.app.interrupt, Events: s.out.Event, Now: s.app.now}
		result, err := runner.Recover(ctx, r.ID)
		ds := result.Diagnostics()
		ds.AppendErr("The run cannot be put back", err)
		if ds.HasErrors() {
			s.out.Diagnostics(ds)
			return exitCode(exitError)
		}
	}
	return nil
}
