package acl

import (
	"reflect"
	"slices"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/spec"
)

func TestSignatures(t *testing.T) {
	for _, c := range []struct {
		text, name string
		types      []string
		has        bool
	}{
		{"f", "f", nil, false},
		{"f()", "f", nil, true},
		{" f ( INT , text[] )", "f", []string{"integer", "text[]"}, true},
		{`"odd (name"(int4, "My Type")`, "odd (name", []string{"integer", `"My Type"`}, true},
		{`"a""b"`, `a"b`, nil, false},
		{"f(numeric(10, 2), varchar(5)[][])", "f", []string{"numeric", "character varying[]"}, true},
		{"f(timestamptz, timestamp with time zone, time(3), TIMESTAMP(3) WITHOUT TIME ZONE, JSONB)", "f",
			[]string{
				"timestamp with time zone", "timestamp with time zone", "time without time zone",
				"timestamp without time zone", "jsonb",
			}, true},
		{"f(pg_catalog.int8, public.Mood)", "f", []string{"bigint", "public.mood"}, true},
	} {
		name, types, has := parseSignature(c.text)
		if name != c.name || !reflect.DeepEqual(types, c.types) || has != c.has {
			t.Errorf("%s: %q %q %v", c.text, name, types, has)
		}
	}
}

func TestMarks(t *testing.T) {
	for _, m := range []Mark{
		{Project: "shop", OnRemove: "disable"},
		{Project: "my shop\n=%", OnRemove: "drop", ReassignTo: "new owner ☃"},
		{Project: "shop", OnRemove: "forget", Password: true},
		{Project: "shop", OnRemove: "disable", Password: true, Version: "2 b"},
	} {
		for _, user := range []string{"", "made by hand", "two\nlines"} {
			gotUser, got, ok := ParseComment(withMark(user, m))
			if !ok || got != m || gotUser != user {
				t.Errorf("%q: %+v %v", withMark(user, m), got, ok)
			}
		}
	}
	for _, comment := range []string{"", "made by hand", "see shoji: project=x", "shoji: project=x\nand more"} {
		if user, _, ok := ParseComment(comment); ok || user != comment {
			t.Errorf("%q is taken for a mark", comment)
		}
	}
}

func TestFingerprintsNameWhatMoved(t *testing.T) {
	w := newWorld(t, "")
	w.exec("CREATE TABLE t1 (a int)", "CREATE TABLE elsewhere (a int)", "CREATE ROLE "+w.ident("stranger"))
	r := w.role("app", func(r *spec.Role) { r.Grants = []spec.Grant{grant(on("table", "public", "t1"), "SELECT")} })
	moved := func(statement string) []string {
		before := w.input(r).Fingerprints()
		w.exec(statement)
		old := map[engine.Fingerprint]bool{}
		for _, f := range before {
			old[f] = true
		}
		var out []string
		for _, f := range w.input(r).Fingerprints() {
			if !old[f] {
				out = append(out, f.Address+": "+f.Object)
			}
		}
		return out
	}
	for _, c := range []struct {
		statement string
		want      []string
	}{
		{"CREATE ROLE " + w.ident("app"), []string{"role.app: role " + w.name("app") + " of database.staging"}},
		{
			"GRANT INSERT ON t1 TO " + w.ident("app"),
			[]string{"database.staging.grants: privileges on table public.t1 of database.staging"},
		},
		{"GRANT INSERT ON t1 TO " + w.ident("stranger"), nil},
		{"GRANT INSERT ON elsewhere TO " + w.ident("app"), nil},
		{"ALTER ROLE " + w.ident("stranger") + " LOGIN", nil},
		{
			"ALTER ROLE " + w.ident("app") + " SET jit = off",
			[]string{"role.app: role " + w.name("app") + " of database.staging"},
		},
		{
			"GRANT " + w.ident("stranger") + " TO " + w.ident("app"),
			[]string{"role.app: role " + w.name("app") + " of database.staging"},
		},
	} {
		if got := moved(c.statement); !slices.Equal(got, c.want) {
			t.Errorf("%s moved %q", c.statement, got)
		}
	}
}

