package acl

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
)

// longestName is NAMEDATALEN-1: PostgreSQL cuts longer names without an error (manual, 4.1.1).
const longestName = 63

// checkDeclarations checks what can be said of the declarations without any object: names, duplicates, and circles of
// memberships.
func (d *differ) checkDeclarations() {
	byName := map[string]*spec.Role{}
	for _, r := range d.Roles {
		at := rangeOf(r.Range)
		switch {
		case r.Name == Public:
			if r.Login != nil || len(r.MemberOf) > 0 || r.Password != nil || len(r.Settings) > 0 {
				d.diags.Errorf(at, "PUBLIC is not a role",
					"PUBLIC stands for all roles: it can only have privileges.")
			}
		case isSystemRole(r.Name):
			d.diags.Errorf(at, "Reserved role",
				"%q belongs to the server. It can be in member_of, but it cannot be declared.", r.Name)
		case len(r.Name) > longestName:
			d.diags.Errorf(at, "Role name is too long",
				"A role name has at most %d bytes; PostgreSQL would truncate %q.", longestName, r.Name)
		}
		if other := byName[r.Name]; other != nil {
			d.diags.Errorf(at, "Role declared twice", "%s and %s (%s) both declare role %s. Merge them into one block.",
				r.Address(), other.Address(), other.Range, sqltext.Plain(r.Name))
		}
		byName[r.Name] = r
	}
	done := map[string]bool{}
	for _, r := range d.Roles {
		d.checkCycle(r, byName, nil, done)
	}
}

// isSystemRole reports whether a role belongs to the server or to the provider of a managed one.
func isSystemRole(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "pg_") || strings.HasPrefix(lower, "rds_") || lower == "rdsadmin"
}

func (d *differ) checkCycle(r *spec.Role, byName map[string]*spec.Role, path []string, done map[string]bool) {
	if i := slices.Index(path, r.Name); i >= 0 {
		names := append(slices.Clone(path[i:]), r.Name)
		d.diags.Errorf(rangeOf(r.Range), "Roles are members of each other",
			"%s: each is a member of the next. Remove one of the memberships.", strings.Join(names, " -> "))
		return
	}
	if done[r.Name] {
		return
	}
	for _, m := range r.MemberOf {
		if g := byName[m.Role]; g != nil {
			d.checkCycle(g, byName, append(path, r.Name), done)
		}
	}
	done[r.Name] = true
}

// declaredHere finds a role that this plan creates or that is declared on the same server.
func (d *differ) declaredHere(name string) *spec.Role {
	for _, r := range d.Declared {
		if r.Name == name && r.In != nil && slices.Contains(d.Peers, r.In.Address()) {
			return r
		}
	}
	for _, r := range d.Roles {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// exists reports whether a role is there or will be; if not, it adds a diagnostic.
func (d *differ) exists(name, what string, at *diag.Range) bool {
	if slices.Contains(d.droppedRoles(), name) {
		d.diags.Errorf(at, "Role is dropped",
			"%s %q, which was removed from the spec and is dropped by this plan. Declare it, or name another role.",
			what, name)
		return false
	}
	if d.server.Role(name) != nil || d.declaredHere(name) != nil {
		return true
	}
	known := d.server.roleNames()
	for _, r := range d.Roles {
		known = append(known, r.Name)
	}
	d.diags.Errorf(at, "Unknown role", "%s %q, which %s does not have and the spec does not declare there.%s", what,
		name, d.address(), diag.DidYouMean(name, known))
	return false
}
