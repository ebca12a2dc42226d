package acl

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
)

func TestRoleThatLeftIsDisabled(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		r := w.role("app", func(r *spec.Role) { r.Login = yes() })
		w.apply(r)
		w.exec("CREATE TABLE t1 (a int)", "ALTER TABLE t1 OWNER TO "+w.ident("app"))
		d := w.apply()
		contains(t, text(d), "update role."+w.name("app"), "ALTER ROLE "+w.ident("app")+" NOLOGIN",
			"owns in database "+w.database+": table public.t1", "LOSES_ACCESS: role "+w.name("app"))
		contains(t, text(w.apply(r)), "ALTER ROLE "+w.ident("app")+" LOGIN") // and comes back
	})
}

func TestRoleThatLeftIsForgotten(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		r := w.role("app", func(r *spec.Role) { r.Login, r.OnRemove, r.Comment = yes(), "forget", "ours" })
		w.apply(r)
		contains(t, text(w.apply()), "COMMENT ON ROLE "+w.ident("app")+" IS 'ours'")
		if got := w.rows("SELECT rolcanlogin, shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = '" +
			w.name("app") + "'"); got[0] != "t|ours" {
			t.Errorf("role: %v", got)
		}
	})
}

// heir is on_remove = "drop" with reassign_to.
func heir(w *world) (app, next *spec.Role) {
	next = w.role("heir", nil)
	return w.role("app", func(r *spec.Role) { r.Login, r.OnRemove, r.ReassignTo = yes(), "drop", next.Name }), next
}

func TestPitfall12DroppedRoleOwnsObjectsInOtherDatabases(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		app, next := heir(w)
		w.apply(app, next)
		other := pgtest.Database(t, w.server)
		pgtest.Exec(t, other, "CREATE SCHEMA mine AUTHORIZATION "+w.ident("app"), "CREATE TABLE mine.x (a int)",
			"ALTER TABLE mine.x OWNER TO "+w.ident("app"))
		w.exec("CREATE TABLE t1 (a int)", "ALTER TABLE t1 OWNER TO "+w.ident("app"), "CREATE TABLE t2 (a int)",
			"GRANT SELECT ON t2 TO "+w.ident("app"),
			"ALTER DEFAULT PRIVILEGES FOR ROLE "+w.ident("app")+" GRANT SELECT ON TABLES TO "+w.ident("heir"))
		if w.user == w.name("manager") {
			contains(t, w.errors(next),
				"revoke what "+pgserver.Admin+" granted role "+w.name("app")+" on table public.t2")
			w.exec("REVOKE ALL ON t2 FROM "+w.ident("app"), "ALTER TABLE t2 OWNER TO "+w.ident("manager"),
				"GRANT SELECT ON t2 TO "+w.ident("app"))
			// The right to what goes to the heir is the user's own affair.
			if w.version() < firstOptions {
				contains(t, w.errors(next), "GRANT "+w.ident("heir")+" TO "+w.ident("manager"))
				w.exec("GRANT " + w.ident("heir") + " TO " + w.ident("manager"))
			}
			pgtest.Exec(t, other, "ALTER DATABASE "+sqltext.Ident(databaseOf(t, other))+" OWNER TO "+w.ident("manager"))
		}
		d := w.apply(next)
		contains(t, text(d), "delete role."+w.name("app"), "owns in database "+w.database,
			"owns in database "+databaseOf(t, other)+": 1 relation, 1 schema",
			"REASSIGN OWNED BY "+w.ident("app")+" TO "+w.ident("heir"), "DROP OWNED BY "+w.ident("app"),
			"DROP ROLE "+w.ident("app"), "DELETES_DATA", "LOSES_ACCESS")
		if len(d.Dropped) != 1 || d.Dropped[0] != w.name("app") {
			t.Errorf("dropped: %v", d.Dropped)
		}
		if got := pgtest.Rows(t, other,
			"SELECT relowner::regrole FROM pg_class WHERE relname = 'x'"); strings.Trim(got[0], `"`) != w.name("heir") {
			t.Errorf("owner in the other database: %v", got)
		}
	})
}

func TestRoleThatOwnsIsNotDroppedWithoutAnHeir(t *testing.T) {
	w := newWorld(t, "")
	w.exec("CREATE ROLE "+w.ident("app"),
		"COMMENT ON ROLE "+w.ident("app")+" IS 'shoji: project="+w.project+" on_remove=drop'",
		"CREATE TABLE t1 (a int)", "ALTER TABLE t1 OWNER TO "+w.ident("app"))
	contains(t, w.errors(), "no reassign_to")
	w.exec("DROP TABLE t1")
	contains(t, text(w.apply()), "owns nothing in any database", "DROP ROLE")
}

func TestOrphansAreLeftWhereAskedTo(t *testing.T) {
	w := newWorld(t, "")
	r := w.role("app", func(r *spec.Role) { r.Login = yes() })
	w.apply(r)
	in := w.input()
	in.LeaveOrphans = true
	if d, _ := Diff(in); len(d.Changes) > 0 {
		t.Errorf("an orphan was treated:\n%s", text(d))
	}
	in.LeaveOrphans, in.Declared = false, []*spec.Role{r} // declared for another database
	if d, _ := Diff(in); len(d.Changes) > 0 {
		t.Errorf("a declared role was treated as an orphan:\n%s", text(d))
	}
}

func TestStepsCanBeRunAgain(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		w.execAs("CREATE TABLE t1 (a int)")
		app, next := heir(w)
		app.OnRemove = "drop"
		app.Password, app.MemberOf = &spec.Secret{Name: "pw", Env: "PW"}, []spec.Membership{{Role: next.Name}}
		app.Grants = []spec.Grant{grant(all("table", "public"), "SELECT")}
		w.password = "x"
		twice := func(steps []engine.Step) {
			for _, s := range steps {
				if err := w.run(s); err != nil {
					t.Errorf("running %s again: %v", s.ID, err)
				}
			}
		}
		twice(w.apply(app, next).Steps)
		app.MemberOf = nil
		app.Mode, app.At.MemberOf.Written, app.Login = "authoritative", true, no()
		twice(w.apply(app, next).Steps)
		if w.user == w.name("manager") && w.version() < firstOptions {
			w.exec("GRANT " + w.ident("heir") + " TO " + w.ident("manager"))
		}
		twice(w.apply(next).Steps)
		// A role that somebody else made in the meantime is not taken for the step's.
		d := w.plan(next, w.role("late", nil))
		w.exec("CREATE ROLE " + w.ident("late"))
		if err := w.run(d.Steps[0]); err == nil || !strings.Contains(err.Error(), "42710") {
			t.Errorf("a role that was there was taken over: %v", err)
		}
	})
}
