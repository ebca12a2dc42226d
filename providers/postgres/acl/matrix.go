package acl

import (
	"cmp"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
)

// cell is one place of the privilege matrix of a database.
type cell struct {
	target
	grantee, privilege string
}

// declaration is what the declarations say of a cell.
type declaration struct {
	option bool
	at     diag.Range
}

// difference is a cell that is not as it should be. option is set where it is about the grant option: to give the
// privilege with it, or to take it alone.
type difference struct {
	cell
	option  bool
	grantor string // of an entry that goes
	at      diag.Range
	// as is the role to change it as, "" for who is connected; take is a role to borrow for that.
	as, take string
}

// selected is a grant block with what it stands for.
type selected struct {
	role       *spec.Role
	on         spec.Selector
	targets    []target
	privileges []string
}

// matrix is all declarations of a database, merged, beside the access lists of one state of it.
type matrix struct {
	state         *State
	selected      []selected
	wants         map[cell]declaration
	adds, removes []difference
	defaults      defaults
}

// matrix merges the declarations and compares. diags may be thrown away by the caller: a copy that is about to
// be replaced need not have everything.
func (d *differ) matrix(s *State, diags *diag.Diagnostics) *matrix {
	m := &matrix{state: s, wants: map[cell]declaration{}}
	for _, r := range d.Roles {
		for _, g := range r.Grants {
			privileges, unknown := expand(g.Privileges, Kind(g.On.Kind), len(g.On.Columns) > 0, s.VersionNum)
			for _, u := range unknown {
				noPrivilege(diags, g.Range, u, Kind(g.On.Kind), len(g.On.Columns) > 0, s.VersionNum)
			}
			x := selected{r, g.On, s.resolve(g.On, g.Range, diags), privileges}
			m.selected = append(m.selected, x)
			for _, t := range x.targets {
				for _, p := range privileges {
					c := cell{t, r.Name, p}
					m.wants[c] = declaration{option: g.WithGrantOption || m.wants[c].option, at: g.Range}
				}
			}
			if g.WithGrantOption && r.Name == Public {
				diags.Errorf(&g.Range, "Invalid grant option",
					"Grant options can only be granted to roles, not to PUBLIC.")
			}
		}
	}
	m.compare(d.Roles)
	m.defaults = d.compareDefaults(s, diags)
	return m
}

func noPrivilege(diags *diag.Diagnostics, at diag.Range, name string, kind Kind, column bool, version int) {
	valid := Privileges(kind, column, version)
	what := string(kind)
	if column {
		what = "column"
	}
	hint := diag.DidYouMean(name, valid)
	if name == "MAINTAIN" && kind == Table && !column {
		hint = " MAINTAIN exists from PostgreSQL 17 on."
	}
	diags.Errorf(&at, "Unknown privilege", "%s is not a privilege on a %s. Valid are: %s, ALL.%s", name, what,
		strings.Join(valid, ", "), hint)
}

func (m *matrix) compare(roles []*spec.Role) {
	for c, w := range m.wants {
		has, grantable := holds(c.list(), c.grantee, c.privilege)
		if !has || w.option && !grantable {
			m.adds = append(m.adds, difference{cell: c, option: w.option, at: w.at})
		}
	}
	for _, r := range roles {
		if r.Mode == "authoritative" {
			m.undeclared(r)
		}
	}
	slices.SortFunc(m.adds, difference.compare)
	slices.SortFunc(m.removes, difference.compare)
}

// undeclared collects what an authoritative role has on the kinds of objects that its grants select, and does not
// declare. What an owner has by being the owner is its own; what is on an extension's objects is the extension's
// unless a grant names them.
func (m *matrix) undeclared(r *spec.Role) {
	kinds, named := map[Kind]bool{}, map[*Object]bool{}
	for _, x := range m.selected {
		if x.role == r {
			kinds[Kind(x.on.Kind)] = true
			for _, t := range x.targets {
				named[t.object] = true
			}
		}
	}
	for i := range m.state.Objects {
		o := &m.state.Objects[i]
		if !kinds[o.Kind] || o.Owner == r.Name || o.Extension && !named[o] {
			continue
		}
		m.undeclaredOn(target{object: o}, r)
		for _, c := range o.Columns {
			m.undeclaredOn(target{o, c.Name}, r)
		}
	}
}

