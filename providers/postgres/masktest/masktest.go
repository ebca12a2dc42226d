// Package masktest runs the tests of masks that a spec declares: the SQL that a refresh would have the source run, on
// the inputs of the test. It only reads, and needs no table: any server that has the types will do.
package masktest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Result is what became of one test. It passed if there is no failure.
type Result struct {
	Test     *spec.Test
	Failures []Failure
	Took     time.Duration
}

// Failure is a check that does not hold for an input. Values are those of the spec, and what masks made of them.
type Failure struct {
	// Check is the argument of the test block that does not hold; "mask" where it could not be run.
	Check string
	Range diag.Range
	// Input and Result are nil for NULL. There are none where Check is "mask".
	Input, Result *string
	Detail        string
}

// String returns what happened, in a line.
func (f Failure) String() string {
	if f.Check == unrunnable {
		return f.Detail
	}
	return quote(f.Input) + " -> " + quote(f.Result) + ": " + f.Detail
}

// unrunnable is the check of a test that could not be run.
const unrunnable = "mask"

// Key is what keyed masks are computed with in tests, as hexadecimal: results must not depend on a secret.
func Key() string {
	sum := sha256.Sum256([]byte("shoji test"))
	return hex.EncodeToString(sum[:])
}

// runner runs tests in a session.
type runner struct {
	conn  *pgx.Conn
	types map[string]mask.Type
	lock  []schemalock.Resolution
}

// newRunner returns what runs tests in a session. The types that the tests name are looked up there; decided are the
// refreshes as decided from the schema lock, for tests of columns.
func newRunner(
	ctx context.Context, c *pgx.Conn, tests []*spec.Test, decided []schemalock.Resolution,
) (*runner, error) {
	var names []string
	for _, t := range tests {
		names = append(names, t.Type)
		for _, w := range t.With {
			names = append(names, w.Type)
		}
	}
	types, err := catalog.TypesNamed(ctx, c, names)
	if err != nil {
		return nil, err
	}
	return &runner{conn: c, types: types, lock: decided}, nil
}

// run runs one test. The error is one of the session; a test that cannot be run has a failure that says why.
func (r *runner) run(ctx context.Context, t *spec.Test) (Result, error) {
	s, err := r.subject(t)
	if err != nil {
		return unrun(t, placeOf(err), err.Error()), nil
	}
	rows, err := r.evaluate(ctx, t, s)
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && refused.Code == invalidPattern:
		return unrun(t, &t.At.Matches.Range, refusal(refused)), nil
	case errors.As(err, &refused):
		return unrun(t, nil, refusal(refused)), nil
	case err != nil:
		return Result{}, err
	}
	return Result{Test: t, Failures: check(t, s, rows)}, nil
}

// unrun returns the result of a test that cannot be run; at is nil where the whole test is to blame.
func unrun(t *spec.Test, at *diag.Range, why string) Result {
	f := Failure{Check: unrunnable, Range: *diag.FirstRange(at, &t.Range), Detail: why}
	return Result{Test: t, Failures: []Failure{f}}
}

// invalidPattern is the SQLSTATE invalid_regular_expression.
const invalidPattern = "2201B"

// refusal returns what a server said about a statement whose values are all of the spec.
func refusal(e *pgconn.PgError) string {
	return fmt.Sprintf("PostgreSQL refused it: %s (SQLSTATE %s)", e.Message, e.Code)
}

// evaluate returns a row for each input, in their order. The transaction is read-only, and its time is limited.
func (r *runner) evaluate(ctx context.Context, t *spec.Test, s subject) ([]row, error) {
	tx, err := r.conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("beginning a transaction: %w", conn.Redact(err))
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	_, err = tx.Exec(ctx, "SELECT set_config($1, $2, true), set_config('statement_timeout', '30s', true)",
		conn.KeySetting, Key())
	if err != nil {
		return nil, fmt.Errorf("setting the key of the test: %w", conn.Redact(err))
	}
	values := make([]*string, len(t.Inputs))
	for i, v := range t.Inputs {
		values[i] = textOf(v)
	}
	var expected []*string
	for _, v := range t.Checks.Expect {
		expected = append(expected, textOf(v))
	}
	found, err := tx.Query(ctx, s.statement(), values, expected, t.Checks.Matches)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, pgx.RowToStructByPos[row])
}

func textOf(v spec.TestValue) *string {
	if v.Null {
		return nil
	}
	return &v.Text
}
