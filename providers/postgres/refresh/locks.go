package refresh

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
)

// locksOfServer is how many locks a server has room for: max_locks_per_transaction for each session and process that
// it can have (NLOCKENTS in lock.c, InitializeMaxBackends in postinit.c). All transactions share them.
const locksOfServer = `SELECT pg_catalog.current_setting('max_locks_per_transaction')::bigint,
	pg_catalog.current_setting('max_connections')::bigint +
	pg_catalog.current_setting('max_prepared_transactions')::bigint +
	pg_catalog.current_setting('autovacuum_max_workers')::bigint + 1 +
	pg_catalog.current_setting('max_worker_processes')::bigint + pg_catalog.current_setting('max_wal_senders')::bigint`

// enoughLocks holds what one transaction of a refresh locks against the locks that a server has room for: what is short
// is known before a run is in the middle of it. what says which transaction it is.
func (p *Plan) enoughLocks(ctx context.Context, c *pgx.Conn, address, what string, needed int64) diag.Diagnostics {
	var each, sessions int64
	if err := c.QueryRow(ctx, locksOfServer).Scan(&each, &sessions); err != nil {
		return Failed("The locks of "+address+" cannot be read", conn.Redact(err), p.Refresh.Range)
	}
	var ds diag.Diagnostics
	if needed > each*sessions {
		ds.Errorf(p.at(), "Too few locks on "+address,
			"%s takes %d locks in one transaction, and the server has room for %d. Set "+
				"max_locks_per_transaction to %d "+
				"(it is %d) and restart the server, or choose fewer tables with schemas or skip.", what, needed,
			each*sessions,
			needed/sessions+each, each)
	}
	return ds
}

// snapshotLocks returns how many locks it takes to read the tables of a refresh under one snapshot, and to dump their
// structure: one for each.
func (p *Plan) snapshotLocks() int64 {
	n := int64(0)
	for _, t := range p.tables {
		if t.Treatment != decide.Skip {
			n++
		}
	}
	return n
}

// replaceLocks returns how many locks it takes to replace the rows of tables: each with its indexes, and what is stored
// beside it.
func (p *Plan) replaceLocks(live *catalog.Catalog) int64 {
	filled := map[catalog.Ref]bool{}
	for _, t := range p.tables {
		filled[t.Source.Ref()] = t.Treatment != decide.Skip
	}
	n := int64(0)
	for i := range live.Tables {
		if t := &live.Tables[i]; filled[t.Ref()] {
			n += 3 + int64(len(t.Indexes)) // the table, its TOAST table, and the index of that
		}
	}
	return n
}
