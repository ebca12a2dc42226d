package conn

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// setConfig is the OID of pg_catalog.set_config(text, text, boolean), in every version of PostgreSQL.
const setConfig = 2078

// tell sets a run-time parameter of a session by a fast-path function call. A server logs such a call by the function's
// name alone, whatever its settings: there is no statement whose text or parameters could hold the value.
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
