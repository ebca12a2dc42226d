package acl

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
)

// kindOf is the kind of object that a word of ALTER DEFAULT PRIVILEGES is about.
var kindOf = map[string]Kind{
	"tables":    Table,
	"sequences": Sequence,
	"functions": Function,
	"types":     Type,
	"schemas":   Schema,
}

// scope is one list of default privileges: of what who creates, where.
type scope struct{ forRole, schema, on string }

// String says what the scope is about: "tables that app creates in schema public".
func (s scope) String() string {
	text := s.on + " that " + sqltext.Plain(s.forRole) + " creates"
	if s.schema != "" {
		text += " in schema " + sqltext.Plain(s.schema)
	}
	return text
}

type defaultCell struct {
	scope
	grantee, privilege string
}

// defaultDifference is a default privilege that is missing, or that is too much.
type defaultDifference struct {
	defaultCell
	option   bool
	at       diag.Range
	as, take string
}

// defaults are the differences of default privileges.
type defaults struct{ adds, removes []defaultDifference }

// defaultList returns the list that is in force for a scope. Without a row for the whole database that is the
// built-in one; a schema's adds to it and is empty by itself.
func (s *State) defaultList(x scope) []Entry {
	for _, d := range s.Defaults {
		if d.ForRole == x.forRole && d.Schema == x.schema && d.On == x.on {
			return d.Grants
		}
	}
	if x.schema != "" {
		return nil
	}
	return builtin(kindOf[x.on], x.forRole, s.VersionNum)
}

func (d *differ) compareDefaults(s *State, diags *diag.Diagnostics) defaults {
	wants := map[defaultCell]declaration{}
	scopes := map[string]map[scope]diag.Range{} // by authoritative role
	for _, r := range d.Roles {
		for _, p := range r.DefaultPrivileges {
			x := scope{p.ForRole, p.Schema, p.On}
			if kindOf[p.On] == "" {
				diags.Errorf(&p.Range, "Unknown kind of object", "%q has no default privileges. There are: %s.%s", p.On,
					strings.Join(keys(kindOf), ", "), diag.DidYouMean(p.On, keys(kindOf)))
				continue
			}
			privileges, unknown := expand(p.Privileges, kindOf[p.On], false, s.VersionNum)
			for _, u := range unknown {
				noPrivilege(diags, p.Range, u, kindOf[p.On], false, s.VersionNum)
			}
			if !d.defaultScope(s, r, p, diags) {
				continue
			}
			for _, privilege := range privileges {
				c := defaultCell{x, r.Name, privilege}
				wants[c] = declaration{option: p.WithGrantOption || wants[c].option, at: p.Range}
			}
			if r.Mode == "authoritative" {
				if scopes[r.Name] == nil {
					scopes[r.Name] = map[scope]diag.Range{}
				}
				scopes[r.Name][x] = p.Range
			}
		}
	}
	var out defaults
	for c, w := range wants {
		if has, grantable := holds(s.defaultList(c.scope), c.grantee, c.privilege); !has || w.option && !grantable {
			out.adds = append(out.adds, defaultDifference{defaultCell: c, option: w.option, at: w.at})
		}
	}
	for grantee, list := range scopes {
		for x, at := range list {
			for _, e := range s.defaultList(x) {
				w, declared := wants[defaultCell{x, grantee, e.Privilege}]
				if e.Grantee == grantee && grantee != x.forRole && (!declared || e.Grantable && !w.option) {
					out.removes = append(out.removes, defaultDifference{
						defaultCell: defaultCell{x, grantee, e.Privilege},
						option:      declared,
						at:          at,
					})
				}
			}
		}
	}
	slices.SortFunc(out.adds, defaultDifference.compare)
	slices.SortFunc(out.removes, defaultDifference.compare)
	return out
}

// defaultScope checks that the parts of a declaration exist.
func (d *differ) defaultScope(s *State, r *spec.Role, p spec.DefaultPrivilege, diags *diag.Diagnostics) bool {
	switch {
	case p.On == "schemas" && p.Schema != "":
		diags.Errorf(&p.Range, "Default privileges on schemas take no schema",
			"They apply to the whole database. Remove schema.")
		return false
	case p.ForRole == "":
		diags.Errorf(&p.Range, "Missing for_role",
			"Default privileges need for_role: PostgreSQL applies them by who creates an object.")
		return false
	}
	ok := true
	if p.Schema != "" && s.matching(func(o *Object) bool { return o.Kind == Schema && o.Name == p.Schema }) == nil {
		s.unknown(diags, p.Range, Schema, "", p.Schema)
		ok = false
	}
	if diags == &d.diags { // else it was said already
		ok = d.exists(p.ForRole, fmt.Sprintf("%s has default privileges for", r.Address()), &p.Range) && ok
	}
	return ok
}

func (a defaultDifference) compare(b defaultDifference) int {
	return cmp.Or(cmp.Compare(a.forRole, b.forRole), cmp.Compare(a.schema, b.schema), cmp.Compare(a.on, b.on),
		cmp.Compare(a.grantee, b.grantee), cmp.Compare(rank(a.privilege), rank(b.privilege)))
}

// authorise finds how default privileges of another role can be changed: that takes the role's own privileges.
func (x *defaultDifference) authorise(r *rights, collect bool) {
	way := r.access(x.forRole)
	if x.as, x.take = r.through(way, x.forRole); way == cannot && collect {
		r.addMissing(&x.at, "change default privileges for role "+sqltext.Plain(x.forRole), r.grantHint(x.forRole, ""))
	}
}

// defaultCommands groups differences by scope, grantee and grant option.
func defaultCommands(do string, list []defaultDifference) []actingCommand {
	type key struct {
		scope
		grantee, as string
		option      bool
	}
	var order []key
	grouped := map[key]*actingCommand{}
	for _, x := range list {
		k := key{x.scope, x.grantee, x.as, x.option}
		if grouped[k] == nil {
			grouped[k] = &actingCommand{
				as:   x.as,
				take: x.take,
				Command: Command{
					Do:       do,
					Grantees: []string{x.grantee},
					Option:   x.option,
					ForRole:  x.forRole,
					Schema:   x.schema,
					On:       x.on,
				},
			}
			order = append(order, k)
		}
		grouped[k].Privileges = append(grouped[k].Privileges, x.privilege)
	}
	out := make([]actingCommand, len(order))
	for i, k := range order {
		out[i] = *grouped[k]
	}
	slices.SortStableFunc(out, func(a, b actingCommand) int { return strings.Compare(a.as, b.as) })
	return out
}
