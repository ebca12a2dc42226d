package acl

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/spec"
)

// managers are the two kinds of users that every feature must work with.
func managers(t *testing.T, f func(t *testing.T, w *world)) {
	t.Run("superuser", func(t *testing.T) { f(t, newWorld(t, "")) })
	t.Run("CREATEROLE", func(t *testing.T) { f(t, newWorld(t, "CREATEROLE CREATEDB")) })
}

func TestRoleIsCreatedWithItsAttributes(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		limit, until := 5, "2031-05-01 12:00:00+02"
		group := w.role("group", nil)
		r := w.role("app", func(r *spec.Role) {
			r.Login, r.Inherit, r.CreateDB, r.CreateRole = yes(), no(), yes(), no()
			r.ConnectionLimit, r.ValidUntil, r.Comment = &limit, &until, `it's the "app" \ ☃`
			r.Settings = map[string]string{
				"search_path":       `"$user", public, "Odd, one"`,
				"statement_timeout": "5s",
				"DateStyle":         "ISO, DMY",
			}
			r.MemberOf = []spec.Membership{{Role: group.Name}}
		})
		until = "2031-05-01 12:00:00+02"
		d := w.apply(r, group)
		contains(t, text(d), "CREATE ROLE "+w.ident("app")+
			` LOGIN NOINHERIT CREATEDB CONNECTION LIMIT 5 VALID UNTIL '2031-05-01T10:00:00Z'`,
			"GRANT "+w.ident("group")+" TO "+w.ident("app"))
		notContains(t, text(d), "NOSUPERUSER", "NOCREATEROLE", "HAZARD", "! ")
		got := w.rows("SELECT rolcanlogin, rolinherit, rolcreatedb, rolconnlimit, rolvaliduntil AT TIME ZONE 'UTC' " +
			"FROM pg_roles WHERE rolname = '" + w.name("app") + "'")
		if got[0] != "t|f|t|5|2031-05-01 10:00:00" {
			t.Errorf("attributes: %v", got)
		}
		settings := strings.Join(w.rows("SELECT unnest(rolconfig) FROM pg_roles WHERE rolname = '"+w.name("app")+"'"),
			"\n")
		contains(t, settings, `search_path="$user", public, "Odd, one"`, "statement_timeout=5s", "DateStyle=ISO, DMY")
		contains(t, w.rows("SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = '" +
			w.name("app") + "'")[0], "it's the \"app\" \\ ☃\nshoji: project="+w.project)
	})
}

func TestRoleIsUpdatedOnlyWhereItDiffers(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		r := w.role("app", func(r *spec.Role) { r.Login, r.CreateDB = yes(), no() })
		w.apply(r)
		r.Login, r.Settings = no(), map[string]string{"work_mem": "64MB"}
		d := w.apply(r)
		contains(t, text(d), "update role.app", "ALTER ROLE "+w.ident("app")+" NOLOGIN\n", `SET "work_mem" TO '64MB'`,
			"LOSES_ACCESS: role "+w.name("app")+" loses LOGIN")
		if c := d.Changes[0]; c.Before["login"] != true || c.After["login"] != false || c.Before["createdb"] != false {
			t.Errorf("before %v after %v", c.Before, c.After)
		}
		r.ValidUntil = ptr("2020-01-01")
		contains(t, text(w.apply(r)), "LOSES_ACCESS: the password", "VALID UNTIL '2020-01-01T00:00:00Z'")
		r.ValidUntil = ptr("infinity")
		notContains(t, text(w.apply(r)), "LOSES_ACCESS")
		r.Mode, r.Settings = "authoritative", map[string]string{"log_min_duration_statement": "1"}
		r.Settings = map[string]string{"lock_timeout": "1s"}
		contains(t, text(w.apply(r)), `RESET "work_mem"`, `SET "lock_timeout" TO '1s'`)
	})
}

func TestSettingsOfUnknownModules(t *testing.T) {
	setting := func(r *spec.Role) { r.Settings = map[string]string{"app.tenant": `a'b\c`} }
	w := newWorld(t, "")
	w.apply(w.role("app", setting))
	if got := w.rows("SELECT unnest(rolconfig) FROM pg_roles WHERE rolname = '" + w.name("app") +
		"'"); got[0] != `app.tenant=a'b\c` {
		t.Errorf("settings: %v", got)
	}
	w = newWorld(t, "CREATEROLE")
	if w.version() < 150000 {
		contains(t, w.errors(w.role("app", setting)), "set app.tenant for role", "Only a superuser may")
		return
	}
	contains(t, w.errors(w.role("app", setting)), "set app.tenant for role", `GRANT SET ON PARAMETER "app"."tenant" TO`)
	w.exec(`GRANT SET ON PARAMETER "app"."tenant" TO ` + w.ident("manager"))
	w.apply(w.role("app", setting))
}

func ptr(s string) *string { return &s }

