package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec"
)

const kindReady = "copy.ready"

// reachable is how long a copy that is available may take until it lets somebody in: its name has to become known
// first.
const reachable = 5 * time.Minute

func (one *observedRefresh) readyStep() engine.Step {
	r := one.refresh
	at := r.Copy.Range
	s := engine.Step{
		ID:       r.Address() + "." + string(r.Copy.Kind) + ".ready",
		Address:  r.Address(),
		Title:    "wait for the " + string(r.Copy.Kind) + " of " + r.From.Address(),
		Provider: ProviderName,
		Kind:     kindReady,
		Range:    &at,
	}
	for _, sql := range []string{conn.ShowWorkers, conn.ListSubscriptions, conn.DropSlots} {
		s.Statements = append(s.Statements, engine.Statement{On: one.origin(), Text: sql})
	}
	return s
}

// loud reports what of the source would go on in its copy and is not kept from it, and notes what is harmless.
func loud(r *spec.Refresh, server conn.Replication, around *engine.Around) diag.Diagnostics {
	var ds diag.Diagnostics
	at := &r.Copy.At.ParameterGroup.Range
	if len(server.Subscriptions) > 0 && !rests(r, server) {
		ds.Errorf(at, "Subscriptions would run in the copy",
			"Subscriptions of the source are enabled (%s), and a copy of its server goes on with them as soon as it "+
				"starts: it takes changes from their publishers in the source's place. "+
				"No statement would be in time, and ALTER SUBSCRIPTION … DISABLE takes the owner of the subscription. "+
				"Give the copy a parameter group that lets none run: parameters = { %s = \"0\" } in a "+
				"parameter_group block, and %s = parameter_group.NAME here.",
			server.Names(), conn.Workers, groupArgument(r))
	}
	if server.Cron && !jobless(r) {
		ds.Warnf(at, "Jobs would run in the copy",
			"The source has pg_cron, whose jobs run in a copy of its server too, from its start until it is removed: "+
				"what they do outside of the database is done twice. Give the copy a parameter group without pg_cron: "+
				"parameters = { shared_preload_libraries = \"…\" } in a parameter_group block, and %s = "+
				"parameter_group.NAME here.", groupArgument(r))
	}
	if server.Slots > 0 {
		around.Notes = append(around.Notes,
			fmt.Sprintf("the copy inherits %d logical replication slots, which keep all that is written there; they "+
				"are dropped in it where the user may, which takes rds_replication (as "+
				"inferred; REPLICATION elsewhere)", server.Slots))
	}
	return ds
}

// groupArgument is the argument that gives a copy a parameter group with what a server starts with.
func groupArgument(r *spec.Refresh) string {
	if r.Copy.Instance != "" {
		return "instance_parameter_group"
	}
	return "parameter_group"
}

// set gives what the groups that the spec gives a copy say of a parameter. The instance's wins.
func set(c *spec.Copy, parameter string) (value string, said bool) {
	for _, g := range []*spec.ParameterGroup{c.InstanceParameterGroup, c.ParameterGroup} {
		if g != nil {
			if value, said = g.Parameters[parameter]; said {
				return value, true
			}
		}
	}
	return "", false
}

// rests reports whether a copy starts without workers for subscriptions: because its group says so, or because it takes
// over the groups of a source that has none either.
func rests(r *spec.Refresh, server conn.Replication) bool {
	if value, said := set(r.Copy, conn.Workers); said {
		return value == "0"
	}
	at, from := r.Place(), r.Source()
	takesOver := at != nil && from != nil && at.Account == from.Account && at.Region == from.Region &&
		r.Copy.ParameterGroup == nil && r.Copy.InstanceParameterGroup == nil
	return server.Workers == 0 && takesOver
}

// jobless reports whether a copy starts without pg_cron because its group says so.
func jobless(r *spec.Refresh) bool {
	libraries, said := set(r.Copy, "shared_preload_libraries")
	return said && !strings.Contains(libraries, "pg_cron")
}

// ready waits until a copy lets somebody in, and quiets it. It is the one step that changes anything there, and must
// never meet the source itself.
func (p *Provider) ready(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, err := p.refresh(s.Address)
	if err != nil {
		return err
	}
	at, err := p.sessions.Copy(ctx, r)
	if err != nil {
		return err
	}
	source, err := p.sessions.Connector(r.From).Config(ctx)
	if err != nil {
		return err
	}
	if at == (conn.Server{}) || source.Host == at.Host && int(source.Port) == at.Port {
		return fmt.Errorf("the copy of %s answers where the source itself does. Nothing was done to it",
			r.From.Address())
	}
	c, err := patient(ctx, func(ctx context.Context) (*pgx.Conn, error) {
		return p.sessions.Connector(r.From).Connect(ctx, conn.Options{
			Purpose:     "shoji apply",
			LockTimeout: p.sessions.LockTimeout(),
			At:          at,
		})
	}, report)
	if err != nil {
		return err
	}
	defer session.Close(ctx, c)
	report.Note(fmt.Sprintf("it answers at %s:%d", at.Host, at.Port))
	return conn.EnsureNoReplication(ctx, c, report.Note)
}

// patient tries to connect again and again for a while.
func patient(ctx context.Context, connect func(context.Context) (*pgx.Conn, error),
	report engine.Reporter) (*pgx.Conn, error) {
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
