package rows

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// Prepare runs one statement in the next database that loading needs, or that takes back what loading needed.
type Prepare struct {
	op.Database
	SQL string `json:"sql"`
}

// Kind returns the stable name of the step.
func (Prepare) Kind() string { return "stage.prepare" }

// Statements returns the statement.
func (o Prepare) Statements() []engine.Statement { return op.Statements(o.On(), o.SQL) }

// Run executes the statement.
func (o Prepare) Run(ctx context.Context, e *op.Env) error {
	return e.InDatabase(ctx, o.Database, func(c *pgx.Conn) error {
		if _, err := c.Exec(ctx, o.SQL); err != nil {
			return fmt.Errorf("running %q: %w", o.SQL, conn.Redact(err))
		}
		return nil
	})
}
