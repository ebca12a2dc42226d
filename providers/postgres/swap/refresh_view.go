package swap

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// RefreshView fills a materialized view of the next database.
type RefreshView struct {
	op.Database
	Schema string `json:"schema"`
	View   string `json:"view"`
	// Memory is the maintenance_work_mem of the session in kB; 0 leaves it.
	Memory int64 `json:"memory_kb,omitempty"`
	Looking
}

func (RefreshView) Kind() string { return "swap.refresh_matview" }

func (o RefreshView) Statements() []engine.Statement {
	return op.Statements(o.On(), o.set(preamble(o.Role, o.Memory)), o.sql())
}

func (o RefreshView) sql() string {
	return "REFRESH MATERIALIZED VIEW " + sqltext.Ident(o.Schema, o.View)
}

func (o RefreshView) Run(ctx context.Context, e *op.Env) error {
	return e.InDatabase(ctx, o.Database, func(c *pgx.Conn) error {
		view := Object{Name: "materialized view " + ddl.Path(o.Schema, o.View), SQL: o.sql()}
		return o.create(ctx, e, c, preamble(o.Role, o.Memory), view)
	})
}
