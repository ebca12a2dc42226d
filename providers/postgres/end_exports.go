package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/spec"
)

// exportName is the application_name of the sessions that read the source in a run.
func exportName(ctx context.Context) string { return "shoji apply " + engine.RunOf(ctx) }

const (
	endSessions   = "SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(pid)) FROM pg_catalog.pg_stat_activity WHERE application_name = $1 AND usename = current_user AND pid <> pg_catalog.pg_backend_pid()"
	endingTakes   = time.Minute
	betweenEnding = 50 * time.Millisecond
)

// endExports ends what the source's server still exports for a run: it goes on when the process that asked for it was killed, and would
// write objects after those that are there were removed. A copy of the source needs none of this: it is removed before.
func (p *Provider) endExports(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[stageParams](p, s)
	if err != nil {
		return err
	}
	if r.Copy != nil || !slices.ContainsFunc(params.Tables, func(t stage.Table) bool { return t.Export == spec.WayServer }) {
		return nil
	}
	c, err := p.source(ctx, r, "shoji", nil)
	if err != nil { // a source that is gone for good must not keep the rest from being put back
		report.Note(fmt.Sprintf("whether the source still exports is not known: %s. What it writes after this, the bucket's lifecycle removes", err))
		return nil
	}
	defer closing(ctx, c)
	for begun := time.Now(); ; {
		var left int
		if err := c.QueryRow(ctx, endSessions, exportName(ctx)).Scan(&left); err != nil {
			return fmt.Errorf("ending the exports of %s: %w", r.From.Address(), conn.Redact(err))
		}
		switch {
		case left == 0:
			return nil
		case time.Since(begun) > endingTakes:
			return fmt.Errorf("ending the exports of %s: %d sessions are still there (application_name %q)", r.From.Address(), left, exportName(ctx))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(betweenEnding):
		}
	}
}
