package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/spec"
)

func (a *app) statusCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "status",
		Usage: "show what is live, what is kept for rollback, the last runs and the locks",
		Flags: append(projectFlags(in), &cli.BoolFlag{Name: "json", Usage: "print JSON"}),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return a.status(ctx, c, in)
		},
	}
}

func (a *app) status(ctx context.Context, c *cli.Command, in *inputs) error {
	out := a.documentOutput(c)
	defer out.Close()
	s, err := a.open(ctx, c, scope{env: c.String("env"), inputs: in.list}, out)
	if err != nil {
		return err
	}
	defer s.Close()
	st := view.Status{Journal: s.store.String()}
	if st.Runs, err = s.store.Runs(ctx); err != nil {
		return reportError(out, "The journal cannot be read", err)
	}
	if st.Locks, err = s.store.Leases(ctx); err != nil {
		return reportError(out, "The journal cannot be read", err)
	}
	s.verifyRuns(ctx, &st)
	var ds diag.Diagnostics
	for _, r := range s.project.Refreshes {
		if r.Mode != spec.Swap {
			continue
		}
		copies, err := s.postgres.Copies(ctx, r)
		if err != nil {
			from := len(ds)
			ds.AppendErr("The copies cannot be inspected", err)
			if r.Via != nil { // who runs the export alone has no access to the target
				st.Refreshes = append(st.Refreshes, view.RefreshStatus{
					Address: r.Address(),
					Target:  r.To.Address(),
					Unseen:  true,
				})
				for i := range ds[from:] {
					ds[from+i].Severity = diag.Warning
				}
			}
			continue
		}
		st.Refreshes = append(st.Refreshes, copiesOf(r, copies))
	}
	if c.Bool("json") {
		enc := json.NewEncoder(a.streams.Out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(st); err != nil {
			return err
		}
	} else {
		view.PrintStatus(a.streams, st)
	}
	out.Diagnostics(s.project.WithSnippets(ds))
	if ds.HasErrors() {
		return exitCode(exitError)
	}
	return nil
}

// verifyRuns finds the runs, of those that are shown, whose journals are not as they wrote them. This needs the keys.
func (s *session) verifyRuns(ctx context.Context, st *view.Status) {
	st.Unsealed = map[string]string{}
	for _, run := range st.Runs[max(0, len(st.Runs)-view.ShownRuns):] {
		_, err := engine.ReadRun(ctx, s.store, run, s.keyOf)
		var d diag.Diagnostic
		switch {
		case err == nil:
		case errors.As(err, &d) && (d.Code == engine.CodePlanSeal || d.Code == engine.CodeJournalSeal):
			st.Unsealed[run.ID] = d.Summary
		default:
			st.Unverified = err.Error()
		}
	}
}

// copiesOf returns the copies of a refresh for display.
func copiesOf(r *spec.Refresh, s swap.Status) view.RefreshStatus {
	out := view.RefreshStatus{Address: r.Address(), Target: r.To.Address()}
	for _, c := range []struct {
		what string
		copy swap.Copy
	}{{"live", s.Live}, {"building", s.Next}, {"previous", s.Previous}, {"leftover", s.Old}} {
		if !c.copy.Exists {
			continue
		}
		v := view.Copy{Role: c.what, Database: c.copy.Name, Sessions: c.copy.Sessions}
		if c.copy.Marked {
			v.Run = c.copy.Mark.Run
			v.Since = c.copy.Mark.At.UTC().Format(time.RFC3339)
		}
		out.Copies = append(out.Copies, v)
	}
	return out
}
