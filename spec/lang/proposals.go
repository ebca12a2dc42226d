package lang

import (
	"bytes"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/source"
)

// RuleLabels returns the labels of the rules in a file, those in comments included.
func RuleLabels(src []byte, filename string) []string {
	var labels []string
	for _, r := range ProposedRules(src, filename) {
		labels = append(labels, r.Name)
	}
	file, _ := source.Parse(hclsyntax.ParseConfig, src, filename)
	for _, b := range bodyOf(file).Blocks {
		if b.Type == "rule" && len(b.Labels) == 1 {
			labels = append(labels, b.Labels[0])
		}
	}
	return labels
}

// ProposedRules returns the rules that stand in comments of a file, as `# rule "x" {` to `# }`: of each the label and
// the patterns of its match. What is not such a rule is passed over.
func ProposedRules(src []byte, filename string) []*spec.Rule {
	var out []*spec.Rule
	var block []byte
	for line := range bytes.Lines(src) {
		text, commented := bytes.CutPrefix(bytes.TrimRight(line, "\r\n"), []byte("#"))
		text = bytes.TrimPrefix(text, []byte(" "))
		switch {
		case !commented:
			block = nil
			continue
		case bytes.HasPrefix(text, []byte("rule ")):
			block = nil
		case block == nil:
			continue
		}
		block = append(append(block, text...), '\n')
		if string(text) == "}" {
			if r := proposedRule(block, filename); r != nil {
				out = append(out, r)
			}
			block = nil
		}
	}
	return out
}

func proposedRule(block []byte, filename string) *spec.Rule {
	file, ds := source.Parse(hclsyntax.ParseConfig, block, filename)
	if ds.HasErrors() {
		return nil
	}
	for _, b := range bodyOf(file).Blocks {
		if b.Type != "rule" || len(b.Labels) != 1 {
			continue
		}
		r := &spec.Rule{Name: b.Labels[0]}
		for _, match := range b.Body.Blocks {
			for name, into := range map[string]*[]string{
				"schema": &r.Schemas,
				"table":  &r.Tables,
				"column": &r.Columns,
				"type":   &r.Types,
			} {
				if a := match.Body.Attributes[name]; a != nil && match.Type == "match" {
					*into = literalPatterns(a.Expr)
				}
			}
		}
		return r
	}
	return nil
}

// literalPatterns returns a text or a list of texts that needs no evaluation.
func literalPatterns(e hclsyntax.Expression) []string {
	v, ds := e.Value(nil)
	if ds.HasErrors() || !v.IsWhollyKnown() || v.IsNull() {
		return nil
	}
	if v.Type() == cty.String {
		return []string{v.AsString()}
	}
	if !v.CanIterateElements() {
		return nil
	}
	var out []string
	for _, element := range v.AsValueSlice() {
		if element.Type() != cty.String || element.IsNull() {
			return nil
		}
		out = append(out, element.AsString())
	}
	return slices.Clip(out)
}