func (m *matrix) undeclaredOn(t target, r *spec.Role) {
	for _, e := range t.list() {
		if e.Grantee != r.Name {
			continue
		}
		c := cell{t, e.Grantee, e.Privilege}
		w, declared := m.wants[c]
		if !declared || e.Grantable && !w.option {
			m.removes = append(m.removes, difference{cell: c, option: declared, grantor: e.Grantor, at: r.Range})
		}
	}
}

// compare is the order of differences: by object, as the state has them, then column, grantee and privilege.
func (a difference) compare(b difference) int {
	return cmp.Or(
		cmp.Compare(kindRank[a.object.Kind], kindRank[b.object.Kind]), cmp.Compare(a.object.Schema, b.object.Schema),
		cmp.Compare(a.object.Path(), b.object.Path()),
		cmp.Compare(a.column, b.column), cmp.Compare(a.grantee, b.grantee),
		cmp.Compare(rank(a.privilege), rank(b.privilege)), cmp.Compare(a.grantor, b.grantor))
}

// authorise finds how each difference can be made: as whom, and with whose membership. What PUBLIC has and nobody
// here can grant is left out: nothing would change. Where collect is set, missing rights are collected.
func (m *matrix) authorise(rights *rights, collect bool) {
	m.adds = slices.DeleteFunc(m.adds, func(x difference) bool {
		has, _ := holds(x.list(), Public, x.privilege)
		return !m.planGrant(rights, &x, false) && has && !x.option
	})
	for i := range m.adds {
		m.planGrant(rights, &m.adds[i], collect)
	}
	for i := range m.removes {
		m.planRevoke(rights, &m.removes[i], collect)
	}
	for i := range m.defaults.adds {
		m.defaults.adds[i].authorise(rights, collect)
	}
	for i := range m.defaults.removes {
		m.defaults.removes[i].authorise(rights, collect)
	}
}

// planGrant finds whom to grant a privilege as: the owner, or a role with the grant option.
func (m *matrix) planGrant(r *rights, x *difference, collect bool) bool {
	owner := m.resolveOwner(x.object.Owner)
	if owner == "" {
		return true // an extension's, in a copy that is not there yet
	}
	way := r.access(owner)
	if way == directly {
		return true
	}
	for _, list := range [][]Entry{x.object.Grants, x.list()} {
		for _, e := range list {
			if e.Privilege == x.privilege && e.Grantable && e.Grantee != Public && r.access(e.Grantee) == directly {
				return true
			}
		}
	}
	if x.as, x.take = r.through(way, owner); way != cannot {
		return true
	}
	if collect {
		r.addMissing(&x.at, "grant on "+x.object.String(), r.grantHint(owner, ""))
	}
	return false
}

// planRevoke finds whom to revoke a privilege as: its grantor.
func (m *matrix) planRevoke(r *rights, x *difference, collect bool) {
	grantor := m.resolveOwner(x.grantor)
	way := r.access(grantor)
	if x.grantor == x.object.Owner && way == directly {
		return
	}
	if way == directly { // REVOKE would act as the owner, or as the first who has the grant option
		way = acting
		if g := r.s.Role(grantor); g != nil && !g.Set && !r.s.Self.Superuser {
			way = cannot
		}
	}
	if x.as, x.take = r.through(way, grantor); way == cannot && collect {
		r.addMissing(&x.at, "revoke what "+sqltext.Plain(grantor)+" granted on "+x.object.String(),
			r.grantHint(grantor, ""))
	}
}

// resolveOwner returns who stands behind pg_database_owner: the owner of the state's database.
func (m *matrix) resolveOwner(role string) string {
	if role != databaseOwner {
		return role
	}
	for i := range m.state.Objects {
		if m.state.Objects[i].Kind == Database {
			return m.state.Objects[i].Owner
		}
	}
	return role
}

// through turns a way into the role to act as and the one to borrow. A borrowed role that is not inherited has to
// be acted as too (before 16, inheriting is an attribute of the member).
func (r *rights) through(way access, role string) (as, take string) {
	switch way {
	case acting:
		return role, ""
	case borrowing:
		if r.s.VersionNum < 160000 && !r.s.Self.Inherit {
			as = role
		}
		return as, role
	}
	return "", ""
}
