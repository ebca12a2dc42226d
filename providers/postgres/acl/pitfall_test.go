package acl

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/spec"
)

// The pitfalls are those of other tools' trackers: what their users met, and what must not happen here.
// 9, 12, 13 and 14 stand with their subjects.

func TestPitfall01ManyRolesOnManyPartitions(t *testing.T) {
	w := newWorld(t, "CREATEROLE")
	w.execAs("CREATE TABLE part (a int) PARTITION BY RANGE (a)",
		`DO $$ BEGIN FOR i IN 0..399 LOOP EXECUTE
			format('CREATE TABLE part_%s PARTITION OF part FOR VALUES FROM (%s) TO (%s)', i, i, i + 1); END LOOP;
			END $$`)
	var roles []*spec.Role
	for i := range 50 {
		roles = append(roles, w.role(fmt.Sprintf("r%02d", i), func(r *spec.Role) {
			r.Grants = []spec.Grant{grant(all("table", "public"), "SELECT", "INSERT")}
		}))
	}
	d := w.apply(roles...)
	last := d.Steps[len(d.Steps)-1]
	if last.Kind != (ChangeGrants{}).Kind() || len(last.Statements) != 1 {
		t.Errorf("%d statements in %s", len(last.Statements), last.Kind)
	}
	// Several writers of the same rows at once, one of which does not take the lock: none of ours fails.
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = w.run(last)
		}()
	}
	stranger := w.connect(w.url)
	for range 3 {
		// "tuple concurrently updated" is the stranger's to bear.
		_, _ = stranger.Exec(context.Background(), "GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+w.ident("r00"))
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestPitfall02NoLocksWhileReading(t *testing.T) {
	w := newWorld(t, "")
	w.exec("CREATE TABLE t1 (a int)")
	ctx := context.Background()
	holder := w.connect(w.admin)
	tx, err := holder.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(ctx) }()
	for _, text := range []string{"LOCK TABLE t1 IN ACCESS EXCLUSIVE MODE", lockKey} {
		if _, err := tx.Exec(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	// One connection is enough, and a lock that somebody holds ends in the session's lock_timeout.
	c := w.connect(w.url)
	if _, err := c.Exec(ctx, "SET lock_timeout = '100ms'"); err != nil {
		t.Fatal(err)
	}
	live, err := Inspect(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	r := w.role("app", nil)
	d, _ := Diff(Input{
		Project:  w.project,
		Database: w.spec,
		Roles:    []*spec.Role{r},
		Declared: []*spec.Role{r},
		Live:     live,
	})
	create := func(ctx context.Context, tx pgx.Tx) error {
		o, err := Kinds().Decode(d.Steps[0])
		if err != nil {
			return err
		}
		return o.(ChangeRole).execute(ctx, tx, secret.Value{})
	}
	err = inTransaction(ctx, c, create)
	if err == nil || !strings.Contains(err.Error(), "55P03") {
		t.Errorf("err %v", err)
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if err := inTransaction(ctx, c, create); err != nil {
		t.Error(err)
	}
}

func TestPitfall03NobodyLosesAccessForAMoment(t *testing.T) {
	w := newWorld(t, "")
	w.exec("CREATE TABLE t1 (a int)", "CREATE TABLE t2 (a int)", "CREATE ROLE "+w.ident("app")+" LOGIN PASSWORD 'x'",
		"GRANT SELECT ON t1 TO "+w.ident("app"))
	r := w.role("app", func(r *spec.Role) {
		r.Mode, r.Grants = "authoritative", []spec.Grant{grant(on("table", "public", "t1"), "SELECT", "INSERT")}
	})
	w.exec("GRANT DELETE ON t1 TO " + w.ident("app"))
	d := w.plan(r)
	statements := d.Steps[len(d.Steps)-1].Statements
	if len(statements) != 2 || !strings.HasPrefix(statements[0].Text, "GRANT INSERT ON") ||
		!strings.HasPrefix(statements[1].Text, "REVOKE DELETE ON") {
		t.Errorf("statements: %v", statements)
	}
	// A reader that never stops is never refused.
	u, _ := url.Parse(w.admin)
	u.User = url.UserPassword(w.name("app"), "x")
	reader := w.connect(u.String())
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if _, err := reader.Exec(context.Background(), "SELECT FROM t1"); err != nil {
				done <- err
				return
			}
		}
	}()
	w.runAll(d.Steps)
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestPitfall04NewTableIsSmallWork(t *testing.T) {
	w := newWorld(t, "")
	for i := range 41 {
		w.exec(fmt.Sprintf("CREATE TABLE t%02d (a int)", i))
	}
	r := w.role("oltp_ro", func(r *spec.Role) { r.Grants = []spec.Grant{grant(all("table", "public"), "SELECT")} })
	w.apply(r)
	w.exec("CREATE TABLE a (x int)", "CREATE TABLE b (x int)")
	d := w.apply(r)
	contains(t, text(d), "role "+r.Name+": SELECT missing on 2 of 43 tables of public: a, b",
		`GRANT SELECT ON TABLE "public"."a", "public"."b" TO `)
	notContains(t, text(d), "t01", "REVOKE")
}

func TestPitfall05OwnersAndMissingLists(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		owner := w.role("owner", nil)
		w.apply(owner)
		w.exec("CREATE SCHEMA s AUTHORIZATION "+w.ident("owner"), "CREATE TABLE s.t (a int)",
			"ALTER TABLE s.t OWNER TO "+w.ident("owner"))
		owner.Mode, owner.Grants = "authoritative",
			[]spec.Grant{grant(on("table", "s", "t"), "SELECT"), grant(on("schema", "", "s"), "USAGE")}
		if d := w.plan(owner); len(d.Changes) > 0 {
			t.Errorf("an owner's own privileges are a difference:\n%s", text(d))
		}
		// A list that is missing is PUBLIC's EXECUTE; an empty one is nothing.
		w.execAs("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
			"CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'",
			"REVOKE ALL ON FUNCTION g() FROM PUBLIC, CURRENT_USER")
		public := &spec.Role{
			Label:  "everybody",
			Name:   Public,
			In:     w.spec,
			Grants: []spec.Grant{grant(all("function", "public"), "EXECUTE")},
		}
		contains(t, text(w.apply(owner, public)), "PUBLIC: EXECUTE missing on 1 of 2 functions of public: g()")
	})
}

func TestPitfall06AllConverges(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		w.execAs(things...)
		r := w.role("app", func(r *spec.Role) {
			r.Grants = []spec.Grant{
				grant(spec.Selector{Kind: "database"}, "ALL"), grant(all("table", "public"), "ALL"),
				grant(all("sequence", "public"), "ALL PRIVILEGES"), grant(all("function", "public"), "ALL"),
				grant(on("type", "public", "mood"), "ALL"),
				grant(spec.Selector{Kind: "table", Schema: "public", Name: "v", Columns: []string{"one"}}, "ALL"),
			}
			for _, what := range []string{"tables", "sequences", "functions", "types", "schemas"} {
				r.DefaultPrivileges = append(r.DefaultPrivileges, spec.DefaultPrivilege{
					ForRole:    w.user,
					On:         what,
					Privileges: []string{"ALL"},
				})
			}
		})
		d := w.apply(r)
		notContains(t, text(d), "GRANT ALL")
		if w.version() >= firstMaintain {
			contains(t, text(d), "TRIGGER, MAINTAIN ON TABLE")
		}
	})
}

