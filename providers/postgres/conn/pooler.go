package conn

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// settle returns a session that was just opened its settings where a pooler kept them from the server. A pooler tells a
// session another process ID than the server's: it makes up the keys by which a session is cancelled.
func (c *Connector) settle(ctx context.Context, conn *pgx.Conn, config *pgx.ConnConfig,
	settings map[string]string) error {
	pid, err := backend(ctx, conn)
	if err != nil {
		return fmt.Errorf("looking at the session on %s: %w", c.Address(), Redact(err))
	}
	if pid == conn.PgConn().PID() {
		return nil
	}
	if c.db.Pooler != spec.PoolerSession {
		return c.poolerError("There is a pooler in front of "+c.Address(),
			"A pooler that hands a server's session to others between two transactions would hand them the key of "+
				"the masks and all other "+
				"settings with it, and a snapshot would be lost. Connect to the server itself; or, where the pooler "+
				"keeps a session for as long "+
				"as its client stays (pool_mode = session of PgBouncer), write pooler = \"session\" into the block.")
	}
	if err := c.keeps(ctx, config, pid); err != nil {
		return err
	}
	conn.PgConn().CustomData()[throughPooler] = true
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if err := tell(ctx, conn, name, settings[name]); err != nil {
			return fmt.Errorf("setting up the session on %s: %w", c.Address(), err)
		}
	}
	return nil
}

// keeps looks whether a pooler leaves a server's session to its client: a second client must get another one, or wait.
func (c *Connector) keeps(ctx context.Context, config *pgx.ConnConfig, pid uint32) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	second, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil // it waits for a session that is free
	}
	defer func() { _ = second.Close(context.WithoutCancel(ctx)) }()
	if other, err := backend(ctx, second); err != nil || other != pid {
		return nil
	}
	return c.poolerError("The pooler in front of "+c.Address()+" does not keep sessions",
		"Its block says pooler = \"session\", and yet a second client got the same session of the server as the "+
			"first one, which was still "+
			"there. Connect to the server itself, or to a pool with pool_mode = session.")
}

func (c *Connector) poolerError(summary, detail string) error {
	return diag.Diagnostic{
		Severity: diag.Error,
		Summary:  summary,
		Detail:   detail,
		Address:  c.Address(),
		Range:    &c.db.Range,
	}
}

// backend returns the process ID of the server's session, asked for in one message: whatever stands in between cannot
// divide it.
func backend(ctx context.Context, conn *pgx.Conn) (uint32, error) {
	results, err := conn.PgConn().Exec(ctx, "SELECT pg_catalog.pg_backend_pid()").ReadAll()
	if err != nil {
		return 0, err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 {
		return 0, fmt.Errorf("%d results in place of one", len(results))
	}
	pid, err := strconv.ParseUint(string(results[0].Rows[0][0]), 10, 32)
	if err != nil {
		return 0, fmt.Errorf("reading the process ID of the session: %w", err)
	}
	return uint32(pid), nil
}

// throughPooler marks a session that came through a pooler, in the driver's custom data.
const throughPooler = "shoji: through a pooler"

// Close ends a session. One of a pooler is cleaned first: the pooler may give it to somebody else, with all that was
// set in it.
func Close(ctx context.Context, conn *pgx.Conn) error {
	if conn.PgConn().CustomData()[throughPooler] == true && !conn.IsClosed() {
		for _, sql := range []string{"ROLLBACK", "DISCARD ALL"} {
			if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
				break // it is broken, and a pooler gives nobody a broken session
			}
		}
	}
	return conn.Close(ctx)
}
