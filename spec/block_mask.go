package spec

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/mask"
)

// teamMask is a mask block: a mask of the team's own, made for each call from the arguments of that call.
type teamMask struct {
	l        *loader
	name     string
	block    *hclsyntax.Block
	params   []*param // in the order of the blocks, which is that of arguments by position
	value    hcl.Expression
	broken   bool // what is wrong is reported at the block already
	function function.Function
	made     map[string]cty.Value // results by the text of the call
}

// param is one parameter.
type param struct {
	name        string
	typ         cty.Type
	defaults    *typeexpr.Defaults
	otherwise   cty.Value // NilVal: it must be given
	validations []*hcl.BodyContent
}

// readMasks works the team's own masks out, each after those that it mentions. There is no cycle here any more.
func (l *loader) readMasks() {
	todo := map[string]*hclsyntax.Block{}
	for _, b := range l.of("mask") {
		name := b.Labels[0]
		if first, twice := todo[name]; twice {
			l.errorf(b.DefRange(), "Mask declared twice", "%q is declared at %s already.", name,
				rangeOf(first.DefRange()))
			continue
		}
		if _, taken := mask.Functions()[name]; taken {
			l.errorf(b.DefRange(), "The name of a mask is taken",
				"%s() is one of the catalogue's. Choose another name.", name)
			continue
		}
		todo[name] = b
	}
	l.inOrder("mask", names(todo), func(name string) { l.teamMask(name, todo[name]) })
	for _, m := range l.mentioned {
		for _, name := range names(l.team) {
			if t := l.team[name]; !m.call && m.to == address("mask", name, "") && t.required() != "" {
				l.errorf(m.at, "A mask without its arguments",
					"%s has the parameter %q, which has no default. Call it: %s({ %s = … }).", m.to, t.required(), name,
					t.required())
			}
		}
	}
}

// teamMask reads one block and tries its value with the defaults, and with values that nobody knows yet for the other
// parameters.
func (l *loader) teamMask(name string, b *hclsyntax.Block) {
	t := &teamMask{l: l, name: name, block: b, made: map[string]cty.Value{}}
	t.function = t.callable()
	l.team[name], l.masks[name] = t, cty.UnknownVal(mask.CtyType)
	content, ds := b.Body.Content(blockOf("mask").hclSchema())
	l.add(ds)
	t.broken = ds.HasErrors()
	known := map[string]cty.Value{}
	for _, block := range content.Blocks.OfType("param") {
		p, ok := l.param(t, block)
		t.broken = t.broken || !ok
		if _, twice := known[p.name]; twice {
			l.errorf(block.DefRange, "Parameter declared twice", "%q is declared above already.", p.name)
			t.broken = true
			continue
		}
		t.params = append(t.params, p)
		if known[p.name] = p.otherwise; p.otherwise == cty.NilVal {
			known[p.name] = cty.UnknownVal(p.typ)
		}
	}
	attr, ok := content.Attributes["value"]
	if !ok || !t.knowsItsParams(attr.Expr) || t.broken {
		t.broken = true
		return
	}
	t.value = attr.Expr
	v, ds := t.l.meter.value(t.value, t.context(known))
	l.add(ds)
	if t.broken = ds.HasErrors() || l.sensitive(t.value.Range(), "value", v); t.broken {
		return
	}
	maybe := !v.IsKnown() && (v.Type() == mask.CtyType || v.Type() == cty.DynamicPseudoType)
	if maybe {
		return
	}
	m, ok := mask.FromValue(v)
	if !ok {
		t.broken = true
		l.errorf(t.value.Range(), "This is not a mask", "%q must be a mask, such as email() or keep().", "value")
		return
	}
	if t.required() == "" {
		l.masks[name] = mask.Value(mask.WithDefinition(m, name))
	}
}

