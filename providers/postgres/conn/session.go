package conn

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/shoji-pg/shoji/internal/secret"
)

// setConfig is the OID of pg_catalog.set_config(text, text, boolean), in every version of PostgreSQL.
const setConfig = 2078

// tell sets a run-time parameter of a session by a fast-path function call. Whatever its settings, a server logs such a
// call by the name of the function only: no statement text or parameter holds the value.
func tell(ctx context.Context, c *pgx.Conn, name, value string) error {
	p := c.PgConn()
	p.Frontend().Send(&pgproto3.FunctionCall{
		Function:  setConfig,
		Arguments: [][]byte{[]byte(name), []byte(value), []byte("false")},
	})
	if err := p.Frontend().Flush(); err != nil {
		return fmt.Errorf("setting %s: %w", name, err)
	}
	var refused error
	for {
		m, err := p.ReceiveMessage(ctx)
		switch m := m.(type) {
		case *pgproto3.ErrorResponse:
			refused = pgconn.ErrorResponseToPgError(m)
		case *pgproto3.ReadyForQuery:
			if refused != nil {
				return fmt.Errorf("setting %s: %w", name, Redact(refused))
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("setting %s: %w", name, Redact(err))
		}
	}
}

// tellAll sets run-time parameters of a session.
func (c *Connector) tellAll(ctx context.Context, conn *pgx.Conn, settings map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if err := tell(ctx, conn, name, settings[name]); err != nil {
			return fmt.Errorf("setting up the session on %s: %w", c.Address(), err)
		}
	}
	return nil
}

// Tell tells secrets to a session whose server has proven itself: one that was opened with RequireProof.
func Tell(ctx context.Context, c *pgx.Conn, secrets map[string]secret.Value) error {
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		if err := tell(ctx, c, name, secrets[name].Reveal()); err != nil {
			return err
		}
	}
	return nil
}

// limit sets the statement timeout of a session to the database's PlanLimit.
func (c *Connector) limit(ctx context.Context, conn *pgx.Conn) error {
	if err := Limit(ctx, conn, c.db.PlanLimit()); err != nil {
		return fmt.Errorf("limiting the statements on %s: %w", c.Address(), err)
	}
	return nil
}

// Limit sets the statement timeout of a session. A shorter one that is in force, as that of the role, the database or
// the server, stays.
func Limit(ctx context.Context, c *pgx.Conn, most time.Duration) error {
	const sql = `SELECT pg_catalog.set_config('statement_timeout', least(nullif(s.setting::int, 0), $1::int)::text,
		false)
		FROM pg_catalog.pg_settings s WHERE s.name = 'statement_timeout'` // in milliseconds; 0 is none
	_, err := c.Exec(ctx, sql, most.Milliseconds())
	return Redact(err)
}

// TimedOut reports whether the limit of a session ended a statement, and not the caller.
func TimedOut(ctx context.Context, err error) bool {
	return Code(err) == "57014" && ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded)
}

// Commit commits a transaction, and fails unless the server did: COMMIT of a failed transaction is answered with
// ROLLBACK, and COMMIT outside a transaction with a warning, neither of which is an error by itself. Its error is
// redacted.
func Commit(ctx context.Context, c *pgx.Conn) error {
	if c.PgConn().TxStatus() == 'I' {
		return errors.New("the transaction ended before it could be committed; nothing of it was kept")
	}
	tag, err := c.Exec(ctx, "COMMIT")
	if err != nil {
		return Redact(err)
	}
	if tag.String() != "COMMIT" {
		return errors.New("the server rolled back the transaction because a statement in it failed")
	}
	return nil
}
