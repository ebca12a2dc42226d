package swap

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// CarrySettings applies to the next database the settings and the connection limit of the live one, in one transaction.
// It comes late, since a setting such as default_transaction_read_only would stop the refresh itself.
type CarrySettings struct {
	op.Database
	Next     string   `json:"next"`
	Settings []string `json:"settings"` // statements
}

func (CarrySettings) Kind() string { return "swap.settings" }

func (o CarrySettings) Statements() []engine.Statement { return op.Statements(o.On(), o.Settings...) }

func (o CarrySettings) Run(ctx context.Context, e *op.Env) error {
	return e.InMaintenance(ctx, func(c *pgx.Conn) error {
		if err := runSQL(ctx, c, "BEGIN; "+strings.Join(o.Settings, "; ")+"; COMMIT"); err != nil {
			return fmt.Errorf("carrying over the settings of %s: %w", o.Next, conn.Redact(err))
		}
		return nil
	})
}
