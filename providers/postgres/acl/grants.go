package acl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// grants plans the privileges of all roles: one change, and one step that is one transaction. before are the
// steps that make the roles.
func (d *differ) grants(before []engine.Step) {
	main := d.Live
	if d.Next != nil {
		main = d.Next
	}
	if main == nil {
		d.warnNoDatabase()
		return
	}
	m := d.matrix(main, &d.diags)
	m.authorise(d.rights, true)
	d.refusePassedOn(m)
	displayed := m
	if d.Next != nil && d.Live != nil {
		// The change shows what is missing on the live copy, though the next one is corrected.
		displayed = d.matrix(d.Live, &diag.Diagnostics{})
		displayed.authorise(d.rights, false)
		d.compareCopies(m)
	}
	change := d.grantsChange(displayed)
	if commands := m.batch(d.rights); len(commands) > 0 {
		s := d.grantsStep(main.Database, commands, before)
		change.Statements = s.Statements
		if d.Next != nil {
			d.draft.NextSteps = append(d.draft.NextSteps, s)
		} else {
			d.draft.Steps = append(d.draft.Steps, s)
		}
	}
	if displayed.differs() {
		d.draft.Changes = append(d.draft.Changes, change)
	}
}

func (m *matrix) differs() bool {
	return len(m.adds)+len(m.removes)+len(m.defaults.adds)+len(m.defaults.removes) > 0
}

func (d *differ) warnNoDatabase() {
	for _, r := range d.Roles {
		if len(r.Grants)+len(r.DefaultPrivileges) > 0 {
			d.diags.Warnf(rangeOf(d.Database.Range), "The database does not exist yet",
				"The privileges on %s are planned when it does: run its refresh.", d.address())
			return
		}
	}
}

func (d *differ) grantsStep(database string, commands []Command, before []engine.Step) engine.Step {
	address := d.address() + ".grants"
	id := address + ".apply"
	if d.Next != nil && d.Refresh != "" {
		address, id = d.Refresh, d.Refresh+".grants"
	}
	s := engine.Step{
		ID:       id,
		Address:  address,
		Title:    "change privileges on " + database,
		Contends: []string{d.contends()},
		Range:    rangeOf(d.Database.Range),
	}
	for _, b := range before {
		s.Needs = append(s.Needs, b.ID)
	}
	slices.Sort(s.Needs)
	return op.Fill(s, ChangeGrants{Database: d.in(database), Commands: commands})
}

// grantsChange shows a matrix's differences: before and after for each group of objects that change alike, notes
// for each declaration, and hazards.
func (d *differ) grantsChange(m *matrix) engine.Change {
	c := engine.Change{Address: d.address() + ".grants", Type: "grants", Name: d.Database.Name, Action: engine.Update,
		Before: map[string]any{}, After: map[string]any{}, Range: rangeOf(d.Database.Range)}
	if d.Live == nil {
		c.Action = engine.Create
	}
	m.show(&c)
	c.Notes = append(m.missingNotes(), m.removedNotes()...)
	c.Hazards = d.hazards(m)
	return c
}

// show puts what changes into before and after, a line for each set of objects on which a grantee's privileges
// change in the same way.
func (m *matrix) show(c *engine.Change) {
	type row struct{ grantee, kind, before, after string }
	type where struct {
		t       target
		grantee string
	}
	removed := map[cell]difference{}
	for _, x := range m.removes {
		removed[x.cell] = x
	}
	var order []where
	touched := map[where]bool{}
	for _, x := range slices.Concat(m.adds, m.removes) {
		if w := (where{x.target, x.grantee}); !touched[w] {
			touched[w] = true
			order = append(order, w)
		}
	}
	added := map[where][]Entry{}
	for _, x := range m.adds {
		w := where{x.target, x.grantee}
		added[w] = append(added[w], Entry{Grantee: x.grantee, Privilege: x.privilege, Grantable: x.option})
	}
	var rows []row
	names := map[row][]string{}
	for _, w := range order {
		var after []Entry
		for _, e := range w.t.list() {
			x, gone := removed[cell{w.t, w.grantee, e.Privilege}]
			switch {
			case gone && x.grantor == e.Grantor && !x.option:
				continue
			case gone && x.option:
				e.Grantable = false
			}
			after = append(after, e)
		}
		after = append(after, added[w]...)
		r := row{
			w.grantee, string(w.t.object.Kind), privilegesText(w.t.list(), w.grantee), privilegesText(after, w.grantee),
		}
		if w.t.column != "" {
			r.kind = "column"
		}
		if names[r] == nil {
			rows = append(rows, r)
		}
		names[r] = append(names[r], w.t.String())
	}
	for _, r := range rows {
		put(c, fmt.Sprintf("%s on %s", granteeText(r.grantee), namesText(r.kind, names[r])), r.before, r.after)
	}
	m.showDefaults(c)
}

