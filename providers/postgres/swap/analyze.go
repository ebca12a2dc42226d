package swap

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// Analyze makes the statistics of a table or materialized view of the next database.
type Analyze struct {
	op.Database
	Schema string `json:"schema"`
	Table  string `json:"table"`
	Looking
}

func (Analyze) Kind() string { return "swap.analyze" }

func (o Analyze) Statements() []engine.Statement {
	return op.Statements(o.On(), o.set(preamble(o.Role, 0)), o.sql())
}

// Shared returns what the session is set up with.
func (o Analyze) Shared() []string { return []string{preamble(o.Role, 0)} }

func (o Analyze) sql() string { return "ANALYZE " + sqltext.Ident(o.Schema, o.Table) }

func (o Analyze) Run(ctx context.Context, e *op.Env) error {
	return e.InDatabase(ctx, o.Database, func(c *pgx.Conn) error {
		statistics := Object{Name: "the statistics of " + ddl.Path(o.Schema, o.Table), SQL: o.sql()}
		return o.create(ctx, e, c, preamble(o.Role, 0), statistics)
	})
}