func TestPitfall07DeclarationsAreMerged(t *testing.T) {
	w := newWorld(t, "")
	w.exec("CREATE TABLE t1 (a int)", "CREATE TABLE t2 (a int)")
	r := w.role("app", func(r *spec.Role) {
		r.Mode = "authoritative"
		r.Grants = []spec.Grant{
			grant(all("table", "public"), "SELECT"), grant(on("table", "public", "t1"), "INSERT"),
			grant(on("table", "public", "t1"), "SELECT"),
		}
		r.Grants[2].WithGrantOption = true
	})
	d := w.apply(r)
	contains(t, text(d), `GRANT INSERT ON TABLE "public"."t1"`, `GRANT SELECT ON TABLE "public"."t2"`,
		`GRANT SELECT ON TABLE "public"."t1" TO `+w.ident("app")+" WITH GRANT OPTION")
	twin := w.role("twin", func(x *spec.Role) {
		x.Name, x.Mode, x.Range = r.Name, "authoritative", diag.Range{Filename: "b.hcl", Start: diag.Pos{Line: 9}}
	})
	contains(t, w.errors(r, twin), "b.hcl:9", "roles.hcl:1", "Role declared twice")
}

func TestPitfall08NobodyIsMadeAMemberSilently(t *testing.T) {
	w := newWorld(t, "CREATEROLE")
	w.exec("CREATE ROLE "+w.ident("owner"), "CREATE TABLE t1 (a int)", "ALTER TABLE t1 OWNER TO "+w.ident("owner"))
	r := w.role("app", func(r *spec.Role) { r.Grants = []spec.Grant{grant(all("table", "public"), "SELECT")} })
	contains(t, w.errors(r), "may not grant on table public.t1",
		"GRANT "+w.ident("owner")+" TO "+w.ident("manager")+";")
	if w.version() < firstOptions {
		w.exec("ALTER ROLE "+w.ident("manager")+" NOINHERIT", "GRANT "+w.ident("owner")+" TO "+w.ident("manager"))
	} else {
		w.exec("GRANT " + w.ident("owner") + " TO " + w.ident("manager") + " WITH INHERIT FALSE, SET TRUE")
	}
	contains(t, text(w.apply(r)), "SET LOCAL ROLE "+w.ident("owner"), "RESET ROLE")
	w.exec("CREATE TABLE t2 (a int)", "ALTER TABLE t2 OWNER TO "+w.ident("owner"))
	if w.version() >= firstOptions {
		w.exec("GRANT " + w.ident("owner") + " TO " + w.ident("manager") + " WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
		contains(t, text(w.apply(r)), "GRANT "+w.ident("owner")+" TO "+w.ident("manager")+" WITH INHERIT TRUE",
			"REVOKE "+w.ident("owner")+" FROM "+w.ident("manager")+" GRANTED BY "+w.ident("manager"))
	}
}

func TestPitfall10SchemaPublicBelongsToTheDatabaseOwner(t *testing.T) {
	w := newWorld(t, "CREATEROLE")
	r := w.role("app", func(r *spec.Role) {
		r.MemberOf = []spec.Membership{{Role: "pg_monitor"}}
		r.Grants = []spec.Grant{grant(on("schema", "", "public"), "USAGE")}
	})
	if w.version() >= firstOptions {
		contains(t, w.errors(r), `GRANT "pg_monitor" TO `+w.ident("manager")+" WITH ADMIN OPTION")
		w.exec("GRANT pg_monitor TO " + w.ident("manager") + " WITH ADMIN OPTION")
	}
	d := w.apply(r)
	contains(t, text(d), `GRANT "pg_monitor" TO `+w.ident("app"))
	if w.version() >= 150000 {
		contains(t, text(d), `GRANT USAGE ON SCHEMA "public" TO `+w.ident("app"))
		return
	}
	// Before 15 the schema is the bootstrap superuser's. PUBLIC may use it, so nothing is missing.
	notContains(t, text(d), "ON SCHEMA")
	r.Grants = []spec.Grant{grant(on("schema", "", "public"), "CREATE")}
	w.exec("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
	contains(t, w.errors(r), "may not grant on schema public")
}

func TestPitfall11DefaultPrivileges(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		w.execAs("CREATE SCHEMA s")
		r := w.role("app", func(r *spec.Role) {
			r.DefaultPrivileges = []spec.DefaultPrivilege{
				{ForRole: w.user, Schema: "s", On: "tables", Privileges: []string{"SELECT", "INSERT"}},
				{ForRole: w.user, On: "functions", Privileges: []string{"EXECUTE"}, WithGrantOption: true},
				{ForRole: w.user, On: "schemas", Privileges: []string{"USAGE"}},
				{ForRole: w.user, Schema: "s", On: "types", Privileges: []string{"USAGE"}},
				{ForRole: w.user, Schema: "s", On: "sequences", Privileges: []string{"USAGE"}},
			}
		})
		d := w.apply(r)
		for _, s := range d.Steps[len(d.Steps)-1].Statements {
			contains(t, s.Text, "ALTER DEFAULT PRIVILEGES FOR ROLE ")
		}
		// What is created later has them, and the declared grant on it is then no difference.
		w.execAs("CREATE TABLE s.later (a int)")
		r.Grants = []spec.Grant{grant(all("table", "s"), "SELECT", "INSERT")}
		if d := w.plan(r); len(d.Changes) > 0 {
			t.Errorf("default privileges did not reach a new table:\n%s", text(d))
		}
		public := &spec.Role{
			Label:             "everybody",
			Name:              Public,
			In:                w.spec,
			Mode:              "authoritative",
			DefaultPrivileges: []spec.DefaultPrivilege{{ForRole: w.user, On: "functions"}},
		}
		contains(t, text(w.apply(r, public)), `REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`,
			"LOSES_ACCESS: PUBLIC loses EXECUTE on functions that")
	})
}

