package catalog

import (
	"context"
	"fmt"
	"sort"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Queryer is what Read needs of a connection or a transaction.
type Queryer interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Read returns the catalog of the database that q is connected to. It runs the same dozen queries whatever the number
// of objects, reads system catalogs only and locks no table. Its errors are redacted.
func Read(ctx context.Context, q Queryer) (*Catalog, error) {
	r := reader{ctx: ctx, q: q, c: &Catalog{}, tables: map[uint32]int{}}
	for _, part := range []struct {
		what string
		read func() error
	}{
		{"the server", r.server},
		{"types", r.readTypes},
		{"schemas", r.schemas},
		{"tables", r.readTables},
		{"columns", r.columns},
		{"collations", r.collations},
		{"inheritance", r.inheritance},
		{"constraints", r.constraints},
		{"indexes", r.indexes},
		{"triggers", r.triggers},
		{"sequences", r.sequences},
		{"materialized views", r.matViews},
		{"extensions", r.extensions},
		{"what uses extensions", r.extensionUses},
		{"configuration tables", r.configuration},
		{"the search_path", r.searchPath},
		{"what searches", r.searching},
		{"the rest", r.rest},
	} {
		if err := part.read(); err != nil {
			return nil, fmt.Errorf("reading the catalog: %s: %w", part.what, conn.Redact(err))
		}
	}
	return r.c, nil
}

// reader carries what later queries need of earlier ones.
type reader struct {
	ctx    context.Context
	q      Queryer
	c      *Catalog
	types  map[uint32]typeRow
	tables map[uint32]int // index in c.Tables by OID
}

// EachRow runs a query and calls scan for each row of its result.
func EachRow(ctx context.Context, q Queryer, sql string, scan func(pgx.Rows) error) error {
	rows, err := q.Query(ctx, sql)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (r *reader) each(sql string, scan func(pgx.Rows) error) error {
	return EachRow(r.ctx, r.q, sql, scan)
}

// userSchema excludes the schemas of PostgreSQL itself and temporary ones.
const userSchema = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

// notOfExtension excludes members of extensions: CREATE EXTENSION creates them on the target.
func notOfExtension(class, oid string) string {
	return fmt.Sprintf(`NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '%s'::regclass AND e.objid = %s
		AND e.deptype = 'e')`, class, oid)
}

func (r *reader) server() error {
	s := &r.c.Server
	err := r.each(`SELECT current_setting('server_version_num')::int, current_setting('server_version'),
		current_database()::text,
		current_user::text, coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false),
			pg_is_in_recovery(),
		pg_encoding_to_char(d.encoding)::text, d.datcollate::text, d.datctype::text,
		coalesce(substring(current_setting('default_text_search_config') FROM '^pg_catalog\.\w+$'), '')
		FROM pg_database d WHERE d.datname = current_database()`, func(rows pgx.Rows) error {
		return rows.Scan(&s.VersionNum, &s.Version, &s.Database, &s.User, &s.Superuser, &s.InRecovery, &s.Encoding,
			&s.Collate, &s.Ctype, &s.TextSearch)
	})
	return err
}

func (r *reader) schemas() error {
	return r.each(`SELECT n.nspname::text, pg_get_userbyid(n.nspowner)::text FROM pg_namespace n
		WHERE `+userSchema+` AND (`+notOfExtension("pg_namespace", "n.oid")+` OR EXISTS (SELECT FROM pg_class c
			WHERE c.relnamespace = n.oid AND `+isConfiguration("c.oid")+`)) ORDER BY 1`, func(rows pgx.Rows) error {
		var s Schema
		err := rows.Scan(&s.Name, &s.Owner)
		r.c.Schemas = append(r.c.Schemas, s)
		return err
	})
}

func (r *reader) readTables() error {
	return r.each(`SELECT c.oid, n.nspname::text, c.relname::text, pg_get_userbyid(c.relowner)::text,
		coalesce(obj_description(c.oid, 'pg_class'), ''),
		c.relkind = 'p', c.relkind = 'f', c.relpersistence = 'u', c.relrowsecurity, c.relforcerowsecurity,
		has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
		row_security_active(c.oid),
		c.reltuples::bigint,
		CASE WHEN c.relkind = 'r' THEN pg_table_size(c.oid) ELSE 0 END, c.relpages::bigint
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND `+userSchema+` AND `+
		brought("c.oid")+`
		ORDER BY 2, 3`, func(rows pgx.Rows) error {
		var t Table
		err := rows.Scan(&t.OID, &t.Schema, &t.Name, &t.Owner, &t.Comment, &t.Partitioned, &t.Foreign, &t.Unlogged,
			&t.RowSecurity, &t.ForceRowSecurity,
			&t.Selectable, &t.RLSApplies, &t.EstimatedRows, &t.Bytes, &t.Pages)
		r.tables[t.OID] = len(r.c.Tables)
		r.c.Tables = append(r.c.Tables, t)
		return err
	})
}

// table returns the table of an OID; nil if it is not in the catalog.
func (r *reader) table(oid uint32) *Table {
	if i, ok := r.tables[oid]; ok {
		return &r.c.Tables[i]
	}
	return nil
}

func (r *reader) columns() error {
	// attgenerated is '' 's' or, from 18 on, 'v'.
	return r.each(`SELECT a.attrelid, a.attname::text, a.attnum::int, a.atttypid, a.atttypmod,
		format_type(a.atttypid, a.atttypmod), a.attnotnull,
		coalesce(pg_get_expr(d.adbin, d.adrelid), ''), a.attgenerated::text, a.attidentity::text,
			coalesce(col_description(a.attrelid, a.attnum), ''),
		has_schema_privilege(c.relnamespace, 'USAGE') AND has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
		coalesce((SELECT co.collname::text FROM pg_collation co JOIN pg_type ty ON ty.oid = a.atttypid
			WHERE co.oid = a.attcollation AND a.attcollation <> ty.typcollation), '')
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f') AND `+userSchema+
		` ORDER BY a.attrelid, a.attnum`, func(rows pgx.Rows) error {
		var c Column
		var relation, typeOID uint32
		var typmod int32
		var formatted, generated, identity string
		if err := rows.Scan(&relation, &c.Name, &c.Number, &typeOID, &typmod, &formatted, &c.NotNull, &c.Default,
			&generated, &identity, &c.Comment, &c.Selectable, &c.Collation); err != nil {
			return err
		}
		t := r.table(relation)
		if t == nil {
			return nil
		}
		c.Type = r.resolve(typeOID, typmod, formatted)
		c.Type.AnyBytes = r.c.Server.Encoding == "SQL_ASCII"
		c.Generated = map[string]string{"s": "stored", "v": "virtual"}[generated]
		c.Identity = map[string]string{"a": "always", "d": "by default"}[identity]
		t.Columns = append(t.Columns, c)
		return nil
	})
}

// collations reads those under which texts of different bytes can be equal. All are of ICU, whose locale and rules have
// had other columns in each of the versions 12, 15 to 16, and 17.
func (r *reader) collations() error {
	return r.each(`SELECT a.attrelid, a.attname::text, quote_ident(n.nspname) || '.' || quote_ident(k.collname),
		coalesce(to_jsonb(k) ->> 'colllocale', to_jsonb(k) ->> 'colliculocale', to_jsonb(k) ->> 'collcollate', ''),
		coalesce(to_jsonb(k) ->> 'collicurules', '')
		FROM pg_attribute a JOIN pg_collation k ON k.oid = a.attcollation AND NOT k.collisdeterministic
		JOIN pg_namespace n ON n.oid = k.collnamespace
		WHERE a.attnum > 0 AND NOT a.attisdropped`, func(rows pgx.Rows) error {
		var relation uint32
		var column, name, locale, rules string
		if err := rows.Scan(&relation, &column, &name, &locale, &rules); err != nil {
			return err
		}
		t := r.table(relation)
		if t == nil {
			return nil
		}
		for i := range t.Columns {
			if c := &t.Columns[i]; c.Name == column {
				c.Type.Collation = mask.NewCollation(name, locale, rules, r.c.Server.Encoding)
			}
		}
		return nil
	})
}

func (r *reader) partitionKeys() error {
	// Columns in expressions have a dependency, like plain ones.
	return r.each(`SELECT p.partrelid, ARRAY(SELECT coalesce(a.attname::text, '') FROM unnest(p.partattrs::int2[])
		WITH ORDINALITY u(n, i)
			LEFT JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = u.n AND u.n > 0 ORDER BY u.i)
		|| coalesce((SELECT array_agg(DISTINCT c.attname::text ORDER BY c.attname::text)
			FROM pg_depend d JOIN pg_attribute c ON c.attrelid = d.objid AND c.attnum = d.objsubid
			WHERE d.classid = 'pg_class'::regclass AND d.objid = p.partrelid AND d.objsubid > 0
			AND d.refclassid = 'pg_class'::regclass AND d.refobjid = p.partrelid AND d.refobjsubid = 0
			AND d.deptype = 'i' AND NOT d.objsubid = ANY (p.partattrs::int2[])), '{}')
		FROM pg_partitioned_table p ORDER BY 1`, func(rows pgx.Rows) error {
		var relation uint32
		var columns []string
		err := rows.Scan(&relation, &columns)
		if t := r.table(relation); t != nil {
			t.PartitionKey = columns
		}
		return err
	})
}

func (r *reader) inheritance() error {
	if err := r.partitionKeys(); err != nil {
		return err
	}
	return r.each(`SELECT i.inhrelid, pn.nspname::text, p.relname::text, c.relispartition
		FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
		JOIN pg_namespace pn ON pn.oid = p.relnamespace
		WHERE p.relkind IN ('r', 'p', 'f') ORDER BY i.inhrelid, i.inhseqno`, func(rows pgx.Rows) error {
		var child uint32
		var parent Ref
		var partition bool
		if err := rows.Scan(&child, &parent.Schema, &parent.Name, &partition); err != nil {
			return err
		}
		if t := r.table(child); t != nil && partition {
			t.PartitionOf = parent.String()
		} else if t != nil {
			t.Inherits = append(t.Inherits, parent)
		}
		return nil
	})
}

func (r *reader) constraints() error {
	return r.each(`SELECT k.conrelid, k.conname::text, k.contype::text, pg_get_constraintdef(k.oid), k.condeferrable,
		k.condeferred, k.convalidated, k.conparentid <> 0,
		coalesce((SELECT array_agg(a.attname::text ORDER BY x.i) FROM unnest(k.conkey) WITH ORDINALITY x(n, i)
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.n), '{}'),
		coalesce(fn.nspname::text, ''), coalesce(f.relname::text, ''),
		coalesce((SELECT array_agg(a.attname::text ORDER BY x.i) FROM unnest(k.confkey) WITH ORDINALITY x(n, i)
			JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = x.n), '{}')
		FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
		WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND `+userSchema+` ORDER BY k.conrelid, k.contype, k.conname`,
		func(rows pgx.Rows) error {
			var relation uint32
			var c Constraint
			var kind string
			if err := rows.Scan(&relation, &c.Name, &kind, &c.Definition, &c.Deferrable, &c.Deferred, &c.Validated,
				&c.Inherited, &c.Columns, &c.RefTable.Schema, &c.RefTable.Name, &c.RefColumns); err != nil {
				return err
			}
			c.Kind = ConstraintKind(kind[0])
			if t := r.table(relation); t != nil {
				t.Constraints = append(t.Constraints, c)
			}
			return nil
		})
}

func (r *reader) indexes() error {
	return r.each(`SELECT i.indrelid, x.relname::text, pg_get_indexdef(i.indexrelid), i.indisunique, i.indisprimary,
		coalesce(k.conname::text, ''), i.indpred IS NOT NULL,
		coalesce((SELECT array_agg(coalesce(a.attname::text, '') ORDER BY u.i) FROM unnest(i.indkey::int2[])
			WITH ORDINALITY u(n, i)
			LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.n AND u.n > 0
			WHERE u.i <= i.indnkeyatts), '{}')
		FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
		JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u',
			'x')
		WHERE c.relkind IN ('r', 'p') AND `+userSchema+` ORDER BY i.indrelid, x.relname`, func(rows pgx.Rows) error {
		var relation uint32
		var i Index
		if err := rows.Scan(&relation, &i.Name, &i.Definition, &i.Unique, &i.Primary, &i.Constraint, &i.Partial,
			&i.Columns); err != nil {
			return err
		}
		if t := r.table(relation); t != nil {
			t.Indexes = append(t.Indexes, i)
		}
		return nil
	})
}

func (r *reader) triggers() error {
	return r.each(`SELECT t.tgrelid, t.tgname::text, pg_get_triggerdef(t.oid), t.tgenabled::text FROM pg_trigger t
		JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE NOT t.tgisinternal AND `+userSchema+` ORDER BY t.tgrelid, t.tgname`, func(rows pgx.Rows) error {
		var relation uint32
		var g Trigger
		var enabled string
		if err := rows.Scan(&relation, &g.Name, &g.Definition, &enabled); err != nil {
			return err
		}
		g.Enabled = enabled[0]
		if t := r.table(relation); t != nil {
			t.Triggers = append(t.Triggers, g)
		}
		return nil
	})
}

func (r *reader) sequences() error {
	return r.each(`SELECT n.nspname::text, c.relname::text, coalesce(tn.nspname::text, ''),
		coalesce(t.relname::text, ''), coalesce(a.attname::text, ''), coalesce(d.deptype = 'i', false),
		has_schema_privilege(n.oid, 'USAGE') AND has_sequence_privilege(c.oid, 'SELECT'),
		coalesce((SELECT x.extname::text FROM pg_depend e JOIN pg_extension x ON x.oid = e.refobjid
			WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.refclassid = 'pg_extension'::regclass
			AND e.deptype = 'e'), '')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
			AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
		LEFT JOIN pg_class t ON t.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
		LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
		WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND `+userSchema+
		` AND (`+notOfExtension("pg_class", "c.oid")+` OR `+isConfiguration("c.oid")+` OR `+isConfiguration("t.oid")+`)
		ORDER BY 1, 2`, func(rows pgx.Rows) error {
		var s Sequence
		err := rows.Scan(&s.Schema, &s.Name, &s.OwnedBy.Schema, &s.OwnedBy.Name, &s.OwnedColumn, &s.Identity,
			&s.Selectable, &s.Extension)
		r.c.Sequences = append(r.c.Sequences, s)
		return err
	})
}

// matViews reads materialized views, and which others they read, also through plain views.
func (r *reader) matViews() error {
	at := map[uint32]int{}
	err := r.each(`SELECT c.oid, n.nspname::text, c.relname::text, c.relispopulated FROM pg_class c JOIN pg_namespace n
		ON n.oid = c.relnamespace
		WHERE c.relkind = 'm' AND `+userSchema+` AND `+notOfExtension("pg_class", "c.oid")+` ORDER BY 2, 3`,
		func(rows pgx.Rows) error {
			var oid uint32
			var m MatView
			err := rows.Scan(&oid, &m.Schema, &m.Name, &m.Populated)
			at[oid] = len(r.c.MatViews)
			r.c.MatViews = append(r.c.MatViews, m)
			return err
		})
	if err != nil {
		return err
	}
	return r.each(`WITH RECURSIVE direct AS (
			SELECT DISTINCT w.ev_class AS reader, d.refobjid AS read FROM pg_rewrite w
			JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
			AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class JOIN pg_class c ON c.oid = d.refobjid
				AND c.relkind IN ('v', 'm')
		), reach AS (SELECT reader, read FROM direct UNION SELECT reach.reader, direct.read FROM reach
		JOIN direct ON direct.reader = reach.read)
		SELECT DISTINCT reach.reader, n.nspname::text, c.relname::text FROM reach JOIN pg_class c ON c.oid = reach.read
			AND c.relkind = 'm'
		JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1, 2, 3`, func(rows pgx.Rows) error {
		var oid uint32
		var ref Ref
		if err := rows.Scan(&oid, &ref.Schema, &ref.Name); err != nil {
			return err
		}
		if i, ok := at[oid]; ok {
			r.c.MatViews[i].DependsOn = append(r.c.MatViews[i].DependsOn, ref)
		}
		return nil
	})
}

func (r *reader) rest() error {
	err := r.each(`SELECT coalesce((SELECT array_agg(evtname::text ORDER BY evtname) FROM pg_event_trigger
		WHERE evtenabled <> 'D'), '{}'),
		(SELECT count(*) FROM pg_largeobject_metadata),
		coalesce((SELECT array_agg(DISTINCT pg_get_userbyid(x)::text) FROM pg_policy, unnest(polroles) x WHERE x <> 0),
			'{}')`, func(rows pgx.Rows) error {
		return rows.Scan(&r.c.EventTriggers, &r.c.LargeObjects, &r.c.PolicyRoles)
	})
	sort.Strings(r.c.PolicyRoles)
	return err
}
