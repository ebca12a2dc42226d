package acl

import (
	"testing"

	"github.com/shoji-pg/shoji/spec"
)

func TestRolesThatConnectWithTokens(t *testing.T) {
	w := newWorld(t, "")
	user := w.role("reader", func(r *spec.Role) { r.Login, r.IAM = yes(), true })
	contains(t, w.errors(user), "This server takes no tokens", "has no role rds_iam", "neither RDS nor Aurora")

	w.exec("CREATE ROLE rds_iam", "CREATE ROLE rds_superuser")
	t.Cleanup(func() { w.exec("DROP ROLE rds_iam", "DROP ROLE rds_superuser") })
	draft := text(w.apply(user))
	contains(t, draft, `GRANT "rds_iam" TO `+w.ident("reader"))
	lacks(t, draft, "LOSES_ACCESS") // it is made here: nobody has a password of it
	if d := w.plan(user); len(d.Changes) > 0 {
		t.Errorf("there is something to do after an apply:\n%s", text(d))
	}

	user.Mode = "authoritative"
	user.MemberOf = []spec.Membership{{Role: w.role("group", nil).Name}}
	group := w.role("group", nil)
	lacks(t, text(w.apply(user, group)), "REVOKE")
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
		lacks(t, text(w.plan(self)), "lock itself out")
	})
}
