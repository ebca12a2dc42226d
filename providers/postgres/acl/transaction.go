package acl

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/session"
)

// Kinds returns the kinds of steps of this package.
func Kinds() op.Kinds { return op.Kinds{ChangeRole{}, DropOwned{}, ChangeGrants{}} }

// lockKey is the advisory lock that makes this the only writer of access lists in a database.
const lockKey = "SELECT pg_catalog.pg_advisory_xact_lock(1936224106, 6382444)" // "shoj", "acl" in ASCII

// attempts is how often a transaction is tried that met another writer.
const attempts = 6

// inDatabase calls f in one transaction of a new session with a database of the server that an address of the spec
// stands for; "" is the database of its URL.
func inDatabase(ctx context.Context, e *op.Env, address, database string,
	f func(context.Context, pgx.Tx) error) error {
	db, err := e.Sessions.Database(address)
	if err != nil {
		return err
	}
	c, err := e.Sessions.Connect(ctx, db, conn.Options{Database: database, Purpose: "shoji apply"})
	if err != nil {
		return err
	}
	defer session.Close(ctx, c)
	return inTransaction(ctx, c, f)
}

// inTransaction calls f in a transaction that no other of shoji's shares the access lists with, and repeats it where
// another writer was in its way.
func inTransaction(ctx context.Context, c *pgx.Conn, f func(context.Context, pgx.Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := try(ctx, c, f)
		if err == nil || attempt == attempts || !isTransient(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(attempt*attempt) * 20 * time.Millisecond):
		}
	}
}

func try(ctx context.Context, c *pgx.Conn, f func(context.Context, pgx.Tx) error) error {
	tx, err := c.Begin(ctx)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", conn.Redact(err))
	}
	// Rolling back takes the time that it takes, also when ctx has ended.
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	for _, text := range []string{"SET LOCAL search_path = pg_catalog", lockKey} {
		if err := exec(ctx, tx, text); err != nil {
			return fmt.Errorf("waiting for other changes of privileges: %w", conn.Redact(err))
		}
	}
	if err := f(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("committing: %w", conn.Redact(err))
	}
	return nil
}

// isTransient reports whether an error passes: a deadlock, a serialization failure, or another transaction that wrote
// to the same row of a catalog, which is an internal error ("tuple concurrently updated").
func isTransient(err error) bool {
	switch conn.Code(err) {
	case "40P01", "40001", "XX000":
		return true
	}
	return false
}

// exec runs a statement by the simple protocol: it is sent as it stands in the plan.
func exec(ctx context.Context, tx pgx.Tx, text string) error {
	_, err := tx.Conn().PgConn().Exec(ctx, text).ReadAll()
	return err
}
