package catalog

import (
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// Searching is an object that runs a function which may find others by the search_path of the session: the text of its
// body is looked up when it runs, and it has no search_path of its own. What the object is called by, and the functions
// that are called by their OIDs, are not searched for.
type Searching struct {
	Relation Ref // the table or materialized view that it belongs to
	Kind     SearchingKind
	Name     string // of the index, constraint, column, domain, statistics object or trigger
	// Function is the function as PostgreSQL writes it, schema.name(types), and Schema the schema that it is in.
	Function, Schema string
}

// SearchingKind says when the function runs.
type SearchingKind string

const (
	SearchingIndex      SearchingKind = "index" // as it is built, and as a SELECT is planned
	SearchingStatistics SearchingKind = "statistics"
	SearchingPartitions SearchingKind = "partition key"
	SearchingConstraint SearchingKind = "constraint" // as rows are written
	SearchingDomain     SearchingKind = "domain"
	SearchingColumn     SearchingKind = "generated column"
	SearchingTrigger    SearchingKind = "trigger"
	SearchingView       SearchingKind = "materialized view" // as it is refreshed
)

// Object returns what the object is called, with what it belongs to.
func (s Searching) Object() string {
	switch s.Kind {
	case SearchingView:
		return string(s.Kind) + " " + s.Relation.String()
	case SearchingPartitions:
		return "the partition key of " + s.Relation.String()
	case SearchingIndex:
		return string(s.Kind) + " " + Ref{s.Relation.Schema, s.Name}.String()
	case SearchingDomain:
		return fmt.Sprintf("domain %s in %s", s.Name, s.Relation)
	}
	return fmt.Sprintf("%s %s of %s", s.Kind, sqltext.Plain(s.Name), s.Relation)
}

// OnRows returns what of a relation runs such a function as rows are written, or as its rows are built upon: all but
// materialized views.
func (c *Catalog) OnRows(r Ref) []Searching {
	var out []Searching
	for at := c.byRef(r); ; {
		for _, s := range c.Searching {
			own := s.Relation == r && s.Kind != SearchingView
			if own || at != nil && s.Kind == SearchingPartitions && s.Relation.String() == at.PartitionOf {
				out = append(out, s)
			}
		}
		if at == nil || at.PartitionOf == "" {
			return out
		}
		at = c.byName(at.PartitionOf) // a partition checks the keys of all that it is a partition of
	}
}

func (c *Catalog) byRef(r Ref) *Table {
	if i := slices.IndexFunc(c.Tables, func(t Table) bool { return t.Ref() == r }); i >= 0 {
		return &c.Tables[i]
	}
	return nil
}

func (c *Catalog) byName(name string) *Table {
	if i := slices.IndexFunc(c.Tables, func(t Table) bool { return t.FullName() == name }); i >= 0 {
		return &c.Tables[i]
	}
	return nil
}

// PathOf returns the schemas in which a function that works on a relation finds what it does not name in full: those of
// the database's own search_path and of its roles', the relation's, those of the functions, and those of the
// extensions. PostgreSQL's own, which comes first whatever the setting says, is not among them, and neither is a schema
// that is not there.
func (c *Catalog) PathOf(r Ref) []string {
	var out []string
	add := func(schema string) {
		there := slices.ContainsFunc(c.Schemas, func(s Schema) bool { return s.Name == schema })
		if there && !slices.Contains(out, schema) {
			out = append(out, schema)
		}
	}
	for _, schema := range c.SearchPath {
		if schema == "$user" { // that of who works with the relation
			if t := c.byRef(r); t != nil {
				add(t.Owner)
			}
			continue
		}
		add(schema)
	}
	add(r.Schema)
	for _, s := range c.Searching {
		if s.Relation == r {
			add(s.Schema)
		}
	}
	for _, e := range c.Extensions {
		add(e.Schema)
	}
	return out
}

// searchPath reads the settings: the database's, or PostgreSQL's default, then those of roles, here and anywhere.
func (r *reader) searchPath() error {
	own := false
	err := EachRow(r.ctx, r.q, `SELECT s.setrole = 0, pg_catalog.substr(x.value, 13) FROM pg_db_role_setting s
		LEFT JOIN pg_roles o ON o.oid = s.setrole, unnest(s.setconfig) AS x (value)
		WHERE x.value LIKE 'search_path=%' AND (s.setdatabase = 0 AND s.setrole <> 0 OR
			s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()))
		ORDER BY s.setrole <> 0, s.setdatabase = 0, o.rolname`, func(rows pgx.Rows) error {
		var ofDatabase bool
		var value string
		if err := rows.Scan(&ofDatabase, &value); err != nil {
			return err
		}
		if !ofDatabase && !own {
			r.c.SearchPath = append(r.c.SearchPath, "$user", "public")
		}
		own = true
		r.c.SearchPath = append(r.c.SearchPath, sqltext.Names(value)...)
		return nil
	})
	if !own {
		r.c.SearchPath = []string{"$user", "public"}
	}
	return err
}

// searching finds what runs functions with a body that is looked up by name. A function of SQL's standard form, and a
// view, are followed to what they call: that is resolved in them.
func (r *reader) searching() error {
	standard := ""
	if r.c.Server.VersionNum >= 140000 {
		standard = "p.prosqlbody IS NOT NULL OR "
	}
	return EachRow(r.ctx, r.q, `WITH RECURSIVE edges AS (
			SELECT d.classid, d.objid, d.objsubid,
				CASE WHEN o.oid IS NULL THEN d.refclassid ELSE 'pg_proc'::regclass END::oid AS refclassid,
				coalesce(o.oprcode::oid, d.refobjid) AS refobjid
			FROM pg_depend d LEFT JOIN pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
			WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
				AND coalesce(o.oprcode::oid, d.refobjid) >= 16384
			UNION ALL SELECT d.classid, d.objid, 0, 'pg_rewrite'::regclass, w.oid
			FROM pg_depend d JOIN pg_class v ON d.refclassid = 'pg_class'::regclass AND v.oid = d.refobjid
				JOIN pg_rewrite w ON w.ev_class = v.oid
			WHERE v.relkind = 'v' AND d.classid = 'pg_rewrite'::regclass AND d.objid <> w.oid
		), reached AS (
			SELECT classid, objid, objsubid, refclassid, refobjid FROM edges
				WHERE classid IN ('pg_class'::regclass, 'pg_constraint'::regclass, 'pg_attrdef'::regclass,
					'pg_statistic_ext'::regclass, 'pg_trigger'::regclass, 'pg_rewrite'::regclass)
			UNION SELECT r.classid, r.objid, r.objsubid, e.refclassid, e.refobjid FROM reached r
				JOIN edges e ON e.classid = r.refclassid AND e.objid = r.refobjid
		), objects AS (
			SELECT 'pg_class'::regclass AS class, i.indexrelid AS object, 0 AS part, i.indrelid AS relation,
				'index' AS kind, x.relname::text AS name
			FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
			UNION ALL SELECT 'pg_class'::regclass, p.partrelid, 0, p.partrelid, 'partition key', ''
			FROM pg_partitioned_table p
			UNION ALL SELECT 'pg_constraint'::regclass, k.oid, 0, k.conrelid, 'constraint', k.conname::text
			FROM pg_constraint k WHERE k.conrelid <> 0
			UNION ALL SELECT x.class, x.object, x.part, a.attrelid, 'generated column', a.attname::text
			FROM pg_attribute a JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum, LATERAL (VALUES
				('pg_attrdef'::regclass, f.oid, 0), ('pg_class'::regclass, a.attrelid, a.attnum) /* up to 14 */
			) AS x (class, object, part) WHERE a.attgenerated <> ''
			UNION ALL SELECT 'pg_statistic_ext'::regclass, s.oid, 0, s.stxrelid, 'statistics', s.stxname::text
			FROM pg_statistic_ext s
			UNION ALL SELECT 'pg_trigger'::regclass, t.oid, 0, t.tgrelid, 'trigger', t.tgname::text
			FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgenabled <> 'D'
			UNION ALL SELECT 'pg_rewrite'::regclass, w.oid, 0, w.ev_class, 'materialized view', ''
			FROM pg_rewrite w JOIN pg_class v ON v.oid = w.ev_class WHERE v.relkind = 'm'
			UNION ALL SELECT 'pg_constraint'::regclass, k.oid, 0, a.attrelid, 'domain', format_type(k.contypid, NULL)
			FROM pg_constraint k JOIN parts p ON p.part = k.contypid JOIN pg_attribute a ON a.atttypid = p.type
			WHERE k.contypid <> 0 AND a.attnum > 0 AND NOT a.attisdropped
		), parts AS (
			SELECT oid AS type, oid AS part FROM pg_type WHERE typtype = 'd'
			UNION SELECT t.oid, p.part FROM parts p JOIN pg_type t ON p.type IN (t.typbasetype, t.typelem)
				AND (t.typtype = 'd' OR t.typcategory = 'A')
		) SELECT DISTINCT n.nspname::text, c.relname::text, o.kind, o.name, p.oid::regprocedure::text, pn.nspname::text,
			`+standard+`EXISTS (SELECT FROM unnest(p.proconfig) AS s (value) WHERE s.value LIKE 'search_path=%'),
			p.provolatile = 'i'
		FROM reached r JOIN objects o ON o.class = r.classid AND o.object = r.objid AND o.part = r.objsubid
			JOIN pg_class c ON c.oid = o.relation JOIN pg_namespace n ON n.oid = c.relnamespace
			JOIN pg_proc p ON r.refclassid = 'pg_proc'::regclass AND p.oid = r.refobjid
			JOIN pg_namespace pn ON pn.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
		WHERE c.relkind IN ('r', 'p', 'm') AND l.lanname NOT IN ('internal', 'c') AND `+userSchema+`
		ORDER BY 1, 2, 3, 4, 5`, func(rows pgx.Rows) error {
		var s Searching
		var resolved, immutable bool
		err := rows.Scan(&s.Relation.Schema, &s.Relation.Name, &s.Kind, &s.Name, &s.Function, &s.Schema, &resolved,
			&immutable)
		if !resolved {
			r.c.Searching = append(r.c.Searching, s)
		}
		if !immutable && (s.Kind == SearchingConstraint || s.Kind == SearchingDomain) &&
			!slices.Contains(r.c.Readers, s.Relation) {
			r.c.Readers = append(r.c.Readers, s.Relation)
		}
		return err
	})
}
