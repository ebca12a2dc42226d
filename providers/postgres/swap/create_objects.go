package swap

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// objectsAtOnce is how many objects are created in one transaction. One transaction for all of them would need a lock
// in shared memory for every object of a large schema (max_locks_per_transaction).
const objectsAtOnce = 500

// CreateObjects creates objects in the next database in order, a few hundred in a transaction. Each transaction also
// writes into the database's comment how far it is, so that a second run goes on there. One such step runs at a time.
type CreateObjects struct {
	op.Database
	// Group is the name under which progress is kept in the database's mark.
	Group   string   `json:"group"`
	Objects []Object `json:"objects"`
}

// Object is what creates one object of the structure.
type Object struct {
	Name string `json:"object"` // "index public.customers_email_idx"
	// Code says that the object runs code that somebody wrote on the source.
	Code bool `json:"code,omitempty"`
	// Extension is the name of an extension; "" for other objects.
	Extension string `json:"extension,omitempty"`
	SQL       string `json:"sql"`
}

// refused returns the error of an object that the server does not create. What an extension's script asks of a server
// cannot be known before.
func (x Object) refused(err error) error {
	if x.Extension != "" {
		return fmt.Errorf("creating %s: %w; the copy can do without it and what depends on "+
			"it: extensions { skip = [%q] }",
			x.Name, err, x.Extension)
	}
	return fmt.Errorf("creating %s: %w", x.Name, err)
}

func (CreateObjects) Kind() string { return "swap.statements" }

func (o CreateObjects) Statements() []engine.Statement {
	return objectStatements(o.Database, preamble(o.Role, 0), o.Objects)
}

// Shared returns what the session is set up with.
func (o CreateObjects) Shared() []string { return []string{preamble(o.Role, 0)} }

// objectStatements returns the statements that create objects in a session of their own, which setUp begins.
func objectStatements(in op.Database, setUp string, objects []Object) []engine.Statement {
	out := []engine.Statement{{On: in.On(), Text: setUp}}
	for _, x := range objects {
		out = append(out, engine.Statement{On: in.On(), Text: x.SQL, Object: x.Name, Code: x.Code})
	}
	return out
}

func (o CreateObjects) Run(ctx context.Context, e *op.Env) error {
	return e.InDatabase(ctx, o.Database, func(c *pgx.Conn) error {
		next, err := readCopy(ctx, c, o.Name)
		if err != nil {
			return err
		}
		mark := next.Mark
		if mark.Run != e.Run.ID {
			return fmt.Errorf("database %s is not the one that this run has made: its comment names run %q",
				quote(o.Name), mark.Run)
		}
		if err := runSQL(ctx, c, preamble(o.Role, 0)); err != nil {
			return fmt.Errorf("setting the session up: %w", conn.Redact(err))
		}
		for done := mark.Done[o.Group]; done < len(o.Objects); {
			upTo := min(done+objectsAtOnce, len(o.Objects))
			if err := runSQL(ctx, c, "BEGIN"); err != nil {
				return fmt.Errorf("beginning a transaction: %w", conn.Redact(err))
			}
			for _, x := range o.Objects[done:upTo] {
				if err := runSQL(ctx, c, x.SQL); err != nil {
					return x.refused(conn.Place(conn.Redact(err), x.SQL))
				}
			}
			if mark.Done == nil {
				mark.Done = map[string]int{}
			}
			mark.Done[o.Group] = upTo
			if err := runSQL(ctx, c, commentStatement(o.Name, Comment(next.Comment, mark))+"; COMMIT"); err != nil {
				return fmt.Errorf("committing %s: %w", o.Group, conn.Redact(err))
			}
			done = upTo
		}
		return nil
	})
}
