package conn

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Commit ends a transaction, and fails unless the server has committed one: COMMIT of a transaction that failed is
// answered with ROLLBACK, and COMMIT outside of any with a warning, and neither is an error by itself. What it gives is
// redacted.
func Commit(ctx context.Context, c *pgx.Conn) error {
	if c.PgConn().TxStatus() == 'I' {
		return errors.New("the transaction had ended before it was to be committed; nothing of it is there")
	}
	tag, err := c.Exec(ctx, "COMMIT")
	if err != nil {
		return Redact(err)
	}
	if tag.String() != "COMMIT" {
		return errors.New("the server rolled the transaction back, because a statement in it had failed")
	}
	return nil
}
