package lang

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// tryFunction and canFunction are try() and can(). The result of hcl's own is not marked if an expression failed,
// though whether it fails can depend on a sensitive value: a for could rebuild that, one character a round. They also
// evaluate everything twice, which nested calls multiply.
func tryFunction() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "expressions", Type: customdecode.ExpressionClosureType},
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl:     func(args []cty.Value, _ cty.Type) (cty.Value, error) { return try(args) },
	})
}

func canFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "expression", Type: customdecode.ExpressionClosureType}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			closure := customdecode.ExpressionClosureFromVal(args[0])
			v, ds := closure.Value()
			marks := marksOf(closure)
			switch {
			case ds.HasErrors():
				return cty.False.WithMarks(marks), nil
			case !v.IsWhollyKnown():
				return cty.UnknownVal(cty.Bool).WithMarks(marks), nil
			}
			return cty.True.WithMarks(marks), nil
		},
	})
}

func try(args []cty.Value) (cty.Value, error) {
	if len(args) == 0 {
		return cty.NilVal, errors.New("at least one argument is required")
	}
	marks := cty.ValueMarks{} // of everything that decided which one it is
	var first hcl.Diagnostics
	for _, arg := range args {
		closure := customdecode.ExpressionClosureFromVal(arg)
		v, ds := closure.Value()
		if !ds.HasErrors() {
			if !v.IsWhollyKnown() {
				v = cty.DynamicVal
			}
			return v.WithMarks(marks), nil
		}
		for m := range marksOf(closure) {
			marks[m] = struct{}{}
		}
		first = append(first, ds[0])
	}
	if len(marks) > 0 {
		return cty.NilVal, errors.New("no expression succeeded; why is not shown, because they use a sensitive value")
	}
	return cty.NilVal, fmt.Errorf("no expression succeeded. Of the first one: %s",
		strings.TrimSuffix(first[0].Summary, "."))
}

// marksOf returns the marks of every value that a closure mentions.
func marksOf(closure *customdecode.ExpressionClosure) cty.ValueMarks {
	marks := cty.ValueMarks{}
	for _, traversal := range closure.Expression.Variables() {
		for m := range mentionedMarks(traversal, closure.EvalContext) {
			marks[m] = struct{}{}
		}
	}
	return marks
}

// mentionsSensitive reports whether an expression mentions a sensitive value.
func mentionsSensitive(e hcl.Expression, ctx *hcl.EvalContext) bool {
	for _, traversal := range e.Variables() {
		if ctx != nil && len(mentionedMarks(traversal, ctx)) > 0 {
			return true
		}
	}
	return false
}

// withoutValues redacts the errors of an expression that mentions a sensitive value. Many of them quote the value that
// they reject; those that only quote the source stay. hcl has no codes for its errors, only summaries.
func withoutValues(ds hcl.Diagnostics) hcl.Diagnostics {
	written := []string{
		"Unknown variable", "Unsupported attribute", "Call to unknown function", "Not enough function arguments",
		"Too many function arguments", tooMuch,
	}
	out := slices.Clone(ds)
	for i, d := range ds {
		if !slices.Contains(written, d.Summary) {
			quiet := *d
			quiet.Detail = "The expression uses a sensitive value, so that what is wrong with it is not shown. " +
				"No mask takes one: it would stand in the plan and in SQL text."
			out[i] = &quiet
		}
	}
	return out
}

// mentionedMarks returns the marks of what a traversal leads to, or of the last value that it reaches.
func mentionedMarks(traversal hcl.Traversal, ctx *hcl.EvalContext) cty.ValueMarks {
	if v, ds := traversal.TraverseAbs(ctx); !ds.HasErrors() {
		return deepMarks(v)
	}
	for n := len(traversal) - 1; n > 0; n-- {
		if v, ds := traversal[:n].TraverseAbs(ctx); !ds.HasErrors() {
			return v.Marks()
		}
	}
	return nil
}

func deepMarks(v cty.Value) cty.ValueMarks {
	_, marks := v.UnmarkDeep()
	return marks
}