func TestRolesOfAnotherDatabaseOfTheServer(t *testing.T) {
	w := newWorld(t, "")
	other := &spec.Database{Name: "other"}
	group := w.role("group", func(r *spec.Role) { r.In = other })
	r := w.role("app", func(r *spec.Role) { r.MemberOf = []spec.Membership{{Role: group.Name}} })
	in := w.input(r)
	in.Declared = []*spec.Role{r, group}
	if _, diags := Diff(in); !diags.HasErrors() {
		t.Error("a role of another server was taken for one of this")
	}
	in.Peers = []string{other.Address()}
	d, diags := Diff(in)
	if diags.HasErrors() || !slices.Equal(d.Steps[0].Needs, []string{"role.group.create"}) {
		t.Errorf("%v %+v", diags, d.Steps)
	}
}

func TestRoleThatIsDroppedCannotBeNamed(t *testing.T) {
	w := newWorld(t, "")
	app, next := heir(w)
	w.apply(app, next)
	next.MemberOf = []spec.Membership{{Role: app.Name}}
	contains(t, w.errors(next), "is dropped by this plan")
}

func TestCreateRoleSelfGrant(t *testing.T) {
	w := newWorld(t, "CREATEROLE")
	if w.version() < firstOptions {
		t.Skip("createrole_self_grant exists from 16 on")
	}
	for i, value := range []string{"set", "inherit", "set, inherit", ""} {
		w.exec("ALTER ROLE " + w.ident("manager") + " SET createrole_self_grant = '" + value + "'")
		label := string(rune('a' + i))
		owner := w.role("owner"+label, nil)
		app := w.role("app"+label, func(r *spec.Role) {
			r.DefaultPrivileges = []spec.DefaultPrivilege{{
				ForRole:    owner.Name,
				On:         "tables",
				Privileges: []string{"SELECT"},
			}}
		})
		in := w.input(owner, app)
		in.LeaveOrphans = true
		d, diags := Diff(in)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		w.runAll(d.Steps)
		in = w.input(owner, app)
		in.LeaveOrphans = true
		if again, _ := Diff(in); len(again.Changes) > 0 {
			t.Errorf("%q: not empty:\n%s", value, text(again))
		}
	}
}

func TestSuperusersObjectsAreNotOfferedAsMemberships(t *testing.T) {
	w := newWorld(t, "CREATEROLE")
	w.exec("CREATE TABLE t1 (a int)")
	r := w.role("app", func(r *spec.Role) { r.Grants = []spec.Grant{grant(all("table", "public"), "SELECT")} })
	got := w.errors(r)
	contains(t, got, "may not grant on table public.t1", "Only a superuser may, since ")
	notContains(t, got, "To allow it: GRANT")
	// Who has the grant option needs no owner.
	w.exec("GRANT SELECT ON t1 TO " + w.ident("manager") + " WITH GRANT OPTION")
	w.apply(r)
}

func TestScriptSaysWhatACopyHas(t *testing.T) {
	in := InScript(&ddl.Script{Entries: []ddl.Entry{
		{Type: "SCHEMA", Name: "s"},
		{Type: "TABLE", Schema: "s", Name: "t"},
		{Type: "VIEW", Schema: "s", Name: "v"},
		{Type: "FUNCTION", Schema: "s", Name: "f(integer, text)"},
		{Type: "SEQUENCE", Schema: "s", Name: "q"},
		{Type: "DOMAIN", Schema: "s", Name: "d"},
		{Type: "INDEX", Schema: "s", Name: "i"},
	}})
	for _, c := range []struct {
		o    Object
		want bool
	}{
		{Object{Kind: Schema, Name: "s"}, true},
		{Object{Kind: Schema, Name: "x"}, false},
		{Object{Kind: Table, Schema: "s", Name: "t"}, true},
		{Object{Kind: Table, Schema: "s", Name: "v"}, true},
		{Object{Kind: Table, Schema: "s", Name: "i"}, false},
		{Object{Kind: Function, Schema: "s", Name: "f", Types: []string{"integer", "text"}}, true},
		{Object{Kind: Function, Schema: "s", Name: "f", Types: []string{"integer"}}, false},
		{Object{Kind: Sequence, Schema: "s", Name: "q"}, true},
		{Object{Kind: Type, Schema: "s", Name: "d"}, true},
		{Object{Kind: Function, Schema: "s", Name: "e", Extension: true}, false},
	} {
		if got := in(c.o); got != c.want {
			t.Errorf("%s: %v", &c.o, got)
		}
	}
}
