package mask

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/shoji-pg/shoji/spec/source"
)

// CtyType is the type of a mask in an HCL expression.
var CtyType = cty.Capsule("mask", reflect.TypeOf(Mask{}))

// Value wraps m for HCL.
func Value(m *Mask) cty.Value { return cty.CapsuleVal(CtyType, m) }

// FromValue returns the mask in v.
func FromValue(v cty.Value) (*Mask, bool) {
	if v.IsMarked() || v.IsNull() || !v.IsKnown() || !v.Type().Equals(CtyType) {
		return nil, false
	}
	return v.EncapsulatedValue().(*Mask), true
}

// Functions returns the masks as HCL functions by name. The functions of one map share
// equal calls and are not safe for concurrent use.
func Functions() map[string]function.Function {
	out := map[string]function.Function{}
	made := map[string]*Mask{}
	for _, e := range entries() {
		out[e.name] = e.function(made)
	}
	return out
}

// Parse reads one mask of the catalogue as a spec has it, such as email({ length = 8 }). It knows no variables and no
// masks of a team's own.
func Parse(call string) (*Mask, error) {
	expr, diags := source.Parse(hclsyntax.ParseExpression, []byte(call), "mask")
	if diags.HasErrors() {
		return nil, fmt.Errorf("reading the mask %s: %s", call, diags[0].Detail)
	}
	v, diags := expr.Value(&hcl.EvalContext{Functions: Functions()})
	if diags.HasErrors() {
		return nil, fmt.Errorf("reading the mask %s: %s", call, diags[0].Detail)
	}
	m, ok := FromValue(v)
	if !ok {
		return nil, fmt.Errorf("%s is not a mask", call)
	}
	return m, nil
}

// entry is one mask of the catalogue: what docs/masks.md says of it, and how its arguments are read.
type entry struct {
	group                             group
	name, signature, summary, example string
	accepts                           []class
	note                              string // on what it accepts
	decode                            func(a *args) (kind, error)
}

// group is a part of the catalogue, as the manual divides it.
type group string

const (
	constants   group = "Constants"
	pseudonyms  group = "Pseudonyms"
	people      group = "People and places"
	formats     group = "Formats"
	quantities  group = "Numbers and time"
	composition group = "Composition"
)

// of returns classes of types, in a line of the catalogue.
func of(classes ...class) []class { return classes }

func (e entry) function(made map[string]*Mask) function.Function {
	return function.New(&function.Spec{
		Description: e.summary,
		VarParam: &function.Parameter{
			Name:             "arguments",
			Type:             cty.DynamicPseudoType,
			AllowNull:        true,
			AllowMarked:      true,
			AllowUnknown:     true,
			AllowDynamicType: true,
		},
		Type: func([]cty.Value) (cty.Type, error) { return CtyType, nil },
		Impl: func(values []cty.Value, _ cty.Type) (cty.Value, error) {
			a := &args{usage: e.signature, values: values}
			inner := countMasks(values)
			if inner.masks > maxMasks || inner.text > maxText {
				return cty.NilVal, errTooComposed
			}
			texts := make([]string, len(values))
			for i, v := range values {
				if !v.IsWhollyKnown() {
					return cty.UnknownVal(CtyType), nil
				}
				if v.ContainsMarked() {
					return cty.NilVal, function.NewArgErrorf(i,
						"a sensitive value cannot be an argument of a mask: it would stand in the plan and in SQL text")
				}
				texts[i] = text(v)
			}
			written := e.name + "(" + strings.Join(texts, ", ") + ")"
			if m := made[written]; m != nil {
				return Value(m), nil
			}
			k, err := e.decode(a)
			if err == nil {
				err = a.end()
			}
			if err != nil {
				if a.at >= 0 && a.at < len(values) {
					return cty.NilVal, function.NewArgErrorf(a.at, "%s (usage: %s)", err, e.signature)
				}
				return cty.NilVal, fmt.Errorf("%w (usage: %s)", err, e.signature)
			}
			made[written] = &Mask{
				Name:      e.name,
				Text:      written,
				arguments: values,
				kind:      k,
				accepts:   e.accepts,
				inner:     inner.masks,
			}
			return Value(made[written]), nil
		},
	})
}

// args reads the arguments of a call one after the other.
type args struct {
	usage  string
	values []cty.Value
	next   int
	at     int // of the argument that is being read, for errors
}

func (a *args) take(what string) (cty.Value, error) {
	a.at = a.next
	if a.next >= len(a.values) {
		a.at = -1
		return cty.NilVal, fmt.Errorf("%s is missing", what)
	}
	a.next++
	return a.values[a.at], nil
}

