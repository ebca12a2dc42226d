package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Lint is the lint block. Which codes there are is lint's to know.
type Lint struct {
	Disable  []LintCode
	Severity []LintCode // sorted by code
}

// LintCode is a code that the lint block names. Severity is "" in Disable.
type LintCode struct {
	Code     string
	Severity diag.Severity
	Range    diag.Range
}

// readLint reads the lint block.
func (l *loader) readLint() {
	blocks := l.of("lint")
	for i, b := range blocks {
		if i > 0 {
			l.errorf(b.DefRange(), "Lint declared twice", "A directory has one lint block; it is at %s already.",
				rangeOf(blocks[0].DefRange()))
			continue
		}
		for _, in := range l.instances(b) {
			for _, k := range in.placed("disable", false) {
				l.project.Lint.Disable = append(l.project.Lint.Disable, LintCode{Code: k.Name, Range: k.Range})
			}
			l.project.Lint.Severity = in.severities()
		}
	}
}

// severities reads severity = { code = "note" }.
func (in *instance) severities() []LintCode {
	v, ok := in.converted("severity", cty.Map(cty.String), "an object of strings by code")
	if !ok {
		return nil
	}
	places := map[string]hcl.Range{}
	if o, ok := in.content.Attributes["severity"].Expr.(*hclsyntax.ObjectConsExpr); ok {
		for _, item := range o.Items {
			k, ds := in.l.meter.value(item.KeyExpr, in.l.context(in.each, false))
			if text, err := convert.Convert(k, cty.String); !ds.HasErrors() && err == nil && !text.IsNull() &&
				text.IsKnown() {
				places[text.AsString()] = item.KeyExpr.Range()
			}
		}
	}
	var out []LintCode
	values := v.AsValueMap()
	for _, code := range names(values) {
		at, ok := places[code]
		if !ok {
			at = in.at("severity")
		}
		known := []string{string(diag.Error), string(diag.Warning), string(diag.Note)}
		given := ""
		if !values[code].IsNull() {
			given = values[code].AsString()
		}
		switch given {
		case known[0], known[1], known[2]:
			out = append(out, LintCode{Code: code, Severity: diag.Severity(given), Range: rangeOf(at)})
		default:
			in.l.unknown(at, "Unknown severity", given, known)
		}
	}
	return out
}
