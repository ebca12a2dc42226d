package reach

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

// reader carries what later queries need of earlier ones.
type reader struct {
	ctx     context.Context
	q       catalog.Queryer
	version int
	*Code
}

func (r *reader) each(sql string, scan func(pgx.Rows) error) error {
	return catalog.EachRow(r.ctx, r.q, sql, scan)
}

func (r *reader) readVersion() error {
	return r.each(`SELECT pg_catalog.current_setting('server_version_num')::int`, func(rows pgx.Rows) error {
		return rows.Scan(&r.version)
	})
}

// untrusted is the condition on pg_proc p: 16384 is the first OID that initdb does not give (FirstNormalObjectId). A
// function in the language internal is one of the server's own under another name, as the constructors of ranges are;
// only superusers can make them.
const untrusted = `p.oid >= 16384 AND NOT (o.rolsuper AND (l.lanname = 'internal' OR EXISTS (
	SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')))`

func (r *reader) readFunctions() error {
	body, atomic := "p.prosrc", "''"
	if r.version >= 140000 {
		body = "coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc)"
		atomic = "coalesce(p.prosqlbody::text, '')"
	}
	return r.each(`SELECT p.oid, n.nspname::text, p.proname::text, pg_catalog.pg_get_function_identity_arguments(p.oid),
		o.rolname::text,
		l.lanname = 'sql' AND NOT p.prosecdef AND p.proconfig IS NULL, CASE WHEN l.lanname = 'sql' THEN `+body+
		` ELSE '' END,
		md5(concat_ws('|', l.lanname, p.provolatile, p.prosecdef, p.proconfig, p.probin, p.prosrc, `+atomic+`))
		FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l
			ON l.oid = p.prolang
		JOIN pg_catalog.pg_roles o ON o.oid = p.proowner WHERE `+untrusted+` ORDER BY 2, 3, 4`,
		func(rows pgx.Rows) error {
			var oid uint32
			var f Function
			if err := rows.Scan(&oid, &f.Schema, &f.Ref.Name, &f.Arguments, &f.Owner, &f.inlined, &f.body,
				&f.digest); err != nil {
				return err
			}
			r.functions[oid] = &f
			r.named[f.Name()] = append(r.named[f.Name()], &f)
			return nil
		})
}

// readBodies reads the trusted functions in SQL that the planner may replace by their bodies.
func (r *reader) readBodies() error {
	return r.each(`SELECT n.nspname || '.' || p.proname, p.prosrc FROM pg_catalog.pg_proc p
		JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang
		JOIN pg_catalog.pg_roles o ON o.oid = p.proowner
		WHERE p.oid >= 16384 AND NOT (`+untrusted+`) AND l.lanname = 'sql' AND NOT p.prosecdef AND p.proconfig IS NULL
			AND p.prosrc <> '' ORDER BY 1, 2`, func(rows pgx.Rows) error {
		var name, body string
		err := rows.Scan(&name, &body)
		r.bodies[name] = append(r.bodies[name], body)
		return err
	})
}

// add appends the untrusted of the functions to a list.
func (r *reader) add(to []*Function, oids ...uint32) []*Function {
	for _, oid := range oids {
		if f := r.functions[oid]; f != nil {
			to = append(to, f)
		}
	}
	return to
}

func (r *reader) readOperators() error {
	// The functions that estimate a selectivity run in the planner.
	return r.each(`SELECT n.nspname || '.' || o.oprname, ARRAY[o.oprcode, o.oprrest, o.oprjoin]::oid[]
		FROM pg_catalog.pg_operator o
		JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace WHERE o.oid >= 16384 ORDER BY 1, o.oid`,
		func(rows pgx.Rows) error {
			var name string
			var oids []uint32
			if err := rows.Scan(&name, &oids); err != nil {
				return err
			}
			if list := r.add(r.operators[name], oids...); list != nil {
				r.operators[name] = list
			}
			return nil
		})
}

// nameSQL is the SQL of a type's name: an array has that of its elements' type.
func nameSQL(oid string) string {
	return `(SELECT space.nspname || '.' || coalesce(elem.typname, named.typname) FROM pg_catalog.pg_type named
		LEFT JOIN pg_catalog.pg_type elem ON elem.oid = named.typelem AND named.typcategory = 'A' AND named.typlen = -1
		JOIN pg_catalog.pg_namespace space ON space.oid = coalesce(elem.typnamespace, named.typnamespace)
			WHERE named.oid = ` + oid + `)`
}

