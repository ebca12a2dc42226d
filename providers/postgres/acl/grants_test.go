package acl

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/spec"
)

// things are objects of every kind that can be granted on.
var things = []string{
	"CREATE TABLE t1 (a int, b int, c int)", "CREATE TABLE t2 (a int)", "CREATE VIEW v AS SELECT 1 AS one",
	"CREATE MATERIALIZED VIEW mv AS SELECT 1 AS one",
	"CREATE TABLE p (a int) PARTITION BY RANGE (a)", "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9)",
	"CREATE SEQUENCE s1", "CREATE SEQUENCE s2",
	"CREATE FUNCTION f(a int, OUT b int) LANGUAGE sql AS 'SELECT 1'",
	"CREATE FUNCTION f(text, VARIADIC xs timestamptz[]) RETURNS int LANGUAGE sql AS 'SELECT 1'",
	"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
	"CREATE PROCEDURE proc(IN a int, INOUT b text) LANGUAGE sql AS 'SELECT 1::text'",
	"CREATE AGGREGATE agg(int ORDER BY int) (SFUNC = int4pl, STYPE = int4, FINALFUNC = int4pl, INITCOND = 0)",
	"CREATE TYPE mood AS ENUM ('a')", "CREATE DOMAIN dom AS int", "CREATE TYPE comp AS (a int)",
	"CREATE TYPE rng AS RANGE (subtype = int)",
	"CREATE FUNCTION g(m mood) RETURNS int LANGUAGE sql AS 'SELECT 1'",
}

func TestGrantsOnEveryKindOfObject(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		w.execAs(things...)
		r := w.role("app", func(r *spec.Role) {
			r.Grants = []spec.Grant{
				grant(spec.Selector{Kind: "database"}, "CONNECT", "TEMP"), grant(on("schema", "", "public"), "USAGE"),
				grant(all("table", "public"), "SELECT", "INSERT"),
				grant(spec.Selector{Kind: "table", Schema: "public", Name: "t1", Columns: []string{"a", "b"}}, "UPDATE",
					"REFERENCES"),
				grant(all("sequence", "public"), "ALL"), grant(on("sequence", "public", "s1"), "USAGE"),
				grant(all("function", "public"), "EXECUTE"),
				grant(on("function", "public", "f(int)"), "EXECUTE"),
				grant(on("function", "public", "f(text, timestamptz[])"), "EXECUTE"),
				grant(on("function", "public", "f()"), "EXECUTE"), grant(on("function", "public", "proc"), "EXECUTE"),
				grant(on("function", "public", "g(mood)"), "EXECUTE"),
				grant(on("type", "public", "mood"), "USAGE"), grant(on("type", "public", "dom"), "ALL"),
				grant(on("type", "public", "comp"), "USAGE"), grant(on("type", "public", "rng"), "USAGE"),
			}
		})
		if w.version() < 150000 && w.user == w.name("manager") {
			r.Grants[1].On.Name = "public" // PUBLIC has it there, and only the bootstrap superuser could grant it
		}
		d := w.plan(r)
		contains(t, text(d),
			`GRANT INSERT, SELECT ON TABLE "public"."mv", "public"."p", "public"."p1", "public"."t1", "public"."t2", `+
				`"public"."v" TO `+w.ident("app"),
			`GRANT UPDATE ("a", "b"), REFERENCES ("a", "b") ON TABLE "public"."t1" TO `,
			"role "+w.name("app")+": INSERT, SELECT missing on all 6 tables of public")
		w.apply(r)
		for _, check := range []string{
			`has_table_privilege('R', 'public.mv', 'SELECT')`, `has_column_privilege('R', 'public.t1', 'b', 'UPDATE')`,
			`NOT has_column_privilege('R', 'public.t1', 'c', 'UPDATE')`,
			`has_sequence_privilege('R', 'public.s2', 'UPDATE')`,
			`has_database_privilege('R', current_database(), 'TEMP')`,
			`(SELECT count(*) = 6 FROM pg_proc, aclexplode(proacl) x WHERE x.grantee = 'R'::regrole
				AND pronamespace = 'public'::regnamespace)`,
			`(SELECT count(*) = 4 FROM pg_type, aclexplode(typacl) x WHERE x.grantee = 'R'::regrole)`,
		} {
			if got := w.rows("SELECT " + strings.ReplaceAll(check, "'R'", "'"+w.name("app")+"'")); got[0] != "t" {
				t.Errorf("not true: %s", check)
			}
		}
	})
}

