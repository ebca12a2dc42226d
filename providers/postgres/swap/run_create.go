package swap

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// Connect opens a connection to a database of the target, which the caller closes.
type Connect func(ctx context.Context, database string) (*pgx.Conn, error)

// CreateDatabase executes a step of KindCreateDatabase over a connection to the maintenance
// database. What an earlier run left under the name is dropped, but only where its comment says
// that it is one's own, or where it is bare: no comment and no tables, which is what a run that
// was killed right after CREATE DATABASE leaves. A second call of the same run keeps what the
// first one made.
func CreateDatabase(ctx context.Context, c *pgx.Conn, connect Connect, p CreateParams, statements []engine.Statement,
	run op.Run, report engine.Reporter) error {
	if err := dropLeftover(ctx, c, connect, p.Names.Old, p.Refresh, report); err != nil {
		return err
	}
	_, mark, err := readMark(ctx, c, p.Names.Next)
	kept := err == nil && mark.Run == run.ID && mark.Refresh == p.Refresh
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if !kept {
		if err := dropLeftover(ctx, c, connect, p.Names.Next, p.Refresh, report); err != nil {
			return err
		}
	}
	for _, sql := range sqlOf(statements) {
		switch {
		case strings.HasPrefix(sql, "DROP DATABASE "):
			continue // above, where it may be
		case strings.HasPrefix(sql, "COMMENT ON DATABASE "):
			if kept {
				continue
			}
			sql = commentStatement(p.Names.Next,
				Comment(p.Comment, Mark{Refresh: p.Refresh, Run: run.ID, At: run.Time, State: Building}))
		case strings.HasPrefix(sql, "CREATE DATABASE "):
			if kept {
				continue
			}
		}
		if err := runSQL(ctx, c, sql); err != nil {
			return fmt.Errorf("creating database %s: %w", quote(p.Names.Next), conn.Redact(err))
		}
	}
	return nil
}

// DropNext puts CreateDatabase back: it drops the next database if this run made it, and is still building it. A
// database that has been swapped in has another name and is not touched.
func DropNext(ctx context.Context, c *pgx.Conn, connect Connect, p CreateParams, run op.Run,
	report engine.Reporter) error {
	comment, exists, err := readComment(ctx, c, p.Names.Next)
	if err != nil || !exists {
		return err
	}
	_, mark, marked := ParseComment(comment)
	if marked && (mark.Run != run.ID || mark.State != Building) {
		return nil
	}
	return dropLeftover(ctx, c, connect, p.Names.Next, p.Refresh, report)
}

// dropLeftover drops a database of the refresh where it exists and may be dropped.
func dropLeftover(ctx context.Context, c *pgx.Conn, connect Connect, name, refresh string,
	report engine.Reporter) error {
	comment, exists, err := readComment(ctx, c, name)
	if err != nil || !exists {
		return err
	}
	_, mark, marked := ParseComment(comment)
	switch {
	case marked && mark.Refresh != refresh:
		return fmt.Errorf("database %s belongs to %s: it is not dropped", quote(name), mark.Refresh)
	case marked && mark.State == Live:
		return fmt.Errorf("the comment of database %s says that it is the live copy: it is "+
			"not dropped; rename it by hand", quote(name))
	case !marked:
		bare, err := isBare(ctx, connect, name, comment)
		if err != nil {
			return err
		}
		if !bare {
			return fmt.Errorf("database %s exists, and no refresh has made it (its comment does not say so): rename "+
				"it, or drop it if it is not needed: DROP DATABASE %s", name, quote(name))
		}
	}
	if err := runSQL(ctx, c, dropStatement(name)); err != nil {
		return fmt.Errorf("dropping database %s: %w", quote(name), conn.Redact(err))
	}
	report.Note("dropped database " + name + ", which was not finished")
	return nil
}

func readComment(ctx context.Context, c *pgx.Conn, name string) (comment string, exists bool, err error) {
	err = c.QueryRow(ctx,
		`SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_catalog.pg_database WHERE datname = $1`,
		name).Scan(&comment)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("looking for database %s: %w", quote(name), conn.Redact(err))
	}
	return comment, true, nil
}

// isBare says whether a database is as CREATE DATABASE … TEMPLATE template0 leaves it.
func isBare(ctx context.Context, connect Connect, name, comment string) (bool, error) {
	if comment != "" {
		return false, nil
	}
	c, err := connect(ctx, name)
	if err != nil {
		return false, fmt.Errorf("looking into database %s: %w", quote(name), conn.Redact(err))
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	const firstUserOID = 16384 // FirstNormalObjectId
	var objects int
	err = c.QueryRow(ctx, `SELECT (SELECT count(*) FROM pg_catalog.pg_class WHERE oid >= $1)
		+ (SELECT count(*) FROM pg_catalog.pg_proc WHERE oid >= $1) + (SELECT count(*) FROM pg_catalog.pg_namespace
			WHERE oid >= $1)`, firstUserOID).Scan(&objects)
	if err != nil {
		return false, fmt.Errorf("looking into database %s: %w", quote(name), conn.Redact(err))
	}
	return objects == 0, nil
}
