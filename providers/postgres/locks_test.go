package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// TestTooFewLocks: more tables than a server can lock in one transaction are known when the plan is made.
func TestTooFewLocks(t *testing.T) {
	few := map[string]string{
		"max_locks_per_transaction": "10", "max_connections": "12", "max_wal_senders": "2", "max_worker_processes": "2",
		"autovacuum_max_workers": "1",
	}
	var tables strings.Builder
	for i := range 250 {
		fmt.Fprintf(&tables, "CREATE TABLE t%d (id int PRIMARY KEY); ", i)
	}
	// Each table is created in a transaction of its own: one for all of them would need the locks that there are not.
	create := func(t *testing.T, url string) {
		for _, sql := range strings.SplitAfter(strings.TrimSpace(tables.String()), "; ") {
			pgtest.Exec(t, url, sql)
		}
	}
	t.Run("of the source", func(t *testing.T) {
		m := newMovedOn(t, swapMode, pgtest.Own(t, few), pgtest.Server(t))
		create(t, m.source)
		_, _, ds := m.tryPlan()
		mentions(t, ds, "Too few locks on database.prod", "250 locks in one transaction",
			"room for 180", "max_locks_per_transaction to 23 (it is 10)")
	})
	t.Run("of the target", func(t *testing.T) {
		m := newMovedOn(t, replaceMode, pgtest.Server(t), pgtest.Own(t, few))
		create(t, m.source)
		create(t, m.target)
		_, _, ds := m.tryPlan()
		mentions(t, ds, "Too few locks on database.staging", "1000 locks in one transaction")
	})
}
