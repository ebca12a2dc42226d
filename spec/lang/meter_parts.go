package lang

import (
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// hugeExponent is a number whose text would be of megabytes.
var hugeExponent = regexp.MustCompile(`^[-+]?[0-9.]+[eE][-+]?[0-9]{5,}$`)

// metered is a part of an expression whose value is charged. Code that walks the tree sees brackets around the part.
type metered struct {
	*hclsyntax.ParenthesesExpr
	m *meter
}

// Value implements hcl.Expression.
func (p *metered) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, ds := p.Expression.Value(ctx)
	p.m.take(v)
	return v, ds
}

// UnwrapExpression lets hcl see the part itself.
func (p *metered) UnwrapExpression() hcl.Expression { return p.Expression }

// part puts a part of an expression under the meter, with its own parts.
func (m *meter) part(e hclsyntax.Expression) hclsyntax.Expression {
	switch x := e.(type) {
	case nil:
		return nil
	case *metered:
		return x
	case *hclsyntax.LiteralValueExpr:
		return x
	case *hclsyntax.FunctionCallExpr:
		m.parts(x)
		e = &call{ParenthesesExpr: parenthesize(x), m: m}
	case *hclsyntax.IndexExpr:
		m.parts(x)
		e = &index{parenthesize(x)}
	default:
		m.parts(e)
	}
	return m.round(e)
}

// index is an element that an expression selects. What a sensitive value selects is sensitive, which hcl does not mark
// for objects.
type index struct{ *hclsyntax.ParenthesesExpr }

// UnwrapExpression lets hcl see the element itself.
func (i *index) UnwrapExpression() hcl.Expression { return i.Expression }

// Value implements hcl.Expression.
func (i *index) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	written, ok := i.Expression.(*hclsyntax.IndexExpr)
	if !ok {
		return i.Expression.Value(ctx)
	}
	key, ds := written.Key.Value(ctx)
	if ds.HasErrors() {
		return cty.DynamicVal, ds
	}
	once := *written
	once.Key = &hclsyntax.LiteralValueExpr{Val: key, SrcRange: written.Key.Range()}
	v, ds := once.Value(ctx)
	return v.WithMarks(deepMarks(key)), ds
}

// round is part for what is evaluated in each round of a loop: there literals count too.
func (m *meter) round(e hclsyntax.Expression) hclsyntax.Expression {
	if x, ok := e.(*metered); ok {
		return x
	}
	return &metered{ParenthesesExpr: parenthesize(e), m: m}
}

func parenthesize(e hclsyntax.Expression) *hclsyntax.ParenthesesExpr {
	return &hclsyntax.ParenthesesExpr{Expression: e, SrcRange: e.Range()}
}

// parts puts the parts of an expression under the meter.
func (m *meter) parts(e hclsyntax.Expression) {
	switch x := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		x.Expression = m.part(x.Expression)
	case *hclsyntax.FunctionCallExpr:
		m.each(x.Args)
	case *hclsyntax.ConditionalExpr:
		x.Condition, x.TrueResult, x.FalseResult = m.part(x.Condition), m.part(x.TrueResult), m.part(x.FalseResult)
	case *hclsyntax.BinaryOpExpr:
		x.LHS, x.RHS = m.part(x.LHS), m.part(x.RHS)
	case *hclsyntax.UnaryOpExpr:
		x.Val = m.part(x.Val)
	case *hclsyntax.IndexExpr: // looking something up in a large map costs nothing
		m.parts(x.Collection)
		x.Key = m.part(x.Key)
	case *hclsyntax.RelativeTraversalExpr:
		x.Source = m.part(x.Source)
	case *hclsyntax.TupleConsExpr:
		m.each(x.Exprs)
	case *hclsyntax.ObjectConsExpr:
		for i, item := range x.Items {
			if key, ok := item.KeyExpr.(*hclsyntax.ObjectConsKeyExpr); ok {
				m.parts(key.Wrapped)
			}
			x.Items[i].ValueExpr = m.part(item.ValueExpr)
		}
	case *hclsyntax.TemplateExpr:
		m.each(x.Parts)
	case *hclsyntax.TemplateWrapExpr:
		x.Wrapped = m.part(x.Wrapped)
	case *hclsyntax.TemplateJoinExpr:
		x.Tuple = m.part(x.Tuple)
	case *hclsyntax.SplatExpr:
		x.Source = m.part(x.Source)
		m.parts(x.Each)
		x.Each = m.round(x.Each)
	case *hclsyntax.ForExpr:
		m.loop(x)
	}
}

// loop charges each round of a for: if its condition never holds, nothing else would be charged.
func (m *meter) loop(x *hclsyntax.ForExpr) {
	x.CollExpr = m.part(x.CollExpr)
	if x.KeyExpr != nil {
		x.KeyExpr = m.part(x.KeyExpr)
	}
	if x.CondExpr != nil {
		m.parts(x.CondExpr)
		x.CondExpr = m.round(x.CondExpr)
	}
	m.parts(x.ValExpr)
	x.ValExpr = m.round(x.ValExpr)
}

func (m *meter) each(list []hclsyntax.Expression) {
	for i, e := range list {
		list[i] = m.part(e)
	}
}
