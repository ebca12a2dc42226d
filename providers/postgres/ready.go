package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

const kindReady = "copy.ready" // readyParams

// reachable is how long a copy that is available may take until it lets somebody in: its name has to become known first.
const reachable = 5 * time.Minute

// readyParams describe the step that waits for a copy and ends what it would go on with by itself.
type readyParams struct {
	Replication conn.Replication `json:"replication"`
}

func (one *observedRefresh) readyStep(found conn.Replication) engine.Step {
	r := one.refresh
	at := r.Copy.Range
	found.Notes = nil
	s := engine.Step{ID: r.Address() + "." + string(r.Copy.Kind) + ".ready", Address: r.Address(), Title: "wait for the " + string(r.Copy.Kind) + " of " + r.From.Address(), Provider: ProviderName, Kind: kindReady,
		Params: encoded(readyParams{found}), Range: &at}
	s.Statements = append(s.Statements, engine.Statement{On: one.origin(), Text: conn.ListSubscriptions})
	for _, sub := range found.Subscriptions {
		s.Statements = append(s.Statements, engine.Statement{On: one.origin() + " (" + sub.Database + ")", Text: sub.Disable()})
	}
	s.Statements = append(s.Statements, engine.Statement{On: one.origin(), Text: conn.DropSlots})
	return s
}

// ready waits until a copy lets somebody in, and quiets it. It is the one step that changes anything there, and must
// never meet the source itself.
func (p *Provider) ready(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[readyParams](p, s)
	if err != nil {
		return err
	}
	at, err := p.redirect(ctx, r)
	if err != nil {
		return err
	}
	source, err := p.connector(r.From).Config(ctx)
	if err != nil {
		return err
	}
	if at == (conn.Place{}) || source.Host == at.Host && int(source.Port) == at.Port {
		return fmt.Errorf("the copy of %s answers where the source itself does. Nothing was done to it", r.From.Address())
	}
	connect := func(ctx context.Context, database string) (*pgx.Conn, error) {
		return p.connector(r.From).Connect(ctx, conn.Options{Database: database, Purpose: "shoji apply", LockTimeout: p.lockTimeout(), At: at})
	}
	c, err := patient(ctx, func(ctx context.Context) (*pgx.Conn, error) { return connect(ctx, "") }, report)
	if err != nil {
		return err
	}
	defer closing(ctx, c)
	report.Note(fmt.Sprintf("it answers at %s:%d", at.Host, at.Port))
	return params.Replication.Quiet(ctx, c, connect, report.Note)
}

// patient tries to connect again and again for a while.
func patient(ctx context.Context, connect func(context.Context) (*pgx.Conn, error), report engine.Reporter) (*pgx.Conn, error) {
	for started, wait := time.Now(), time.Second; ; wait = min(2*wait, 30*time.Second) {
		c, err := connect(ctx)
		if err == nil || time.Since(started) > reachable || ctx.Err() != nil {
			return c, err
		}
		report.Note(fmt.Sprintf("it does not let anybody in yet: %s", err))
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}