func TestUnknownNamesAreReportedTogether(t *testing.T) {
	w := newWorld(t, "")
	w.exec(things...)
	r := w.role("app", func(r *spec.Role) {
		r.Grants = []spec.Grant{
			grant(on("schema", "", "publik"), "USAGE"), grant(on("table", "public", "t3"), "SELECT"),
			grant(on("table", "public", "s1"), "SELECT"),
			grant(spec.Selector{Kind: "table", Schema: "public", Name: "t1", Columns: []string{"aa"}}, "SELECT"),
			grant(on("function", "public", "f(bigint)"), "EXECUTE"),
			grant(on("function", "public", "ff(bigint)"), "EXECUTE"), grant(on("type", "public", "moot"), "USAGE"),
			grant(all("table", "public"), "SELEKT"),
			grant(on("sequence", "public", "s1"), "INSERT"), grant(all("table", "nowhere"), "SELECT"),
			grant(on("table", "pg_catalog", "pg_authid"), "SELECT"),
			grant(spec.Selector{Kind: "table", Schema: "public", Name: "t1", Columns: []string{"a"}}, "DELETE"),
		}
		r.DefaultPrivileges = []spec.DefaultPrivilege{
			{ForRole: w.name("nobody"), Schema: "publi", On: "tables", Privileges: []string{"EXECUTE"}},
			{ForRole: w.user, On: "tabels", Privileges: []string{"SELECT"}},
		}
	})
	_, diags := Diff(w.input(r))
	contains(t, diags.Error(), `no schema "publik"`, `Did you mean "public"?`, `no table "t3" in schema public`,
		`Did you mean "t1"?`, `There is a sequence of that name: use sequence("public", "s1")`,
		`has no column "aa"`, "f(integer); f(text, timestamp with time zone[])", `no function "ff"`,
		`Did you mean "mood"?`, `SELEKT is not a privilege on a table`, `Did you mean "SELECT"?`,
		"INSERT is not a privilege on a sequence. Valid are: SELECT, UPDATE, USAGE, ALL.", `no schema "nowhere"`,
		"not managed", "DELETE is not a privilege on a column",
		"EXECUTE is not a privilege on a table", `no schema "publi"`, w.name("nobody"), `Did you mean "tables"?`)
	for _, d := range diags {
		if d.Range == nil {
			t.Errorf("no range: %s", d.Summary)
		}
	}
}

func TestMaintainIsKnownFromSeventeen(t *testing.T) {
	w := newWorld(t, "")
	w.exec("CREATE TABLE t1 (a int)")
	r := w.role("app", func(r *spec.Role) { r.Grants = []spec.Grant{grant(all("table", "public"), "MAINTAIN")} })
	if w.version() < firstMaintain {
		contains(t, w.errors(r), "MAINTAIN exists from PostgreSQL 17 on")
		return
	}
	w.apply(r)
}

func TestAuthoritativeRevokesWhatIsNotDeclared(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		w.execAs(things...)
		r := w.role("app", func(r *spec.Role) {
			r.Grants = []spec.Grant{
				grant(on("table", "public", "t1"), "SELECT"),
				grant(spec.Selector{Kind: "table", Schema: "public", Name: "t2", Columns: []string{"a"}}, "SELECT"),
			}
			r.DefaultPrivileges = []spec.DefaultPrivilege{{
				ForRole:    w.user,
				Schema:     "public",
				On:         "tables",
				Privileges: []string{"SELECT"},
			}}
		})
		w.apply(r)
		w.execAs("GRANT SELECT, INSERT ON t1, t2, v TO "+w.ident("app"),
			"GRANT SELECT (a), UPDATE (b) ON t1 TO "+w.ident("app"), "GRANT USAGE ON SEQUENCE s1 TO "+w.ident("app"),
			"GRANT DELETE ON t1 TO "+w.ident("app")+" WITH GRANT OPTION",
			"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT ON TABLES TO "+w.ident("app"))
		if d := w.plan(r); len(d.Changes) != 0 {
			t.Errorf("an additive role was changed:\n%s", text(d))
		}
		r.Mode = "authoritative"
		d := w.apply(r)
		contains(t, text(d), `REVOKE INSERT, SELECT ON TABLE "public"."t2", "public"."v" FROM`,
			`REVOKE INSERT, DELETE ON TABLE "public"."t1" FROM`, `REVOKE UPDATE ("b") ON TABLE "public"."t1"`,
			`IN SCHEMA "public" REVOKE INSERT ON TABLES FROM`, "LOSES_ACCESS: "+w.name("app")+" loses SELECT on 3 ")
		notContains(t, text(d), "SEQUENCE")
		if got := w.rows("SELECT has_column_privilege('" + w.name("app") +
			"', 'public.t2', 'a', 'SELECT')"); got[0] != "t" {
			t.Error("the revoke on the table took the declared privilege on its column")
		}
	})
}

