package swap

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// PostData executes a step of KindPostData over a connection to the next database. What is
// there already, from a run that was interrupted after the statement and before the journal
// knew, is left as it is.
func PostData(ctx context.Context, c *pgx.Conn, p PostParams, statements []engine.Statement,
	report engine.Reporter) error {
	if exists, err := p.exists(ctx, c); err != nil || exists {
		return err
	}
	return runEntry(ctx, c, p.Object, sqlOf(statements), report)
}

func (p PostParams) exists(ctx context.Context, c *pgx.Conn) (bool, error) {
	var sql string
	var args []any
	switch p.Check {
	case "":
		return false, nil
	case "index":
		sql = `SELECT EXISTS (SELECT FROM pg_catalog.pg_class x JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
			WHERE n.nspname = $1 AND x.relname = $2 AND x.relkind IN ('i', 'I'))`
		args = []any{p.Schema, p.Name}
	case "constraint":
		sql = `SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class r ON r.oid = k.conrelid
			JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace WHERE n.nspname = $1 AND r.relname = $2
				AND k.conname = $3)`
		args = []any{p.Schema, p.Table, p.Name}
	default:
		return false, fmt.Errorf("step checks for %q, which is unknown: the plan is damaged or from another version",
			p.Check)
	}
	var exists bool
	if err := c.QueryRow(ctx, sql, args...).Scan(&exists); err != nil {
		return false, fmt.Errorf("looking for %s: %w", p.Object, conn.Redact(err))
	}
	return exists, nil
}

// runEntry sets the session up with the first statement and runs the others, each a
// transaction.
//
// An index, a key or a view may call a function that has no search_path of its own and finds
// its tables by that of the session. pg_restore fails on those. Here such a statement is tried
// once more with PostgreSQL's default search_path, and the step says so.
func runEntry(ctx context.Context, c *pgx.Conn, object string, statements []string, report engine.Reporter) error {
	if len(statements) == 0 {
		return fmt.Errorf("the step for %s has no statements: the plan is damaged", object)
	}
	defer restore(ctx, c)
	if err := runSQL(ctx, c, statements[0]); err != nil {
		return fmt.Errorf("setting the session up: %w", conn.Redact(err))
	}
	for _, sql := range statements[1:] {
		err := runSQL(ctx, c, sql)
		switch conn.Code(err) {
		case undefinedTable, undefinedFunction, undefinedObject:
			if runSQL(ctx, c, `SET search_path = "$user", public`) == nil && runSQL(ctx, c, sql) == nil {
				report.Note(object +
					" calls a function that depends on the session's search_path; give the function its own (ALTER " +
					"FUNCTION … SET search_path)")
				err = nil
			}
		case duplicateTable, duplicateObject, duplicateFunction:
			err = nil // an earlier run had made it
		}
		if err != nil {
			return fmt.Errorf("creating %s: %w", object, conn.RedactRows(err))
		}
	}
	return nil
}

// RefreshView executes a step of KindRefreshView over a connection to the next database.
func RefreshView(ctx context.Context, c *pgx.Conn, p PlainParams, statements []engine.Statement,
	report engine.Reporter) error {
	return runEntry(ctx, c, p.Object, sqlOf(statements), report)
}

// Analyze executes a step of KindAnalyze over a connection to the next database.
func Analyze(ctx context.Context, c *pgx.Conn, p PlainParams, statements []engine.Statement,
	report engine.Reporter) error {
	return runEntry(ctx, c, "the statistics of "+p.Object, sqlOf(statements), report)
}

// Settings executes a step of KindSettings over a connection to the maintenance database, all
// in one transaction.
func Settings(ctx context.Context, c *pgx.Conn, p PlainParams, statements []engine.Statement) error {
	sql := "BEGIN"
	for _, s := range sqlOf(statements) {
		sql += "; " + s
	}
	defer restore(ctx, c)
	if err := runSQL(ctx, c, sql+"; COMMIT"); err != nil {
		return fmt.Errorf("carrying over the %s: %w", p.Object, conn.Redact(err))
	}
	return nil
}