// castName is the SQL of a type's name with the brackets of an array.
func castName(oid string) string {
	return nameSQL(oid) +
		` || CASE WHEN (SELECT named.typcategory = 'A' AND named.typlen = -1 AND named.typelem <> 0
			FROM pg_catalog.pg_type named
		WHERE named.oid = ` + oid + `) THEN '[]' ELSE '' END`
}

func (r *reader) readCasts() error {
	return r.each(`SELECT `+castName("c.castsource")+`, `+castName("c.casttarget")+`, c.castcontext = 'i', c.castfunc
		FROM pg_catalog.pg_cast c WHERE c.castfunc >= 16384 ORDER BY 1, 2, 4`, func(rows pgx.Rows) error {
		var c cast
		var oid uint32
		if err := rows.Scan(&c.source, &c.target, &c.implicit, &oid); err != nil {
			return err
		}
		if c.function = r.functions[oid]; c.function != nil {
			r.casts = append(r.casts, c)
		}
		return nil
	})
}

// dependencies is the SQL of the functions that objects of a catalog depend on, those behind operators too: (object,
// function). What a dependency is recorded for is what PostgreSQL resolved, whatever a name means now.
func dependencies(class string) string {
	return `SELECT d.objid AS object, d.objsubid AS part, coalesce(o.oprcode::oid, d.refobjid) AS function
		FROM pg_catalog.pg_depend d
		LEFT JOIN pg_catalog.pg_operator o ON d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid
		WHERE d.classid = '` + class + `'::regclass AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
		AND coalesce(o.oprcode::oid, d.refobjid) >= 16384`
}

