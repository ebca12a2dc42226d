package acl

import (
	"cmp"
	"slices"
	"strings"
)

// largest is how many objects one statement names.
const largest = 500

// actingCommand is a command with the role to run it as and the one to borrow for it.
type actingCommand struct {
	Command
	as, take string
}

// batch returns the commands of a whole transaction in order: additions, then removals, then what removals on a
// table have taken from its columns. Memberships are borrowed around all of it.
func (m *matrix) batch(r *rights) []Command {
	list := commandsOf("grant", m.adds)
	list = append(list, defaultCommands("grant", m.defaults.adds)...)
	// A grant that somebody passed on goes before the one that it came from.
	passed := func(x difference) bool { return x.grantor != x.object.Owner }
	first := slices.DeleteFunc(slices.Clone(m.removes), func(x difference) bool { return !passed(x) })
	second := slices.DeleteFunc(slices.Clone(m.removes), passed)
	list = append(list, commandsOf("revoke", first)...)
	list = append(list, commandsOf("revoke", second)...)
	list = append(list, defaultCommands("revoke", m.defaults.removes)...)
	list = append(list, commandsOf("grant", m.regrants())...)

	var borrowed []Command
	taken := map[string]bool{}
	for _, p := range list {
		if p.take != "" && !taken[p.take] {
			taken[p.take] = true
			borrowed = append(borrowed, r.borrow(p.take))
		}
	}
	out := slices.Clone(borrowed)
	as := ""
	for _, p := range list {
		if p.as != as && as != "" {
			out = append(out, Command{Do: "rest"})
		}
		if p.as != as && p.as != "" {
			out = append(out, Command{Do: "act", Role: p.as})
		}
		as = p.as
		out = append(out, p.Command)
	}
	if as != "" {
		out = append(out, Command{Do: "rest"})
	}
	return append(out, givenBack(borrowed)...)
}

// regrants returns the column privileges that are declared where the same privilege goes from the table: REVOKE on a
// table takes it from the columns too (manual, REVOKE). They are granted once more in the same transaction.
func (m *matrix) regrants() []difference {
	type key struct {
		object             *Object
		grantee, privilege string
	}
	gone := map[key]difference{}
	for _, x := range m.removes {
		if x.object.Kind == Table && x.column == "" {
			gone[key{x.object, x.grantee, x.privilege}] = x
		}
	}
	var out []difference
	for c, w := range m.wants {
		if x, ok := gone[key{c.object, c.grantee, c.privilege}]; ok && c.column != "" {
			out = append(out, difference{cell: c, option: w.option, at: w.at, as: x.as, take: x.take})
		}
	}
	slices.SortFunc(out, difference.compare)
	return out
}

// group is what the objects of one statement have in common.
type group struct {
	as, take, schema, grantee string
	kind                      Kind
	procedure, option         bool
	privileges, columns       string
	object                    *Object // columns: one table a statement
}

// commandsOf puts differences into few statements: all objects of a schema on which a grantee gets the same
// privileges share one.
func commandsOf(do string, list []difference) []actingCommand {
	type unit struct {
		group
		on *Object
	}
	columns := map[unit][]string{} // privilege in group.privileges
	var units []unit
	for _, x := range list {
		u := unit{
			on: x.object,
			group: group{as: x.as, take: x.take, kind: x.object.Kind, schema: x.object.Schema, grantee: x.grantee,
				procedure: x.object.Detail == "procedure", option: x.option, privileges: x.privilege},
		}
		if x.column != "" {
			u.object = x.object
			if columns[u] == nil {
				units = append(units, u)
			}
			columns[u] = append(columns[u], x.column)
			continue
		}
		units = append(units, u)
	}
	// The privileges that share an object (and its columns), then the objects that share the privileges.
	privileges := map[unit][]string{}
	var merged []unit
	for _, u := range units {
		k := u
		k.columns, k.privileges = strings.Join(columns[u], "\x00"), ""
		if privileges[k] == nil {
			merged = append(merged, k)
		}
		privileges[k] = append(privileges[k], u.privileges)
	}
	objects := map[group][]*Object{}
	var groups []group
	for _, u := range merged {
		g := u.group
		sorted := slices.Clone(privileges[u])
		slices.SortFunc(sorted, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
		g.privileges = strings.Join(slices.Compact(sorted), ",")
		if objects[g] == nil {
			groups = append(groups, g)
		}
		objects[g] = append(objects[g], u.on)
	}
	slices.SortStableFunc(groups, group.compare)
	var out []actingCommand
	for _, g := range groups {
		grantees := sameObjects(groups, objects, g)
		if grantees[0] != g.grantee {
			continue // said along with the first of them
		}
		c := Command{
			Do:         do,
			Privileges: strings.Split(g.privileges, ","),
			Kind:       g.kind,
			Grantees:   grantees,
			Option:     g.option,
		}
		if g.columns != "" {
			c.Columns = strings.Split(g.columns, "\x00")
		}
		for chunk := range slices.Chunk(objects[g], largest) {
			part := c
			for _, o := range chunk {
				part.Objects = append(part.Objects, refOf(o))
			}
			out = append(out, actingCommand{part, g.as, g.take})
		}
	}
	return out
}

// sameObjects returns the grantees who get the same on the same objects. One statement for all of them writes each
// object's list once, where 50 statements write 400 lists 50 times.
func sameObjects(groups []group, objects map[group][]*Object, g group) []string {
	var out []string
	for _, other := range groups {
		grantee := other.grantee
		if other.grantee = g.grantee; other != g {
			continue
		}
		other.grantee = grantee
		if slices.Equal(objects[other], objects[g]) {
			out = append(out, grantee)
		}
	}
	return out
}

func (a group) compare(b group) int {
	path := func(g group) string {
		if g.object == nil {
			return ""
		}
		return g.object.Path()
	}
	return cmp.Or(cmp.Compare(a.as, b.as), cmp.Compare(kindRank[a.kind], kindRank[b.kind]),
		cmp.Compare(a.schema, b.schema), cmp.Compare(a.grantee, b.grantee),
		cmp.Compare(path(a), path(b)), cmp.Compare(a.columns, b.columns), cmp.Compare(a.privileges, b.privileges))
}
