package swap

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// CreateDatabase creates the next database. What an earlier run left under its name is dropped, but only where its
// comment says that the refresh made it, or where it is bare: no comment and no objects, which is what a run leaves
// that was killed right after CREATE DATABASE. A second call of the same run keeps what the first one made.
type CreateDatabase struct {
	op.Database
	Names   Names  `json:"names"`
	Refresh string `json:"refresh"`
	// Leftovers are the databases of earlier runs that the plan found.
	Leftovers []string `json:"leftovers,omitempty"`
	Create    string   `json:"create"`
	// Template is the database that it begins as; "" is template0.
	Template string `json:"template,omitempty"`
	// Comment is the user's part of the live database's comment.
	Comment    string   `json:"comment,omitempty"`
	Privileges []string `json:"privileges,omitempty"`
}

func (CreateDatabase) Kind() string { return "swap.create_database" }

func (o CreateDatabase) Statements() []engine.Statement {
	var texts []string
	for _, name := range o.Leftovers {
		texts = append(texts, dropStatement(name))
	}
	texts = append(texts, o.Create, o.commentStatement(Mark{Planned: true}))
	return op.Statements(o.On(), append(texts, o.Privileges...)...)
}

// commentStatement returns the statement that marks the database as one that a run is building; m says which run.
func (o CreateDatabase) commentStatement(m Mark) string {
	m.Refresh, m.State = o.Refresh, Building
	return commentStatement(o.Names.Next, Comment(o.Comment, m))
}

func (o CreateDatabase) Run(ctx context.Context, e *op.Env) error {
	return e.InMaintenance(ctx, func(c *pgx.Conn) error {
		if err := o.dropLeftover(ctx, e, c, o.Names.Old); err != nil {
			return err
		}
		next, err := readCopy(ctx, c, o.Names.Next)
		if err != nil {
			return err
		}
		statements := o.Privileges
		if next.Mark.Run != e.Run.ID || next.Mark.Refresh != o.Refresh {
			if err := o.dropLeftover(ctx, e, c, o.Names.Next); err != nil {
				return err
			}
			mark := Mark{Run: e.Run.ID, At: e.Run.Time}
			statements = append([]string{o.Create, o.commentStatement(mark)}, statements...)
		}
		for _, sql := range statements {
			if err := runSQL(ctx, c, sql); err != nil {
				return fmt.Errorf("creating database %s: %w", quote(o.Names.Next), conn.Redact(err))
			}
		}
		return nil
	})
}

// Undo drops the next database if this run made it, and is still building it. A database that has been swapped in has
// another name and is not touched.
func (o CreateDatabase) Undo(ctx context.Context, e *op.Env) error {
	if err := o.checkNames(ctx, e); err != nil {
		return err
	}
	return e.InMaintenance(ctx, func(c *pgx.Conn) error {
		if err := e.Run.EndSessions(ctx, c, o.Target); err != nil {
			return err
		}
		next, err := readCopy(ctx, c, o.Names.Next)
		if err != nil || next.Marked && (next.Mark.Run != e.Run.ID || next.Mark.State != Building) {
			return err
		}
		return o.dropLeftover(ctx, e, c, o.Names.Next)
	})
}

// checkNames refuses databases other than those of the refresh's target: a step to undo comes from a journal, and not
// every journal is sealed.
func (o CreateDatabase) checkNames(ctx context.Context, e *op.Env) error {
	config, err := e.Sessions.Connector(e.Refresh.To).Config(ctx)
	if err != nil {
		return err
	}
	if names, err := NewNames(config.Database); err != nil || names != o.Names {
		return fmt.Errorf("the journal names the database %q, which is not what %s builds in %s: nothing was dropped. "+
			"Its url changed since, or the journal was edited", o.Names.Next, o.Refresh, o.Target)
	}
	return nil
}

// dropLeftover drops a database of the refresh if it exists and may be dropped.
func (o CreateDatabase) dropLeftover(ctx context.Context, e *op.Env, c *pgx.Conn, name string) error {
	found, err := readCopy(ctx, c, name)
	if err != nil || !found.Exists {
		return err
	}
	switch {
	case found.Marked && found.Mark.Refresh != o.Refresh:
		return fmt.Errorf("database %s belongs to %s: it is not dropped", quote(name), found.Mark.Refresh)
	case found.Marked && found.Mark.State == Live:
		return fmt.Errorf("the comment of database %s says that it is the live copy: it is "+
			"not dropped; rename it by hand", quote(name))
	case !found.Marked:
		bare, err := o.isBare(ctx, e, found)
		if err != nil {
			return err
		}
		if !bare {
			return fmt.Errorf("database %s exists, and no refresh has made it (its comment does not say so): rename "+
				"it, or drop it if it is not needed: DROP DATABASE %s", quote(name), quote(name))
		}
	}
	if err := runSQL(ctx, c, dropStatement(name)); err != nil {
		return fmt.Errorf("dropping database %s: %w", quote(name), conn.Redact(err))
	}
	e.Report.Note("dropped database " + name + ", which was not finished")
	return nil
}

// isBare reports whether a database is as CREATE DATABASE leaves it: with no objects but those of the template, which
// have the same OIDs.
func (o CreateDatabase) isBare(ctx context.Context, e *op.Env, database Copy) (bool, error) {
	if database.Comment != "" {
		return false, nil
	}
	there, err := objectsIn(ctx, e, database.Name)
	if err != nil || o.Template == "" {
		return len(there) == 0, err
	}
	began, err := objectsIn(ctx, e, o.Template)
	return slices.Equal(there, began), err
}

// objectsIn returns the OIDs of the relations, functions and schemas of a database that initdb did not make.
func objectsIn(ctx context.Context, e *op.Env, database string) (oids []uint32, err error) {
	err = e.InDatabase(ctx, op.Database{Name: database}, func(c *pgx.Conn) error {
		const firstUserOID = 16384 // FirstNormalObjectId
		return c.QueryRow(ctx, `SELECT ARRAY(SELECT oid FROM pg_catalog.pg_class WHERE oid >= $1
			UNION ALL SELECT oid FROM pg_catalog.pg_proc WHERE oid >= $1
			UNION ALL SELECT oid FROM pg_catalog.pg_namespace WHERE oid >= $1 ORDER BY 1)`, firstUserOID).Scan(&oids)
	})
	if err != nil {
		return nil, fmt.Errorf("looking into database %s: %w", quote(database), conn.Redact(err))
	}
	return oids, nil
}
