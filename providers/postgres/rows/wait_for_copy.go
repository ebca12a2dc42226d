package rows

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/session"
)

// WaitForCopy waits until a copy of the source's server accepts connections, and stops what would go on in it:
// subscriptions, and slots that keep what is written there.
type WaitForCopy struct{ op.Source }

// copyDeadline is how long a copy that is available may take until it accepts connections: its name has to become known
// first.
const copyDeadline = 5 * time.Minute

// Kind returns the stable name of the step.
func (WaitForCopy) Kind() string { return "copy.ready" }

// Statements returns what is looked at and stopped in the copy.
func (o WaitForCopy) Statements() []engine.Statement {
	return op.Statements(o.On(), conn.ShowWorkers, conn.ListSubscriptions, conn.DropSlots)
}

// Touches returns nothing: the step is part of making the copy, and the source itself is not read.
func (WaitForCopy) Touches() []engine.Touch { return nil }

// Run is the one step that changes anything in the copy, and must never meet the source itself.
func (o WaitForCopy) Run(ctx context.Context, e *op.Env) error {
	r := e.Refresh
	at, err := e.Sessions.Copy(ctx, r)
	if err != nil {
		return err
	}
	source, err := e.Sessions.Connector(r.From).Config(ctx)
	if err != nil {
		return err
	}
	if at == (conn.Server{}) || source.Host == at.Host && int(source.Port) == at.Port {
		return fmt.Errorf("the copy of %s answers where the source itself does. Nothing was done to it",
			r.From.Address())
	}
	c, err := connectPatiently(ctx, e.Report, func(ctx context.Context) (*pgx.Conn, error) {
		return e.Sessions.Connect(ctx, r.From, conn.Options{Purpose: "shoji apply", At: at})
	})
	if err != nil {
		return err
	}
	defer session.Close(ctx, c)
	e.Report.Note(fmt.Sprintf("it answers at %s:%d", at.Host, at.Port))
	return conn.EnsureNoReplication(ctx, c, e.Report.Note)
}

// connectPatiently tries to connect again and again until copyDeadline.
func connectPatiently(
	ctx context.Context, report engine.Reporter, connect func(context.Context) (*pgx.Conn, error),
) (*pgx.Conn, error) {
	for started, wait := time.Now(), time.Second; ; wait = min(2*wait, 30*time.Second) {
		c, err := connect(ctx)
		if err == nil || time.Since(started) > copyDeadline || ctx.Err() != nil {
			return c, err
		}
		report.Note(fmt.Sprintf("it does not accept connections yet: %s", err))
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}
