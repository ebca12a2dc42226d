package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/spec"
)

// enoughConnections holds the jobs of a refresh against the connections that its user may have to the source: what is
// short is known before a run is in the middle of it. One more than jobs holds the snapshot.
func enoughConnections(ctx context.Context, c *pgx.Conn, r *spec.Refresh) diag.Diagnostics {
	var user, database string
	var ofRole, ofDatabase int
	err := c.QueryRow(ctx, `SELECT r.rolname::text, d.datname::text, CASE WHEN r.rolsuper THEN -1
		ELSE r.rolconnlimit END, CASE WHEN r.rolsuper THEN -1 ELSE d.datconnlimit END
		FROM pg_catalog.pg_roles r, pg_catalog.pg_database d WHERE r.rolname = current_user
			AND d.datname = current_database()`).Scan(&user, &database, &ofRole, &ofDatabase)
	if err != nil {
		return failed("The source cannot be inspected", conn.Redact(err), r.Range)
	}
	at := &r.At.Jobs.Range
	var ds diag.Diagnostics
	short := func(limit int, whose, alter string) {
		if limit < 0 || limit >= r.Jobs+1 {
			return
		}
		help := fmt.Sprintf("%s CONNECTION LIMIT %d", alter, r.Jobs+1)
		if limit > 1 {
			help = fmt.Sprintf("Write jobs = %d, or let it have more: %s", limit-1, help)
		}
		ds.Errorf(at, "Too few connections",
			"jobs = %d takes %d connections to %s, one of them for the snapshot, and %s allows %d. %s.", r.Jobs,
			r.Jobs+1, r.From.Address(), whose, limit, help)
	}
	short(ofRole, "the role "+user, "ALTER ROLE "+sqltext.Ident(user))
	short(ofDatabase, "the database "+database, "ALTER DATABASE "+sqltext.Ident(database))
	return ds
}
