package op

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Run is the run of the tool that executes a step.
type Run struct {
	ID   string
	Time time.Time
}

// Session is the application_name of the run's sessions that make something. A server goes on with a statement when the
// process that sent it is killed, so undoing ends such sessions first, by this name.
func (r Run) Session() string { return "shoji apply " + r.ID }

const (
	endSessions = "SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(pid)) FROM pg_catalog.pg_stat_activity " +
		"WHERE application_name = $1 AND usename = current_user AND pid <> pg_catalog.pg_backend_pid()"
	endTimeout = time.Minute
	endPause   = 50 * time.Millisecond
)

// EndSessions ends the sessions of the run on the server of c, which a plan calls address, and waits until they are
// gone.
func (r Run) EndSessions(ctx context.Context, c *pgx.Conn, address string) error {
	for begun := time.Now(); ; {
		var left int
		if err := c.QueryRow(ctx, endSessions, r.Session()).Scan(&left); err != nil {
			return fmt.Errorf("ending the sessions of the run on %s: %w", address, conn.Redact(err))
		}
		switch {
		case left == 0:
			return nil
		case time.Since(begun) > endTimeout:
			return fmt.Errorf("%d sessions of the run are still on %s (application_name %q)", left, address,
				r.Session())
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(endPause):
		}
	}
}
