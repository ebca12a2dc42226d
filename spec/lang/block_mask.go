package lang

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// teamMask is a mask block: a mask of the team's own, made for each call from the arguments of that call.
type teamMask struct {
	scope  *scope
	name   string
	place  diag.Range
	params []*param // in the order of the blocks, which is that of arguments by position
	value  hcl.Expression
	broken bool                 // what is wrong is reported at the block already
	made   map[string]cty.Value // results by the text of the call
}

// param is one parameter.
type param struct {
	name              string
	typeExpr, initial hcl.Expression
	typ               cty.Type
	defaults          *typeexpr.Defaults
	otherwise         cty.Value // the default; NilVal: it must be given
	validations       []*validation
	place             diag.Range
}

func maskBlock(b *body, m *teamMask) {
	b.required("value", rawExpression("mask", &m.value), nil, "The mask that it stands for.")
	b.nested("param",
		"A parameter, read in the value as `param.NAME`. Given by name, `NAME({ prefix = \"c_\" })`, or in "+
			"the order of the blocks, `NAME(\"c_\")`.", func(n *body) { paramBlock(n, m) }, "name")
}

func paramBlock(b *body, m *teamMask) {
	p := &param{typ: cty.DynamicPseudoType}
	b.optional("type", rawExpression("type", &p.typeExpr), nil, "As a variable's, or `mask`.")
	b.optional("default", rawExpression("any", &p.initial), nil, "The value if a call passes none.")
	b.nested("validation", "A condition on the value.", func(n *body) { validationBlock(n, &p.validations) })
	b.derive(func() {
		p.name, p.place = b.labels[0], b.place
		m.params = append(m.params, p)
	})
}

// readMasks evaluates the team's own masks, each after those that it mentions. There is no cycle any more.
func readMasks(r *reader, refs *references) {
	declared := map[string]*hclsyntax.Block{}
	for _, b := range r.of("mask") {
		name, at := b.Labels[0], rangeOf(b.DefRange())
		if first, twice := declared[name]; twice {
			r.errorf(at, "Mask declared twice", "%q is declared at %s already.", name, rangeOf(first.DefRange()))
			continue
		}
		if _, taken := mask.Functions()[name]; taken {
			r.errorf(at, "Mask name already in use", "%s() is one of the catalogue's. Choose another name.", name)
			continue
		}
		declared[name] = b
	}
	refs.inOrder("mask", sortedKeys(declared), func(name string) { readMask(r, declared[name]) })
	for _, m := range refs.mentions {
		for _, name := range sortedKeys(r.masks) {
			missing := r.masks[name].firstRequired()
			if !m.call && m.to == spec.Address("mask", name, "") && missing != "" {
				r.errorf(rangeOf(m.at), "Missing arguments of a mask",
					"%s has the parameter %q, which has no default. "+
						"Call it: %s({ %s = … }).", m.to, missing, name, missing)
			}
		}
	}
}

// readMask reads one block and tries its value with the defaults, and with unknown values for the other parameters.
func readMask(r *reader, b *hclsyntax.Block) {
	t := &teamMask{scope: r.scope, name: b.Labels[0], place: rangeOf(b.DefRange()), made: map[string]cty.Value{}}
	r.addMask(t)
	r.set("mask", t.name, cty.UnknownVal(mask.CtyType))
	problems := len(r.diags)
	r.decode(instance{Block: b}, func(b *body) { maskBlock(b, t) })
	tried := t.readParams(r)
	if t.value != nil {
		t.reportUnknownParams(r.report)
	}
	if t.broken = t.broken || t.value == nil || len(r.diags) > problems; t.broken {
		return
	}
	v, ds := r.evaluate(t.value, t.context(tried))
	r.add(ds)
	at := rangeOf(t.value.Range())
	if t.broken = ds.HasErrors() || r.refuseSensitive(at, "value", v); t.broken {
		return
	}
	if !v.IsKnown() && (v.Type() == mask.CtyType || v.Type() == cty.DynamicPseudoType) {
		return
	}
	m, ok := mask.FromValue(v)
	if !ok {
		t.broken = true
		r.errorf(at, "Invalid mask", "%q must be a mask, such as email() or keep().", "value")
		return
	}
	if t.firstRequired() == "" {
		r.set("mask", t.name, mask.Value(mask.WithDefinition(m, t.name)))
	}
}

