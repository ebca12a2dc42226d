package lint

import (
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/spec"
)

// personalLiteral and credentialLiteral report the literals of the structure that the schema lock lists. A plan checks
// the structure itself.
func personalLiteral() Analyzer {
	return Analyzer{
		Code:     literal.PersonalCode,
		Severity: diag.Warning,
		Title:    literal.Titles()[literal.PersonalCode],
		Catalog:  true,
		Doc: "Comments, defaults, CHECKs, views, functions, policies and triggers are copied unchanged, with the " +
			"addresses and numbers that somebody wrote into them. A plan warns of it, too. Its place and a digest " +
			"are shown, never the value.",
		Example: "`COMMENT ON TABLE t IS 'ask …@…'` without `schema { comments = false }`",
		Run:     func(p *Pass) { p.reportLiterals(literal.PersonalCode) },
	}
}

func credentialLiteral() Analyzer {
	return Analyzer{
		Code:     literal.CredentialCode,
		Severity: diag.Error,
		Title:    literal.Titles()[literal.CredentialCode],
		Catalog:  true,
		Doc: "A password, a token or a key in a function or a comment is exposed to everybody who can read the copy. " +
			"A plan warns of it, too.",
		Example: "a function that calls `dblink('… password=…')`",
		Run:     func(p *Pass) { p.reportLiterals(literal.CredentialCode) },
	}
}

// reportLiterals reports what a plan would report of the structure under one code.
func (p *Pass) reportLiterals(code string) {
	for _, r := range p.Refreshes {
		if r.Spec.Mode == spec.Replace { // the structure is not copied
			continue
		}
		for _, d := range literal.Warnings(r.Spec, r.Literals) {
			if d.Code == code {
				p.Report(Finding{Detail: d.Detail, Address: d.Address, Range: d.Range})
			}
		}
	}
}
