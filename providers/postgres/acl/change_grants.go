package acl

import (
	"context"
	"fmt"
	"strings"

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
	for _, batch := range inBatches(o.Commands) {
		if len(batch) > 1 && exec(ctx, tx, guarded(batch...)) == nil {
			continue
		}
		if len(batch) > 1 { // one of them failed, and each alone says which
			if err := exec(ctx, tx, "ROLLBACK TO SAVEPOINT "+savepoint); err != nil {
				return fmt.Errorf("repeating revokes: %w", conn.Redact(err))
			}
		}
		for _, c := range batch {
			if err := execute(ctx, tx, c); err != nil {
				return err
			}
		}
	}
	return verify(ctx, tx, o.Commands)
}

// execute runs one command.
func execute(ctx context.Context, tx pgx.Tx, c Command) error {
	err := exec(ctx, tx, guarded(c))
	if err != nil && c.Do == "revoke" && isUndefined(err) {
		err = revokeWhereExists(ctx, tx, c)
	}
	if err != nil {
		return fmt.Errorf("running %s: %w", shortened(c.SQL()), conn.Redact(err))
	}
	return nil
}

// mostSavepoints is how many savepoints a transaction sets: a server remembers 64 subtransactions of each session
// (PGPROC_MAX_CACHED_SUBXIDS), and every session pays for more.
const mostSavepoints = 32

// inBatches returns the commands in their order: revokes that follow each other in few groups, all else alone.
func inBatches(commands []Command) [][]Command {
	revokes := 0
	for _, c := range commands {
		if c.Do == "revoke" {
			revokes++
		}
	}
	size := 1 + revokes/mostSavepoints
	var out [][]Command
	for _, c := range commands {
		last := len(out) - 1
		if c.Do == "revoke" && last >= 0 && out[last][0].Do == "revoke" && len(out[last]) < size {
			out[last] = append(out[last], c)
			continue
		}
		out = append(out, []Command{c})
	}
	return out
}

const savepoint = `"shoji_revoke"`

// guarded returns the SQL of commands with a savepoint around revokes, which may fail where the object is gone.
func guarded(commands ...Command) string {
	texts := make([]string, len(commands))
	for i, c := range commands {
		texts[i] = c.SQL()
	}
	sql := strings.Join(texts, "; ")
	if commands[0].Do != "revoke" {
		return sql
	}
	return "SAVEPOINT " + savepoint + "; " + sql + "; RELEASE SAVEPOINT " + savepoint
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
		err := exec(ctx, tx, guarded(part))
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
