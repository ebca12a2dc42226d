package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/spec"
)

// A server goes on with a statement when the process that sent it is killed: it notices when it answers. What it makes
// then comes after what was there was put back, so sessions that make something carry the name of their run, and are
// ended first.

// runSession is the application_name of such sessions.
func runSession(ctx context.Context) string { return "shoji apply " + engine.RunOf(ctx) }

const (
	endNamed = "SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(pid)) FROM pg_catalog.pg_stat_activity " +
		"WHERE application_name = $1 AND usename = current_user AND pid <> pg_catalog.pg_backend_pid()"
	endingTakes   = time.Minute
	betweenEnding = 50 * time.Millisecond
)

// endSessions ends those of the context's run on a server, and waits until they are gone.
func endSessions(ctx context.Context, c *pgx.Conn, on string) error {
	for begun := time.Now(); ; {
		var left int
		if err := c.QueryRow(ctx, endNamed, runSession(ctx)).Scan(&left); err != nil {
			return fmt.Errorf("ending the sessions of the run on %s: %w", on, conn.Redact(err))
		}
		switch {
		case left == 0:
			return nil
		case time.Since(begun) > endingTakes:
			return fmt.Errorf("%d sessions of the run are still on %s (application_name %q)", left, on, runSession(ctx))
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(betweenEnding):
		}
	}
}

// endExports ends what the source's server still exports. A copy of the source needs none of this: it is removed
// before.
func (p *Provider) endExports(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[stageParams](p, s)
	if err != nil {
		return err
	}
	if r.Copy != nil ||
		!slices.ContainsFunc(params.Tables, func(t stage.Table) bool { return t.Export == spec.WayServer }) {
		return nil
	}
	c, err := p.sessions.InspectSource(ctx, r, "shoji")
	if err != nil { // a source that is gone for good must not keep the rest from being put back
		report.Note(fmt.Sprintf("whether the source still exports is not known: %s. What it writes after this, the "+
			"bucket's lifecycle removes", err))
		return nil
	}
	defer session.Close(ctx, c)
	return endSessions(ctx, c, r.From.Address())
}
