package lang

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/mask"
)

// sensitive marks values that must be shown nowhere.
const sensitive = "sensitive"

// scope is what expressions can mention. It evaluates them under a meter.
type scope struct {
	*meter
	values map[string]map[string]cty.Value // by root, such as "var", and name
	// objects are the values of each root as one object, made when they are needed: a spec has many expressions.
	objects map[string]cty.Value
	masks   map[string]*teamMask
	// functions and maskFunctions are those of ordinary expressions and of expressions that must be masks.
	functions, maskFunctions map[string]function.Function
}

func newScope(bytes int) *scope {
	s := &scope{
		meter:         newMeter(bytes),
		values:        map[string]map[string]cty.Value{},
		objects:       map[string]cty.Value{},
		masks:         map[string]*teamMask{},
		functions:     functions(),
		maskFunctions: functions(),
	}
	for _, root := range roots() {
		s.values[root] = map[string]cty.Value{}
	}
	maps.Copy(s.maskFunctions, mask.Functions()) // regex() and the like are masks there
	return s
}

// roots are what the references of expressions begin with.
func roots() []string {
	return []string{"var", "local", "secret", "database", "refresh", "role", "mask", "aws", "kms_key", "iam_role",
		"iam_policy", "bucket", "cluster", "parameter_group"}
}

// set makes a value known under a root.
func (s *scope) set(root, name string, v cty.Value) {
	s.values[root][name] = v
	delete(s.objects, root)
}

// addMask makes a team's mask callable.
func (s *scope) addMask(m *teamMask) {
	s.masks[m.name] = m
	f := m.function()
	s.functions[m.name], s.maskFunctions[m.name] = f, f
}

// context returns what an expression can refer to; each is NilVal outside of for_each.
func (s *scope) context(each cty.Value, asMask bool) *hcl.EvalContext {
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: s.functions}
	if asMask {
		ctx.Functions = s.maskFunctions
	}
	for root, values := range s.values {
		object, made := s.objects[root]
		if !made {
			object = cty.ObjectVal(values)
			s.objects[root] = object
		}
		ctx.Variables[root] = object
	}
	if each != cty.NilVal {
		ctx.Variables["each"] = each
	}
	return ctx
}

// evaluate returns the value of an expression. A context of nil is for expressions that refer to nothing.
func (s *scope) evaluate(e hcl.Expression, ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, ds := s.value(e, ctx)
	for _, d := range ds {
		t, ok := d.Expression.(*hclsyntax.ScopeTraversalExpr)
		if ok && d.Summary == "Unknown variable" && len(t.Traversal) == 1 {
			d.Detail = s.explainBareWord(t.Traversal.RootName())
		}
	}
	return v, ds
}

// explainBareWord returns what a word may have been meant as: a mask without its brackets, or a text without quotes.
func (s *scope) explainBareWord(word string) string {
	if _, known := s.maskFunctions[word]; known {
		return fmt.Sprintf("It is called with brackets: %s().", word)
	}
	return fmt.Sprintf("%q is neither in quotes, as a text or a column's name is, nor called with brackets, "+
		"as a mask is.%s", word, diag.DidYouMean(word, slices.Collect(maps.Keys(s.maskFunctions))))
}
