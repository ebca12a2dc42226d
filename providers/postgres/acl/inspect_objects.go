package acl

import (
	"fmt"
	"strings"
)

// The queries below give one row for each entry of each access list, and one with nulls for an object whose
// list is empty. aclexplode(coalesce(list, acldefault(…))) makes a missing list the default that it stands
// for.

// userSchema keeps out PostgreSQL's own and temporary schemas.
const userSchema = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

// entryColumns are read by scanEntry; x is the exploded list.
const entryColumns = `CASE x.grantee WHEN 0 THEN 'public' ELSE g.rolname::text END, b.rolname::text, ` +
	`x.privilege_type, x.is_grantable`

const entryJoins = ` LEFT JOIN pg_roles g ON g.oid = x.grantee LEFT JOIN pg_roles b ON b.oid = x.grantor`

func explode(list, kind, owner string) string {
	return fmt.Sprintf(` LEFT JOIN LATERAL aclexplode(coalesce(%s, acldefault(%s, %s))) x ON true`, list, kind, owner) +
		entryJoins
}

// isOfExtension is true for what an extension brought.
func isOfExtension(class, oid string) string {
	return fmt.Sprintf(`EXISTS (SELECT FROM pg_depend e WHERE e.classid = '%s'::regclass AND e.objid = %s
		AND e.deptype = 'e')`, class, oid)
}

// grantedByExtension is true for what an extension granted on when it was created: the schema that CREATE EXTENSION
// made for it is not part of it, and comes with it all the same.
func grantedByExtension(class, oid string) string {
	return fmt.Sprintf(`EXISTS (SELECT FROM pg_init_privs e WHERE e.classoid = '%s'::regclass AND e.objoid = %s
		AND e.privtype = 'e')`, class, oid)
}

// entryRow is an exploded entry as it is read; all are nil for an empty list.
type entryRow struct {
	grantee, grantor, privilege *string
	grantable                   *bool
}

func (e *entryRow) targets() []any {
	return []any{&e.grantee, &e.grantor, &e.privilege, &e.grantable}
}

// entry returns the entry, ok unless there is none or its grantee is a role that is gone.
func (e *entryRow) entry() (Entry, bool) {
	if e.grantee == nil || e.privilege == nil {
		return Entry{}, false
	}
	x := Entry{Grantee: *e.grantee, Privilege: *e.privilege, Grantable: *e.grantable}
	if e.grantor != nil {
		x.Grantor = *e.grantor
	}
	return x, true
}

// add appends an object, or an entry to the one that was added under the same key.
func (r *reader) add(key string, o Object, e *entryRow) {
	if r.objects == nil {
		r.objects = map[string]int{}
	}
	i, there := r.objects[key]
	if !there {
		i = len(r.s.Objects)
		r.objects[key] = i
		r.s.Objects = append(r.s.Objects, o)
	}
	if x, ok := e.entry(); ok {
		r.s.Objects[i].Grants = append(r.s.Objects[i].Grants, x)
	}
}

// containers reads the database itself and its schemas.
func (r *reader) containers() error {
	var o Object
	var e entryRow
	var kind string
	return r.each(`SELECT 'database', d.datname::text, pg_get_userbyid(d.datdba)::text, false, `+entryColumns+`
		FROM pg_database d`+explode("d.datacl", "'d'", "d.datdba")+` WHERE d.datname = current_database()
		UNION ALL
		SELECT 'schema', n.nspname::text, pg_get_userbyid(n.nspowner)::text, `+isOfExtension("pg_namespace", "n.oid")+
		` OR `+grantedByExtension("pg_namespace", "n.oid")+`, `+entryColumns+`
		FROM pg_namespace n`+explode("n.nspacl", "'n'", "n.nspowner")+` WHERE `+userSchema,
		append([]any{&kind, &o.Name, &o.Owner, &o.Extension}, e.targets()...), func() error {
			o.Kind, o.Detail = Kind(kind), kind
			r.add(kind+" "+o.Name, o, &e)
			return nil
		})
}

var relationWords = map[string]string{
	"r": "table",
	"p": "partitioned table",
	"v": "view",
	"m": "materialized view",
	"f": "foreign table",
	"S": "sequence",
}

func (r *reader) relations() error {
	var o Object
	var e entryRow
	var oid uint32
	var kind string
	return r.each(`SELECT c.oid, c.relkind::text, n.nspname::text, c.relname::text,
		pg_get_userbyid(c.relowner)::text, `+isOfExtension("pg_class", "c.oid")+`, `+entryColumns+`
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace`+
		explode("c.relacl", `(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char"`, "c.relowner")+`
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't' AND `+userSchema,
		append([]any{&oid, &kind, &o.Schema, &o.Name, &o.Owner, &o.Extension}, e.targets()...), func() error {
			o.Kind, o.Detail = Table, relationWords[kind]
			if kind == "S" {
				o.Kind = Sequence
			}
			r.add(fmt.Sprintf("relation %d", oid), o, &e)
			return nil
		})
}

