package swap

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// preamble is the first statement of a session that runs pg_dump's SQL: what pg_dump itself
// sets at the head of a script, and no time limits. Functions without a search_path of their own
// find nothing but pg_catalog, as under pg_restore; see runEntry for what follows from that.
func preamble(role string, memoryKB int64) string {
	sql := "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET check_function_bodies = off; " +
		"SET xmloption = content; SET row_security = off; SET client_min_messages = warning; SET search_path = ''; " +
		"SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0"
	if memoryKB > 0 {
		sql += fmt.Sprintf("; SET maintenance_work_mem = '%dkB'", memoryKB)
	}
	if role != "" {
		sql += "; SET ROLE " + sqltext.Ident(role)
	}
	return sql
}

// sqlOf gives the SQL of a step's statements.
func sqlOf(statements []engine.Statement) []string {
	out := make([]string, len(statements))
	for i, s := range statements {
		out[i] = s.Text
	}
	return out
}

// runSQL runs SQL by the simple protocol, which takes several statements in one transaction.
func runSQL(ctx context.Context, c *pgx.Conn, sql string) error {
	return c.PgConn().Exec(ctx, sql).Close()
}

// restore gives a connection back as it was before preamble. A connection on which that
// fails is closed, so that nobody goes on with it.
func restore(ctx context.Context, c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if c.IsClosed() {
		return
	}
	sql := "RESET ROLE; RESET ALL"
	if c.PgConn().TxStatus() != 'I' {
		sql = "ROLLBACK; " + sql
	}
	if runSQL(ctx, c, sql) != nil {
		_ = c.Close(ctx) // it is broken already
	}
}
