package lint

import (
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

func readsBoth() Analyzer {
	return Analyzer{Code: "reads_both", Severity: diag.Warning, Title: "A role can read both the source and its copy",
		Doc:     "Who holds both joins them on a column that is kept, and has the real value beside each masked one.",
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
								Detail: fmt.Sprintf("%s reads the copy (%s), and the role of the same name reads the "+
									"source (%s at %s). Give people another role for each, so that one "+
									"password does not open both.",
									r.Address(), here, there, other.Range),
							})
						}
					}
				}
			}
		}}
}

// readBy says how a role reads rows of a database: by a grant of its own, or through a role that it is a member of; ""
// where it does not.
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