// readParams reads the types and defaults of the parameters. It returns their defaults, and unknown values for those
// that have none.
func (t *teamMask) readParams(r *reader) map[string]cty.Value {
	values := map[string]cty.Value{}
	declared := t.params
	t.params = nil
	for _, p := range declared {
		t.broken = !t.readParam(r, p) || t.broken
		if _, twice := values[p.name]; twice {
			r.errorf(p.place, "Parameter declared twice", "%q is declared above already.", p.name)
			continue
		}
		t.params = append(t.params, p)
		if values[p.name] = p.otherwise; p.otherwise == cty.NilVal {
			values[p.name] = cty.UnknownVal(p.typ)
		}
	}
	return values
}

func (t *teamMask) readParam(r *reader, p *param) (ok bool) {
	switch {
	case p.typeExpr == nil:
	case hcl.ExprAsKeyword(p.typeExpr) == "mask":
		p.typ = mask.CtyType
	default:
		var ds hcl.Diagnostics
		p.typ, p.defaults, ds = typeexpr.TypeConstraintWithDefaults(p.typeExpr)
		r.add(ds)
		if ds.HasErrors() {
			return false
		}
	}
	if p.initial == nil {
		return true
	}
	v, ds := r.evaluate(p.initial, r.context(cty.NilVal, p.typ == mask.CtyType))
	r.add(ds)
	if ds.HasErrors() {
		return false
	}
	v, err := t.accept(p, v)
	if err != nil {
		r.errorf(rangeOf(p.initial.Range()), "Invalid parameter default", "%s.", err)
		return false
	}
	p.otherwise = v
	return true
}

// reportUnknownParams reports param.x in the value where there is no such parameter.
func (t *teamMask) reportUnknownParams(r *report) {
	known := t.paramNames()
	for _, v := range t.value.Variables() {
		if v.RootName() != "param" || len(v) < 2 {
			continue
		}
		step, isName := v[1].(hcl.TraverseAttr)
		if !isName || t.find(step.Name) != nil {
			continue
		}
		text := "It has none; declare it in a param block."
		if len(known) > 0 {
			text = "It has " + strings.Join(known, ", ") + "."
		}
		r.errorf(rangeOf(v.SourceRange()), "Unknown parameter", "There is no parameter %q of mask %q.%s %s", step.Name,
			t.name, diag.DidYouMean(step.Name, known), text)
	}
}

func (t *teamMask) paramNames() []string {
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

// firstRequired returns the first parameter without a default, or "".
func (t *teamMask) firstRequired() string {
	for _, p := range t.params {
		if p.otherwise == cty.NilVal {
			return p.name
		}
	}
	return ""
}

// context returns what the value can refer to.
func (t *teamMask) context(params map[string]cty.Value) *hcl.EvalContext {
	ctx := t.scope.context(cty.NilVal, true)
	ctx.Variables["param"] = cty.ObjectVal(params)
	return ctx
}

// accept returns a value as a parameter takes it. The value is not shown in an error.
func (t *teamMask) accept(p *param, v cty.Value) (cty.Value, error) {
	if v.ContainsMarked() {
		return v,
			errors.New("a sensitive value cannot be an argument of a mask: it would stand in the plan and in SQL text")
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
	for _, check := range p.validations {
		message, ds := t.scope.validate(check, "param", p.name, out)
		if ds.HasErrors() {
			return v, fmt.Errorf("the validation of %q at %s cannot be evaluated: %s", p.name, check.place, detail(ds))
		}
		if message != "" {
			return v, errors.New(strings.TrimSuffix(message, "."))
		}
	}
	return out, nil
}

// function returns the mask as a function of HCL.
func (t *teamMask) function() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{
			Name:             "arguments",
			Type:             cty.DynamicPseudoType,
			AllowNull:        true,
			AllowMarked:      true,
			AllowUnknown:     true,
			AllowDynamicType: true,
		},
		Type: function.StaticReturnType(mask.CtyType),
		Impl: func(values []cty.Value, _ cty.Type) (cty.Value, error) {
			if t.broken {
				return cty.UnknownVal(mask.CtyType), nil
			}
			given, err := t.bind(values)
			if err != nil {
				return cty.NilVal, err
			}
			return t.call(given)
		},
	})
}

