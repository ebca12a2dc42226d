package acl

import (
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

func TestMembershipsBySomebodyElseCount(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		w.exec("CREATE ROLE "+w.ident("group"), "CREATE ROLE "+w.ident("app"),
			"GRANT "+w.ident("group")+" TO "+w.ident("app"))
		if w.version() >= firstOptions && w.user == w.name("manager") {
			w.exec("GRANT " + w.ident("app") + " TO " + w.ident("manager") + " WITH ADMIN OPTION")
		}
		r := w.role("app", func(r *spec.Role) { r.MemberOf = []spec.Membership{{Role: w.name("group")}} })
		notContains(t, text(w.apply(r)), "GRANT ")
	})
}

func TestPitfall09MembershipOptions(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		group := w.role("group", nil)
		r := w.role("app", func(r *spec.Role) {
			r.MemberOf = []spec.Membership{{
				Role:  group.Name,
				Admin: yes(),
				Range: diag.Range{Filename: "roles.hcl", Start: diag.Pos{Line: 3}},
			}}
		})
		contains(t, text(w.apply(r, group)), "GRANT "+w.ident("group")+" TO "+w.ident("app"))
		admin := "SELECT admin_option FROM pg_auth_members WHERE member = '" + w.name("app") + "'::regrole"
		if got := w.rows(admin); got[0] != "t" {
			t.Error("the admin option is missing")
		}
		r.MemberOf[0].Admin = no()
		contains(t, text(w.apply(r, group)), "REVOKE ADMIN OPTION FOR "+w.ident("group")+" FROM "+w.ident("app"),
			"LOSES_ACCESS")
		if got := w.rows(admin); len(got) != 1 || got[0] != "f" {
			t.Errorf("admin option: %v", got)
		}
		r.MemberOf[0].Inherit, r.MemberOf[0].Set = no(), yes()
		if w.version() < firstOptions {
			contains(t, w.errors(r, group), "roles.hcl:3", "need PostgreSQL 16 or later")
			return
		}
		contains(t, text(w.apply(r, group)), "REVOKE INHERIT OPTION FOR")
		if got := w.rows("SELECT inherit_option, set_option FROM pg_auth_members WHERE member = '" + w.name("app") +
			"'::regrole"); got[0] != "f|t" {
			t.Errorf("options: %v", got)
		}
		fresh := w.role("fresh", func(r *spec.Role) {
			r.MemberOf = []spec.Membership{{Role: group.Name, Admin: no(), Inherit: yes(), Set: no()}}
		})
		r.MemberOf[0].Inherit, r.MemberOf[0].Set = yes(), no()
		contains(t, text(w.apply(r, group, fresh)), "WITH INHERIT TRUE", "WITH INHERIT TRUE, SET FALSE",
			"REVOKE SET OPTION FOR")
	})
}

func TestAuthoritativeMemberships(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		a, b := w.role("a", nil), w.role("b", nil)
		r := w.role("app", func(r *spec.Role) { r.MemberOf = []spec.Membership{{Role: a.Name}, {Role: b.Name}} })
		w.apply(r, a, b)
		r.MemberOf = r.MemberOf[:1]
		if d := w.plan(r, a, b); len(d.Changes) > 0 {
			t.Errorf("an additive role lost a membership:\n%s", text(d))
		}
		r.Mode = "authoritative"
		contains(t, text(w.apply(r, a, b)), "REVOKE "+w.ident("b")+" FROM "+w.ident("app"),
			"LOSES_ACCESS: role "+w.name("app")+" is no longer a member of "+w.name("b"))
		r.MemberOf, r.At.MemberOf.Written = nil, true
		contains(t, text(w.apply(r, a, b)), "REVOKE "+w.ident("a"))
	})
}

