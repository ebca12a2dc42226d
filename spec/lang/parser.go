package lang

import (
	"reflect"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// parser reads the value of an argument into the field that it is bound to.
type parser struct {
	typ    string // in the documentation
	asMask bool   // the functions of the expression are masks
	parse  func(v value)
	// expression takes the expression as it is written, in place of parse.
	expression func(e hcl.Expression)
}

// as returns p with another type in the documentation.
func (p parser) as(typ string) parser {
	p.typ = typ
	return p
}

// value is what an argument was given; it is neither null nor unknown.
type value struct {
	cty.Value
	b    *body
	name string
	expr hcl.Expression
}

func (v value) place() diag.Range { return rangeOf(v.expr.Range()) }

// errorf reports a problem with the value.
func (v value) errorf(summary, format string, args ...any) {
	v.b.errorf(v.place(), summary, format, args...)
}

// mustBe reports a value of another type.
func (v value) mustBe(what string) {
	v.errorf("Invalid argument type", "%q must be %s.", v.name, what)
}

// to converts the value to a type. A value that cannot be converted is reported.
func (v value) to(t cty.Type, what string) (cty.Value, bool) {
	out, err := convert.Convert(v.Value, t)
	if err != nil || out.IsNull() || !out.IsWhollyKnown() {
		v.mustBe(what)
		return cty.NilVal, false
	}
	return out, true
}

func (v value) text() (string, bool) {
	out, ok := v.to(cty.String, "a string")
	if !ok {
		return "", false
	}
	return out.AsString(), true
}

// texts returns a list of strings; a single string is a list of one if single.
func (v value) texts(single bool) ([]string, bool) {
	if single && v.Type() == cty.String {
		return []string{v.AsString()}, true
	}
	list, err := convert.Convert(v.Value, cty.List(cty.String))
	if err != nil {
		v.mustBe("a list of strings")
		return nil, false
	}
	out := []string{}
	for it := list.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if e.IsNull() {
			v.errorf("Invalid argument type", "%q has an element that is null.", v.name)
			return nil, false
		}
		out = append(out, e.AsString())
	}
	return out, true
}

// elements returns the elements of a collection, the value alone if it is none.
func (v value) elements() []cty.Value {
	if v.CanIterateElements() {
		return v.AsValueSlice()
	}
	return []cty.Value{v.Value}
}

// places returns the places of n elements, if they are written out as a list: otherwise that of the whole value.
func (v value) places(n int) []diag.Range {
	list, ok := v.expr.(*hclsyntax.TupleConsExpr)
	out := make([]diag.Range, n)
	for i := range out {
		if out[i] = v.place(); ok && len(list.Exprs) == n {
			out[i] = rangeOf(list.Exprs[i].Range())
		}
	}
	return out
}

// placesByKey returns the places of the keys and values of an object, by key, as far as it is written out.
func (v value) placesByKey() map[string]objectItem {
	out := map[string]objectItem{}
	object, ok := v.expr.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return out
	}
	for _, item := range object.Items {
		k, ds := v.b.evaluate(item.KeyExpr, v.b.context(v.b.each, false))
		if key, err := convert.Convert(k, cty.String); !ds.HasErrors() && err == nil && !key.IsNull() && key.IsKnown() {
			out[key.AsString()] = objectItem{rangeOf(item.KeyExpr.Range()), rangeOf(item.ValueExpr.Range())}
		}
	}
	return out
}

type objectItem struct{ key, value diag.Range }

// isMap reports whether a value is an object or a map.
func isMap(v cty.Value) bool { return !v.IsNull() && (v.Type().IsObjectType() || v.Type().IsMapType()) }

func custom(typ string, parse func(v value)) parser { return parser{typ: typ, parse: parse} }

func rawExpression(typ string, into *hcl.Expression) parser {
	return parser{typ: typ, expression: func(e hcl.Expression) { *into = e }}
}

// unread is for arguments that say something to people, or were read before.
func unread(typ string) parser { return parser{typ: typ, expression: func(hcl.Expression) {}} }

func text(into *string) parser {
	return custom("string", func(v value) { *into, _ = v.text() })
}

// textOrDefault keeps the default if the text is empty.
func textOrDefault(into *string) parser {
	return custom("string", func(v value) {
		if s, _ := v.text(); s != "" {
			*into = s
		}
	})
}

func optionalText(into **string) parser {
	return custom("string", func(v value) {
		s, _ := v.text()
		*into = &s
	})
}

func texts(into *[]string) parser {
	return custom("list of strings", func(v value) { *into, _ = v.texts(false) })
}

// textOrTexts accepts a single string as a list of one.
func textOrTexts(into *[]string) parser {
	return custom("list of strings", func(v value) { *into, _ = v.texts(true) })
}

func textMap(into *map[string]string) parser {
	return custom("map of strings", func(v value) {
		out, ok := v.to(cty.Map(cty.String), "a map of strings")
		if !ok {
			return
		}
		*into = map[string]string{}
		for k, e := range out.AsValueMap() {
			if e.IsNull() {
				v.errorf("Invalid argument type", "%q has a value that is null.", v.name)
				continue
			}
			(*into)[k] = e.AsString()
		}
	})
}

func boolean(into *bool) parser {
	return custom("bool", func(v value) {
		if out, ok := v.to(cty.Bool, "true or false"); ok {
			*into = out.True()
		}
	})
}

