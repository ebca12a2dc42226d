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
		Title:    "A mask keeps most of a short value",
		Catalog:  true,
		Doc:      "Ends that stay say little of a long value, and nearly all of a short one.",
		Example:  "`partial(2, \"*\", 2)` on `varchar(6)`",
		Run: func(p *Pass) {
			for c := range p.Masked() {
				limit := maxLength(c.Type)
				if limit == 0 {
					continue
				}
				for part := range c.Mask.Parts() {
					kept := keptOf(part)
					if kept > 0 && kept*2 > limit && kept < limit && (part == c.Mask || c.Mask.Name == "when") {
						p.Report(Finding{
							Subject: c.FullName(),
							Range:   c.Range,
							Detail: fmt.Sprintf("%s leaves %d characters of %s, which holds %d at the most, and "+
								"shorter values nearly whole. Keep fewer, or replace it.", part.Text, kept,
								c.FullName(), limit),
						})
					}
				}
			}
		},
	}
}

// keptOf gives how many characters a mask leaves of a value; 0 for masks of another kind.
func keptOf(m *mask.Mask) int {
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

// option gives an option of a mask's call, which stand in an object at its end; nil where it is not given.
func option(m *mask.Mask, name string) any {
	a := m.Arguments()
	if len(a) == 0 {
		return nil
	}
	o, _ := a[len(a)-1].(map[string]any)
	return o[name]
}