func TestPublicIsAGrantee(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		w.execAs("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE TABLE t1 (a int)")
		public := &spec.Role{Label: "everybody", Name: Public, In: w.spec, Mode: "authoritative", Grants: []spec.Grant{
			grant(spec.Selector{Kind: "database"}, "CONNECT"), grant(all("function", "public")),
			grant(on("table", "public", "t1"), "SELECT")}}
		d := w.apply(public)
		contains(t, text(d), "REVOKE TEMPORARY ON DATABASE", `REVOKE EXECUTE ON FUNCTION "public"."f"() FROM PUBLIC`,
			`GRANT SELECT ON TABLE "public"."t1" TO PUBLIC`, "EXPOSES_DATA: everybody gains SELECT on table public.t1")
		if got := w.rows("SELECT coalesce(proacl::text, 'null') FROM " +
			"pg_proc WHERE proname = 'f'"); strings.Contains(got[0], "{=X") || strings.Contains(got[0], ",=X") {
			t.Errorf("PUBLIC still has EXECUTE: %v", got)
		}
	})
}

func TestGrantOption(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		w.execAs("CREATE TABLE t1 (a int)")
		other := w.role("other", nil)
		r := w.role("app", func(r *spec.Role) {
			r.Login = yes()
			r.Grants = []spec.Grant{grant(on("table", "public", "t1"), "SELECT")}
			r.Grants[0].WithGrantOption = true
		})
		contains(t, text(w.apply(r, other)), "WITH GRANT OPTION",
			"EXPOSES_DATA: role "+w.name("app")+" may grant SELECT on table public.t1 to others")
		r.Mode, r.Grants[0].WithGrantOption = "authoritative", false
		contains(t, text(w.apply(r, other)), "REVOKE GRANT OPTION FOR SELECT ON TABLE")
		r.Grants[0].WithGrantOption = true
		w.apply(r, other)
		w.exec("SET ROLE "+w.ident("app")+"; GRANT SELECT ON t1 TO "+w.ident("other"),
			"GRANT SELECT ON t1 TO "+w.ident("other"))
		r.Grants[0].WithGrantOption = false
		contains(t, w.errors(r, other), "has granted it on to "+w.name("other"))
		if w.user != w.name("manager") {
			// What app has passed on goes first, as app; then its own grant option.
			other.Mode, other.Grants = "authoritative", []spec.Grant{grant(on("table", "public", "t1"), "INSERT")}
			d := w.apply(r, other)
			contains(t, text(d), "SET LOCAL ROLE "+w.ident("app")+"\n  REVOKE SELECT ON TABLE", "RESET ROLE")
		}
	})
}

func TestHazardsOfGrants(t *testing.T) {
	w := newWorld(t, "")
	w.exec("CREATE TABLE t1 (a int)", "CREATE SEQUENCE s1")
	r := w.role("app", func(r *spec.Role) { r.Grants = []spec.Grant{grant(all("table", "public"), "SELECT")} })
	notContains(t, text(w.apply(r)), "EXPOSES_DATA")
	w.exec("CREATE TABLE t2 (a int)", "CREATE TABLE t3 (a int)")
	r.Grants = append(r.Grants, grant(all("sequence", "public"), "USAGE"))
	d := w.apply(r)
	contains(t, text(d), "EXPOSES_DATA: role "+w.name("app")+" gains SELECT on 2 tables: public.t2, public.t3")
	notContains(t, text(d), "gains USAGE")
	c := d.Changes[0]
	if c.Type != "grants" || c.Address != "database.staging.grants" || c.Action != engine.Update {
		t.Errorf("change %s %s %s", c.Type, c.Address, c.Action)
	}
	if after := c.After[w.name("app")+" on 2 tables: public.t2, public.t3"]; after != "SELECT" {
		t.Errorf("after: %v", c.After)
	}
	if len(d.Steps) != 1 || d.Steps[0].Contends[0] != "acl:database.staging" || d.Steps[0].Provider != op.Provider {
		t.Errorf("steps: %+v", d.Steps)
	}
}

