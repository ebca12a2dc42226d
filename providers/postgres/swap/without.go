package swap

import (
	"maps"
	"slices"
)

// Without gives the facts as they will be when the roles are gone: nothing of a copy may name a role that the same plan
// drops.
func (f *Facts) Without(roles []string) *Facts {
	if len(roles) == 0 {
		return f
	}
	out := *f
	gone := func(role string) bool { return role != "" && slices.Contains(roles, role) }
	out.Databases = maps.Clone(f.Databases)
	for name, db := range out.Databases {
		db.Privileges = slices.DeleteFunc(slices.Clone(db.Privileges), func(p Privilege) bool {
			return gone(p.Grantee)
		})
		out.Databases[name] = db
	}
	out.Settings = slices.DeleteFunc(slices.Clone(f.Settings), func(s Setting) bool { return gone(s.Role) })
	out.Roles = slices.DeleteFunc(slices.Clone(f.Roles), gone)
	return &out
}
