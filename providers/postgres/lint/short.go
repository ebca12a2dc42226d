package lint

import (
	"fmt"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/mask"
)

func keepsTooMuch() Analyzer {
	return Analyzer{
		Code:     "keeps_too_much",
		Severity: diag.Warning,
		Title:    "Mask keeps most of a short value",
		Catalog:  true,
		Doc:      "The ends of a value disclose little of a long one, and nearly all of a short one.",
		Example:  "`partial(2, \"*\", 2)` on `varchar(6)`",
		Run: func(p *Pass) {
			for c := range p.Masked() {
				limit := maxLength(c.Type)
				if limit == 0 {
					continue
				}
				for part := range c.Mask.Parts() {
					kept := keptCharacters(part)
					if kept > 0 && kept*2 > limit && kept < limit && (part == c.Mask || c.Mask.Name == "when") {
						p.Report(Finding{
							Subject: c.FullName(),
							Range:   c.Range,
							Detail: fmt.Sprintf("%s keeps %d characters of %s, which has at most %d, and nearly all "+
								"of shorter values. Keep fewer, or replace the value.", part.Text, kept,
								c.FullName(), limit),
						})
					}
				}
			}
		},
	}
}

// keptCharacters returns how many characters of a value a mask keeps; 0 for other masks.
func keptCharacters(m *mask.Mask) int {
	a := m.Arguments()
	number := func(v any) int {
		f, _ := v.(float64)
		return int(f)
	}
	switch {
	case m.Name == "partial" && len(a) == 3:
		return number(a[0]) + number(a[2])
	case m.Name == "truncate" && len(a) == 1:
		return number(a[0])
	case m.Name == "digits":
		return number(option(m, "keep_first")) + number(option(m, "keep_last"))
	}
	return 0
}

// option returns an option of a mask's call, from the object that is its last argument; nil if it is not set.
func option(m *mask.Mask, name string) any {
	a := m.Arguments()
	if len(a) == 0 {
		return nil
	}
	o, _ := a[len(a)-1].(map[string]any)
	return o[name]
}
