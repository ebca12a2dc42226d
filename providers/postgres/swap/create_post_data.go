package swap

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// CreatePostData creates one object of pg_dump's post-data section in the next database: an index, a key, a late view.
// What exists already, from a run that was interrupted after the statement and before the journal was written, is left
// as it is.
type CreatePostData struct {
	op.Database
	Objects []Object `json:"objects"`
	// Memory is the maintenance_work_mem of the session in kB; 0 leaves it.
	Memory int64 `json:"memory_kb,omitempty"`
	// Check names the index or constraint to look for first; nil where the statements can be repeated, or fail with an
	// error that says that the object exists.
	Check *Check `json:"check,omitempty"`
	Looking
}

// Looking says where the functions that an index, a key or a view calls find what their text does not name in full.
// pg_restore lets them find nothing, and fails on many.
type Looking struct {
	// Path are the schemas; PostgreSQL's own comes first.
	Path []string `json:"search_path,omitempty"`
	// Known says that such a function is called. Otherwise one may be that PostgreSQL knows nothing of, such as one in
	// C that looks names up; then the path is used where a statement fails without it.
	Known bool `json:"searches,omitempty"`
}

// set returns the statements that set a session up.
func (l Looking) set(preamble string) string {
	if l.Known {
		preamble += "; " + sqltext.SetPath(l.Path...)
	}
	return preamble
}

// Check finds an object that may exist already.
type Check struct {
	Kind   CheckKind `json:"kind"`
	Schema string    `json:"schema"`
	Table  string    `json:"table"`
	Name   string    `json:"name"`
}

// CheckKind is the catalog that holds an object.
type CheckKind string

// The kinds of objects that are looked for.
const (
	CheckIndex      CheckKind = "index"
	CheckConstraint CheckKind = "constraint"
)

func (CreatePostData) Kind() string { return "swap.post_data" }

func (o CreatePostData) Statements() []engine.Statement {
	return objectStatements(o.Database, o.set(preamble(o.Role, o.Memory)), o.Objects)
}

// Shared returns what the session is set up with.
func (o CreatePostData) Shared() []string { return []string{preamble(o.Role, o.Memory)} }

func (o CreatePostData) Run(ctx context.Context, e *op.Env) error {
	return e.InDatabase(ctx, o.Database, func(c *pgx.Conn) error {
		if o.Check != nil {
			if exists, err := o.Check.exists(ctx, c); err != nil || exists {
				return err
			}
		}
		return o.create(ctx, e, c, preamble(o.Role, o.Memory), o.Objects...)
	})
}

func (k *Check) exists(ctx context.Context, c *pgx.Conn) (exists bool, err error) {
	if k.Kind == CheckIndex {
		err = c.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_catalog.pg_class x
			JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
			WHERE n.nspname = $1 AND x.relname = $2 AND x.relkind IN ('i', 'I'))`, k.Schema, k.Name).Scan(&exists)
	} else {
		err = c.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint k
			JOIN pg_catalog.pg_class r ON r.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
			WHERE n.nspname = $1 AND r.relname = $2 AND k.conname = $3)`, k.Schema, k.Table, k.Name).Scan(&exists)
	}
	if err != nil {
		return false, fmt.Errorf("looking for %s %s: %w", k.Kind, sqltext.Ident(k.Schema, k.Name), conn.Redact(err))
	}
	return exists, nil
}

// create sets a session up and creates objects in it, each in a transaction of its own.
func (l Looking) create(ctx context.Context, e *op.Env, c *pgx.Conn, preamble string, objects ...Object) error {
	if err := runSQL(ctx, c, l.set(preamble)); err != nil {
		return fmt.Errorf("setting the session up: %w", conn.Redact(err))
	}
	for _, x := range objects {
		err := runSQL(ctx, c, x.SQL)
		switch conn.Code(err) {
		case undefinedTable, undefinedFunction, undefinedObject:
			if !l.Known && runSQL(ctx, c, sqltext.SetPath(l.Path...)) == nil && runSQL(ctx, c, x.SQL) == nil {
				e.Report.Note(x.Name + " calls a function that depends on the session's search_path; give the " +
					"function its own (ALTER FUNCTION … SET search_path)")
				err = nil
			}
		case duplicateTable, duplicateObject, duplicateFunction:
			err = nil // an earlier run made it
		}
		if err != nil {
			return fmt.Errorf("creating %s: %w", x.Name, conn.Place(conn.RedactNamed(ctx, c, err), x.SQL))
		}
	}
	return nil
}
