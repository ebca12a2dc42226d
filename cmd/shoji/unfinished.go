package main

import (
	"context"
	"fmt"

	"github.com/shoji-pg/shoji/engine"
)

// unfinished are the runs of this project and environment that neither ended nor were put back, oldest first; the
// others are named and left alone. A journal may be shared, or be somebody else's, and what another project or
// environment left is in other databases and accounts than those that the spec names now.
func (s *session) unfinished(ctx context.Context) ([]engine.RunInfo, error) {
	runs, err := s.sift(ctx, func(r engine.RunInfo, whose string) {
		s.out.Say("Run %s of %s did not end. It is of %s.", r.ID, r.Who, whose)
	})
	if err != nil {
		return nil, s.fail("The journal cannot be read", err)
	}
	return runs, nil
}

// sift is unfinished with what is to be said of the others.
func (s *session) sift(ctx context.Context, other func(run engine.RunInfo, whose string)) ([]engine.RunInfo, error) {
	runs, err := s.store.Runs(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	var own []engine.RunInfo
	for _, r := range runs {
		if r.State != engine.RunRunning && r.State != engine.RunInterrupted {
			continue
		}
		if whose := s.another(ctx, r); whose != "" {
			other(r, whose)
			continue
		}
		own = append(own, r)
	}
	return own, nil
}

// another says whose a run is that is not of this project and environment, and "" of one that is. A plan that cannot be
// read is nobody else's: whoever needs it says why. A project without a name of its own has that of its directory,
// which differs from one machine to the next.
func (s *session) another(ctx context.Context, info engine.RunInfo) string {
	run, err := engine.ReadUnsealed(ctx, s.store, info)
	switch {
	case err != nil:
		return ""
	case s.project.Named && run.Plan.Project != s.project.Name:
		return fmt.Sprintf("project %q, and is put back there", run.Plan.Project)
	case run.Plan.Env == s.project.Env:
		return ""
	case run.Plan.Env == "":
		return "no environment: shoji recover without -env puts it back"
	}
	return fmt.Sprintf("env %q: shoji recover -env %s puts it back", run.Plan.Env, run.Plan.Env)
}
