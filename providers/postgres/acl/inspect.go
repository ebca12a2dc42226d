package acl

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Inspect reads the roles of the server and the access lists of the connected database in one read-only
// snapshot. The number of queries does not depend on the number of objects, system catalogs alone are read,
// and never those that hold passwords. Its errors are redacted.
func Inspect(ctx context.Context, c *pgx.Conn) (*State, error) {
	tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("reading roles and privileges: %w", conn.Redact(err))
	}
	defer func() { _ = tx.Rollback(ctx) }()
	// Types are then named with their schema unless they are PostgreSQL's own.
	if _, err := tx.Exec(ctx, "SET LOCAL search_path = pg_catalog"); err != nil {
		return nil, fmt.Errorf("reading roles and privileges: %w", conn.Redact(err))
	}
	return inspect(ctx, tx)
}

// querier is a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// inspect is Inspect inside a transaction whose search_path is pg_catalog.
func inspect(ctx context.Context, q querier) (*State, error) {
	r := &reader{ctx: ctx, q: q, s: &State{}}
	for _, part := range []struct {
		what string
		read func() error
	}{
		{"the server", r.server},
		{"roles", r.roles},
		{"settings", r.settings},
		{"memberships", r.memberships},
		{"parameters", r.parameters},
		{"what roles own", r.owned},
		{"schemas", r.containers},
		{"tables and sequences", r.relations},
		{"columns", r.columns},
		{"functions", r.functions},
		{"types", r.types},
		{"default privileges", r.defaults},
	} {
		if err := part.read(); err != nil {
			return nil, fmt.Errorf("reading %s: %w", part.what, conn.Redact(err))
		}
	}
	r.s.sort()
	return r.s, nil
}

// reader carries the connection and what is read so far.
type reader struct {
	ctx     context.Context
	q       querier
	s       *State
	objects map[string]int // index in s.Objects, by class and OID
}

// each runs a query and calls f for each row, which has been read into the targets.
func (r *reader) each(sql string, targets []any, f func() error) error {
	rows, err := r.q.Query(r.ctx, sql)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, targets, f)
	return err
}

func (r *reader) server() error {
	s := r.s
	return r.each(`SELECT current_setting('server_version_num')::int, current_database()::text, current_user::text,
		coalesce(current_setting('createrole_self_grant', true), ''),
		coalesce((SELECT b.rolname::text FROM pg_roles b WHERE b.oid = 10), '')`, // BOOTSTRAP_SUPERUSERID
		[]any{&s.VersionNum, &s.Database, &s.User, &s.SelfGrant, &s.Bootstrap}, func() error { return nil })
}

func (r *reader) roles() error {
	set := "MEMBER"
	if r.s.VersionNum >= 160000 { // since then a membership may allow one and not the other
		set = "SET"
	}
	var x Role
	return r.each(`SELECT r.rolname::text, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin,
		r.rolreplication, r.rolbypassrls,
		r.rolconnlimit, coalesce(CASE WHEN isfinite(r.rolvaliduntil)
			THEN to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
			ELSE r.rolvaliduntil::text END, ''),
		coalesce(shobj_description(r.oid, 'pg_authid'), ''),
		pg_has_role(r.oid, 'USAGE'), pg_has_role(r.oid, '`+set+`'), pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION')
		FROM pg_roles r`,
		[]any{&x.Name, &x.Superuser, &x.Inherit, &x.CreateRole, &x.CreateDB, &x.Login, &x.Replication, &x.BypassRLS,
			&x.ConnectionLimit, &x.ValidUntil, &x.Comment, &x.Usage, &x.Set, &x.Admin},
		func() error {
			r.s.Roles = append(r.s.Roles, x)
			if x.Name == r.s.User {
				r.s.Self = x.Attributes
			}
			return nil
		})
}

func (r *reader) settings() error {
	byRole := map[string][]Setting{}
	var role, pair string
	var x Setting
	err := r.each(`SELECT r.rolname::text, coalesce(d.datname::text, ''), e.c
		FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
		CROSS JOIN unnest(s.setconfig) AS e(c) ORDER BY 1, 2, 3`, []any{&role, &x.Database, &pair}, func() error {
		x.Name, x.Value, _ = strings.Cut(pair, "=")
		byRole[role] = append(byRole[role], x)
		return nil
	})
	for i := range r.s.Roles {
		r.s.Roles[i].Settings = byRole[r.s.Roles[i].Name]
	}
	return err
}

