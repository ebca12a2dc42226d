package acl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// compareCopies compares who may do what on the live copy with who will on the next one: privileges that somebody
// granted by hand do not cross, and defaults that somebody took away come back.
func (d *differ) compareCopies(next *matrix) {
	objects := map[string]*Object{}
	for i := range d.Next.Objects {
		objects[d.Next.Objects[i].Key()] = &d.Next.Objects[i]
	}
	dropped := map[string]bool{}
	for _, name := range d.droppedRoles() {
		dropped[name] = true
	}
	changes := next.byTarget()
	var lost, gained []difference
	owners := map[string][]string{}
	for i := range d.Live.Objects {
		was := &d.Live.Objects[i]
		will := objects[was.Key()]
		if will == nil || was.Kind == Database || will.Owner == "" {
			continue // not in the copy, taken over as it is, or decided by an extension
		}
		if was.Owner != will.Owner && !d.superuser(was.Owner) && was.Owner != databaseOwner &&
			will.Owner != databaseOwner {
			owners[was.Owner] = append(owners[was.Owner], was.String())
		}
		for _, t := range withColumns(was) {
			other := target{will, t.column}
			after := changes.after(other)
			mine := func(e Entry) bool {
				return e.Grantee != was.Owner && e.Grantee != will.Owner && !dropped[e.Grantee] &&
					!d.superuser(e.Grantee)
			}
			for _, e := range t.list() {
				has, _ := holds(after, e.Grantee, e.Privilege)
				if mine(e) && !has && !next.removesUndeclared(other, e) {
					lost = append(lost, difference{cell: cell{t, e.Grantee, e.Privilege}})
				}
			}
			for _, e := range after {
				_, wanted := next.wants[cell{other, e.Grantee, e.Privilege}]
				if has, _ := holds(t.list(), e.Grantee, e.Privilege); mine(e) && !has && !wanted {
					gained = append(gained, difference{cell: cell{other, e.Grantee, e.Privilege}})
				}
			}
		}
	}
	slices.SortFunc(lost, difference.compare)
	slices.SortFunc(gained, difference.compare)
	add := func(name engine.HazardName, format string, args ...any) {
		d.draft.NextHazards = append(d.draft.NextHazards, engine.Hazard{
			Name:   name,
			Reason: fmt.Sprintf(format, args...),
		})
	}
	for _, g := range gather(gained) {
		add(engine.ExposesData, "%s on %s was revoked from %s on %s, and the next copy has it again", g.privilege,
			namesText(string(g.kind), g.names), granteeText(g.grantee), sqltext.Plain(d.Live.Database))
	}
	for _, g := range gather(lost) {
		add(engine.LosesAccess, "%s has %s on %s of %s, which is not declared and will not be in the next copy",
			granteeText(g.grantee), g.privilege, namesText(string(g.kind), g.names), sqltext.Plain(d.Live.Database))
	}
	for _, owner := range keys(owners) {
		add(engine.LosesAccess, "%s owns %s of %s, but not in the next copy", sqltext.Plain(owner),
			namesText("object", owners[owner]), sqltext.Plain(d.Live.Database))
	}
	d.noteLostDefaults()
}

func (d *differ) superuser(name string) bool {
	x := d.server.Role(name)
	return x != nil && x.Superuser
}

// droppedRoles returns the roles that are dropped in this run.
func (d *differ) droppedRoles() []string {
	known := map[string]bool{}
	for _, r := range d.Declared {
		known[r.Name] = true
	}
	var out []string
	for _, r := range d.server.Roles {
		if _, mark, ok := ParseComment(r.Comment); ok && mark.Project == d.Project && mark.OnRemove == "drop" &&
			!known[r.Name] && !d.LeaveOrphans {
			out = append(out, r.Name)
		}
	}
	return out
}

func withColumns(o *Object) []target {
	out := []target{{object: o}}
	for _, c := range o.Columns {
		out = append(out, target{o, c.Name})
	}
	return out
}

// byTarget are the differences of a matrix by what they are on.
type byTarget struct{ adds, removes map[target][]difference }

func (m *matrix) byTarget() byTarget {
	b := byTarget{map[target][]difference{}, map[target][]difference{}}
	for _, x := range m.adds {
		b.adds[x.target] = append(b.adds[x.target], x)
	}
	for _, x := range m.removes {
		b.removes[x.target] = append(b.removes[x.target], x)
	}
	return b
}

// after returns a list as it will be when the batch has run.
func (b byTarget) after(t target) []Entry {
	out := slices.Clone(t.list())
	for _, x := range b.removes[t] {
		if !x.option {
			out = slices.DeleteFunc(out, func(e Entry) bool {
				return e.Grantee == x.grantee && e.Privilege == x.privilege
			})
		}
	}
	for _, x := range b.adds[t] {
		out = append(out, Entry{Grantee: x.grantee, Privilege: x.privilege, Grantable: x.option})
	}
	return out
}

// removesUndeclared reports whether an entry goes because it is not declared, which the change shows already.
func (m *matrix) removesUndeclared(t target, e Entry) bool {
	return slices.ContainsFunc(m.selected, func(s selected) bool {
		return s.role.Name == e.Grantee && s.role.Mode == "authoritative" && Kind(s.on.Kind) == t.object.Kind
	})
}

// noteLostDefaults notes the default privileges of the live copy that no declaration repeats.
func (d *differ) noteLostDefaults() {
	wanted := map[defaultCell]bool{}
	for _, r := range d.Roles {
		for _, p := range r.DefaultPrivileges {
			privileges, _ := expand(p.Privileges, kindOf[p.On], false, d.Live.VersionNum)
			for _, privilege := range privileges {
				wanted[defaultCell{scope{p.ForRole, p.Schema, p.On}, r.Name, privilege}] = true
			}
		}
	}
	for _, a := range d.Live.Defaults {
		x := scope{a.ForRole, a.Schema, a.On}
		var extra []string
		for _, e := range a.Grants {
			usual := a.Schema == "" &&
				slices.ContainsFunc(builtin(kindOf[a.On], a.ForRole, d.Live.VersionNum), func(b Entry) bool {
					return b.Grantee == e.Grantee && b.Privilege == e.Privilege
				})
			if !usual && !wanted[defaultCell{x, e.Grantee, e.Privilege}] {
				extra = append(extra, e.Privilege+" for "+granteeText(e.Grantee))
			}
		}
		if len(extra) > 0 {
			d.draft.NextNotes = append(d.draft.NextNotes,
				fmt.Sprintf("default privileges on %s are not declared and will not be in the next copy: %s", x,
					strings.Join(extra, ", ")))
		}
	}
}
