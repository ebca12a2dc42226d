package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// public is the role that everybody is.
const public = "public"

func publicGrant() Analyzer {
	return Analyzer{Code: "public_grant", Severity: diag.Warning, Title: "A privilege for everybody",
		Doc: "PUBLIC is every role of the server, those that come later too. A note for CONNECT, USAGE and " +
			"TEMPORARY, which open no rows.",
		Example: `role "public" { … grant { on = all_tables("app"), privileges = ["SELECT"] } }`,
		Run: func(p *Pass) {
			for _, r := range p.Project.Roles {
				if r.Name != public {
					continue
				}
				for _, g := range r.Grants {
					at := g.Range
					f := Finding{
						Range:   &at,
						Address: r.Address(),
						Detail: fmt.Sprintf("%s gives %s on %s to PUBLIC. Grant it to a role, and "+
							"make those who need it members.", r.Address(), strings.Join(g.Privileges, ", "),
							selector(g.On)),
					}
					if !slices.ContainsFunc(g.Privileges, opensRows) {
						f.Severity = diag.Note
					}
					p.Report(f)
				}
				for _, d := range r.DefaultPrivileges {
					at := d.Range
					p.Report(Finding{
						Range:   &at,
						Address: r.Address(),
						Detail: fmt.Sprintf("%s gives %s on %s that %s creates later to PUBLIC. Grant it to a role, "+
							"and make those who need it members.", r.Address(), strings.Join(d.Privileges, ", "), d.On,
							d.ForRole),
					})
				}
			}
		}}
}

func opensRows(privilege string) bool {
	return !slices.Contains([]string{"CONNECT", "USAGE", "TEMPORARY", "TEMP"}, privilege)
}

// selector says in words what a grant is on.
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
	return Analyzer{Code: "grant_option", Severity: diag.Warning, Title: "A role may pass its privileges on",
		Doc:     "Who can read is then decided outside of the spec. A note for a membership with admin.",
		Example: `with_grant_option = true`,
		Run: func(p *Pass) {
			for _, r := range p.Project.Roles {
				for _, g := range r.Grants {
					if at := g.Range; g.WithGrantOption {
						p.Report(Finding{
							Range:   &at,
							Address: r.Address(),
							Detail: fmt.Sprintf("%s may grant %s on %s to anybody. Take with_grant_option away, and "+
								"declare who else gets it.", r.Address(), strings.Join(g.Privileges, ", "),
								selector(g.On)),
						})
					}
				}
				for _, d := range r.DefaultPrivileges {
					if at := d.Range; d.WithGrantOption {
						p.Report(Finding{
							Range:   &at,
							Address: r.Address(),
							Detail: fmt.Sprintf("%s may grant %s on new %s to anybody. Take with_grant_option away, "+
								"and declare who else gets it.", r.Address(), strings.Join(d.Privileges, ", "), d.On),
						})
					}
				}
				for _, m := range r.MemberOf {
					if at := m.Range; m.Admin != nil && *m.Admin {
						p.Report(Finding{
							Severity: diag.Note,
							Subject:  m.Role,
							Range:    &at,
							Address:  r.Address(),
							Detail: fmt.Sprintf("%s may make anybody a member of %s. "+
								"Declare the members here instead.", r.Address(), m.Role),
						})
					}
				}
			}
		}}
}

func powerfulRole() Analyzer {
	// What these may do reaches beyond the database that they are declared in.
	files := []string{"pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "rds_superuser"}
	return Analyzer{Code: "powerful_role", Severity: diag.Warning, Title: "A role that no privilege binds",
		Doc: "A superuser, or who reads the server's files, reads every database of the server. A note for " +
			"BYPASSRLS and REPLICATION.",
		Example: `superuser = true`,
		Run: func(p *Pass) {
			for _, r := range p.Project.Roles {
				if isTrue(r.Superuser) {
					p.Report(Finding{
						Range:   &r.At.Superuser.Range,
						Address: r.Address(),
						Detail: r.Address() +
							" is a superuser: grants, row security and the limits of this spec do not hold for it. " +
							"Give it the privileges that it needs.",
					})
				}
				if isTrue(r.BypassRLS) {
					p.Report(Finding{
						Severity: diag.Note,
						Range:    &r.At.BypassRLS.Range,
						Address:  r.Address(),
						Detail:   r.Address() + " sees all rows, whatever row security says.",
					})
				}
				if isTrue(r.Replication) {
					p.Report(Finding{
						Severity: diag.Note,
						Range:    &r.At.Replication.Range,
						Address:  r.Address(),
						Detail:   r.Address() + " may copy the whole server, all of its databases included.",
					})
				}
				for _, m := range r.MemberOf {
					if at := m.Range; slices.Contains(files, m.Role) {
						p.Report(Finding{
							Subject: m.Role,
							Range:   &at,
							Address: r.Address(),
							Detail: fmt.Sprintf("%s is a member of %s, which reaches beyond this database. Give it "+
								"the privileges that it needs.", r.Address(), m.Role),
						})
					}
				}
			}
		}}
}

func isTrue(b *bool) bool { return b != nil && *b }

func widerDefaults() Analyzer {
	return Analyzer{
		Code:     "wider_defaults",
		Severity: diag.Warning,
		Title:    "Default privileges open more than the grants",
		Doc:      "What is created later is open to more than what is there now, and nobody reviews it then.",
		Example:  `default_privileges { for_role = "app", on = "tables", privileges = ["ALL"] }`,
		Run: func(p *Pass) {
			for _, r := range p.Project.Roles {
				if r.Name == public {
					continue // public_grant says it
				}
				for _, d := range r.DefaultPrivileges {
					kind := strings.TrimSuffix(d.On, "s")
					granted, schemas := map[string]bool{}, map[string]bool{}
					for _, g := range r.Grants {
						if g.On.Kind != kind {
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
						continue // where nothing is granted, the defaults are all there is to review
					}
					at := d.Range
					f := Finding{Range: &at, Address: r.Address()}
					var more []string
					for _, privilege := range d.Privileges {
						if !granted[privilege] && !granted["ALL"] {
							more = append(more, privilege)
						}
					}
					switch {
					case len(more) > 0:
						f.Detail = fmt.Sprintf("%s has no %s on the %s that are there, but gets it on those that %s "+
							"creates later. Grant it there too, or take it out of the default privileges.", r.Address(),
							strings.Join(more, ", "), d.On, d.ForRole)
					case d.Schema == "":
						f.Severity = diag.Note
						f.Detail = fmt.Sprintf("%s has grants on %s of some schemas, but gets them on those that %s "+
							"creates in any schema. Name the schema in default_privileges.", r.Address(), d.On,
							d.ForRole)
					default:
						continue
					}
					p.Report(f)
				}
			}
		},
	}
}
