package acl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/spec"
)

// orphans plans what happens to the roles that carry this project's mark and are in no block any more. What
// that is stands in the mark: the block that said so is gone.
func (d *differ) orphans() {
	declared := map[string]bool{}
	for _, list := range [][]*spec.Role{d.Declared, d.Roles} {
		for _, r := range list {
			declared[r.Name] = true
		}
	}
	for i := range d.server.Roles {
		x := &d.server.Roles[i]
		user, mark, ok := ParseComment(x.Comment)
		if !ok || mark.Project != d.Project || declared[x.Name] {
			continue
		}
		o := &orphan{d: d, role: x, mark: mark, change: engine.Change{
			Address: (&spec.Role{Label: x.Name}).Address(),
			Type:    "role",
			Name:    x.Name,
			Before:  map[string]any{"on_remove": mark.OnRemove, "login": x.Login},
			After:   map[string]any{"on_remove": mark.OnRemove, "login": x.Login},
		}}
		switch mark.OnRemove {
		case "drop":
			o.drop()
		case "forget":
			o.forget(user)
		default:
			o.disable()
		}
	}
}

// orphan is a role that was removed from the spec.
type orphan struct {
	d      *differ
	role   *Role
	mark   Mark
	change engine.Change
	steps  []engine.Step
}

func (o *orphan) hazard(name engine.HazardName, format string, args ...any) {
	o.change.Hazards = append(o.change.Hazards, engine.Hazard{Name: name, Reason: fmt.Sprintf(format, args...)})
}

// add plans a step; what names it.
func (o *orphan) add(what string, needs []string, step op.Op) string {
	s := op.Fill(engine.Step{
		ID:       o.change.Address + "." + what,
		Address:  o.change.Address,
		Title:    strings.ReplaceAll(what, "_", " ") + " of role " + o.role.Name,
		Needs:    needs,
		Contends: []string{o.d.contends()},
	}, step)
	o.change.Statements = append(o.change.Statements, s.Statements...)
	o.steps = append(o.steps, s)
	return s.ID
}

func (o *orphan) finish(action engine.Action) {
	o.change.Action = action
	o.d.draft.Changes = append(o.d.draft.Changes, o.change)
	o.d.draft.Steps = append(o.d.draft.Steps, o.steps...)
}

func (o *orphan) disable() {
	if !o.role.Login {
		return // nothing more that disabling could do
	}
	o.d.rights.checkAlter(o.role, "disable", nil)
	o.change.After["login"] = false
	o.hazard(engine.LosesAccess, "role %s was removed from the spec and can no longer log in",
		sqltext.Plain(o.role.Name))
	o.noteOwned()
	o.add("disable", nil, ChangeRole{Server: o.d.address(), Role: o.role.Name, Attributes: []string{"NOLOGIN"}})
	o.finish(engine.Update)
}

func (o *orphan) forget(user string) {
	o.d.rights.checkAlter(o.role, "forget", nil)
	o.change.Before["project"] = o.mark.Project
	delete(o.change.After, "on_remove")
	o.change.Notes = append(o.change.Notes,
		"it was removed from the spec and is kept as it is; the line in its comment is removed")
	o.add("forget", nil, ChangeRole{Server: o.d.address(), Role: o.role.Name, Comment: &user})
	o.finish(engine.Update)
}

// noteOwned lists what the role owns in every database.
func (o *orphan) noteOwned() (owned int) {
	for _, x := range o.d.server.Owned {
		if x.Role != o.role.Name || x.Count == 0 {
			continue
		}
		owned += x.Count
		where := "database " + sqltext.Plain(x.Database)
		if x.Database == "" {
			where = "the server"
		}
		o.change.Notes = append(o.change.Notes,
			fmt.Sprintf("owns in %s: %s", where, strings.Join(limited(x.Owns, 10), ", ")))
	}
	if owned == 0 {
		o.change.Notes = append(o.change.Notes, "owns nothing in any database")
	}
	return owned
}

