package lint

import (
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

func readsBoth() Analyzer {
	return Analyzer{Code: "reads_both", Severity: diag.Warning, Title: "Role can read both the source and its copy",
		Doc:     "Anybody with both can join them on a kept column, and match each masked value with the real one.",
		Example: `role "analyst" { in = database.prod … } beside role "analyst" { in = database.staging … }`,
		Run: func(p *Pass) {
			for _, refresh := range p.Project.Refreshes {
				for _, r := range p.Project.Roles {
					if r.In != refresh.To || r.Name == public {
						continue
					}
					here := p.readBy(r, refresh.To, nil)
					if here == "" {
						continue
					}
					for _, other := range p.Project.Roles {
						there := ""
						if other.In == refresh.From && other.Name == r.Name {
							there = p.readBy(other, refresh.From, nil)
						}
						if there != "" {
							at := r.Range
							p.Report(Finding{
								Subject: other.Address(),
								Range:   &at,
								Address: r.Address(),
								Detail: fmt.Sprintf("%s can read the copy (%s), and the role of the same name can "+
									"read the source (%s at %s). Use different roles, so that one password does not "+
									"give access to both.",
									r.Address(), here, there, other.Range),
							})
						}
					}
				}
			}
		}}
}

// readBy returns what lets a role read rows of a database: a grant of its own, or a role that it is a member of; "" if
// nothing does.
func (p *Pass) readBy(r *spec.Role, db *spec.Database, visited []string) string {
	if slices.Contains(visited, r.Name) {
		return ""
	}
	visited = append(visited, r.Name)
	if isTrue(r.Superuser) {
		return "superuser"
	}
	for _, g := range r.Grants {
		if g.On.Kind == "table" &&
			slices.ContainsFunc(g.Privileges, func(s string) bool { return s == "SELECT" || s == "ALL" }) {
			return "SELECT on " + selector(g.On)
		}
	}
	for _, m := range r.MemberOf {
		if m.Role == "pg_read_all_data" || m.Role == "rds_superuser" {
			return "member of " + m.Role
		}
		for _, parent := range p.Project.Roles {
			if parent.In == db && parent.Name == m.Role {
				if by := p.readBy(parent, db, visited); by != "" {
					return "member of " + m.Role + ", " + by
				}
			}
		}
	}
	return ""
}
