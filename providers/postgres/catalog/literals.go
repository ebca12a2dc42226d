package catalog

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/spec"
)

// ReadLiterals returns the values that look personal in all parts of a structure, also in those that Read does not
// read: bodies of functions, queries, policies, comments on everything. It is one query on system catalogs. The texts
// themselves are not kept.
func ReadLiterals(ctx context.Context, q Queryer) ([]literal.Literal, error) {
	r := reader{ctx: ctx, q: q}
	found := []literal.Literal{}
	err := r.each(strings.Join(texts(), "\nUNION ALL\n"), func(rows pgx.Rows) error {
		var at literal.Literal
		var part string
		var text *string
		err := rows.Scan(&part, &at.Where, &at.Schema, &at.Table, &at.Name, &text)
		at.Part = spec.Part(part)
		if text != nil {
			found = append(found, literal.Scan(at, *text)...)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the texts of the catalog: %w", conn.Redact(err))
	}
	return literal.Sort(found), nil
}

// texts returns queries that select part, place, schema, schema.table, qualified name and text of all objects with
// texts.
func texts() []string {
	queries := []string{comments}
	for _, s := range append(ofTables(), ofSchemas()...) {
		queries = append(queries, s.query())
	}
	return queries
}

// textSource is a kind of object with texts. All fields but part are SQL, in which n is the schema's row of
// pg_namespace.
type textSource struct {
	part spec.Part
	// where describes the place, table is the one that the object belongs to, name is what patterns are matched
	// against.
	where, table, name, text string
	from, condition          string
}

func (s textSource) query() string {
	table := "''"
	if s.table != "" {
		table = s.table
	}
	const row = "SELECT '%s'::text, (%s)::text, n.nspname::text, (%s)::text, (%s)::text, (%s)::text " +
		"FROM %s WHERE %s AND %s"
	return fmt.Sprintf(row, s.part, s.where, table, s.name, s.text, s.from, userSchema, s.condition)
}

// ofTables returns those that belong to a table or a view, c.
func ofTables() []textSource {
	const (
		name   = `n.nspname || '.' || c.relname`
		quoted = `quote_ident(n.nspname) || '.' || quote_ident(c.relname)`
		column = quoted + ` || '.' || quote_ident(a.attname)`
		values = `pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
			JOIN pg_class c ON c.oid = d.adrelid`
		index = `SELECT %s FROM pg_class x WHERE x.oid = i.indexrelid`
	)
	list := []textSource{{
		part: spec.Views, where: `'view ' || ` + quoted, name: name,
		text: `pg_get_viewdef(c.oid)`,
		from: `pg_class c`, condition: `c.relkind IN ('v', 'm')`,
	}, {
		part:  spec.Rules,
		where: `'rule ' || quote_ident(w.rulename) || ' of ' || ` + quoted,
		name:  name + ` || '.' || w.rulename`,
		text:  `pg_get_ruledef(w.oid)`,
		from:  `pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class`, condition: `w.rulename <> '_RETURN'`,
	}, {
		part:  spec.Triggers,
		where: `'trigger ' || quote_ident(t.tgname) || ' of ' || ` + quoted,
		name:  name + ` || '.' || t.tgname`,
		text:  `pg_get_triggerdef(t.oid)`,
		from:  `pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid`, condition: `NOT t.tgisinternal`,
	}, {
		part:  spec.Policies,
		where: `'policy ' || quote_ident(p.polname) || ' of ' || ` + quoted,
		name:  name + ` || '.' || p.polname`,
		text:  `concat_ws(' ', p.polname, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))`,
		from:  `pg_policy p JOIN pg_class c ON c.oid = p.polrelid`, condition: `true`,
	}, {
		part: spec.Defaults, where: `'default of ' || ` + column, name: name + ` || '.' || a.attname`,
		text: `pg_get_expr(d.adbin, d.adrelid)`,
		from: values, condition: `a.attgenerated = ''`,
	}, {
		part: spec.Fixed, where: `'expression of ' || ` + column, name: name + ` || '.' || a.attname`,
		text: `pg_get_expr(d.adbin, d.adrelid)`,
		from: values, condition: `a.attgenerated <> ''`,
	}, {
		part:  spec.Checks,
		where: `'check ' || quote_ident(k.conname) || ' of ' || ` + quoted,
		name:  name + ` || '.' || k.conname`,
		text:  `pg_get_constraintdef(k.oid)`,
		from:  `pg_constraint k JOIN pg_class c ON c.oid = k.conrelid`, condition: `k.contype = 'c'`,
	}, {
		part:  spec.Fixed,
		where: `'constraint ' || quote_ident(k.conname) || ' of ' || ` + quoted,
		name:  name + ` || '.' || k.conname`,
		text:  `pg_get_constraintdef(k.oid)`,
		from:  `pg_constraint k JOIN pg_class c ON c.oid = k.conrelid`, condition: `k.contype = 'x'`,
	}, {
		part:  spec.Indexes,
		where: `'index ' || quote_ident(n.nspname) || '.' || (` + fmt.Sprintf(index, "quote_ident(x.relname)") + `)`,
		name:  `n.nspname || '.' || (` + fmt.Sprintf(index, "x.relname") + `)`,
		text:  `pg_get_indexdef(i.indexrelid)`,
		from:  `pg_index i JOIN pg_class c ON c.oid = i.indrelid`,
		condition: `NOT EXISTS (SELECT FROM pg_constraint k
			WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))`,
	}, {
		part: spec.Fixed, where: `'partition ' || ` + quoted, name: name,
		text: `concat_ws(' ', pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid))`,
		from: `pg_class c`, condition: `c.relkind IN ('r', 'p') AND (c.relispartition OR c.relkind = 'p')`,
	}, {
		part: spec.Statistics, where: `'statistics ' || quote_ident(n.nspname) || '.' || quote_ident(x.stxname)`,
		name: `n.nspname || '.' || x.stxname`, text: `pg_get_statisticsobjdef(x.oid)`,
		from: `pg_statistic_ext x JOIN pg_class c ON c.oid = x.stxrelid`, condition: `true`,
	}}
	for i := range list {
		list[i].table = name
		list[i].from += ` JOIN pg_namespace n ON n.oid = c.relnamespace`
		list[i].condition += ` AND c.relkind <> 'f' AND ` + notOfExtension("pg_class", "c.oid")
	}
	return list
}

// ofSchemas returns those that are in a schema and belong to no table.
func ofSchemas() []textSource {
	const (
		quoted  = `quote_ident(n.nspname) || '.' || quote_ident(t.typname)`
		types   = `pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace`
		initial = `SELECT concat_ws(' ', a.agginitval, a.aggminitval) FROM pg_aggregate a WHERE a.aggfnoid = p.oid`
	)
	return []textSource{{
		part: spec.Functions, where: `'function ' || (pg_identify_object('pg_proc'::regclass, p.oid, 0)).identity`,
		name: `n.nspname || '.' || p.proname`,
		text: `CASE WHEN p.prokind = 'a' THEN (` + initial + `) ELSE pg_get_functiondef(p.oid) END`,
		from: `pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace`, condition: notOfExtension("pg_proc", "p.oid"),
	}, {
		part: spec.Checks, where: `'check ' || quote_ident(k.conname) || ' of domain ' || ` + quoted,
		name: `n.nspname || '.' || t.typname || '.' || k.conname`, text: `pg_get_constraintdef(k.oid)`,
		from: types + ` JOIN pg_constraint k ON t.oid = k.contypid`, condition: notOfExtension("pg_type", "t.oid"),
	}, {
		part:      spec.Defaults,
		where:     `'default of domain ' || ` + quoted,
		name:      `n.nspname || '.' || t.typname`,
		text:      `t.typdefault`,
		from:      types,
		condition: `t.typtype = 'd' AND t.typdefault IS NOT NULL AND ` + notOfExtension("pg_type", "t.oid"),
	}, {
		part: spec.Fixed, where: `'type ' || ` + quoted,
		name: `n.nspname || '.' || t.typname`,
		text: `SELECT string_agg(e.enumlabel, ' ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid`,
		from: types, condition: `t.typtype = 'e' AND ` + notOfExtension("pg_type", "t.oid"),
	}, {
		part:      spec.Fixed,
		where:     `'text search dictionary ' || quote_ident(n.nspname) || '.' || quote_ident(d.dictname)`,
		name:      `n.nspname || '.' || d.dictname`,
		text:      `d.dictinitoption`,
		from:      `pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace`,
		condition: notOfExtension("pg_ts_dict", "d.oid"),
	}}
}

// comments selects those of all objects of a database. The schema of objects outside schemas is "".
const comments = `SELECT 'comments'::text, 'comment on ' || i.type || ' ' || i.identity,
	coalesce(n.nspname, i.schema, '')::text,
	coalesce(n.nspname || '.' || c.relname, '')::text,
	CASE d.classoid WHEN 'pg_class'::regclass THEN concat_ws('.', n.nspname, o.relname, a.attname)
		WHEN 'pg_constraint'::regclass
			THEN concat_ws('.', coalesce(n.nspname, tn.nspname), coalesce(c.relname, kt.typname), k.conname)
		WHEN 'pg_trigger'::regclass THEN concat_ws('.', n.nspname, c.relname, t.tgname)
		WHEN 'pg_policy'::regclass THEN concat_ws('.', n.nspname, c.relname, p.polname)
		WHEN 'pg_rewrite'::regclass THEN concat_ws('.', n.nspname, c.relname, w.rulename)
		WHEN 'pg_proc'::regclass THEN concat_ws('.', i.schema, f.proname)
		ELSE concat_ws('.', i.schema, coalesce(i.name, i.identity)) END, d.description
	FROM pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
	LEFT JOIN pg_class o ON d.classoid = 'pg_class'::regclass AND o.oid = d.objoid
	LEFT JOIN pg_attribute a ON o.oid = a.attrelid AND d.objsubid > 0 AND a.attnum = d.objsubid
	LEFT JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid
	LEFT JOIN pg_type kt ON kt.oid = k.contypid LEFT JOIN pg_namespace tn ON tn.oid = kt.typnamespace
	LEFT JOIN pg_trigger t ON d.classoid = 'pg_trigger'::regclass AND t.oid = d.objoid
	LEFT JOIN pg_policy p ON d.classoid = 'pg_policy'::regclass AND p.oid = d.objoid
	LEFT JOIN pg_rewrite w ON d.classoid = 'pg_rewrite'::regclass AND w.oid = d.objoid
	LEFT JOIN pg_proc f ON d.classoid = 'pg_proc'::regclass AND f.oid = d.objoid
	LEFT JOIN pg_statistic_ext x ON d.classoid = 'pg_statistic_ext'::regclass AND x.oid = d.objoid
	LEFT JOIN pg_index ix ON ix.indexrelid = o.oid
	LEFT JOIN pg_depend q ON o.relkind = 'S' AND q.classid = 'pg_class'::regclass AND q.objid = o.oid
		AND q.refclassid = 'pg_class'::regclass AND q.deptype IN ('a', 'i')
	LEFT JOIN pg_class c
		ON c.oid = coalesce(ix.indrelid, q.refobjid, o.oid, k.conrelid, t.tgrelid, p.polrelid, w.ev_class, x.stxrelid)
	LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass) AND i.type <> 'extension'
	AND c.relkind IS DISTINCT FROM 'f'
	AND coalesce(n.nspname, i.schema, '') !~ '^pg_' AND coalesce(n.nspname, i.schema, '') <> 'information_schema'
	AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')`
