package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// public is the role that every role is a member of.
const public = "public"

// reportRole reports a finding on a role; severity "" is the analyzer's.
func (p *Pass) reportRole(r *spec.Role, at diag.Range, severity diag.Severity, subject, format string, args ...any) {
	p.Report(Finding{
		Severity: severity,
		Subject:  subject,
		Range:    &at,
		Address:  r.Address(),
		Detail:   r.Address() + " " + fmt.Sprintf(format, args...),
	})
}

func publicGrant() Analyzer {
	return Analyzer{Code: "public_grant", Severity: diag.Warning, Title: "Privilege granted to everybody",
		Doc: "PUBLIC is every role of the server, including future ones. A note for CONNECT, USAGE and TEMPORARY, " +
			"which give no access to rows.",
		Example: `role "public" { … grant { on = all_tables("app"), privileges = ["SELECT"] } }`,
		Run: func(p *Pass) {
			const advice = "Grant it to a role, and make those who need it members."
			for _, r := range p.Project.Roles {
				if r.Name != public {
					continue
				}
				for _, g := range r.Grants {
					severity := diag.Note
					if slices.ContainsFunc(g.Privileges, givesRows) {
						severity = diag.Warning
					}
					p.reportRole(r, g.Range, severity, "", "grants %s on %s to PUBLIC. %s",
						strings.Join(g.Privileges, ", "), selector(g.On), advice)
				}
				for _, d := range r.DefaultPrivileges {
					p.reportRole(r, d.Range, "", "", "grants %s on %s that %s creates later to PUBLIC. %s",
						strings.Join(d.Privileges, ", "), d.On, d.ForRole, advice)
				}
			}
		}}
}

func givesRows(privilege string) bool {
	return !slices.Contains([]string{"CONNECT", "USAGE", "TEMPORARY", "TEMP"}, privilege)
}

// selector returns what a grant is on, for messages.
func selector(s spec.Selector) string {
	switch {
	case s.Kind == "database":
		return "the database"
	case s.Kind == "schema":
		return "schema " + s.Name
	case s.All:
		return "all " + s.Kind + "s of " + s.Schema
	}
	return s.Kind + " " + s.Schema + "." + s.Name
}

func grantOption() Analyzer {
	return Analyzer{Code: "grant_option", Severity: diag.Warning, Title: "Role may grant its privileges to others",
		Doc:     "Who can read is then decided outside the spec. A note for a membership with admin.",
		Example: `with_grant_option = true`,
		Run: func(p *Pass) {
			const format = "may grant %s on %s to anybody. Remove with_grant_option, and declare who else gets it."
			for _, r := range p.Project.Roles {
				for _, g := range r.Grants {
					if g.WithGrantOption {
						p.reportRole(r, g.Range, "", "", format, strings.Join(g.Privileges, ", "), selector(g.On))
					}
				}
				for _, d := range r.DefaultPrivileges {
					if d.WithGrantOption {
						p.reportRole(r, d.Range, "", "", format, strings.Join(d.Privileges, ", "), "new "+d.On)
					}
				}
				for _, m := range r.MemberOf {
					if isTrue(m.Admin) {
						p.reportRole(r, m.Range, diag.Note, m.Role,
							"may make anybody a member of %s. Declare the members here instead.", m.Role)
					}
				}
			}
		}}
}

func powerfulRole() Analyzer {
	// Members of these can reach beyond the database that they are declared in.
	unlimited := []string{"pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "rds_superuser"}
	return Analyzer{Code: "powerful_role", Severity: diag.Warning, Title: "Role that privileges do not limit",
		Doc: "A superuser, or a role that may read the server's files, can read every database of the server. A note " +
			"for BYPASSRLS and REPLICATION.",
		Example: `superuser = true`,
		Run: func(p *Pass) {
			for _, r := range p.Project.Roles {
				report := func(set *bool, at diag.Range, severity diag.Severity, text string) {
					if isTrue(set) {
						p.reportRole(r, at, severity, "", "%s", text)
					}
				}
				report(r.Superuser, r.At.Superuser.Range, "",
					"is a superuser: grants, row-level security and the limits of "+
						"this spec do not apply to it. Grant it the privileges that it needs.")
				report(r.BypassRLS, r.At.BypassRLS.Range, diag.Note, "sees all rows, whatever row-level security says.")
				report(r.Replication, r.At.Replication.Range, diag.Note,
					"can copy the whole server with all of its databases.")
				for _, m := range r.MemberOf {
					if slices.Contains(unlimited, m.Role) {
						p.reportRole(r, m.Range, "", m.Role, "is a member of %s, which reaches beyond this database. "+
							"Grant it the privileges that it needs.", m.Role)
					}
				}
			}
		}}
}

func isTrue(b *bool) bool { return b != nil && *b }

func widerDefaults() Analyzer {
	return Analyzer{Code: "wider_defaults", Severity: diag.Warning, Title: "Default privileges exceed the grants",
		Doc: "Objects that are created later are accessible to more roles than existing " +
			"ones, and nobody reviews that " +
			"then.",
		Example: `default_privileges { for_role = "app", on = "tables", privileges = ["ALL"] }`,
		Run: func(p *Pass) {
			for _, r := range p.Project.Roles {
				if r.Name == public {
					continue // public_grant reports it
				}
				for _, d := range r.DefaultPrivileges {
					p.checkDefaults(r, d)
				}
			}
		}}
}

// checkDefaults compares default privileges with what the role is granted on existing objects of the kind.
func (p *Pass) checkDefaults(r *spec.Role, d spec.DefaultPrivilege) {
	granted, schemas := map[string]bool{}, map[string]bool{}
	for _, g := range r.Grants {
		if g.On.Kind != strings.TrimSuffix(d.On, "s") {
			continue
		}
		schemas[g.On.Schema] = true
		if d.Schema == "" || g.On.Schema == d.Schema {
			for _, privilege := range g.Privileges {
				granted[privilege] = true
			}
		}
	}
	if len(schemas) == 0 || granted["ALL"] && d.Schema != "" {
		return // without grants, the defaults are all there is to review
	}
	var more []string
	for _, privilege := range d.Privileges {
		if !granted[privilege] && !granted["ALL"] {
			more = append(more, privilege)
		}
	}
	switch {
	case len(more) > 0:
		p.reportRole(r, d.Range, "", "",
			"has no %s on existing %s, but gets it on those that %s creates later. Grant it "+
				"there, too, or remove it from the default privileges.", strings.Join(more, ", "), d.On, d.ForRole)
	case d.Schema == "":
		p.reportRole(r, d.Range, diag.Note, "", "has grants on %s of some schemas, but gets them on those that %s "+
			"creates in any schema. Name the schema in default_privileges.", d.On, d.ForRole)
	}
}