// bind assigns the arguments of a call to their parameters: those by position, then an object of those by name.
func (t *teamMask) bind(values []cty.Value) (map[string]cty.Value, error) {
	given := map[string]cty.Value{}
	bind := func(at int, p *param, v cty.Value) error {
		if _, twice := given[p.name]; twice {
			return function.NewArgErrorf(at, "%q is given twice", p.name)
		}
		v, err := t.accept(p, v)
		if err != nil {
			return function.NewArgErrorf(at, "%s (mask.%s is declared at %s)", err, t.name, t.place)
		}
		given[p.name] = v
		return nil
	}
	for i, v := range values {
		if i == len(values)-1 && t.byName(i, v) {
			named := v.AsValueMap()
			for _, name := range sortedKeys(named) {
				p := t.find(name)
				if p == nil {
					return nil, function.NewArgErrorf(i, "%s() has no parameter %q.%s %s", t.name, name,
						diag.DidYouMean(name, t.paramNames()), t.usage())
				}
				if err := bind(i, p, named[name]); err != nil {
					return nil, err
				}
			}
			continue
		}
		if i >= len(t.params) {
			return nil, function.NewArgErrorf(i, "there are too many arguments. %s", t.usage())
		}
		if err := bind(i, t.params[i], v); err != nil {
			return nil, err
		}
	}
	for _, p := range t.params {
		if _, ok := given[p.name]; !ok && p.otherwise == cty.NilVal {
			return nil, fmt.Errorf("%q is missing. %s", p.name, t.usage())
		}
	}
	return given, nil
}

// byName reports whether the last argument is an object of arguments by name. It is a value if the parameter of its
// place takes an object, and not all of its names are those of parameters.
func (t *teamMask) byName(at int, v cty.Value) bool {
	v, _ = v.Unmark()
	if v.IsNull() || !v.IsKnown() || !v.Type().IsObjectType() {
		return false
	}
	all := v.LengthInt() > 0 || at >= len(t.params)
	for name := range v.Type().AttributeTypes() {
		all = all && t.find(name) != nil
	}
	if all || at >= len(t.params) {
		return true
	}
	typ := t.params[at].typ
	return typ != cty.DynamicPseudoType && !typ.IsObjectType() && !typ.IsMapType()
}

// usage returns what a mask is called with.
func (t *teamMask) usage() string {
	if len(t.params) == 0 {
		return fmt.Sprintf("mask.%s (%s) has no parameters", t.name, t.place)
	}
	return fmt.Sprintf("mask.%s (%s) takes %s", t.name, t.place, strings.Join(t.paramNames(), ", "))
}

// call evaluates the value with arguments. Equal calls are evaluated once.
func (t *teamMask) call(given map[string]cty.Value) (cty.Value, error) {
	for _, v := range given {
		if !v.IsWhollyKnown() {
			return cty.UnknownVal(mask.CtyType), nil
		}
	}
	call := mask.CallText(t.name, given)
	if v, ok := t.made[call]; ok {
		return v, nil
	}
	all := maps.Clone(given)
	for _, p := range t.params {
		if _, ok := all[p.name]; !ok {
			all[p.name] = p.otherwise
		}
	}
	at := rangeOf(t.value.Range())
	v, ds := t.scope.evaluate(t.value, t.context(all))
	if ds.HasErrors() {
		return cty.NilVal, fmt.Errorf("with these arguments the value of mask.%s at %s is wrong: %s", t.name, at,
			detail(ds))
	}
	if !v.IsKnown() {
		return cty.UnknownVal(mask.CtyType), nil
	}
	m, ok := mask.FromValue(v)
	if !ok {
		return cty.NilVal, fmt.Errorf("with these arguments the value of mask.%s at %s is not a mask", t.name, at)
	}
	t.made[call] = mask.Value(mask.WithDefinition(m, call))
	return t.made[call], nil
}
