package acl

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// ChangeGrants changes the access lists of one database in one transaction. Before it commits it checks that the change
// came about: PostgreSQL only warns of a grant that nobody had the right to make.
type ChangeGrants struct {
	op.Database
	Commands []Command `json:"commands"`
}

func (ChangeGrants) Kind() string { return "acl.grants" }

func (o ChangeGrants) Statements() []engine.Statement {
	texts := make([]string, len(o.Commands))
	for i, c := range o.Commands {
		texts[i] = c.SQL()
	}
	return op.Statements(o.On(), texts...)
}

func (o ChangeGrants) Run(ctx context.Context, e *op.Env) error {
	return inDatabase(ctx, e, o.Target, o.Name, o.execute)
}

func (o ChangeGrants) execute(ctx context.Context, tx pgx.Tx) error {
	for _, c := range o.Commands {
		err := exec(ctx, tx, c.guarded())
		if err != nil && c.Do == "revoke" && isUndefined(err) {
			err = revokeWhereExists(ctx, tx, c)
		}
		if err != nil {
			return fmt.Errorf("running %s: %w", shortened(c.SQL()), conn.Redact(err))
		}
	}
	return verify(ctx, tx, o.Commands)
}

const savepoint = `"shoji_revoke"`

// guarded returns the SQL with a savepoint around a revoke, which may fail where the object is gone.
func (c Command) guarded() string {
	if c.Do != "revoke" {
		return c.SQL()
	}
	return "SAVEPOINT " + savepoint + "; " + c.SQL() + "; RELEASE SAVEPOINT " + savepoint
}

// revokeWhereExists repeats a revoke for each object alone: one of them is gone, and what was to be revoked with it.
func revokeWhereExists(ctx context.Context, tx pgx.Tx, c Command) error {
	parts := c.split()
	if c.ForRole != "" {
		parts = nil // the role or the schema is gone, and its default privileges with it
	}
	if err := exec(ctx, tx, "ROLLBACK TO SAVEPOINT "+savepoint); err != nil {
		return err
	}
	for _, part := range parts {
		err := exec(ctx, tx, part.guarded())
		if isUndefined(err) {
			err = exec(ctx, tx, "ROLLBACK TO SAVEPOINT "+savepoint)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isUndefined reports whether a table, function, type or role, schema, column or database does not exist.
func isUndefined(err error) bool {
	switch conn.Code(err) {
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