// more reports whether there is another argument.
func (a *args) more() bool { return a.next < len(a.values) }

// nextIsString tells a locale from the options.
func (a *args) nextIsString() bool {
	return a.more() && !a.values[a.next].IsNull() && a.values[a.next].Type() == cty.String
}

func (a *args) end() error {
	if a.more() {
		a.at = a.next
		return fmt.Errorf("there are too many arguments")
	}
	return nil
}

func (a *args) str(what string) (string, error) {
	v, err := a.take(what)
	if err != nil {
		return "", err
	}
	if v.IsNull() || v.Type() != cty.String {
		return "", fmt.Errorf("%s must be a string", what)
	}
	return v.AsString(), nil
}

func (a *args) integer(what string, low, high int) (int, error) {
	v, err := a.take(what)
	if err != nil {
		return 0, err
	}
	return integer(v, what, low, high)
}

func integer(v cty.Value, what string, low, high int) (int, error) {
	if v.IsNull() || v.Type() != cty.Number {
		return 0, fmt.Errorf("%s must be a number", what)
	}
	n, accuracy := v.AsBigFloat().Int64()
	if accuracy != big.Exact || n < int64(low) || n > int64(high) {
		return 0, fmt.Errorf("%s must be a whole number from %d to %d", what, low, high)
	}
	return int(n), nil
}

func (a *args) mask(what string) (*Mask, error) {
	v, err := a.take(what)
	if err != nil {
		return nil, err
	}
	m, ok := FromValue(v)
	if !ok {
		return nil, fmt.Errorf("%s must be a mask, such as email()", what)
	}
	return m, nil
}

// options reads the object that may stand last: { length = 8 }. Unknown names are errors.
func (a *args) options(known ...string) (options, error) {
	if !a.more() {
		return options{}, nil
	}
	v, err := a.take("the options")
	if err != nil {
		return nil, err
	}
	if v.IsNull() || !(v.Type().IsObjectType() || v.Type().IsMapType()) {
		return nil, fmt.Errorf("the options must be an object, such as { %s = … }", known[0])
	}
	out := options{}
	for name, value := range v.AsValueMap() {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no option %q; known: %s", name, strings.Join(known, ", "))
		}
		out[name] = value
	}
	return out, nil
}

type options map[string]cty.Value

func (o options) integer(name string, otherwise, low, high int) (int, error) {
	v, ok := o[name]
	if !ok {
		return otherwise, nil
	}
	return integer(v, name, low, high)
}

func (o options) str(name, otherwise string) (string, error) {
	v, ok := o[name]
	if !ok {
		return otherwise, nil
	}
	if v.IsNull() || v.Type() != cty.String {
		return "", fmt.Errorf("%s must be a string", name)
	}
	return v.AsString(), nil
}

func (o options) boolean(name string) (bool, error) {
	v, ok := o[name]
	if !ok {
		return false, nil
	}
	if v.IsNull() || v.Type() != cty.Bool {
		return false, fmt.Errorf("%s must be true or false", name)
	}
	return v.True(), nil
}

// key returns an attribute's name as people write it: bare if HCL accepts it, else quoted, as a JSON path.
func key(name string) string {
	if name == "for" || !hclsyntax.ValidIdentifier(name) { // { for … } begins a for expression
		return Quote(name)
	}
	return name
}

// Quote writes a string as HCL does, so that nothing in it is read as HCL: ${ would begin an expression.
func Quote(s string) string { return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes()) }

// text returns an argument in canonical form.
func text(v cty.Value) string {
	if m, ok := FromValue(v); ok {
		return m.Text
	}
	t := v.Type()
	switch {
	case v.IsNull():
		return "null"
	case t == cty.String:
		return Quote(v.AsString())
	case t == cty.Number:
		return v.AsBigFloat().Text('f', -1)
	case t == cty.Bool:
		return strconv.FormatBool(v.True())
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		var parts []string
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			parts = append(parts, text(e))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		m := v.AsValueMap()
		names := make([]string, 0, len(m))
		for n := range m {
			names = append(names, n)
		}
		sort.Strings(names)
		for i, n := range names {
			names[i] = key(n) + " = " + text(m[n])
		}
		return "{ " + strings.Join(names, ", ") + " }"
	}
}

// CallText returns a call of a team's own mask, its arguments by name and in canonical form: id_of({ prefix = "c_" }).
// Without arguments it is the name alone.
func CallText(name string, arguments map[string]cty.Value) string {
	if len(arguments) == 0 {
		return name
	}
	return name + "(" + text(cty.ObjectVal(arguments)) + ")"
}
