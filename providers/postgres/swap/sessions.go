package swap

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// backend is a session with a database of the refresh.
type backend struct {
	PID       int32
	Role      string // "" for a background worker
	App       string
	Superuser bool
}

// ender ends the sessions of some databases over a connection of its own.
type ender struct {
	conn  *pgx.Conn
	oids  []uint32
	ended int
}

// end asks each session to end, and returns those that the connected user may not end.
func (e *ender) end(ctx context.Context) (refused []backend, err error) {
	all, err := sessionsOf(ctx, e.conn, e.oids)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		var sent bool
		err := e.conn.QueryRow(ctx, `SELECT pg_terminate_backend($1)`, s.PID).Scan(&sent)
		switch {
		case conn.Code(err) == insufficientPrivilege:
			refused = append(refused, s)
		case err != nil:
			return nil, fmt.Errorf("ending a session: %w", conn.Redact(err))
		case sent:
			e.ended++
		}
	}
	return refused, nil
}

// sessionsOf returns the sessions of databases. Workers of autovacuum are left out: the server ends those by itself
// when a database is renamed, and only a superuser may. A role without pg_read_all_stats sees no backend_type of
// others, but that they have no user.
func sessionsOf(ctx context.Context, c *pgx.Conn, oids []uint32) ([]backend, error) {
	rows, err := c.Query(ctx, `
		SELECT a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(r.rolsuper, false)
		FROM pg_catalog.pg_stat_activity a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
		WHERE a.datid = ANY ($1) AND a.pid <> pg_backend_pid() AND NOT (a.usesysid IS NULL AND coalesce(a.backend_type,
			'autovacuum worker') = 'autovacuum worker')
		ORDER BY a.pid`, oids)
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", conn.Redact(err))
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[backend])
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", conn.Redact(err))
	}
	return all, nil
}

// blockedBy returns an error that says who keeps the databases from being renamed, and what helps.
func (x exchange) blockedBy(sessions []backend) error {
	count := map[string]int{}
	super := false
	for _, s := range sessions {
		who := "a background worker"
		if s.Role != "" {
			who = quote(s.Role)
		}
		if s.App != "" {
			who += " (" + s.App + ")"
		}
		count[who]++
		super = super || s.Superuser
	}
	lines := make([]string, 0, len(count))
	for who, n := range count {
		lines = append(lines, fmt.Sprintf("%d of %s", n, who))
	}
	sort.Strings(lines)
	list := strings.Join(lines, ", ")
	switch {
	case x.wait:
		return fmt.Errorf("sessions are still connected to %s after %s: %s. End them, wait longer (-lock-timeout), "+
			"or set disconnect = \"terminate\"", quoteAll(x.public), x.timeout, list)
	case super:
		return fmt.Errorf("sessions on %s cannot be ended: %s. Only a superuser may end a superuser's; for others: "+
			"GRANT pg_signal_backend to the connected role", quoteAll(x.public), list)
	}
	return fmt.Errorf("sessions on %s cannot be ended: %s. Grant the right: GRANT "+
		"pg_signal_backend to the connected role", quoteAll(x.public), list)
}

// endSessionsStatement returns what a plan shows for the ending of sessions.
func endSessionsStatement(n Names) string {
	return "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (" + literal(n.Live) + ", " +
		literal(n.Previous) + ", " + literal(n.Next) + ")"
}

func databaseOIDs(ctx context.Context, c *pgx.Conn, names []string) (map[string]uint32, error) {
	rows, err := c.Query(ctx, `SELECT datname, oid FROM pg_catalog.pg_database WHERE datname = ANY ($1)`, names)
	if err != nil {
		return nil, fmt.Errorf("listing databases: %w", conn.Redact(err))
	}
	out := map[string]uint32{}
	var name string
	var oid uint32
	if _, err := pgx.ForEachRow(rows, []any{&name, &oid}, func() error { out[name] = oid; return nil }); err != nil {
		return nil, fmt.Errorf("listing databases: %w", conn.Redact(err))
	}
	return out, nil
}

// checkUnblocked returns an error where ending sessions would not be enough.
func checkUnblocked(ctx context.Context, c *pgx.Conn, names []string) error {
	for _, name := range names {
		var f Facts
		if err := f.readUse(ctx, c, name); err != nil {
			return fmt.Errorf("looking for what uses database %s: %w", quote(name), conn.Redact(err))
		}
		switch {
		case f.Prepared > 0:
			return fmt.Errorf("%d prepared transactions of database %s are open: finish them with COMMIT "+
				"PREPARED or ROLLBACK PREPARED", f.Prepared, quote(name))
		case len(f.Slots) > 0:
			return fmt.Errorf("replication slots read database %s: %s: drop them with pg_drop_replication_slot",
				quote(name), quoteAll(f.Slots))
		case len(f.Subscriptions) > 0:
			return fmt.Errorf("subscriptions write to database %s: %s: drop them", quote(name),
				quoteAll(f.Subscriptions))
		}
	}
	return nil
}
