package postgres_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec"
)

var somebody = engine.Holder{Who: "ana@runner", Operation: "apply", Since: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}

// guarding is a process with a spec of one target.
func guarding(t *testing.T, db *spec.Database, mode spec.Mode) (*postgres.Provider, *postgres.Guards) {
	t.Helper()
	guards := &postgres.Guards{}
	project := &spec.Project{
		Databases: []*spec.Database{db},
		Refreshes: []*spec.Refresh{{Name: "nightly", To: db, Mode: mode}},
	}
	return postgres.New(project, session.New(project, session.Options{}),
		postgres.Options{Guards: guards, Now: time.Now}), guards
}

// TestOneLockWhateverTheSpecSays: specs that lead to one server in different words see each other's lock.
func TestOneLockWhateverTheSpecSays(t *testing.T) {
	_, server := pgtest.Pair(t)
	target := pgtest.Database(t, server)
	pgtest.Exec(t, server.AdminURL("postgres"), "CREATE DATABASE other_maintenance")
	t.Cleanup(func() { pgtest.Exec(t, server.AdminURL("postgres"), "DROP DATABASE other_maintenance WITH (FORCE)") })
	name := databaseOf(t, target)
	first := &spec.Database{Name: "staging", URL: target}
	for what, c := range map[string]struct {
		db   *spec.Database
		mode spec.Mode
		same bool
	}{
		"the same spec": {&spec.Database{Name: "staging", URL: target}, spec.Swap, true},
		"another maintenance database": {
			&spec.Database{Name: "staging", URL: target, Maintenance: "other_maintenance"}, spec.Swap, true,
		},
		"maintenance is template1": {
			&spec.Database{Name: "staging", URL: target, Maintenance: "template1"}, spec.Swap, true,
		},
		"another name of the host": {
			&spec.Database{Name: "staging", URL: strings.Replace(target, "127.0.0.1", "localhost", 1)}, spec.Swap, true,
		},
		"another block, in place": {&spec.Database{Name: "copy", URL: target}, spec.Replace, true},
		"what the other one is building": {
			&spec.Database{Name: "next", URL: on(t, target, name+"__next")}, spec.Replace, true,
		},
		"what the other one keeps": {
			&spec.Database{Name: "previous", URL: on(t, target, name+"__prev")}, spec.Swap, true,
		},
		"another database": {
			&spec.Database{Name: "staging", URL: on(t, target, "another")}, spec.Swap, false,
		},
	} {
		t.Run(what, func(t *testing.T) {
			ctx := context.Background()
			one, _ := guarding(t, first, spec.Swap)
			held, err := one.Guard(ctx, first, somebody, 0)
			if err != nil {
				t.Fatal(err)
			}
			two, _ := guarding(t, c.db, c.mode)
			again, err := two.Guard(ctx, c.db, somebody, 0)
			switch {
			case c.same &&
				(err == nil || !strings.Contains(err.Error(), "Another run works on "+c.db.Address()) ||
					!strings.Contains(err.Error(), "ana@runner (shoji apply) since 20")):
				t.Errorf("%v", err)
			case !c.same && err != nil:
				t.Error(err)
			}
			if again != nil {
				again.Release(ctx)
			}
			held.Release(ctx)
			if again, err = two.Guard(ctx, c.db, somebody, 5*time.Second); err != nil {
				t.Fatalf("it is still locked: %v", err)
			}
			again.Release(ctx)
		})
	}
}

// on is the URL of another database.
func on(t *testing.T, text, database string) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + database
	return u.String()
}

// TestTwoBlocksOfOneDatabase: a process that holds the lock is not in its own way.
func TestTwoBlocksOfOneDatabase(t *testing.T) {
	ctx := context.Background()
	_, server := pgtest.Pair(t)
	target := pgtest.Database(t, server)
	one, two := &spec.Database{Name: "staging", URL: target}, &spec.Database{Name: "staging_admin", URL: target}
	guards := &postgres.Guards{}
	project := &spec.Project{
		Databases: []*spec.Database{one, two},
		Refreshes: []*spec.Refresh{{Name: "nightly", To: one, Mode: spec.Swap}},
	}
	p := postgres.New(project, session.New(project, session.Options{}), postgres.Options{Guards: guards})
	first, err := p.Guard(ctx, one, somebody, 0)
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.Guard(ctx, two, somebody, 0)
	if err != nil {
		t.Fatal(err)
	}
	watched := second.Watch(first.Watch(ctx))
	if err := guards.Check(watched); err != nil {
		t.Fatal(err)
	}
	terminate(t, server.AdminURL("postgres"))
	if err := guards.Check(watched); err == nil ||
		!strings.Contains(err.Error(), "the lock on database.staging was lost") {
		t.Errorf("%v", err)
	}
	second.Release(ctx)
	first.Release(ctx)
	if err := guards.Check(ctx); err != nil {
		t.Errorf("what was released is looked at: %v", err)
	}
}