func TestRoleIsAdoptedWithItsComment(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		w.execAs("CREATE ROLE "+w.ident("app")+" LOGIN",
			"COMMENT ON ROLE "+w.ident("app")+" IS E'made by hand\\nin spring'")
		if d := w.plan(); len(d.Changes) > 0 {
			t.Errorf("a role without a mark was touched:\n%s", text(d))
		}
		d := w.apply(w.role("app", nil))
		contains(t, text(d), "update role.app", "is adopted")
		if got := w.rows("SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = '" + w.name("app") +
			"'"); got[0] != "made by hand\nin spring\nshoji: project="+w.project {
			t.Errorf("comment: %q", got)
		}
	})
}

func TestRoleOfAnotherProjectIsRefused(t *testing.T) {
	w := newWorld(t, "")
	w.exec("CREATE ROLE "+w.ident("app"), "COMMENT ON ROLE "+w.ident("app")+" IS 'shoji: project=theirs'")
	contains(t, w.errors(w.role("app", nil)), `project "theirs"`)
	if d := w.plan(); len(d.Changes) > 0 {
		t.Errorf("another project's role was touched:\n%s", text(d))
	}
}

func TestNamesNeedNoThought(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		odd := `O"Brien's ☃ Rôle`
		w.execAs(`CREATE SCHEMA "My ""Schema"""`, `CREATE TABLE "My ""Schema"""."Tä'ble" ("Cöl" int, "b,c" int)`,
			`CREATE FUNCTION "My ""Schema"""."Fn(x"(a int, "VARIADIC" text[]) RETURNS int LANGUAGE sql AS 'SELECT 1'`,
			`CREATE TYPE "My ""Schema"""."Enum" AS ENUM ('x')`)
		r := w.role("odd", func(r *spec.Role) {
			r.Name = odd + w.suffix
			r.Grants = []spec.Grant{
				grant(on("schema", "", `My "Schema"`), "ALL"), grant(on("table", `My "Schema"`, "Tä'ble"), "SELECT"),
				grant(spec.Selector{
					Kind:    "table",
					Schema:  `My "Schema"`,
					Name:    "Tä'ble",
					Columns: []string{"Cöl", "b,c"},
				}, "UPDATE"),
				grant(on("function", `My "Schema"`, `"Fn(x"(int, text[])`), "EXECUTE"),
				grant(on("type", `My "Schema"`, "Enum"), "USAGE"),
			}
			r.DefaultPrivileges = []spec.DefaultPrivilege{{
				ForRole:    w.user,
				Schema:     `My "Schema"`,
				On:         "tables",
				Privileges: []string{"SELECT"},
			}}
		})
		w.apply(r)
		if got := w.rows(`SELECT has_column_privilege('` + strings.ReplaceAll(r.Name, "'", "''") +
			`', '"My ""Schema"""."Tä''ble"', 'b,c', 'UPDATE')`); got[0] != "t" {
			t.Error("the column privilege is missing")
		}
		w.apply()
	})
}

func TestDeclarationsAreChecked(t *testing.T) {
	w := newWorld(t, "")
	a := w.role("a", func(r *spec.Role) {
		r.MemberOf = []spec.Membership{{Role: w.name("b")}, {Role: w.name("b")}, {Role: "pg_monitr"}}
		r.ValidUntil = ptr("tomorrow")
		r.Settings = map[string]string{"serch_path": "x", "shared_buffers": "1GB"}
	})
	b := w.role("b", func(r *spec.Role) { r.MemberOf = []spec.Membership{{Role: w.name("a")}} })
	long := w.role("long", func(r *spec.Role) { r.Name = strings.Repeat("x", 64) })
	sys := w.role("sys", func(r *spec.Role) { r.Name = "pg_x" })
	twin := w.role("twin", func(r *spec.Role) { r.Name = long.Name })
	got := w.errors(a, b, long, sys, twin)
	contains(t, got, "Roles are members of each other", "lists \""+w.name("b")+"\" twice", `Did you mean "pg_monitor"?`,
		"is not a time", `Did you mean "search_path"?`,
		"set for the whole server", "at most 63 bytes", `"pg_x" belongs to the server`, "Role declared twice")
}

func TestDiffIsDeterministic(t *testing.T) {
	w := newWorld(t, "")
	w.exec("CREATE TABLE a (x int, y int)", "CREATE TABLE b (x int)", "CREATE SEQUENCE s")
	var roles []*spec.Role
	for _, label := range []string{"r3", "r1", "r2"} {
		roles = append(roles, w.role(label, func(r *spec.Role) {
			r.Settings = map[string]string{"work_mem": "1MB", "lock_timeout": "1s", "jit": "off"}
			r.Grants = []spec.Grant{
				grant(all("table", "public"), "ALL"), grant(all("sequence", "public"), "ALL"),
				grant(spec.Selector{Kind: "table", Schema: "public", Name: "a", Columns: []string{"x", "y"}}, "SELECT",
					"INSERT"),
			}
		}))
	}
	in := w.input(roles...)
	first, _ := Diff(in)
	for range 20 {
		if again, _ := Diff(in); text(again) != text(first) || len(again.Steps) != len(first.Steps) {
			t.Fatalf("%s\n---\n%s", text(first), text(again))
		}
	}
	if first.Changes[0].Action != engine.Create {
		t.Errorf("action %s", first.Changes[0].Action)
	}
}