func (r *reader) memberships() error {
	options := "true, true"
	if r.s.VersionNum >= 160000 {
		options = "m.inherit_option, m.set_option"
	}
	var x RoleGrant
	return r.each(`SELECT g.rolname::text, u.rolname::text, coalesce(b.rolname::text, ''), m.admin_option, `+options+`
		FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
		LEFT JOIN pg_roles b ON b.oid = m.grantor
		ORDER BY 1, 2, 3`, []any{&x.Role, &x.Member, &x.Grantor, &x.Admin, &x.Inherit, &x.Set}, func() error {
		r.s.Memberships = append(r.s.Memberships, x)
		return nil
	})
}

// parameters reads which run-time parameters there are. From 15 on, the right to set one that is a superuser's
// can be granted (manual, GRANT ON PARAMETER), also for a name that no loaded module knows ("app.tenant").
func (r *reader) parameters() error {
	granted, unknown := "false", ""
	if r.s.VersionNum >= 150000 {
		granted = "has_parameter_privilege(p.name, 'SET')"
		unknown = " UNION ALL SELECT a.parname, 'custom', has_parameter_privilege(a.parname, 'SET') FROM " +
			"pg_parameter_acl a WHERE a.parname NOT IN (SELECT lower(name) FROM pg_settings)"
	}
	var x Parameter
	return r.each(`SELECT p.name, p.context, p.context NOT IN ('superuser', 'superuser-backend') OR u.rolsuper OR `+
		granted+`
		FROM pg_settings p JOIN pg_roles u ON u.rolname = current_user`+unknown+` ORDER BY 1`,
		[]any{&x.Name, &x.Context, &x.Settable}, func() error {
			r.s.Parameters = append(r.s.Parameters, x)
			return nil
		})
}

// owned reads what hangs on the roles that carry a mark, in all databases at once: pg_shdepend is shared. The
// objects of other databases have no names here, only kinds.
func (r *reader) owned() error {
	type place struct{ role, database string }
	found := map[place]*Owned{}
	var role, database, class, kind, name string
	var connectable bool
	var count int
	// 1260 is the class of roles; naming it by number keeps a cast to regclass, which some
	// providers log as access, out of it.
	err := r.each(`SELECT r.rolname::text, coalesce(d.datname::text, ''), coalesce(d.datallowconn, true),
		s.classid::regclass::text,
			s.deptype::text, coalesce(CASE WHEN s.deptype = 'o'
				AND (s.dbid = 0 OR d.datname = current_database()) THEN pg_describe_object(s.classid, s.objid,
				s.objsubid) END, ''), count(*)::int
		FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid LEFT JOIN pg_database d ON d.oid = s.dbid
		WHERE s.refclassid = 1260 AND shobj_description(r.oid, 'pg_authid') ~ '(^|\n)shoji: project='
		GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 4, 6`,
		[]any{&role, &database, &connectable, &class, &kind, &name, &count}, func() error {
			o := found[place{role, database}]
			if o == nil {
				o = &Owned{Role: role, Database: database, Connectable: connectable}
				found[place{role, database}] = o
			}
			switch {
			case kind != "o":
				o.Privileges += count
			case name != "":
				o.Owns, o.Count = append(o.Owns, name), o.Count+count
			default:
				o.Owns, o.Count = append(o.Owns, plural(count, classWord(class))), o.Count+count
			}
			return nil
		})
	for _, o := range found {
		r.s.Owned = append(r.s.Owned, *o)
	}
	sort.Slice(r.s.Owned, func(i, j int) bool {
		a, b := r.s.Owned[i], r.s.Owned[j]
		return a.Role < b.Role || a.Role == b.Role && a.Database < b.Database
	})
	return err
}

func classWord(class string) string {
	words := map[string]string{
		"pg_class":       "relation",
		"pg_proc":        "function",
		"pg_namespace":   "schema",
		"pg_type":        "type",
		"pg_default_acl": "default privilege",
	}
	if w, ok := words[strings.TrimPrefix(class, "pg_catalog.")]; ok {
		return w
	}
	return strings.TrimPrefix(class, "pg_") + " object"
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
