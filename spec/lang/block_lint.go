package lang

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

func lintBlock(b *body, l *spec.Lint) {
	var disable []spec.KeepName
	b.optional("disable", names(&disable), nil, "Codes that are not reported.")
	b.optional("severity", severities(&l.Severity), nil, "`\"error\"`, `\"warning\"` or `\"note\"` by code.")
	b.check(func() {
		for _, k := range disable {
			l.Disable = append(l.Disable, spec.LintCode{Code: k.Name, Range: k.Range})
		}
	})
}

// severities reads { code = "note" }.
func severities(into *[]spec.LintCode) parser {
	return custom("object", func(v value) {
		object, ok := v.to(cty.Map(cty.String), "an object of strings by code")
		if !ok {
			return
		}
		places := v.placesByKey()
		values := object.AsValueMap()
		for _, code := range sortedKeys(values) {
			at := v.place()
			if item, ok := places[code]; ok {
				at = item.key
			}
			given := ""
			if !values[code].IsNull() {
				given = values[code].AsString()
			}
			known := []string{string(diag.Error), string(diag.Warning), string(diag.Note)}
			if !slices.Contains(known, given) {
				v.b.unknown(at, "Unknown severity", given, known)
				continue
			}
			*into = append(*into, spec.LintCode{Code: code, Severity: diag.Severity(given), Range: at})
		}
	})
}
