package conn

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/spec"
)

// settle applies the settings of a new session if a pooler did not pass them on. A pooler reports another process ID
// than the server's, because it makes up the keys for canceling.
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
		return c.errorf("Connection pooler in front of "+c.Address(),
			"A pooler that gives a server session to other clients between transactions would give them the key of "+
				"the masks and all other settings, and a snapshot would be lost. Connect to the server itself; or, "+
				"if the pooler keeps a session for its client (pool_mode = session of PgBouncer), set pooler = "+
				"\"session\" in the block.")
	}
	if err := c.keeps(ctx, config, pid); err != nil {
		return err
	}
	conn.PgConn().CustomData()[throughPooler] = true
	return c.tellAll(ctx, conn, settings)
}

// keeps checks that a pooler keeps a server session for its client: a second client must get another one, or wait.
func (c *Connector) keeps(ctx context.Context, config *pgx.ConnConfig, pid uint32) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	second, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil // it waits for a free session
	}
	defer func() { _ = second.Close(context.WithoutCancel(ctx)) }()
	if other, err := backend(ctx, second); err != nil || other != pid {
		return nil
	}
	return c.errorf("Connection pooler in front of "+c.Address()+" does not keep sessions",
		"The block has pooler = \"session\", but a second client got the same server session as the first one, which "+
			"was still connected. Connect to the server itself, or to a pool with pool_mode = session.")
}

// backend returns the process ID of the server session, queried in one message, which a pooler cannot split.
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

// throughPooler marks a session through a pooler in the driver's custom data.
const throughPooler = "shoji: through a pooler"

// Close ends a session. One through a pooler is reset first: the pooler may give it to another client with all its
// settings.
func Close(ctx context.Context, conn *pgx.Conn) error {
	if conn.PgConn().CustomData()[throughPooler] == true && !conn.IsClosed() {
		for _, sql := range []string{"ROLLBACK", "DISCARD ALL"} {
			if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
				break // a pooler does not reuse a broken session
			}
		}
	}
	return conn.Close(ctx)
}
