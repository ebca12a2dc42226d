package acl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// access is the way in which the connected user can do what a role may do.
type access int

const (
	cannot access = iota
	// directly: it has the role's privileges.
	directly
	// acting: after SET ROLE.
	acting
	// borrowing: after granting itself the role, for the time of one transaction.
	borrowing
)

// rights say what the connected user may do. Whatever it lacks is collected, so that it can be listed at once.
type rights struct {
	s *State
	// created are the roles that this plan creates.
	created map[string]bool
	missing map[string]*missing
}

// missing is a right that the user lacks, with the statement that gives it.
type missing struct {
	help  string
	what  map[string]bool
	where *diag.Range
}

func newRights(s *State) *rights {
	return &rights{s: s, created: map[string]bool{}, missing: map[string]*missing{}}
}

// addMissing records a missing right: what it is needed for, and the statement that helps.
func (r *rights) addMissing(where *diag.Range, doing, help string) {
	m := r.missing[help]
	if m == nil {
		m = &missing{help: help, what: map[string]bool{}, where: where}
		r.missing[help] = m
	}
	m.what[doing] = true
}

// report returns a diagnostic for each statement that would help.
func (r *rights) report() diag.Diagnostics {
	var out diag.Diagnostics
	for _, h := range keys(r.missing) {
		m := r.missing[h]
		out.Errorf(m.where, "Missing privileges", "%s may not %s. %s", sqltext.Plain(r.s.User),
			strings.Join(limited(keys(m.what), 5), "; "), h)
	}
	return out
}

func (r *rights) grantHint(role, option string) string {
	if x := r.s.Role(role); x != nil && x.Superuser {
		return fmt.Sprintf("Only a superuser may, since %s is one: connect as a superuser, or change the owner.",
			sqltext.Plain(role))
	}
	if role == r.s.User {
		return "Connect as somebody else: nobody has the ADMIN option on itself."
	}
	return fmt.Sprintf("To allow it: GRANT %s TO %s%s;", sqltext.Ident(role), sqltext.Ident(r.s.User), option)
}

func (r *rights) superuserHint() string { return "Only a superuser may; connect as one." }

// adminHint is how to get the right over a role: before 16 CREATEROLE is enough, since then it takes ADMIN.
func (r *rights) adminHint(role string) string {
	if r.s.VersionNum >= 160000 {
		return r.grantHint(role, " WITH ADMIN OPTION")
	}
	return r.createRoleHint()
}

func (r *rights) createRoleHint() string {
	return fmt.Sprintf("To allow it: ALTER ROLE %s CREATEROLE;", sqltext.Ident(r.s.User))
}

// checkCreate checks the right to create a role.
func (r *rights) checkCreate(role string, where *diag.Range) {
	if !r.s.Self.Superuser && !r.s.Self.CreateRole {
		r.addMissing(where, "create role "+sqltext.Plain(role), r.createRoleHint())
	}
}

// checkAlter checks the right to alter a role that exists (manual, ALTER ROLE and COMMENT).
func (r *rights) checkAlter(x *Role, what string, where *diag.Range) {
	self := r.s.Self
	switch {
	case self.Superuser:
	case x.Superuser || x.Replication && r.s.VersionNum < 160000:
		r.addMissing(where, what+" role "+sqltext.Plain(x.Name), r.superuserHint())
	case !self.CreateRole:
		r.addMissing(where, what+" role "+sqltext.Plain(x.Name), r.createRoleHint())
		fallthrough
	default:
		if r.s.VersionNum >= 160000 && !x.Admin {
			r.addMissing(where, what+" role "+sqltext.Plain(x.Name), r.adminHint(x.Name))
		}
	}
}

// checkAttribute checks the right to change one of the attributes that CREATEROLE alone does not allow. Since 16 who
// has CREATEROLE may give what it has itself.
func (r *rights) checkAttribute(name, role string, where *diag.Range) {
	self := r.s.Self
	if self.Superuser {
		return
	}
	has, guarded := map[string]bool{
		"createdb":    self.CreateDB,
		"replication": self.Replication,
		"bypassrls":   self.BypassRLS,
	}[name]
	what := fmt.Sprintf("change %s of role %s", name, sqltext.Plain(role))
	switch {
	case name == "superuser":
		r.addMissing(where, what, r.superuserHint())
	case !guarded:
	case r.s.VersionNum >= 160000 && !has:
		r.addMissing(where, what, fmt.Sprintf("To allow it: ALTER ROLE %s %s;", sqltext.Ident(r.s.User),
			strings.ToUpper(name)))
	case r.s.VersionNum < 160000 && name != "createdb":
		r.addMissing(where, what, r.superuserHint())
	}
}

// checkMember checks the right to grant a role to another, or to revoke it.
func (r *rights) checkMember(group string, what string, where *diag.Range) {
	g := r.s.Role(group)
	switch {
	case r.s.Self.Superuser || r.created[group] || g == nil:
	case g.Superuser:
		r.addMissing(where, what, r.superuserHint())
	case g.Admin:
	case r.s.VersionNum < 160000 && r.s.Self.CreateRole:
	case strings.HasPrefix(group, "rds_") && r.rdsAdmin():
		// [I] RDS lets its administrator grant these whatever pg_auth_members says; the server decides.
	default:
		r.addMissing(where, what, r.grantHint(group, " WITH ADMIN OPTION"))
	}
}

// rdsAdmin reports whether the user is who RDS and Aurora make instead of a superuser.
func (r *rights) rdsAdmin() bool {
	x := r.s.Role("rds_superuser")
	return x != nil && x.Usage
}

// access returns how the user can do what role may do.
func (r *rights) access(role string) access {
	x := r.s.Role(role)
	switch {
	case r.s.Self.Superuser || role == r.s.User:
		return directly
	case x == nil && r.created[role]:
		switch grants := r.s.SelfGrant; {
		case strings.Contains(grants, "inherit"):
			return directly
		case strings.Contains(grants, "set"):
			return acting
		}
		return borrowing
	case x == nil:
		return cannot
	case x.Usage:
		return directly
	case x.Set:
		return acting
	case r.s.VersionNum >= 160000 && x.Admin && !r.reaches(r.s.User, role):
		return borrowing
	}
	return cannot
}

// reaches reports whether from is a role that to is a member of, at any distance: then to cannot be granted to it.
func (r *rights) reaches(from, to string) bool {
	seen := map[string]bool{to: true}
	for queue := []string{to}; len(queue) > 0; queue = queue[1:] {
		for _, m := range r.s.Memberships {
			if m.Member == queue[0] && !seen[m.Role] {
				if m.Role == from {
					return true
				}
				seen[m.Role] = true
				queue = append(queue, m.Role)
			}
		}
	}
	return false
}

// borrow returns the command that makes the user a member of a role for the time of a transaction.
func (r *rights) borrow(role string) Command {
	return Command{Do: "borrow", Role: role, User: r.s.User, Inherit: r.s.VersionNum >= 160000}
}

func keys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// limited cuts a list and says how many are left out.
func limited(list []string, n int) []string {
	if len(list) <= n+1 {
		return list
	}
	return append(append([]string(nil), list[:n]...), fmt.Sprintf("and %d more", len(list)-n))
}
