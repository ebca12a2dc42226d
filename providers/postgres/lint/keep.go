package lint

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
)

func broadKeep() Analyzer {
	return Analyzer{
		Code:     "broad_keep",
		Severity: diag.Warning,
		Title:    "Rule keeps text columns by pattern",
		Catalog:  true,
		Doc:      "A text column that is added later and matches the pattern is copied raw without review.",
		Example:  `rule "rest" { … mask = keep() }`,
		Run: func(p *Pass) {
			for _, rule := range p.Project.Rules {
				if !keepsByPattern(rule) {
					continue
				}
				for c := range p.Kept() {
					if c.Range != nil && *c.Range == rule.At.Mask.Range && holdsAnything(c.Type) {
						p.Report(Finding{Subject: c.FullName(), Range: &rule.At.Mask.Range, Address: rule.Address(),
							Detail: fmt.Sprintf("%s keeps %s (%s), and would keep the next text column that matches. "+
								"Match types other than text, such as type = [\"integer\", \"timestamp*\"], or keep "+
								"text columns by name.", rule.Address(), c.FullName(),
								c.Type.Formatted)})
					}
				}
			}
		},
	}
}

// keepsByPattern reports whether a rule keeps columns whose names are not in the spec.
func keepsByPattern(rule *spec.Rule) bool {
	return rule.Mask != nil && rule.Mask.Name == "keep" && isPattern(rule.Columns) && rule.Tags == nil
}

// isPattern reports whether globs match names that are not in the spec.
func isPattern(globs []string) bool {
	if globs == nil {
		return true
	}
	for _, g := range globs {
		if strings.ContainsAny(g, "*?[") {
			return true
		}
	}
	return false
}

func keepsRest() Analyzer {
	return Analyzer{Code: "keeps_rest", Severity: diag.Note, Title: "Paths that are not named are kept",
		Doc:     "Documents change without a migration: a key that is added later is copied raw without review.",
		Example: `column "profile" { mask = json({ "$.email" = email() }) }`,
		Run: func(p *Pass) {
			for w := range p.Written() {
				for part := range w.Mask.Parts() {
					if (part.Name == "json" || part.Name == "hstore") && len(part.Arguments()) == 1 {
						at := w.Range
						p.Report(Finding{
							Subject: w.Subject,
							Range:   &at,
							Detail: fmt.Sprintf("%s masks the paths that it names in %s and keeps the rest. Decide "+
								"the rest: otherwise = null_value(), another mask, or \"drop\".", part.Text,
								w.Subject),
						})
					}
				}
			}
		}}
}

func rowsReadMasked() Analyzer {
	return Analyzer{
		Code:     "rows_read_masked",
		Severity: diag.Note,
		Title:    "Condition selects rows by a masked column",
		Catalog:  true,
		Doc:      "That a row is in the copy discloses that its real value satisfies the condition.",
		Example:  `rows = "email like '%@example.com'"`,
		Run: func(p *Pass) {
			for _, r := range p.Refreshes {
				for i := range r.Tables {
					t := &r.Tables[i]
					if t.Treatment != decide.Copy || t.Rows == "" {
						continue
					}
					for _, name := range p.Expression(t.Rows).Reads {
						if c := (CheckedColumn{Table: t}).Sibling(name); c != nil && c.Decision == decide.Masked {
							p.Report(Finding{
								Subject: t.FullName() + "." + name,
								Range:   p.condition(t),
								Address: t.Address,
								Detail: fmt.Sprintf("%s is masked with %s, but the rows of %s in the copy are those "+
									"whose real value satisfies %q. If that matters, select rows by a kept column.",
									name, c.Mask.Text, t.FullName(), t.Rows),
							})
						}
					}
				}
			}
		},
	}
}

// condition returns the place of a table's condition.
func (p *Pass) condition(t *decide.Table) *diag.Range {
	for _, b := range p.Project.Tables {
		if b.Address() == t.Address && b.Rows == t.Rows {
			return &b.At.Rows.Range
		}
	}
	return nil
}
