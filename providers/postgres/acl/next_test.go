package acl

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
)

// copying is a source and a world whose live database is about to be replaced by a copy of it.
type copying struct {
	*world
	source string
	next   string
}

func newCopying(t *testing.T, attributes string) *copying {
	w := newWorld(t, attributes)
	c := &copying{world: w, source: pgtest.Database(t, w.server), next: w.database + "__next"}
	pgtest.Exec(t, c.source,
		append(things, "CREATE SCHEMA other", "CREATE TABLE other.x (a int)", "CREATE TABLE left_out (a int)",
			"GRANT SELECT ON t1 TO PUBLIC")...)
	t.Cleanup(func() {
		pgtest.Exec(t, w.server.AdminURL("postgres"), "DROP DATABASE IF EXISTS "+sqltext.Ident(c.next)+" WITH (FORCE)")
	})
	return c
}

func (c *copying) input(roles ...*spec.Role) Input {
	in := c.world.input(roles...)
	in.Refresh = "refresh.nightly"
	in.Next = Planned(inspectAt(c.t, c.source), in.Live, in.Live, Copy{
		Database: c.next,
		Owner:    c.user,
		Contains: InSchemas([]string{"public"}, []catalog.Ref{{Schema: "public", Name: "left_out"}}),
	})
	return in
}

// build makes the copy as a refresh would.
func (c *copying) build() {
	pgtest.Exec(c.t, c.at("postgres"), "CREATE DATABASE "+sqltext.Ident(c.next)+" TEMPLATE template0")
	pgtest.Exec(c.t, c.at(c.next), things...)
}

// swap puts it in place.
func (c *copying) swap() {
	pgtest.Exec(c.t, c.server.AdminURL("postgres"), "DROP DATABASE "+sqltext.Ident(c.database)+" WITH (FORCE)",
		"ALTER DATABASE "+sqltext.Ident(c.next)+" RENAME TO "+sqltext.Ident(c.database))
}

func TestPitfall14PrivilegesOfACopyThatDoesNotExistYet(t *testing.T) {
	for _, attributes := range []string{"", "CREATEROLE CREATEDB"} {
		c := newCopying(t, attributes)
		w := c.world
		w.exec("CREATE TABLE t1 (a int)", "CREATE ROLE "+w.ident("byhand"), "GRANT SELECT ON t1 TO "+w.ident("byhand"),
			"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC",
			"ALTER DEFAULT PRIVILEGES FOR ROLE "+sqltext.Ident(w.user)+" GRANT INSERT ON TABLES TO "+w.ident("byhand"))
		if attributes != "" {
			w.exec("ALTER TABLE t1 OWNER TO "+w.ident("manager"), "ALTER FUNCTION f() OWNER TO "+w.ident("manager"))
		}
		r := w.role("app", func(r *spec.Role) {
			r.Grants = []spec.Grant{
				grant(spec.Selector{Kind: "database"}, "CONNECT"), grant(all("table", "public"), "SELECT"),
				grant(all("sequence", "public"), "USAGE"),
				grant(all("function", "public"), "EXECUTE"), grant(on("type", "public", "mood"), "USAGE"),
				grant(spec.Selector{Kind: "table", Schema: "public", Name: "t1", Columns: []string{"b"}}, "UPDATE"),
				grant(on("schema", "", "public"), "USAGE"),
			}
			r.DefaultPrivileges = []spec.DefaultPrivilege{{
				ForRole:    w.user,
				Schema:     "public",
				On:         "tables",
				Privileges: []string{"SELECT"},
			}}
		})
		d, diags := Diff(c.input(r))
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		if len(d.Steps) != 1 || d.Steps[0].ID != "role.app.create" || len(d.NextSteps) != 1 ||
			d.NextSteps[0].ID != "refresh.nightly.grants" || d.NextSteps[0].Needs[0] != "role.app.create" {
			t.Fatalf("steps %+v next %+v", d.Steps, d.NextSteps)
		}
		statements := text(Draft{Changes: []engine.Change{{Statements: d.NextSteps[0].Statements}}})
		contains(t, statements, `ON DATABASE "`+c.next+`"`, `"public"."t2"`, `"public"."p1"`)
		notContains(t, statements, "left_out", `"other"`)
		if on := d.NextSteps[0].Statements[0].On; on != "database.staging ("+c.next+")" {
			t.Errorf("on %s", on)
		}
		// The change shows what the live copy lacks: it has one table of the source's six.
		contains(t, text(d), "role "+w.name("app")+": SELECT missing on 1 of 1 table of public: t1")
		hazards := ""
		for _, h := range d.NextHazards {
			hazards += string(h.Name) + ": " + h.Reason + "\n"
		}
		contains(t, hazards, "EXPOSES_DATA: EXECUTE on function public.f() was revoked from PUBLIC on "+w.database,
			"LOSES_ACCESS: "+w.name("byhand")+" has SELECT on table public.t1 of "+w.database)
		contains(t, strings.Join(d.NextNotes, "\n"), "INSERT for "+w.name("byhand"))
		c.build()
		w.runAll(d.Steps)
		w.runAll(d.NextSteps)
		c.swap()
		if again := w.plan(r); len(again.Changes)+len(again.Steps) > 0 {
			t.Errorf("a plan after the swap is not empty:\n%s", text(again))
		}
		// Another refresh plans the same privileges for its copy, and no change.
		d, diags = Diff(c.input(r))
		if diags.HasErrors() || len(d.Changes) > 0 || len(d.Steps) > 0 || len(d.NextSteps) != 1 ||
			len(d.NextHazards) > 0 {
			t.Errorf("the second refresh: %v\n%s%v%v", diags, text(d), d.NextSteps, d.NextHazards)
		}
		pgtest.Exec(t, w.server.AdminURL("postgres"), "DROP DATABASE IF EXISTS "+sqltext.Ident(c.next)+" WITH (FORCE)")
	}
}

