package acl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
)

// newestVersion stands for whatever server there is: ALL means the most there.
const newestVersion = 180000

// atom is one privilege on what one selector stands for, or on what a role creates later.
type atom struct {
	kind                 Kind
	schema, name, column string // name "" is every one in the schema; schema "" with later set is the whole database
	later                string // of a default privilege: the role that creates
	privilege            string
	option               bool // it may be granted on
	on                   string
}

// grantAtoms takes the grants of a role apart.
func grantAtoms(r *spec.Role) []atom {
	var out []atom
	for _, g := range r.Grants {
		columns := g.On.Columns
		if len(columns) == 0 {
			columns = []string{""}
		}
		privileges, _ := expand(g.Privileges, Kind(g.On.Kind), len(g.On.Columns) > 0, newestVersion)
		for _, column := range columns {
			for _, p := range privileges {
				out = append(out, atom{
					kind:      Kind(g.On.Kind),
					schema:    g.On.Schema,
					name:      g.On.Name,
					column:    column,
					privilege: p,
					option:    g.WithGrantOption,
					on:        selectorText(g.On),
				})
			}
		}
	}
	for _, g := range r.DefaultPrivileges {
		kind := Kind(strings.TrimSuffix(g.On, "s"))
		privileges, _ := expand(g.Privileges, kind, false, newestVersion)
		where := ""
		if g.Schema != "" {
			where = " in schema " + sqltext.Plain(g.Schema)
		}
		for _, p := range privileges {
			out = append(out, atom{
				kind:      kind,
				schema:    g.Schema,
				later:     g.ForRole,
				privilege: p,
				option:    g.WithGrantOption,
				on:        fmt.Sprintf("%s that %s makes%s", g.On, sqltext.Plain(g.ForRole), where),
			})
		}
	}
	return out
}

// selectorText writes a selector for people, but for its columns: "all tables in schema public".
func selectorText(s spec.Selector) string {
	switch {
	case s.All:
		return fmt.Sprintf("all %ss in schema %s", s.Kind, sqltext.Plain(s.Schema))
	case s.Kind == string(Database):
		return "the database"
	case s.Kind == string(Schema):
		return "schema " + sqltext.Plain(s.Name)
	}
	if s.Kind == string(Function) { // with its signature
		return fmt.Sprintf("function %s.%s", sqltext.Plain(s.Schema), s.Name)
	}
	return fmt.Sprintf("%s %s.%s", s.Kind, sqltext.Plain(s.Schema), sqltext.Plain(s.Name))
}

// covers reports whether who has a has b, too.
func (a atom) covers(b atom) bool {
	return a.kind == b.kind && a.privilege == b.privilege && a.later == b.later && (a.option || !b.option) &&
		(a.schema == b.schema || a.later != "" && a.schema == "") &&
		(a.name == b.name || a.name == "" && a.kind != Database) && (a.column == b.column || a.column == "")
}

// privileges compares what a role is granted: what of it none of the other side's privileges covers.
func (p *pairing) privileges(was, is []atom) {
	p.changed(is, was, true)
	p.changed(was, is, false)
}

// changed adds a difference for each selector of list with privileges that others do not cover.
func (p *pairing) changed(list, others []atom, gained bool) {
	var order []string
	by := map[string][]atom{}
	for _, a := range list {
		if slices.ContainsFunc(others, func(o atom) bool { return o.covers(a) }) {
			continue
		}
		if by[a.on] == nil {
			order = append(order, a.on)
		}
		by[a.on] = append(by[a.on], a)
	}
	for _, on := range order {
		atoms := by[on]
		what := atomsText(atoms)
		if !gained {
			p.loses(p.add(engine.SubjectGrant, engine.Stronger, on, atomsText(among(list, on)),
				atomsText(among(others, on)),
				fmt.Sprintf("%s loses %s on %s of %s", p.who(), what, on, p.is.In.Name)))
			continue
		}
		d := p.add(engine.SubjectGrant, engine.Weaker, on, atomsText(among(others, on)), atomsText(among(list, on)),
			fmt.Sprintf("%s gains %s on %s of %s", p.who(), what, on, p.is.In.Name))
		option := slices.ContainsFunc(atoms, func(a atom) bool { return a.option })
		if !p.fresh || p.is.Name == Public || option {
			d.Expose()
		}
	}
}

// among returns the atoms of one selector.
func among(list []atom, on string) []atom {
	return slices.DeleteFunc(slices.Clone(list), func(a atom) bool { return a.on != on })
}

// atomsText writes privileges as PostgreSQL does: "SELECT (id, name), UPDATE*", where the star is the grant option.
func atomsText(list []atom) string {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b atom) int { return rank(a.privilege) - rank(b.privilege) })
	var out []string
	for i := 0; i < len(list); {
		a, columns := list[i], []string(nil)
		for ; i < len(list) && list[i].privilege == a.privilege && list[i].option == a.option; i++ {
			if list[i].column != "" {
				columns = append(columns, sqltext.Plain(list[i].column))
			}
		}
		text := a.privilege
		if a.option {
			text += "*"
		}
		if len(columns) > 0 {
			text += " (" + strings.Join(columns, ", ") + ")"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}
