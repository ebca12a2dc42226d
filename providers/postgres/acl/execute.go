package acl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// lockKey is the advisory lock that makes this the only writer of access lists in a database.
const lockKey = "SELECT pg_catalog.pg_advisory_xact_lock(1936224106, 6382444)" // "shoj", "acl" in ASCII

// attempts is how often a transaction is tried that met another writer.
const attempts = 6

// Execute runs one step of this package over a connection to StepDatabase(step): its statements in one
// transaction. password gives the secret of a role by the role's address; only its verifier is sent, with a
// salt from random. Before a change of access lists is committed, it is checked that it came about: PostgreSQL
// only warns of a grant that nobody had the right to make.
func Execute(ctx context.Context, c *pgx.Conn, step engine.Step, password func(address string) (secret.Value, error),
	random io.Reader) error {
	run, err := runner(step, password, random)
	if err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		err := inTransaction(ctx, c, run)
		if err == nil || attempt == attempts || !again(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(attempt*attempt) * 20 * time.Millisecond):
		}
	}
}

// again tells the errors that pass: another transaction wrote to the same row of a catalog ("tuple concurrently
// updated" has no code of its own), a deadlock, a serialization failure.
func again(err error) bool {
	var e *conn.Error
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		return pg.Code == "40P01" || pg.Code == "40001" ||
			pg.Code == "XX000" && strings.HasPrefix(pg.Message, "tuple concurrently")
	case errors.As(err, &e):
		return e.Code == "40P01" || e.Code == "40001" || e.Code == "XX000"
	}
	return false
}

// statementRunner runs the statements of a step inside a transaction.
type statementRunner func(ctx context.Context, tx pgx.Tx) error

func runner(step engine.Step, password func(string) (secret.Value, error), random io.Reader) (statementRunner, error) {
	switch step.Kind {
	case KindRole, KindDropOwned:
		var p RoleParams
		if err := json.Unmarshal(step.Params, &p); err != nil {
			return nil, fmt.Errorf("reading the step %s: %w", step.ID, err)
		}
		verifier := secret.Value{}
		if p.Password != "" {
			value, err := password(p.Password)
			if err != nil {
				return nil, fmt.Errorf("reading the password of %s: %w", p.Password, err)
			}
			if verifier, err = Verifier(value, random); err != nil {
				return nil, fmt.Errorf("setting the password of %s: %w", p.Password, err)
			}
		}
		return func(ctx context.Context, tx pgx.Tx) error { return runRole(ctx, tx, step, p, verifier) }, nil
	case KindGrants:
		var p GrantsParams
		if err := json.Unmarshal(step.Params, &p); err != nil {
			return nil, fmt.Errorf("reading the step %s: %w", step.ID, err)
		}
		if len(p.Operations) != len(step.Statements) {
			return nil, damaged(step)
		}
		for i, o := range p.Operations {
			if o.SQL() != step.Statements[i].Text {
				return nil, damaged(step)
			}
		}
		return func(ctx context.Context, tx pgx.Tx) error { return runGrants(ctx, tx, p.Operations) }, nil
	}
	return nil, fmt.Errorf("step %s is of the kind %q, which is not one of access lists", step.ID, step.Kind)
}

func damaged(step engine.Step) error {
	return fmt.Errorf("the statements of step %s are not those of its operations: the plan is damaged", step.ID)
}

func inTransaction(ctx context.Context, c *pgx.Conn, run statementRunner) error {
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
	if err := run(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("committing: %w", conn.Redact(err))
	}
	return nil
}

// exec runs a statement by the simple protocol: it is sent as it stands in the plan.
func exec(ctx context.Context, tx pgx.Tx, text string) error {
	_, err := tx.Conn().PgConn().Exec(ctx, text).ReadAll()
	return err
}

func runRole(ctx context.Context, tx pgx.Tx, step engine.Step, p RoleParams, verifier secret.Value) error {
	if done, err := doneBefore(ctx, tx, step, p); done || err != nil {
		return err
	}
	for _, s := range step.Statements {
		text := s.Text
		if p.Password != "" && text == passwordStatement(p.Role) {
			text = "ALTER ROLE " + sqltext.Ident(p.Role) + " PASSWORD " + sqltext.Literal(verifier.Reveal())
		}
		if err := exec(ctx, tx, text); err != nil {
			return fmt.Errorf("running %s: %w", s.Text, conn.Redact(err))
		}
	}
	return nil
}

// doneBefore tells a step that was committed by a run which ended before it could say so: a role that is gone
// need not be dropped, and one that carries the comment of the step that creates it was created by it.
func doneBefore(ctx context.Context, tx pgx.Tx, step engine.Step, p RoleParams) (bool, error) {
	var comment string
	err := tx.QueryRow(ctx, "SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = $1",
		p.Role).Scan(&comment)
	there := err == nil
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return false, fmt.Errorf("looking for role %s: %w", sqltext.Plain(p.Role), conn.Redact(err))
	}
	has := func(is func(string) bool) bool {
		return slices.ContainsFunc(step.Statements, func(s engine.Statement) bool { return is(s.Text) })
	}
	creates := func(text string) bool {
		return text == createStatement(p.Role) || strings.HasPrefix(text, createStatement(p.Role)+" ")
	}
	if !there {
		return has(func(text string) bool {
			return text == dropStatement(p.Role) || text == dropOwnedStatement(p.Role)
		}), nil
	}
	return has(creates) && has(func(text string) bool { return text == commentStatement(p.Role, comment) }), nil
}

func runGrants(ctx context.Context, tx pgx.Tx, operations []Operation) error {
	for _, o := range operations {
		err := exec(ctx, tx, guarded(o))
		if err != nil && o.Do == "revoke" && gone(err) {
			err = revokeWhatIsThere(ctx, tx, o)
		}
		if err != nil {
			return fmt.Errorf("running %s: %w", shortened(o.SQL()), conn.Redact(err))
		}
	}
	return verify(ctx, tx, operations)
}

const savepointName = `"shoji_revoke"`

// guarded puts a savepoint around a revoke, which may fail where the object is gone.
func guarded(o Operation) string {
	if o.Do != "revoke" {
		return o.SQL()
	}
	return "SAVEPOINT " + savepointName + "; " + o.SQL() + "; RELEASE SAVEPOINT " + savepointName
}

// revokeWhatIsThere repeats a revoke for each object alone: one of them is gone, and with it what was to be
// revoked.
func revokeWhatIsThere(ctx context.Context, tx pgx.Tx, o Operation) error {
	parts := o.each()
	if o.ForRole != "" {
		parts = nil // the role or the schema is gone, and its default privileges with it
	}
	if err := exec(ctx, tx, "ROLLBACK TO SAVEPOINT "+savepointName); err != nil {
		return err
	}
	for _, one := range parts {
		err := exec(ctx, tx, guarded(one))
		switch {
		case err == nil:
		case gone(err):
			if err := exec(ctx, tx, "ROLLBACK TO SAVEPOINT "+savepointName); err != nil {
				return err
			}
		default:
			return err
		}
	}
	return nil
}

// gone tells that a table, function, type or role, schema, column or database does not exist.
func gone(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code {
	case "42P01", "42883", "42704", "3F000", "42703", "3D000":
		return true
	}
	return false
}

// shortened keeps an error readable where a statement names hundreds of objects.
func shortened(sql string) string {
	const most = 300
	if r := []rune(sql); len(r) > most {
		return string(r[:most]) + "…"
	}
	return sql
}