func (m *matrix) showDefaults(c *engine.Change) {
	type where struct {
		scope
		grantee string
	}
	after := map[where][]Entry{}
	change := func(x defaultDifference, f func([]Entry) []Entry) {
		w := where{x.scope, x.grantee}
		if _, there := after[w]; !there {
			after[w] = slices.Clone(m.state.defaultList(x.scope))
		}
		after[w] = f(after[w])
	}
	for _, x := range m.defaults.adds {
		change(x, func(l []Entry) []Entry {
			return append(l, Entry{Grantee: x.grantee, Privilege: x.privilege, Grantable: x.option})
		})
	}
	for _, x := range m.defaults.removes {
		change(x, func(l []Entry) []Entry {
			for i := range l {
				if l[i].Grantee == x.grantee && l[i].Privilege == x.privilege {
					l[i].Grantable = false
				}
			}
			if x.option {
				return l
			}
			return slices.DeleteFunc(l, func(e Entry) bool {
				return e.Grantee == x.grantee && e.Privilege == x.privilege
			})
		})
	}
	for w, list := range after {
		put(c, fmt.Sprintf("%s on %s", granteeText(w.grantee), w.scope),
			privilegesText(m.state.defaultList(w.scope), w.grantee), privilegesText(list, w.grantee))
	}
}

// put adds an attribute. Two rows may be named alike only where names were cut; then they are numbered.
func put(c *engine.Change, name, before, after string) {
	unique := name
	for n := 2; c.Before[unique] != nil || c.After[unique] != nil; n++ {
		unique = fmt.Sprintf("%s #%d", name, n)
	}
	if before != "" {
		c.Before[unique] = before
	}
	if after != "" {
		c.After[unique] = after
	}
}

// privilegesText writes what a grantee has in a list: "SELECT, UPDATE*", where the star is the grant option.
func privilegesText(list []Entry, grantee string) string {
	option := map[string]bool{}
	var names []string
	for _, e := range list {
		if e.Grantee != grantee {
			continue
		}
		if _, seen := option[e.Privilege]; !seen {
			names = append(names, e.Privilege)
		}
		option[e.Privilege] = option[e.Privilege] || e.Grantable
	}
	slices.SortFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	for i, n := range names {
		if option[n] {
			names[i] += "*"
		}
	}
	return strings.Join(names, ", ")
}

func granteeText(name string) string {
	if name == Public {
		return "PUBLIC"
	}
	return sqltext.Plain(name)
}

// namesText is "table public.a" or "12 tables: public.a, public.b, …".
func namesText(kind string, names []string) string {
	if len(names) == 1 {
		return kind + " " + names[0]
	}
	return plural(len(names), kind) + ": " + strings.Join(limited(names, 5), ", ")
}

// refusePassedOn refuses to revoke what the grantee has granted on to somebody who keeps it: PostgreSQL would refuse
// it too, or take it from them (REVOKE … CASCADE).
func (d *differ) refusePassedOn(m *matrix) {
	goes := map[cell]bool{}
	for _, x := range m.removes {
		if !x.option {
			goes[x.cell] = true
		}
	}
	for _, x := range m.removes {
		var others []string
		for _, e := range x.list() {
			if e.Grantor == x.grantee && e.Grantee != x.grantee && e.Privilege == x.privilege &&
				!goes[cell{x.target, e.Grantee, e.Privilege}] {
				others = append(others, granteeText(e.Grantee))
			}
		}
		if len(others) > 0 {
			d.diags.Errorf(&x.at, "Dependent privileges exist",
				"%s of %s on %s cannot be revoked: %s has granted it on to %s. Revoke that first: "+
					"SET ROLE %s; REVOKE %s …;",
				x.privilege, granteeText(x.grantee), x.object, granteeText(x.grantee), strings.Join(others, ", "),
				sqltext.Ident(x.grantee), x.privilege)
		}
	}
}
