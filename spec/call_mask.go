package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/mask"
)

// callable makes a team's own mask a function.
func (t *teamMask) callable() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{
			Name:             "arguments",
			Type:             cty.DynamicPseudoType,
			AllowNull:        true,
			AllowMarked:      true,
			AllowUnknown:     true,
			AllowDynamicType: true,
		},
		Type: func([]cty.Value) (cty.Type, error) { return mask.CtyType, nil },
		Impl: func(values []cty.Value, _ cty.Type) (cty.Value, error) {
			if t.broken {
				return cty.UnknownVal(mask.CtyType), nil
			}
			given, err := t.bind(values)
			if err != nil {
				return cty.NilVal, err
			}
			return t.make(given)
		},
	})
}

// bind gives the arguments of a call to their parameters: those by position, then an object of those by name.
func (t *teamMask) bind(values []cty.Value) (map[string]cty.Value, error) {
	given := map[string]cty.Value{}
	take := func(at int, p *param, v cty.Value) error {
		if _, twice := given[p.name]; twice {
			return function.NewArgErrorf(at, "%q is given twice", p.name)
		}
		v, err := t.accept(p, v)
		if err != nil {
			return function.NewArgErrorf(at, "%s (mask.%s is declared at %s)", err, t.name, rangeOf(t.block.DefRange()))
		}
		given[p.name] = v
		return nil
	}
	for i, v := range values {
		if i == len(values)-1 && t.byName(i, v) {
			named := v.AsValueMap()
			for _, name := range slices.Sorted(maps.Keys(named)) {
				p := t.find(name)
				if p == nil {
					return nil, function.NewArgErrorf(i, "%s() has no parameter %q.%s %s", t.name, name,
						diag.DidYouMean(name, t.names()), t.takes())
				}
				if err := take(i, p, named[name]); err != nil {
					return nil, err
				}
			}
			continue
		}
		if i >= len(t.params) {
			return nil, function.NewArgErrorf(i, "there are too many arguments. %s", t.takes())
		}
		if err := take(i, t.params[i], v); err != nil {
			return nil, err
		}
	}
	for _, p := range t.params {
		if _, ok := given[p.name]; !ok && p.otherwise == cty.NilVal {
			return nil, fmt.Errorf("%q is missing. %s", p.name, t.takes())
		}
	}
	return given, nil
}

// byName reports whether the last argument is an object of arguments by name. It is a value where the parameter of its
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

// takes says what a mask is called with.
func (t *teamMask) takes() string {
	if len(t.params) == 0 {
		return fmt.Sprintf("mask.%s (%s) has no parameters", t.name, rangeOf(t.block.DefRange()))
	}
	return fmt.Sprintf("mask.%s (%s) takes %s", t.name, rangeOf(t.block.DefRange()), strings.Join(t.names(), ", "))
}

// make works the value out. Equal calls are made once.
func (t *teamMask) make(given map[string]cty.Value) (cty.Value, error) {
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
	v, ds := t.l.meter.value(t.value, t.context(all))
	if ds.HasErrors() {
		return cty.NilVal, fmt.Errorf("with these arguments the value of mask.%s at %s is wrong: %s", t.name,
			rangeOf(t.value.Range()), detail(ds))
	}
	if !v.IsKnown() {
		return cty.UnknownVal(mask.CtyType), nil
	}
	m, ok := mask.FromValue(v)
	if !ok {
		return cty.NilVal, fmt.Errorf("with these arguments the value of mask.%s at %s is not a mask", t.name,
			rangeOf(t.value.Range()))
	}
	t.made[call] = mask.Value(mask.WithDefinition(m, call))
	return t.made[call], nil
}

// detail is what diagnostics of hcl say, without where.
func detail(ds hcl.Diagnostics) string {
	var out []string
	for _, d := range ds {
		if d.Severity == hcl.DiagError {
			out = append(out, strings.TrimSuffix(strings.TrimPrefix(d.Detail,
				`Invalid value for "arguments" parameter: `), "."))
		}
	}
	return strings.Join(out, "; ")
}