func TestPlannedCopyIsWhatAFreshCopyIs(t *testing.T) {
	c := newCopying(t, "CREATEDB")
	in := c.input()
	c.build()
	real := inspectAt(t, c.at(c.next))
	planned := map[string]*Object{}
	for i := range in.Next.Objects {
		planned[in.Next.Objects[i].Key()] = &in.Next.Objects[i]
	}
	for i := range real.Objects {
		is := &real.Objects[i]
		plan := planned[is.Key()]
		delete(planned, is.Key())
		if plan == nil {
			t.Errorf("%s was not planned", is)
			continue
		}
		if plan.Owner != is.Owner || plan.Arguments != is.Arguments || !sameEntries(plan.Grants, is.Grants) {
			t.Errorf("%s was planned as\n%+v and is\n%+v", is, *plan, *is)
		}
	}
	for key := range planned {
		t.Errorf("%s was planned and is not there", key)
	}
}

func sameEntries(a, b []Entry) bool {
	x, y := append([]Entry(nil), a...), append([]Entry(nil), b...)
	for _, list := range [][]Entry{x, y} {
		for i := range list {
			list[i].Grantable = false
		}
		sortEntries(list)
	}
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if x[i] != y[i] {
			return false
		}
	}
	return true
}

func TestDatabaseThatDoesNotExist(t *testing.T) {
	c := newCopying(t, "")
	r := c.role("app", func(r *spec.Role) { r.Grants = []spec.Grant{grant(all("table", "public"), "SELECT")} })
	in := c.input(r)
	in.Server, in.Live = inspectAt(t, c.at("postgres")), nil
	d, diags := Diff(in)
	if diags.HasErrors() || len(d.NextSteps) != 1 {
		t.Fatalf("%v %v", diags, d.NextSteps)
	}
	contains(t, text(d), "create database.staging.grants", "SELECT missing on all 6 tables")
	in.Next = nil
	d, diags = Diff(in)
	if diags.HasErrors() || len(diags) != 1 || len(d.Steps) != 1 {
		t.Errorf("%v %v", diags, d.Steps)
	}
	in.Server = nil
	if _, diags := Diff(in); !diags.HasErrors() {
		t.Error("a server that was not inspected is no error")
	}
}