func optionalBoolean(into **bool) parser {
	return custom("bool", func(v value) {
		if out, ok := v.to(cty.Bool, "true or false"); ok {
			b := out.True()
			*into = &b
		}
	})
}

// integer accepts whole numbers from low to high.
func integer(into *int, low, high int) parser {
	return custom("number", func(v value) {
		number, ok := v.to(cty.Number, "a number")
		if !ok {
			return
		}
		n, _ := number.AsBigFloat().Int64()
		if !number.AsBigFloat().IsInt() || n < int64(low) || n > int64(high) {
			v.errorf("Number out of range", "%q must be a whole number from %d to %d.", v.name, low, high)
			return
		}
		*into = int(n)
	})
}

func optionalInteger(into **int, low, high int) parser {
	return custom("number", func(v value) {
		n := low - 1
		if integer(&n, low, high).parse(v); n >= low {
			*into = &n
		}
	})
}

func seconds(into *time.Duration, low, high int) parser {
	return custom("number", func(v value) {
		n := low - 1
		if integer(&n, low, high).parse(v); n >= low {
			*into = time.Duration(n) * time.Second
		}
	})
}

// share accepts a number from 0 to 1.
func share(into **float64) parser {
	return custom("number", func(v value) {
		number, ok := v.to(cty.Number, "a number")
		if !ok {
			return
		}
		n, _ := number.AsBigFloat().Float64()
		if n < 0 || n > 1 {
			v.errorf("Number out of range", "%q must be a number from 0 to 1.", v.name)
			return
		}
		*into = &n
	})
}

// choice accepts one of a few words; the first is the default.
func choice[T ~string](into *T, known ...T) parser {
	*into = known[0]
	return choiceOrNone(into, known...)
}

// choiceOrNone is choice without a default.
func choiceOrNone[T ~string](into *T, known ...T) parser {
	return custom("string", func(v value) {
		s, _ := v.text()
		if slices.Contains(known, T(s)) {
			*into = T(s)
		} else if s != "" {
			words := make([]string, len(known))
			for i, k := range known {
				words[i] = string(k)
			}
			v.b.unknown(v.place(), "Unknown value of "+v.name, s, words)
		}
	})
}

func maskOf(into **mask.Mask) parser {
	return parser{typ: "mask", asMask: true, parse: func(v value) {
		m, ok := mask.FromValue(v.Value)
		if !ok {
			v.errorf("Invalid mask", "%q must be a mask, such as email() or keep().", v.name)
		}
		*into = m
	}}
}

// kind is a kind of blocks that expressions mention: database.x is a value of the type of databases.
type kind[T any] struct {
	name, noun, example string
	typ                 cty.Type
}

func newKind[T any](name, noun, example string) kind[T] {
	return kind[T]{name, noun, example, cty.Capsule(name, reflect.TypeFor[T]())}
}

var (
	secrets         = newKind[spec.Secret]("secret", "a secret", "secret.NAME")
	databases       = newKind[spec.Database]("database", "a database", "database.staging")
	refreshes       = newKind[spec.Refresh]("refresh", "a refresh", "refresh.nightly")
	roles           = newKind[spec.Role]("role", "a role", "role.app")
	accounts        = newKind[spec.AWS]("aws", "an account", "aws.prod")
	kmsKeys         = newKind[spec.KMSKey]("kms_key", "a key", "kms_key.transfer")
	iamRoles        = newKind[spec.IAMRole]("iam_role", "a role", "iam_role.import")
	iamPolicies     = newKind[spec.IAMPolicy]("iam_policy", "a policy", "iam_policy.connect")
	buckets         = newKind[spec.Bucket]("bucket", "a bucket", "bucket.transfer")
	clusters        = newKind[spec.Cluster]("cluster", "a cluster", "cluster.staging")
	parameterGroups = newKind[spec.ParameterGroup]("parameter_group", "a parameter group", "parameter_group.staging")
)

// of returns the block that a value is, if it is one of this kind.
func (k kind[T]) of(v cty.Value) (*T, bool) {
	if v.Type() != k.typ || v.IsNull() {
		return nil, false
	}
	return v.EncapsulatedValue().(*T), true
}

// ref accepts a block of the kind.
func (k kind[T]) ref(into **T) parser {
	return custom(k.name+".x", func(v value) {
		block, ok := k.of(v.Value)
		if !ok {
			v.mustBe(k.noun + ", such as " + k.example)
		}
		*into = block
	})
}

// refs accepts a list of blocks of the kind, or one of them.
func (k kind[T]) refs(into *[]*T) parser {
	return custom("list of "+k.name+".x", func(v value) {
		var out []*T
		for _, e := range v.elements() {
			block, ok := k.of(e)
			if !ok {
				v.mustBe("a list such as [" + k.example + "]")
				return
			}
			out = append(out, block)
		}
		*into = out
	})
}

// roleName accepts the name of a role, or a declared role.
func roleName(into *string) parser {
	return custom("string or role.x", func(v value) {
		if r, ok := roles.of(v.Value); ok {
			v.b.postpone(func() { *into = r.Name })
			return
		}
		*into, _ = v.text()
	})
}

// names accepts a list of names, with the place of each where it is written out as a list.
func names(into *[]spec.KeepName) parser {
	return custom("list of strings", func(v value) {
		list, _ := v.texts(false)
		for i, at := range v.places(len(list)) {
			*into = append(*into, spec.KeepName{Name: list[i], Range: at})
		}
	})
}