func TestMissingRightsAreListedTogether(t *testing.T) {
	w := newWorld(t, "NOCREATEROLE")
	w.exec("CREATE SCHEMA s", "CREATE TABLE s.a (x int)", "CREATE TABLE s.b (x int)", "CREATE ROLE "+w.ident("owner"),
		"ALTER TABLE s.b OWNER TO "+w.ident("owner"), "CREATE ROLE "+w.ident("old"))
	fresh := w.role("fresh", func(r *spec.Role) { r.Superuser = yes() })
	old := w.role("old", func(r *spec.Role) {
		r.Login, r.Replication = yes(), yes()
		r.MemberOf = []spec.Membership{{Role: w.name("owner")}}
		r.Grants = []spec.Grant{grant(all("table", "s"), "SELECT"), grant(on("schema", "", "s"), "USAGE")}
		r.DefaultPrivileges = []spec.DefaultPrivilege{{
			ForRole:    w.name("owner"),
			On:         "tables",
			Privileges: []string{"SELECT"},
		}}
	})
	got := w.errors(fresh, old)
	contains(t, got, "create role "+w.name("fresh"), "ALTER ROLE "+w.ident("manager")+" CREATEROLE",
		"Only a superuser may", "grant on table s.b", "GRANT "+w.ident("owner")+" TO "+w.ident("manager")+";",
		"grant on table s.a", "grant on schema s", "change default privileges for role "+w.name("owner"))
	if w.version() >= firstOptions {
		contains(t, got, "GRANT "+w.ident("old")+" TO "+w.ident("manager")+" WITH ADMIN OPTION",
			"ALTER ROLE "+w.ident("manager")+" REPLICATION",
			"GRANT "+w.ident("owner")+" TO "+w.ident("manager")+" WITH ADMIN OPTION")
	}
}

func TestGrantWithoutEffectIsAnError(t *testing.T) {
	w := newWorld(t, "CREATEROLE")
	w.execAs("CREATE ROLE " + w.ident("app"))
	w.exec("CREATE SCHEMA s", "CREATE TABLE s.t (x int)", "GRANT USAGE ON SCHEMA s TO PUBLIC",
		"GRANT INSERT ON s.t TO "+w.ident("manager"))
	// The planner would have refused it; a right can go between plan and apply.
	s := op.Fill(engine.Step{ID: "x"}, ChangeGrants{
		Database: op.Database{Target: w.spec.Address()},
		Commands: []Command{{
			Do:         "grant",
			Privileges: []string{"INSERT"},
			Kind:       Table,
			Objects:    []Ref{{Schema: "s", Name: "t"}},
			Grantees:   []string{w.name("app")},
		}},
	})
	err := w.run(s)
	if err == nil {
		t.Fatal("PostgreSQL's warning went unnoticed")
	}
	contains(t, err.Error(), "grant INSERT on table s.t")
	s.Statements[0].Text += " "
	if err := w.run(s); err == nil || !strings.Contains(err.Error(), "the plan is damaged") {
		t.Errorf("an edited statement was run: %v", err)
	}
}

func TestBorrowedMembershipIsGivenBack(t *testing.T) {
	w := newWorld(t, "CREATEROLE CREATEDB")
	w.execAs("CREATE SCHEMA s")
	owner := w.role("owner", nil)
	app := w.role("app", func(r *spec.Role) {
		r.DefaultPrivileges = []spec.DefaultPrivilege{
			{ForRole: owner.Name, Schema: "s", On: "tables", Privileges: []string{"SELECT"}},
			{ForRole: owner.Name, On: "functions", Privileges: []string{"EXECUTE"}},
		}
	})
	before := w.rows("SELECT count(*) FROM pg_auth_members WHERE member = '" + w.user + "'::regrole")
	d := w.apply(owner, app)
	contains(t, text(d), "GRANT "+w.ident("owner")+" TO "+w.ident("manager"),
		"REVOKE "+w.ident("owner")+" FROM "+w.ident("manager"))
	if w.version() < firstOptions {
		if after := w.rows("SELECT count(*) FROM pg_auth_members WHERE member = '" + w.user +
			"'::regrole"); after[0] != before[0] {
			t.Errorf("memberships were %v and are %v", before, after)
		}
	} else if got := w.rows("SELECT bool_or(inherit_option OR set_option) FROM pg_auth_members WHERE member = '" +
		w.user + "'::regrole"); got[0] != "f" {
		t.Error("a borrowed membership stayed")
	}
}

func TestDiagnosticsNameThePlace(t *testing.T) {
	w := newWorld(t, "")
	r := w.role("app", func(r *spec.Role) {
		r.At.ValidUntil.Range = diag.Range{Filename: "roles.hcl", Start: diag.Pos{Line: 4}}
		r.ValidUntil = ptr("x")
	})
	contains(t, w.errors(r), "roles.hcl:4: Invalid valid_until")
}
