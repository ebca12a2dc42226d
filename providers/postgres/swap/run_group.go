package swap

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// chunk is how many statements share a transaction. One for all of them would need a lock in
// shared memory for every object of a large schema (max_locks_per_transaction).
const chunk = 500

// Statements executes a step of KindStatements over a connection to the next database: its
// statements in order, a few hundred in a transaction. Each transaction also writes into the
// database's comment how far it is, so that a second run goes on there. The error names the
// object that failed. One such step runs at a time.
func Statements(ctx context.Context, c *pgx.Conn, p GroupParams, statements []engine.Statement, run op.Run,
	report engine.Reporter) error {
	all := sqlOf(statements)
	if len(all) != len(p.Objects)+1 {
		return fmt.Errorf("the step has %d statements for %d objects: the plan is damaged", len(all), len(p.Objects))
	}
	user, mark, err := readMark(ctx, c, p.Database)
	if err != nil {
		return err
	}
	if mark.Run != run.ID {
		return fmt.Errorf("database %s is not the one that this run has made: its comment names run %q",
			quote(p.Database), mark.Run)
	}
	defer restore(ctx, c)
	if err := runSQL(ctx, c, all[0]); err != nil {
		return fmt.Errorf("setting the session up: %w", conn.Redact(err))
	}
	body := all[1:]
	for done := mark.Done[p.Group]; done < len(body); {
		upto := min(done+chunk, len(body))
		if err := runSQL(ctx, c, "BEGIN"); err != nil {
			return fmt.Errorf("beginning a transaction: %w", conn.Redact(err))
		}
		for i := done; i < upto; i++ {
			if err := runSQL(ctx, c, body[i]); err != nil {
				return fmt.Errorf("creating %s: %w", p.Objects[i], conn.Redact(err))
			}
		}
		if mark.Done == nil {
			mark.Done = map[string]int{}
		}
		mark.Done[p.Group] = upto
		if err := runSQL(ctx, c, commentStatement(p.Database, Comment(user, mark))+"; COMMIT"); err != nil {
			return fmt.Errorf("committing %s: %w", p.Group, conn.Redact(err))
		}
		done = upto
	}
	return nil
}

// readMark reads a database's comment over any connection to its server.
func readMark(ctx context.Context, c *pgx.Conn, database string) (user string, m Mark, err error) {
	var comment string
	err = c.QueryRow(ctx,
		`SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_catalog.pg_database WHERE datname = $1`,
		database).Scan(&comment)
	if err != nil {
		return "", Mark{}, fmt.Errorf("reading the comment of database %s: %w", quote(database), conn.Redact(err))
	}
	user, m, _ = ParseComment(comment)
	return user, m, nil
}
