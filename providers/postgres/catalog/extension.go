package catalog

import (
	"cmp"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Extension is an installed extension.
type Extension struct {
	Name, Schema, Version string
	// Uses are the places in tables and domains of the database that use one of the extension's objects.
	Uses []Use `json:",omitempty"`
}

// Use is a place in a table or a domain that uses an object of an extension.
type Use struct {
	Clause Clause
	// Ref is the table or domain; Name the column, or the constraint of a CHECK; Type a column's type.
	Ref
	Name string `json:",omitempty"`
	Type string `json:",omitempty"`
}

// Clause is what of a table or domain uses an object of an extension.
type Clause string

const (
	UseType      Clause = "type" // of a column, also within an array, a domain or a row
	UseDefault   Clause = "default"
	UseGenerated Clause = "generated" // the expression of a generated column
	UseCheck     Clause = "check"
)

// Configuration is what an extension says of a table that it brings and whose rows are partly the users' own, by
// pg_extension_config_dump.
type Configuration struct {
	Extension string `json:"extension"`
	// Condition tells the users' rows from those that the extension's script inserts; "" is for all rows.
	Condition string `json:"condition,omitempty"`
	// Obscure: the extension's filter is no plain WHERE, and Condition says nothing.
	Obscure bool `json:"obscure,omitempty"`
}

// isConfiguration is true for the relations that extensions name with pg_extension_config_dump.
func isConfiguration(oid string) string {
	return oid + ` IN (SELECT pg_catalog.unnest(x.extconfig) FROM pg_catalog.pg_extension x)`
}

// brought is true for the relations of the database that are its users': those of no extension, and configuration
// tables.
func brought(oid string) string {
	return `(` + notOfExtension("pg_class", oid) + ` OR ` + isConfiguration(oid) + `)`
}

func (r *reader) extensions() error {
	return r.each(`SELECT e.extname::text, n.nspname::text, e.extversion FROM pg_extension e JOIN pg_namespace n
		ON n.oid = e.extnamespace
		WHERE e.extname <> 'plpgsql' ORDER BY 1`, func(rows pgx.Rows) error {
		var e Extension
		err := rows.Scan(&e.Name, &e.Schema, &e.Version)
		r.c.Extensions = append(r.c.Extensions, e)
		return err
	})
}

func (r *reader) configuration() error {
	return r.each(`SELECT u.relation, e.extname::text, coalesce(u.filter, '')
		FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS u(relation, filter) ORDER BY 1`,
		func(rows pgx.Rows) error {
			var relation uint32
			var c Configuration
			var filter string
			if err := rows.Scan(&relation, &c.Extension, &filter); err != nil {
				return err
			}
			if t := r.table(relation); t != nil {
				condition, err := sqltree.Condition(filter)
				c.Condition, c.Obscure = condition, err != nil
				t.Configuration = &c
			}
			return nil
		})
}

// extensionUses finds what of tables and domains would not be there without an extension. Types of columns are found by
// what they are made of; expressions by their dependencies, which PostgreSQL records for each object that they use.
func (r *reader) extensionUses() error {
	at := map[string]int{}
	for i, e := range r.c.Extensions {
		at[e.Name] = i
	}
	add := func(extension string, u Use) {
		if i, ok := at[extension]; ok && !slices.Contains(r.c.Extensions[i].Uses, u) {
			r.c.Extensions[i].Uses = append(r.c.Extensions[i].Uses, u)
		}
	}
	types := map[Ref]string{}
	err := r.each(`SELECT n.nspname::text, t.typname::text, e.extname::text FROM pg_depend d
		JOIN pg_extension e ON e.oid = d.refobjid JOIN pg_type t ON t.oid = d.objid
		JOIN pg_namespace n ON n.oid = t.typnamespace
		WHERE d.classid = 'pg_type'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'`,
		func(rows pgx.Rows) error {
			var typ Ref
			var extension string
			err := rows.Scan(&typ.Schema, &typ.Name, &extension)
			types[typ] = extension
			return err
		})
	if err != nil {
		return err
	}
	if len(types) > 0 {
		for i := range r.c.Tables {
			t := &r.c.Tables[i]
			for _, c := range t.Columns {
				for _, extension := range extensionsOf(c.Type, types) {
					add(extension, Use{Clause: UseType, Ref: t.Ref(), Name: c.Name, Type: c.Type.Formatted})
				}
			}
		}
	}
	if err := r.each(usingExtensions, func(rows pgx.Rows) error {
		var u Use
		var extension string
		err := rows.Scan(&extension, &u.Clause, &u.Schema, &u.Ref.Name, &u.Name)
		add(extension, u)
		return err
	}); err != nil {
		return err
	}
	for _, e := range r.c.Extensions {
		slices.SortFunc(e.Uses, func(a, b Use) int {
			return cmp.Or(cmp.Compare(a.Schema, b.Schema), cmp.Compare(a.Ref.Name, b.Ref.Name),
				cmp.Compare(a.Name, b.Name), cmp.Compare(a.Clause, b.Clause))
		})
	}
	return nil
}

// usingExtensions lists the expressions in tables and domains that are no extension's and use an object of one.
const usingExtensions = `WITH member AS (
		SELECT d.classid, d.objid, e.extname FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
		WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname <> 'plpgsql'
	), used AS (
		SELECT DISTINCT d.classid, d.objid, m.extname FROM pg_depend d
		JOIN member m ON m.classid = d.refclassid AND m.objid = d.refobjid
		WHERE d.classid IN ('pg_attrdef'::regclass, 'pg_constraint'::regclass)
	)
	SELECT u.extname::text, CASE WHEN a.attgenerated = '' THEN 'default' ELSE 'generated' END, n.nspname::text,
		c.relname::text, a.attname::text
	FROM used u JOIN pg_attrdef d ON u.classid = 'pg_attrdef'::regclass AND d.oid = u.objid
	JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
	JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
	WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
	UNION ALL
	SELECT u.extname::text, 'check', n.nspname::text, coalesce(c.relname, t.typname)::text, k.conname::text
	FROM used u JOIN pg_constraint k ON u.classid = 'pg_constraint'::regclass AND k.oid = u.objid AND k.contype = 'c'
	JOIN pg_namespace n ON n.oid = k.connamespace
	LEFT JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_type t ON t.oid = k.contypid
	WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = k.conrelid
		OR m.classid = 'pg_type'::regclass AND m.objid = k.contypid)`

// extensionsOf returns the extensions of the types that a type is made of.
func extensionsOf(t mask.Type, types map[Ref]string) []string {
	var out []string
	if extension := types[Ref{Schema: t.Schema, Name: t.Name}]; extension != "" {
		out = append(out, extension)
	}
	if t.Elem != nil {
		out = append(out, extensionsOf(*t.Elem, types)...)
	}
	if t.Base != nil {
		out = append(out, extensionsOf(*t.Base, types)...)
	}
	for _, f := range t.Fields {
		out = append(out, extensionsOf(f.Type, types)...)
	}
	return out
}