func (r *reader) readTypes() error {
	subscript := ""
	if r.version >= 140000 {
		subscript = ", t.typsubscript"
	}
	type part func(*typeCode) *[]*Function
	made := func(t *typeCode) *[]*Function { return &t.made }
	handled := func(t *typeCode) *[]*Function { return &t.handled }
	estimated := func(t *typeCode) *[]*Function { return &t.estimated }
	for _, q := range []struct {
		sql  string
		part part
	}{
		{
			`SELECT ` + nameSQL("k.contypid") + `, ARRAY[d.function] FROM pg_catalog.pg_constraint k JOIN (` +
				dependencies("pg_constraint") + `) d ON d.object = k.oid
			WHERE k.contypid <> 0`, made,
		},
		{
			`SELECT ` + nameSQL("t.oid") +
				`, ARRAY[t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout` + subscript +
				`]::oid[]
			FROM pg_catalog.pg_type t WHERE t.oid >= 16384 AND t.typtype = 'b' AND t.typcategory <> 'A'`, handled,
		},
		{
			`SELECT ` + nameSQL("g.rngtypid") +
				`, ARRAY[g.rngcanonical]::oid[] FROM pg_catalog.pg_range g WHERE g.rngcanonical >= 16384`, handled,
		},
		{
			`SELECT ` + nameSQL("g.rngtypid") +
				`, ARRAY[g.rngsubdiff]::oid[] FROM pg_catalog.pg_range g WHERE g.rngsubdiff >= 16384`, estimated,
		},
		// A default operator class compares and hashes values wherever PostgreSQL does; one that a range was made with,
		// its bounds.
		{`SELECT x.name, ARRAY[x.function] FROM (
				SELECT ` + nameSQL("c.opcintype") +
			` AS name, c.opcfamily, c.opcintype FROM pg_catalog.pg_opclass c WHERE c.opcdefault
				UNION ALL SELECT ` + nameSQL("g.rngtypid") +
			`, c.opcfamily, c.opcintype FROM pg_catalog.pg_range g JOIN pg_catalog.pg_opclass c ON c.oid = g.rngsubopc
			) c JOIN LATERAL (
				SELECT c.name, a.amproc::oid AS function FROM pg_catalog.pg_amproc a WHERE a.amprocfamily = c.opcfamily
					AND a.amproc >= 16384
				AND c.opcintype IN (a.amproclefttype, a.amprocrighttype)
				UNION ALL SELECT c.name, o.oprcode::oid FROM pg_catalog.pg_amop a JOIN pg_catalog.pg_operator o
					ON o.oid = a.amopopr
				WHERE a.amopfamily = c.opcfamily AND o.oprcode >= 16384 AND c.opcintype IN (a.amoplefttype,
					a.amoprighttype)
			) x ON true`, handled},
	} {
		err := r.each(q.sql+" ORDER BY 1, 2", func(rows pgx.Rows) error {
			var name typeName
			var oids []uint32
			if err := rows.Scan(&name, &oids); err != nil {
				return err
			}
			if list := r.add(nil, oids...); list != nil {
				t := r.types[name]
				*q.part(&t) = append(*q.part(&t), list...)
				r.types[name] = t
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readParts reads what types are made of, where a part can bring code with it.
func (r *reader) readParts() error {
	if len(r.types)+len(r.casts) == 0 {
		return nil
	}
	multirange := ""
	if r.version >= 140000 {
		multirange = ` UNION ALL SELECT g.rngmultitypid, g.rngtypid FROM pg_catalog.pg_range g
			WHERE g.rngmultitypid >= 16384`
	}
	return r.each(`SELECT `+nameSQL("p.type")+`, `+nameSQL("p.part")+` FROM (
			SELECT t.oid AS type, t.typbasetype AS part FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
			UNION ALL SELECT t.oid, a.atttypid FROM pg_catalog.pg_type t JOIN pg_catalog.pg_attribute a
				ON a.attrelid = t.typrelid
			WHERE t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped
			UNION ALL SELECT g.rngtypid, g.rngsubtype FROM pg_catalog.pg_range g`+multirange+`
			UNION ALL SELECT k.contypid, d.refobjid FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_depend d
				ON d.classid = 'pg_constraint'::regclass
			AND d.objid = k.oid AND d.refclassid = 'pg_type'::regclass WHERE k.contypid <> 0
				AND d.refobjid <> k.contypid
		) p WHERE p.type >= 16384 AND p.part >= 16384 ORDER BY 1, 2`, func(rows pgx.Rows) error {
		var name, part typeName
		if err := rows.Scan(&name, &part); err != nil {
			return err
		}
		t := r.types[name]
		t.of = append(t.of, part)
		r.types[name] = t
		return nil
	})
}

func (r *reader) readGenerated() error {
	return r.each(`SELECT n.nspname::text, c.relname::text, a.attname::text, d.function FROM pg_catalog.pg_attrdef f
		JOIN (`+dependencies("pg_attrdef")+
		`) d ON d.object = f.oid JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
		JOIN pg_catalog.pg_class c ON c.oid = f.adrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE a.attgenerated = 'v' ORDER BY 1, 2, 3, 4`, func(rows pgx.Rows) error {
		var at columnName
		var oid uint32
		if err := rows.Scan(&at.table.Schema, &at.table.Name, &at.name, &oid); err != nil {
			return err
		}
		if list := r.add(r.generated[at], oid); list != nil {
			r.generated[at] = list
		}
		return nil
	})
}

func (r *reader) readLogins() error {
	if r.version < 170000 {
		return nil
	}
	return r.each(`SELECT e.evtname::text, e.evtfoid FROM pg_catalog.pg_event_trigger e WHERE e.evtevent = 'login'
		AND e.evtenabled IN ('O', 'A')
		ORDER BY 1`, func(rows pgx.Rows) error {
		var name string
		var oid uint32
		if err := rows.Scan(&name, &oid); err != nil {
			return err
		}
		if f := r.functions[oid]; f != nil {
			r.logins = append(r.logins, login{name: name, function: f})
		}
		return nil
	})
}

// readPolymorphic reads PostgreSQL's functions and operators whose result is of a type of their arguments, or of any,
// and the functions that take one argument of any type.
func (r *reader) readPolymorphic() error {
	return r.each(`SELECT p.proname::text, bool_or(t.typtype = 'p' AND t.typname <> 'cstring'),
		bool_and(p.pronargs = 1 AND coalesce(a.typtype = 'p', false))
			FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_type t ON t.oid = p.prorettype
			LEFT JOIN pg_catalog.pg_type a ON p.pronargs = 1 AND a.oid = p.proargtypes[0]
			WHERE p.pronamespace = 'pg_catalog'::regnamespace GROUP BY 1
		UNION ALL SELECT DISTINCT o.oprname::text, true, false FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_type t
			ON t.oid = o.oprresult
			WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'p'`, func(rows pgx.Rows) error {
		var name string
		var polymorphic, anyArgument bool
		if err := rows.Scan(&name, &polymorphic, &anyArgument); err != nil {
			return err
		}
		r.polymorphic[name] = r.polymorphic[name] || polymorphic
		r.anyArgument[name] = anyArgument
		return nil
	})
}
