package swap

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/spec"
)

// ReadTemplate reads what is in the database that the copy begins as, over a connection to it. An administrator makes
// it, so that a user without the right finds extensions there that take a superuser. It is not to hold anything else:
// tables with rows would be in every copy, and nothing would have masked them.
func (f *Facts) ReadTemplate(ctx context.Context, c *pgx.Conn, name string) error {
	there, err := catalog.Read(ctx, c)
	if err != nil {
		return err
	}
	f.Template = ddl.Template{Name: name, Extensions: map[string]string{}}
	for _, e := range there.Extensions {
		f.Template.Extensions[e.Name] = e.Version
	}
	for _, s := range there.Schemas {
		f.Template.Schemas = append(f.Template.Schemas, s.Name)
	}
	rows, err := c.Query(ctx, templateObjects)
	if err != nil {
		return fmt.Errorf("looking into database %s: %w", quote(name), conn.Redact(err))
	}
	var kind, schema, object string
	if _, err := pgx.ForEachRow(rows, []any{&kind, &schema, &object}, func() error {
		if kind == "routine" {
			f.Template.Routines = append(f.Template.Routines, ddl.Routine{Schema: schema, Signature: object})
		} else {
			f.Strange = append(f.Strange, kind+" "+ddl.Path(schema, object))
		}
		return nil
	}); err != nil {
		return fmt.Errorf("looking into database %s: %w", quote(name), conn.Redact(err))
	}
	if there.LargeObjects > 0 {
		f.Strange = append(f.Strange, fmt.Sprintf("%d large objects", there.LargeObjects))
	}
	return nil
}

// templateObjects lists what is in a database and belongs to no extension, without schemas.
const templateObjects = `WITH member AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
	SELECT CASE WHEN c.relkind IN ('v', 'm') THEN 'view' WHEN c.relkind = 'S' THEN 'sequence' ELSE 'table' END,
		n.nspname::text, c.relname::text
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND n.nspname !~ '^pg_'
		AND n.nspname <> 'information_schema' AND ('pg_class'::regclass::oid, c.oid) NOT IN (SELECT * FROM member)
	UNION ALL
	SELECT 'type', n.nspname::text, t.typname::text
	FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
	WHERE t.oid >= 16384 AND t.typelem = 0 AND (t.typrelid = 0 OR c.relkind = 'c') AND n.nspname !~ '^pg_'
		AND n.nspname <> 'information_schema' AND t.typtype <> 'm'
		AND ('pg_type'::regclass::oid, t.oid) NOT IN (SELECT * FROM member)
	UNION ALL
	SELECT 'routine', n.nspname::text, p.proname::text || '(' || coalesce((
		SELECT string_agg(format_type(a.type, NULL), ', ' ORDER BY a.i)
		FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a(type, i)), '') || ')'
	FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	WHERE p.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		AND ('pg_proc'::regclass::oid, p.oid) NOT IN (SELECT * FROM member)
	ORDER BY 1, 2, 3`

// Contents describes a database that copies begin as, for a plan to be bound to it.
func (f *Facts) Contents(name string) []string {
	out := []string{fmt.Sprint(f.Databases[name].OID)}
	for extension, version := range f.Template.Extensions {
		out = append(out, "extension "+extension+" "+version)
	}
	for _, r := range f.Template.Routines {
		out = append(out, "routine "+ddl.Path(r.Schema, r.Signature))
	}
	slices.Sort(out)
	return slices.Concat(out, f.Template.Schemas, f.Strange)
}

// CheckTemplate reports a template that a refresh of a source with the given locale cannot use.
func (f *Facts) CheckTemplate(r *spec.Refresh, n Names, source catalog.Locale) (ds diag.Diagnostics) {
	name := r.Template
	if name == "" {
		return nil
	}
	rng := &r.At.Template.Range
	db, exists := f.Databases[name]
	options := localeOptions(source, f.VersionNum)
	switch {
	case slices.Contains([]string{n.Live, n.Next, n.Previous, n.Old}, name):
		ds.Errorf(rng, "Template is a copy", "Database %s is a copy that %s makes. Name a database that holds "+
			"extensions only.", quote(name), r.Address())
		return ds
	case !exists:
		ds.Errorf(rng, "Template does not exist", "The target has no database %s. As an administrator: CREATE "+
			"DATABASE %s TEMPLATE template0 %s IS_TEMPLATE true; then create the extensions in it.", quote(name),
			sqltext.Ident(name), options)
		return ds
	case !db.AllowConnections:
		ds.Errorf(rng, "Template allows no connections", "What is in database %s cannot be known. As an "+
			"administrator: ALTER DATABASE %s ALLOW_CONNECTIONS true;", quote(name), sqltext.Ident(name))
		return ds
	case !f.Superuser && !db.Owned && !db.Template:
		ds.Errorf(rng, "Missing right to use the template", "Only its owner may copy database %s as long as it is "+
			"not marked as a template. As an administrator: ALTER DATABASE %s IS_TEMPLATE true;", quote(name),
			sqltext.Ident(name))
	}
	if l := db.Locale; l.Encoding != source.Encoding || l.Provider != source.Provider || l.Locale != source.Locale ||
		l.Rules != source.Rules || normalLocale(l.Collate) != normalLocale(source.Collate) ||
		normalLocale(l.Ctype) != normalLocale(source.Ctype) {
		ds.Errorf(rng, "Template has another locale than the source", "A copy of database %s would sort and compare "+
			"text otherwise than the source. Make it anew: CREATE DATABASE %s TEMPLATE template0 %s IS_TEMPLATE true;",
			quote(name), sqltext.Ident(name), options)
	}
	if some := f.Strange; len(some) > 0 {
		const shown = 8
		if len(some) > shown {
			some = append(slices.Clone(some[:shown]), fmt.Sprintf("and %d more", len(some)-shown))
		}
		ds.Errorf(rng, "Template holds more than extensions",
			"Database %s has objects that are in no extension: %s. They would be in every copy as they are, unmasked. "+
				"Name a database that holds extensions, schemas and functions only.", quote(name),
			strings.Join(some, ", "))
	}
	return ds
}