// terminate ends the sessions that hold a lock of the tests' runs.
func terminate(t *testing.T, url string) {
	t.Helper()
	if n := pgtest.Rows(t, url,
		"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name "+
			"LIKE 'shoji apply % ana@runner'"); n[0] != "1" {
		t.Fatalf("%s sessions held the lock", n[0])
	}
}

// TestLostGuardEndsTheContext, with its reason, soon.
func TestLostGuardEndsTheContext(t *testing.T) {
	ctx := context.Background()
	_, server := pgtest.Pair(t)
	db := &spec.Database{Name: "staging", URL: pgtest.Database(t, server)}
	p, _ := guarding(t, db, spec.Swap)
	g, err := p.Guard(ctx, db, somebody, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Release(ctx)
	watched := g.Watch(ctx)
	terminate(t, server.AdminURL("postgres"))
	select {
	case <-watched.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("nobody noticed")
	}
	if cause := context.Cause(watched); !strings.Contains(cause.Error(),
		"the lock on database.staging was lost: the session that held it on the server has ended") {
		t.Errorf("%v", cause)
	}
}

// TestGuardNeedsItsDatabase: where the lock cannot be taken, nothing is run without it, and nothing else is locked in
// its place.
func TestGuardNeedsItsDatabase(t *testing.T) {
	ctx := context.Background()
	server := pgtest.Own(t, nil)
	target := pgtest.Database(t, server)
	role := pgtest.Role(t, server, "CREATEDB")
	pgtest.Exec(t, server.AdminURL("postgres"), "REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
	db := &spec.Database{Name: "staging", URL: pgtest.As(t, target, role), Maintenance: "template1"}
	p, _ := guarding(t, db, spec.Swap)
	_, err := p.Guard(ctx, db, somebody, 0)
	if err == nil || !strings.Contains(err.Error(), "GRANT CONNECT ON DATABASE postgres TO") {
		t.Errorf("%v", err)
	}
	itself := &spec.Database{Name: "staging", URL: server.AdminURL("postgres"), Maintenance: "template1"}
	p, _ = guarding(t, itself, spec.Swap)
	if _, err := p.Guard(ctx, itself, somebody, 0); err == nil || !strings.Contains(err.Error(), "cannot be swapped") {
		t.Errorf("%v", err)
	}
}

// TestGuardThroughAPooler: a run that comes through a pooler and one that does not have one lock.
func TestGuardThroughAPooler(t *testing.T) {
	ctx := context.Background()
	_, server := pgtest.Pair(t)
	target := pgtest.Database(t, server)
	pooled := pgtest.Pooler(t, server, "pool_mode = session", "default_pool_size = 40")
	one := &spec.Database{Name: "staging", URL: on(t, pooled, databaseOf(t, target)), Pooler: spec.PoolerSession}
	two := &spec.Database{Name: "staging", URL: target}
	first, _ := guarding(t, one, spec.Swap)
	second, _ := guarding(t, two, spec.Swap)
	g, err := first.Guard(ctx, one, somebody, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 { // which session of the pooler they get is not theirs to say
		pgtest.Rows(t, pooled, "SELECT 1")
	}
	if _, err := second.Guard(ctx, two, somebody, 0); err == nil ||
		!strings.Contains(err.Error(), "Another run works on") {
		t.Errorf("the pooler's session lost the lock: %v", err)
	}
	g.Release(ctx)
	again, err := second.Guard(ctx, two, somebody, 5*time.Second)
	if err != nil {
		t.Fatalf("the pooler keeps the lock: %v", err)
	}
	again.Release(ctx)
}

// TestLostGuardStopsTheRun in the middle of a copy, in both modes: the live copy is as it was.
func TestLostGuardStopsTheRun(t *testing.T) {
	for _, mode := range []string{swapMode, replaceMode} {
		t.Run(mode, func(t *testing.T) {
			ctx := context.Background()
			m := newMoved(t, mode)
			pgtest.Exec(t, m.source, "CREATE TABLE t (id int)", "INSERT INTO t SELECT generate_series(1, 100)")
			if mode == replaceMode {
				pgtest.Exec(t, m.target, "CREATE TABLE t (id int)", "INSERT INTO t VALUES (7)")
			}
			r, plan := m.plan()
			g, err := r.provider.Guard(ctx, r.project.Refreshes[0].To, somebody, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer g.Release(ctx)
			before := m.state()
			m.event = func(e engine.Event) {
				last := e.Type == engine.StepStarted && (e.Step.Kind == "swap.swap" || e.Step.Kind == inPlace)
				if last { // after the check before the step: only that of the step itself is left
					terminate(t, m.on("postgres"))
				}
			}
			result, ds := m.run(r, plan)
			if result.State != engine.RunFailed ||
				!strings.Contains(text(ds), "the lock on database.staging was lost") {
				t.Errorf("%s: %s", result.State, text(ds))
			}
			if after := m.state(); fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("the live copy is not as it was: %v", after)
			}
			m.noLeftovers()
		})
	}
}