// param reads a parameter's block.
func (l *loader) param(t *teamMask, b *hcl.Block) (p *param, ok bool) {
	p = &param{name: b.Labels[0], typ: cty.DynamicPseudoType}
	content, ds := b.Body.Content(blockOf("mask.param").hclSchema())
	if a, written := content.Attributes["type"]; written {
		if hcl.ExprAsKeyword(a.Expr) == "mask" {
			p.typ = mask.CtyType
		} else {
			var wrong hcl.Diagnostics
			p.typ, p.defaults, wrong = typeexpr.TypeConstraintWithDefaults(a.Expr)
			ds = append(ds, wrong...)
		}
	}
	for _, v := range content.Blocks.OfType("validation") {
		validation, wrong := v.Body.Content(blockOf("mask.param.validation").hclSchema())
		ds = append(ds, wrong...)
		p.validations = append(p.validations, validation)
	}
	l.add(ds)
	a, written := content.Attributes["default"]
	if !written || ds.HasErrors() {
		return p, !ds.HasErrors()
	}
	v, ds := l.meter.value(a.Expr, l.context(cty.NilVal, p.typ == mask.CtyType))
	l.add(ds)
	if ds.HasErrors() {
		return p, false
	}
	if v, err := t.accept(p, v); err != nil {
		l.errorf(a.Expr.Range(), "Wrong default of a parameter", "%s.", err)
		return p, false
	} else {
		p.otherwise = v
	}
	return p, true
}

// knowsItsParams reports param.x in the value where there is no such parameter.
func (t *teamMask) knowsItsParams(value hcl.Expression) bool {
	known := t.names()
	ok := true
	for _, v := range value.Variables() {
		if v.RootName() != "param" || len(v) < 2 {
			continue
		}
		step, isName := v[1].(hcl.TraverseAttr)
		if !isName || t.find(step.Name) != nil {
			continue
		}
		ok = false
		text := "It has none; declare it in a param block."
		if len(known) > 0 {
			text = "It has " + strings.Join(known, ", ") + "."
		}
		t.l.errorf(v.SourceRange(), "Unknown parameter", "There is no parameter %q of mask %q.%s %s", step.Name, t.name,
			diag.DidYouMean(step.Name, known), text)
	}
	return ok
}

func (t *teamMask) names() []string {
	var out []string
	for _, p := range t.params {
		out = append(out, p.name)
	}
	return out
}

func (t *teamMask) find(name string) *param {
	for _, p := range t.params {
		if p.name == name {
			return p
		}
	}
	return nil
}

// required is the first parameter without a default, "" where all have one.
func (t *teamMask) required() string {
	for _, p := range t.params {
		if p.otherwise == cty.NilVal {
			return p.name
		}
	}
	return ""
}

func (t *teamMask) context(params map[string]cty.Value) *hcl.EvalContext {
	ctx := t.l.context(cty.NilVal, true)
	ctx.Variables["param"] = cty.ObjectVal(params)
	return ctx
}

// accept gives a value as a parameter takes it. The value is not shown in an error.
func (t *teamMask) accept(p *param, v cty.Value) (cty.Value, error) {
	if v.ContainsMarked() {
		return v,
			fmt.Errorf("a sensitive value cannot be an argument of a mask: it would stand in the plan and in SQL text")
	}
	if p.defaults != nil && !v.IsNull() {
		v = p.defaults.Apply(v)
	}
	out, err := convert.Convert(v, p.typ)
	switch {
	case p.typ == mask.CtyType && (err != nil || v.IsNull()):
		return v, fmt.Errorf("%q must be a mask, such as email()", p.name)
	case err != nil:
		return v, fmt.Errorf("%q must be %s", p.name, p.typ.FriendlyNameForConstraint())
	case !out.IsWhollyKnown():
		return out, nil
	}
	for _, content := range p.validations {
		ctx := &hcl.EvalContext{
			Variables: map[string]cty.Value{"param": cty.ObjectVal(map[string]cty.Value{p.name: out})},
			Functions: functions(),
		}
		text, ds := t.l.validate(content, ctx)
		if ds.HasErrors() {
			return v, fmt.Errorf("the validation of %q at %s cannot be worked out: %s", p.name,
				rangeOf(content.MissingItemRange), detail(ds))
		}
		if text != "" {
			return v, errors.New(strings.TrimSuffix(text, "."))
		}
	}
	return out, nil
}
