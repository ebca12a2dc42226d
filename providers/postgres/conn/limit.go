package conn

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// limit ends every statement of a session after the database's PlanLimit. A shorter statement_timeout of the role, of
// the database or of the server stays: whoever set it meant it for this user too.
func (c *Connector) limit(ctx context.Context, conn *pgx.Conn) error {
	const sql = `SELECT pg_catalog.set_config('statement_timeout', least(nullif(s.setting::int, 0), $1::int)::text,
		false)
		FROM pg_catalog.pg_settings s WHERE s.name = 'statement_timeout'` // in milliseconds; 0 is none
	if _, err := conn.Exec(ctx, sql, c.db.PlanLimit().Milliseconds()); err != nil {
		return fmt.Errorf("limiting the statements on %s: %w", c.Address(), Redact(err))
	}
	return nil
}

// TimedOut reports whether a statement of a session that only looks was ended by its limit, and not by whoever waits
// for it.
func TimedOut(ctx context.Context, err error) bool {
	return Code(err) == "57014" && ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded)
}
