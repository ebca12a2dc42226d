package record

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// WriteRecord writes into the next database how it was made, before it is swapped in: a copy is never live without its
// record.
type WriteRecord struct {
	op.Database
	Record Record `json:"record"`
}

func (WriteRecord) Kind() string { return "copy.record" }

func (o WriteRecord) Statements() []engine.Statement { return op.Statements(o.On(), Statements()...) }

func (o WriteRecord) Run(ctx context.Context, e *op.Env) error {
	return e.InDatabase(ctx, o.Database, func(c *pgx.Conn) error {
		begin := "BEGIN"
		if o.Role != "" {
			begin = "SET ROLE " + sqltext.Ident(o.Role) + "; " + begin
		}
		if _, err := c.PgConn().Exec(ctx, begin).ReadAll(); err != nil {
			return fmt.Errorf("recording how the copy was made: %w", conn.Redact(err))
		}
		if err := o.Record.WriteIn(ctx, e, c); err != nil {
			return err
		}
		return conn.Commit(ctx, c)
	})
}

// WriteIn writes r as the record of the run that executes a step, in the transaction of c.
func (r Record) WriteIn(ctx context.Context, e *op.Env, c *pgx.Conn) error {
	key, err := e.Sessions.RecordKey(e.Refresh)
	if err != nil {
		return err
	}
	r.Run, r.Time = e.Run.ID, e.Run.Time.UTC()
	return Write(ctx, c, &r, key)
}
