package swap

import (
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// A worker of autovacuum in the live copy is nobody who must be asked to go: the server ends it, also for a role that
// sees no more of it than that it is there.
func TestAutovacuumAtSwap(t *testing.T) {
	server := pgtest.Own(t, map[string]string{
		"autovacuum_naptime":           "1",
		"autovacuum_vacuum_cost_delay": "100",
		"autovacuum_vacuum_cost_limit": "1",
	})
	r := newRefreshingOn(t, server, small(t), "vacuumed_live")
	r.live("old")
	// Dead rows enough that cleaning them up, at the pace above, takes longer than the test.
	pgtest.Exec(t, r.url(r.names.Live), `CREATE TABLE dead AS SELECT i FROM generate_series(1, 200000) i`,
		`DELETE FROM dead`)
	draft, diags := r.plan()
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	worker := func() bool {
		return len(pgtest.Rows(t, server.AdminURL("postgres"),
			`SELECT pid FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND datname = `+
				sqltext.Literal(r.names.Live))) > 0
	}
	for deadline := time.Now().Add(30 * time.Second); !worker(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Skip("no worker of autovacuum came")
		}
	}
	if err := r.apply(draft.Steps, op.Run{ID: "one", Time: time.Unix(1700000000, 0)}, 1); err != nil {
		t.Fatal(err)
	}
	if worker() {
		t.Error("the worker is still in the live copy")
	}
}
