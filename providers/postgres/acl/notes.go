package acl

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// missingNotes returns for each declaration what is missing on how many of its objects: "role oltp_ro: SELECT
// missing on 2 of 41 tables of public: a, b".
func (m *matrix) missingNotes() []string {
	missing := map[cell]bool{}
	for _, x := range m.adds {
		missing[x.cell] = true
	}
	var out []string
	for _, s := range m.selected {
		var sets []string // privileges that are missing together, in order of appearance
		names := map[string][]string{}
		for _, t := range s.targets {
			var absent []string
			for _, p := range s.privileges {
				if missing[cell{t, s.role.Name, p}] {
					absent = append(absent, p)
				}
			}
			if len(absent) == 0 {
				continue
			}
			set := strings.Join(absent, ", ")
			if names[set] == nil {
				sets = append(sets, set)
			}
			name := sqltext.Plain(t.object.Name)
			if t.object.Kind == Function {
				name += signature(t.object.Types)
			}
			if t.column != "" {
				name = sqltext.Plain(t.column)
			}
			names[set] = append(names[set], name)
		}
		for _, set := range sets {
			out = append(out, fmt.Sprintf("role %s: %s missing on %s", granteeText(s.role.Name), set,
				s.where(names[set])))
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// where returns how many of the selected targets are meant, and which.
func (s selected) where(names []string) string {
	kind, in := string(s.on.Kind), ""
	if len(s.on.Columns) > 0 {
		kind, in = "column", " of "+sqltext.Plain(s.on.Schema)+"."+sqltext.Plain(s.on.Name)
	} else if s.on.Schema != "" {
		in = " of " + sqltext.Plain(s.on.Schema)
	}
	switch {
	case !s.on.All && len(s.on.Columns) == 0:
		return s.targets[0].object.String()
	case len(names) == len(s.targets) && len(names) > 1:
		return fmt.Sprintf("all %s%s", plural(len(names), kind), in)
	default:
		return fmt.Sprintf("%d of %s%s: %s", len(names), plural(len(s.targets), kind), in,
			strings.Join(limited(names, 10), ", "))
	}
}

// removedNotes returns what is revoked, by grantee and privilege.
func (m *matrix) removedNotes() []string {
	var out []string
	for _, g := range gather(m.removes) {
		what := "is revoked from"
		if g.option {
			what = "can no longer be granted on by"
		}
		out = append(out, fmt.Sprintf("%s on %s %s %s", g.privilege, namesText(string(g.kind), g.names), what,
			granteeText(g.grantee)))
	}
	for _, x := range m.defaults.removes {
		out = append(out, fmt.Sprintf("default %s on %s is revoked from %s", x.privilege, x.scope,
			granteeText(x.grantee)))
	}
	for _, x := range m.defaults.adds {
		out = append(out, fmt.Sprintf("role %s: default %s missing on %s", granteeText(x.grantee), x.privilege,
			x.scope))
	}
	return out
}

// gathered is one privilege of one grantee on several objects.
type gathered struct {
	grantee, privilege string
	kind               Kind
	option             bool
	names              []string
}

func gather(list []difference) []gathered {
	var out []gathered
	for _, x := range list {
		i := slices.IndexFunc(out, func(g gathered) bool {
			return g.grantee == x.grantee && g.privilege == x.privilege && g.kind == x.object.Kind &&
				g.option == x.option
		})
		if i < 0 {
			i = len(out)
			out = append(out, gathered{
				grantee:   x.grantee,
				privilege: x.privilege,
				kind:      x.object.Kind,
				option:    x.option,
			})
		}
		if name := x.String(); !slices.Contains(out[i].names, name) {
			out[i].names = append(out[i].names, name)
		}
	}
	return out
}

// hazards returns where access widens and where it narrows. What a role that is created here gets was reviewed with the
// role, so only grant options and what everybody gets are hazards then.
func (d *differ) hazards(m *matrix) []engine.Hazard {
	var out []engine.Hazard
	add := func(name engine.HazardName, format string, args ...any) {
		h := engine.Hazard{Name: name, Reason: fmt.Sprintf(format, args...)}
		if !slices.Contains(out, h) {
			out = append(out, h)
		}
	}
	for _, g := range gather(m.adds) {
		on := namesText(string(g.kind), g.names)
		switch {
		case g.grantee == Public:
			add(engine.ExposesData, "everybody gains %s on %s", g.privilege, on)
		case g.option:
			add(engine.ExposesData, "role %s may grant %s on %s to others", sqltext.Plain(g.grantee), g.privilege, on)
		case g.kind == Table && g.privilege == "SELECT" && d.server.Role(g.grantee) != nil:
			add(engine.ExposesData, "role %s gains %s on %s", sqltext.Plain(g.grantee), g.privilege, on)
		}
	}
	for _, x := range m.defaults.adds {
		switch {
		case x.grantee == Public:
			add(engine.ExposesData, "everybody gains %s on %s", x.privilege, x.scope)
		case x.option:
			add(engine.ExposesData, "role %s may grant %s on %s to others", sqltext.Plain(x.grantee), x.privilege,
				x.scope)
		case x.on == "tables" && x.privilege == "SELECT" && d.server.Role(x.grantee) != nil:
			add(engine.ExposesData, "role %s gains %s on %s", sqltext.Plain(x.grantee), x.privilege, x.scope)
		}
	}
	for _, g := range gather(m.removes) {
		what := g.privilege
		if g.option {
			what = "the grant option of " + what
		}
		add(engine.LosesAccess, "%s loses %s on %s", granteeText(g.grantee), what, namesText(string(g.kind), g.names))
	}
	for _, x := range m.defaults.removes {
		add(engine.LosesAccess, "%s loses %s on %s", granteeText(x.grantee), x.privilege, x.scope)
	}
	return out
}