func TestMembershipThatReadsIsAHazard(t *testing.T) {
	w := newWorld(t, "")
	w.exec("CREATE TABLE t1 (a int)", "CREATE ROLE "+w.ident("top"), "CREATE ROLE "+w.ident("mid"),
		"GRANT "+w.ident("top")+" TO "+w.ident("mid"), "GRANT SELECT ON t1 TO "+w.ident("top"),
		"CREATE ROLE "+w.ident("harmless"))
	r := w.role("app", nil)
	w.apply(r)
	r.MemberOf = []spec.Membership{{Role: w.name("harmless")}}
	notContains(t, text(w.apply(r)), "EXPOSES_DATA")
	r.MemberOf = append(r.MemberOf, spec.Membership{Role: w.name("mid")})
	contains(t, text(w.apply(r)),
		"EXPOSES_DATA: role "+w.name("app")+" becomes a member of "+w.name("mid")+", which reads tables")
	fresh := w.role("fresh", func(r *spec.Role) { r.MemberOf = []spec.Membership{{Role: w.name("mid")}} })
	notContains(t, text(w.apply(r, fresh)), "EXPOSES_DATA")
	danger := w.role("danger", func(r *spec.Role) { r.Superuser, r.BypassRLS = yes(), yes() })
	contains(t, text(w.apply(r, fresh, danger)), "may read everything (SUPERUSER)",
		"reads past row security (BYPASSRLS)")
	danger.Superuser = no()
	contains(t, text(w.apply(r, fresh, danger)), "NOSUPERUSER", "LOSES_ACCESS")
}

func TestRolesThatConnectWithTokens(t *testing.T) {
	w := newWorld(t, "")
	user := w.role("reader", func(r *spec.Role) { r.Login, r.IAM = yes(), true })
	contains(t, w.errors(user), "IAM tokens are not supported here", "has no role rds_iam", "neither RDS nor Aurora")

	w.exec("CREATE ROLE rds_iam", "CREATE ROLE rds_superuser")
	t.Cleanup(func() { w.exec("DROP ROLE rds_iam", "DROP ROLE rds_superuser") })
	draft := text(w.apply(user))
	contains(t, draft, `GRANT "rds_iam" TO `+w.ident("reader"))
	notContains(t, draft, "LOSES_ACCESS") // it is made here: nobody has a password of it
	if d := w.plan(user); len(d.Changes) > 0 {
		t.Errorf("there is something to do after an apply:\n%s", text(d))
	}

	user.Mode = "authoritative"
	user.MemberOf = []spec.Membership{{Role: w.role("group", nil).Name}}
	group := w.role("group", nil)
	notContains(t, text(w.apply(user, group)), "REVOKE")
	user.IAM = false
	contains(t, text(w.apply(user, group)), `REVOKE "rds_iam" FROM `+w.ident("reader"), "LOSES_ACCESS")

	w.exec("CREATE ROLE "+w.ident("old")+" LOGIN PASSWORD 'x'", "CREATE ROLE "+w.ident("master")+" LOGIN PASSWORD 'x'",
		"GRANT rds_superuser TO "+w.ident("master"))
	old := w.role("old", func(r *spec.Role) { r.IAM = true })
	master := w.role("master", func(r *spec.Role) { r.IAM = true })
	contains(t, text(w.apply(user, group, old, master)),
		"LOSES_ACCESS: role "+w.name("old")+" connects with IAM tokens from now on; a password of it is refused",
		"LOSES_ACCESS: role "+w.name("master")+" is the administrator of the server")
}

func TestTheUserOfShojiKeepsItsPassword(t *testing.T) {
	managers(t, func(t *testing.T, w *world) {
		if w.user != w.name("manager") {
			return
		}
		w.exec("CREATE ROLE rds_iam")
		t.Cleanup(func() { w.exec("DROP ROLE rds_iam") })
		self := w.role("manager", func(r *spec.Role) { r.IAM = true })
		contains(t, w.errors(self), "shoji would lock itself out", "Let another user grant it")
		w.spec.IAM = true
		notContains(t, text(w.plan(self)), "lock itself out")
	})
}