// drop plans REASSIGN OWNED and DROP OWNED in every database where something depends on it, then DROP
// ROLE. What all databases share is treated along with the first of them.
func (o *orphan) drop() {
	d, name := o.d, sqltext.Plain(o.role.Name)
	o.change.After = nil
	d.draft.Dropped = append(d.draft.Dropped, o.role.Name)
	d.rights.checkAlter(o.role, "drop", nil)
	o.hazard(engine.LosesAccess, "role %s was removed from the spec and is dropped", name)
	if o.noteOwned() > 0 {
		if o.mark.ReassignTo == "" {
			d.diags.Errorf(nil, "Missing reassign_to",
				"Role %s owns objects and was removed from the spec with on_remove = \"drop\" and no reassign_to. "+
					"Reassign them (REASSIGN OWNED BY %s TO …), or declare the role again with reassign_to.", name,
				sqltext.Ident(o.role.Name))
			return
		}
		o.hazard(engine.DeletesData, "what role %s owns goes to %s; what cannot be given away is dropped", name,
			sqltext.Plain(o.mark.ReassignTo))
	}
	if o.mark.ReassignTo != "" && !d.exists(o.mark.ReassignTo, fmt.Sprintf("What role %s owns goes to", name), nil) {
		return
	}
	o.checkPrivileges()
	borrowed := o.neededMemberships()
	var needs []string
	for _, name := range o.databases() {
		needs = append(needs, o.add("drop_owned["+name+"]", d.createSteps(o.mark.ReassignTo), DropOwned{
			Database:   d.in(name),
			Owner:      o.role.Name,
			ReassignTo: o.mark.ReassignTo,
			Borrow:     borrowed,
		}))
	}
	slices.Sort(needs)
	o.add("drop", needs, ChangeRole{Server: d.address(), Role: o.role.Name, Drop: true})
	o.finish(engine.Delete)
}

// checkPrivileges checks the right to take away what the role was granted: DROP OWNED only warns where it is missing,
// and DROP ROLE then fails. The access lists of other databases are not known here.
func (o *orphan) checkPrivileges() {
	if o.d.Live == nil {
		return
	}
	m, r := matrix{state: o.d.Live}, o.d.rights
	for i := range o.d.Live.Objects {
		for _, t := range withColumns(&o.d.Live.Objects[i]) {
			for _, e := range t.list() {
				if grantor := m.resolveOwner(e.Grantor); e.Grantee == o.role.Name && grantor != o.role.Name &&
					r.access(grantor) != directly {
					r.addMissing(nil, fmt.Sprintf("revoke what %s granted role %s on %s", sqltext.Plain(grantor),
						sqltext.Plain(o.role.Name), t.object), r.grantHint(grantor, ""))
				}
			}
		}
	}
}

// createSteps returns the ID of the step that creates a role, where there is one.
func (d *differ) createSteps(role string) []string {
	if r := d.declaredHere(role); r != nil && d.server.Role(role) == nil {
		return []string{r.Address() + ".create"}
	}
	return nil
}

// databases returns those where something depends on the role.
func (o *orphan) databases() []string {
	var out []string
	shared := false
	for _, x := range o.d.server.Owned {
		switch {
		case x.Role != o.role.Name:
		case x.Database == "":
			shared = true
		case !x.Connectable:
			o.d.diags.Errorf(nil, "Database accepts no connections",
				"Role %s cannot be dropped: something in database %s depends on it, which accepts no connections. "+
					"Allow them: ALTER DATABASE %s ALLOW_CONNECTIONS true;",
				sqltext.Plain(o.role.Name), sqltext.Plain(x.Database), sqltext.Ident(x.Database))
		default:
			out = append(out, x.Database)
		}
	}
	if shared && len(out) == 0 {
		out = []string{o.d.server.Database}
	}
	slices.Sort(out)
	return out
}

// neededMemberships returns the memberships that REASSIGN OWNED and DROP OWNED need and the user does not have.
// The role is about to go and was made by this project, so before 16 CREATEROLE is taken as the right to it. The role
// that gets its objects is not the project's, and only its ADMIN option counts.
func (o *orphan) neededMemberships() (out []Command) {
	r := o.d.rights
	for _, x := range []struct {
		role string
		own  bool
	}{{o.role.Name, true}, {o.mark.ReassignTo, false}} {
		switch {
		case x.role == "" || r.access(x.role) == directly:
		case r.access(x.role) == borrowing,
			x.own && r.s.VersionNum < 160000 && r.s.Self.CreateRole && !o.role.Superuser &&
				!r.reaches(r.s.User, x.role):
			out = append(out, r.borrow(x.role))
		default:
			r.addMissing(nil, fmt.Sprintf("give away what role %s owns", sqltext.Plain(o.role.Name)),
				r.grantHint(x.role, ""))
		}
	}
	return out
}