func TestPitfall15ObjectsThatVanish(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		w.execAs("CREATE TABLE t1 (a int)", "CREATE TABLE t2 (a int)",
			"CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
			"CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1'", "CREATE SCHEMA gone")
		r := w.role("app", func(r *spec.Role) {
			r.Grants = []spec.Grant{
				grant(all("table", "public"), "SELECT"), grant(on("function", "public", "f(text)"), "EXECUTE"),
			}
			r.DefaultPrivileges = []spec.DefaultPrivilege{{
				ForRole:    w.user,
				Schema:     "gone",
				On:         "tables",
				Privileges: []string{"SELECT", "INSERT"},
			}}
		})
		w.apply(r)
		if got := w.rows("SELECT count(*) FROM pg_proc, aclexplode(proacl) x WHERE proname = 'f' AND " +
			"proargtypes::text = '23' AND x.grantee = '" + r.Name + "'::regrole"); got[0] != "0" {
			t.Error("the other f was granted")
		}
		// A revoke on what is gone is done; the rest of the statement is done too.
		r.Mode, r.Grants = "authoritative",
			[]spec.Grant{grant(all("table", "public"), "INSERT"), grant(on("function", "public", "f(int)"), "EXECUTE")}
		r.DefaultPrivileges[0].Privileges = []string{"INSERT"}
		d := w.plan(r)
		grants := d.Steps[len(d.Steps)-1]
		o, err := Kinds().Decode(grants)
		if err != nil {
			t.Fatal(err)
		}
		revokes := o.(ChangeGrants)
		revokes.Commands = slices.DeleteFunc(revokes.Commands, func(c Command) bool { return c.Do != "revoke" })
		w.execAs("DROP TABLE t1", "DROP FUNCTION f(text)", "DROP SCHEMA gone CASCADE")
		if err := w.run(grants); err == nil || !strings.Contains(err.Error(), "42P01") {
			t.Errorf("a grant on what is gone passed: %v", err)
		}
		if err := w.run(op.Fill(grants, revokes)); err != nil {
			t.Errorf("a revoke on what is gone failed: %v", err)
		}
		if got := w.rows("SELECT has_table_privilege('" + r.Name + "', 'public.t2', 'SELECT')"); got[0] != "f" {
			t.Error("the revoke on what is there was not done")
		}
	})
}