// columns reads all columns of tables, with the lists of those that have one.
func (r *reader) columns() error {
	var e entryRow
	var oid uint32
	var name string
	return r.each(`SELECT c.oid, a.attname::text, `+entryColumns+`
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN LATERAL aclexplode(a.attacl) x ON true`+entryJoins+`
		WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
			AND `+userSchema+`
		ORDER BY c.oid, a.attnum`, append([]any{&oid, &name}, e.targets()...), func() error {
		i, ok := r.objects[fmt.Sprintf("relation %d", oid)]
		if !ok {
			return nil
		}
		o := &r.s.Objects[i]
		if n := len(o.Columns); n == 0 || o.Columns[n-1].Name != name {
			o.Columns = append(o.Columns, ObjectColumn{Name: name})
		}
		if x, ok := e.entry(); ok {
			c := &o.Columns[len(o.Columns)-1]
			c.Grants = append(c.Grants, x)
			sortEntries(c.Grants)
		}
		return nil
	})
}

var routineWords = map[string]string{"f": "function", "p": "procedure", "a": "aggregate", "w": "window function"}

// functions reads all but those that are part of something else: the constructors of a range type.
func (r *reader) functions() error {
	var o Object
	var e entryRow
	var oid uint32
	var kind string
	return r.each(`SELECT p.oid, p.prokind::text, n.nspname::text, p.proname::text,
		pg_get_userbyid(p.proowner)::text, `+isOfExtension("pg_proc", "p.oid")+`,
		pg_get_function_identity_arguments(p.oid), ARRAY(SELECT format_type(u.t, NULL) FROM unnest(p.proargtypes)
			WITH ORDINALITY u(t, n) ORDER BY u.n), `+entryColumns+`
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace`+explode("p.proacl", "'f'", "p.proowner")+`
		WHERE NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid
			AND i.deptype = 'i') AND `+userSchema,
		append([]any{&oid, &kind, &o.Schema, &o.Name, &o.Owner, &o.Extension, &o.Arguments, &o.Types}, e.targets()...),
		func() error {
			f := o
			f.Kind, f.Detail = Function, routineWords[kind]
			f.Types = append([]string(nil), o.Types...)
			if kind == "a" { // GRANT takes the types alone, not the ORDER BY of an ordered-set aggregate
				f.Arguments = strings.Join(f.Types, ", ")
			}
			r.add(fmt.Sprintf("function %d", oid), f, &e)
			return nil
		})
}

// types reads those that can be granted on: no arrays, no row types of tables, no multiranges.
func (r *reader) types() error {
	var o Object
	var e entryRow
	var oid uint32
	var kind string
	return r.each(`SELECT t.oid, CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, n.nspname::text,
		t.typname::text, pg_get_userbyid(t.typowner)::text, `+isOfExtension("pg_type", "t.oid")+`, `+entryColumns+`
		FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid`+
		explode("t.typacl", "'T'", "t.typowner")+`
		WHERE t.typtype IN ('b', 'c', 'd', 'e', 'r') AND (c.oid IS NULL OR c.relkind = 'c')
		AND NOT EXISTS (SELECT FROM pg_type a WHERE a.typarray = t.oid) AND `+userSchema,
		append([]any{&oid, &kind, &o.Schema, &o.Name, &o.Owner, &o.Extension}, e.targets()...), func() error {
			o.Kind, o.Detail = Type, kind
			r.add(fmt.Sprintf("type %d", oid), o, &e)
			return nil
		})
}

var defaultWords = map[string]string{"r": "tables", "S": "sequences", "f": "functions", "T": "types", "n": "schemas"}

// defaults reads pg_default_acl. A row for the whole database holds the full list that replaces the built-in
// one; a row for a schema holds what is added to it.
func (r *reader) defaults() error {
	var d DefaultACL
	var e entryRow
	var kind string
	return r.each(`SELECT o.rolname::text, coalesce(n.nspname::text, ''), d.defaclobjtype::text, `+entryColumns+`
		FROM pg_default_acl d JOIN pg_roles o ON o.oid = d.defaclrole LEFT JOIN pg_namespace n
			ON n.oid = d.defaclnamespace
		LEFT JOIN LATERAL aclexplode(d.defaclacl) x ON true`+entryJoins+` ORDER BY 1, 2, 3`,
		append([]any{&d.ForRole, &d.Schema, &kind}, e.targets()...), func() error {
			d.On = defaultWords[kind]
			if d.On == "" {
				return nil // of a later version
			}
			last := len(r.s.Defaults) - 1
			if last < 0 || r.s.Defaults[last].ForRole != d.ForRole || r.s.Defaults[last].Schema != d.Schema ||
				r.s.Defaults[last].On != d.On {
				r.s.Defaults = append(r.s.Defaults, DefaultACL{ForRole: d.ForRole, Schema: d.Schema, On: d.On})
				last++
			}
			if x, ok := e.entry(); ok {
				r.s.Defaults[last].Grants = append(r.s.Defaults[last].Grants, x)
				sortEntries(r.s.Defaults[last].Grants)
			}
			return nil
		})
}
