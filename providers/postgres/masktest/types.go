package masktest

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// prepareTypes makes the types of the columns that tests name on a server of the tests' own: extensions, enums, domains
// and composite types. A type that cannot be made is left out; the tests that need it say so.
func prepareTypes(ctx context.Context, admin *pgx.Conn, tests []*spec.Test, decided []schemalock.Resolution) error {
	available, err := extensions(ctx, admin)
	if err != nil {
		return err
	}
	p := &typeMaker{ctx: ctx, conn: admin, extensions: available, made: map[string]bool{}}
	for _, t := range tests {
		if t.Column == nil {
			if err := p.extension(t.Type, "public"); err != nil {
				return err
			}
			continue
		}
		for i := range decided {
			table := tableIn(&decided[i], t, t.Column)
			if table == nil {
				continue
			}
			for _, c := range table.Source.Columns {
				if err := p.make(c.Type); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// extensions returns the names of the extensions that the server has the files of.
func extensions(ctx context.Context, c *pgx.Conn) (map[string]bool, error) {
	out := map[string]bool{}
	err := catalog.EachRow(ctx, c, "SELECT name::text FROM pg_available_extensions", func(rows pgx.Rows) error {
		var name string
		err := rows.Scan(&name)
		out[name] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the extensions of the test server: %w", conn.Redact(err))
	}
	return out, nil
}

// typeMaker makes types, each once.
type typeMaker struct {
	ctx        context.Context
	conn       *pgx.Conn
	extensions map[string]bool
	made       map[string]bool
}

// make makes a type after those that it is made of.
func (p *typeMaker) make(t mask.Type) error {
	key := t.Schema + "." + t.Name
	if t.Schema == "pg_catalog" && t.Elem == nil || p.made[key] {
		return nil
	}
	p.made[key] = true
	for _, inner := range []*mask.Type{t.Elem, t.Base} {
		if inner != nil {
			if err := p.make(*inner); err != nil {
				return err
			}
		}
	}
	for _, f := range t.Fields {
		if err := p.make(f.Type); err != nil {
			return err
		}
	}
	if t.Schema == "pg_catalog" {
		return nil
	}
	if _, err := p.conn.Exec(p.ctx, "CREATE SCHEMA IF NOT EXISTS "+sqltext.Ident(t.Schema)); err != nil {
		return fmt.Errorf("making a schema on the test server: %w", conn.Redact(err))
	}
	if definition := definitionOf(t); definition != "" {
		_, _ = p.conn.Exec(p.ctx, definition) // its tests say what is missing
	} else if t.Kind == 'b' && t.Elem == nil {
		return p.extension(t.Name, t.Schema)
	}
	_, err := p.conn.Exec(p.ctx, "GRANT USAGE ON SCHEMA "+sqltext.Ident(t.Schema)+" TO PUBLIC")
	return conn.Redact(err)
}

// extension makes the extension that is named after its type, such as citext, if there is one.
func (p *typeMaker) extension(name, schema string) error {
	if !p.extensions[name] {
		return nil
	}
	_, err := p.conn.Exec(p.ctx, "CREATE EXTENSION IF NOT EXISTS "+sqltext.Ident(name)+" SCHEMA "+sqltext.Ident(schema))
	if err != nil {
		return fmt.Errorf("creating the extension %s on the test server: %w", name, conn.Redact(err))
	}
	return nil
}

// definitionOf returns the statement that makes a type, "" for a kind that has none here. A domain is made without its
// checks, which the copy holds and not the source.
func definitionOf(t mask.Type) string {
	name := sqltext.Ident(t.Schema) + "." + sqltext.Ident(t.Name)
	switch {
	case t.Kind == 'e':
		labels := make([]string, len(t.Labels))
		for i, l := range t.Labels {
			labels[i] = sqltext.Literal(l)
		}
		return "CREATE TYPE " + name + " AS ENUM (" + strings.Join(labels, ", ") + ")"
	case t.Kind == 'd' && t.Base != nil:
		return "CREATE DOMAIN " + name + " AS " + t.Base.Formatted
	case t.Kind == 'c':
		fields := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = sqltext.Ident(f.Name) + " " + f.Type.Formatted
		}
		return "CREATE TYPE " + name + " AS (" + strings.Join(fields, ", ") + ")"
	}
	return ""
}
