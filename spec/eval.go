package spec

import (
	"sort"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/shoji-pg/shoji/spec/mask"
)

// sensitive marks values that must be shown nowhere.
const sensitive = "sensitive"

// instance is a block, or one instance of it under for_each.
type instance struct {
	l       *loader
	block   *hclsyntax.Block
	key     string // of for_each; "" without
	each    cty.Value
	content *hcl.BodyContent
}

// context is what an expression can refer to. Functions are those of masks where asMask.
func (l *loader) context(each cty.Value, asMask bool) *hcl.EvalContext {
	ctx := l.contextWithoutLocals(each, asMask)
	ctx.Variables["local"] = l.objects.of("local", l.locals)
	return ctx
}

func (l *loader) contextWithoutLocals(each cty.Value, asMask bool) *hcl.EvalContext {
	vars := map[string]cty.Value{}
	for name, values := range map[string]map[string]cty.Value{
		"var":             l.variables,
		"mask":            l.masks,
		"secret":          l.secrets,
		"database":        l.databases,
		"refresh":         l.refreshes,
		"role":            l.roles,
		"aws":             l.aws,
		"kms_key":         l.kmsKeys,
		"iam_role":        l.iamRoles,
		"iam_policy":      l.iamPolicies,
		"bucket":          l.buckets,
		"cluster":         l.clusters,
		"parameter_group": l.parameterGroups,
	} {
		vars[name] = l.objects.of(name, values)
	}
	if each != cty.NilVal {
		vars["each"] = each
	}
	return &hcl.EvalContext{Variables: vars, Functions: l.callable(asMask)}
}

// objects are the values of each kind as one object, which is made anew only when there are more of them: a spec has
// many expressions.
type objects map[string]struct {
	n    int
	made cty.Value
}

func (o objects) of(kind string, values map[string]cty.Value) cty.Value {
	// a mask is declared before it has its value
	if have, ok := o[kind]; ok && have.n == len(values) && kind != "mask" {
		return have.made
	}
	have := o[kind]
	have.n, have.made = len(values), cty.ObjectVal(values)
	o[kind] = have
	return have.made
}

// callable gives the functions of an expression. They are made once: there are many expressions.
func (l *loader) callable(asMask bool) map[string]function.Function {
	if l.functions[asMask] == nil {
		l.functions[asMask] = functions()
		if asMask {
			l.functions[asMask] = maskFunctions()
		}
	}
	fs := l.functions[asMask]
	for name, t := range l.team {
		fs[name] = t.function
	}
	return fs
}

// mostInstances is how many instances a block may have.
const mostInstances = 10_000

// instances gives the instances of a block, decoded as far as its arguments' names go.
func (l *loader) instances(b *hclsyntax.Block) []*instance {
	schema := blockOf(b.Type)
	content, ds := b.Body.Content(schema.hclSchema())
	l.add(ds)
	if content == nil {
		return nil
	}
	attr, ok := content.Attributes["for_each"]
	if !ok {
		return []*instance{{l: l, block: b, content: content}}
	}
	v, ds := l.meter.value(attr.Expr, l.context(cty.NilVal, false))
	l.add(ds)
	if ds.HasErrors() {
		return nil
	}
	if v.ContainsMarked() {
		l.errorf(attr.Expr.Range(), "A sensitive value cannot make instances",
			"The keys of for_each are shown as addresses. Use a value that is not sensitive.")
		return nil
	}
	if v.IsNull() || !v.IsWhollyKnown() || !v.CanIterateElements() {
		l.errorf(attr.Expr.Range(), "for_each needs a map or a set",
			"Give a map, an object, or a set or list of strings.")
		return nil
	}
	if n := v.LengthInt(); n > mostInstances {
		l.errorf(attr.Expr.Range(), "Too many instances",
			"for_each has %d elements, and a block has at most %d instances.", n, mostInstances)
		return nil
	}
	var out []*instance
	listed := v.Type().IsTupleType() || v.Type().IsListType() || v.Type().IsSetType()
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if listed {
			k = e
		}
		if k.IsNull() || k.Type() != cty.String {
			l.errorf(attr.Expr.Range(), "for_each needs strings as keys",
				"Every element of a list or set must be a string.")
			return nil
		}
		out = append(out, &instance{l: l, block: b, key: k.AsString(), content: content,
			each: cty.ObjectVal(map[string]cty.Value{"key": k, "value": e})})
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].key < out[j].key })
	return out
}

// nested gives the decoded bodies of nested blocks of a kind.
func (in *instance) nested(kind string) []*instance {
	var out []*instance
	for _, b := range in.content.Blocks.OfType(kind) {
		body, ok := b.Body.(*hclsyntax.Body)
		if !ok {
			continue
		}
		content, ds := body.Content(blockOf(in.block.Type + "." + kind).hclSchema())
		in.l.add(ds)
		if content != nil {
			out = append(out, &instance{
				l:       in.l,
				block:   &hclsyntax.Block{Type: kind, Labels: b.Labels, TypeRange: b.TypeRange, Body: body},
				key:     in.key,
				each:    in.each,
				content: content,
			})
		}
	}
	return out
}

// has reports whether an argument is written.
func (in *instance) has(name string) bool { _, ok := in.content.Attributes[name]; return ok }

// at gives the place of an argument's value, or of the block without it.
func (in *instance) at(name string) hcl.Range {
	if a, ok := in.content.Attributes[name]; ok {
		return a.Expr.Range()
	}
	return in.block.DefRange()
}

// value evaluates an argument. ok is false where it is not written, or wrong and reported. Every argument is shown, or
// decides something that is: a sensitive value is refused.
func (in *instance) value(name string, asMask bool) (v cty.Value, ok bool) {
	a, ok := in.content.Attributes[name]
	if !ok {
		return cty.NilVal, false
	}
	v, ds := in.l.meter.value(a.Expr, in.l.context(in.each, asMask))
	in.l.add(ds)
	if ds.HasErrors() || in.l.sensitive(in.at(name), name, v) || !v.IsKnown() {
		return cty.NilVal, false
	}
	return v, true
}

// sensitive reports a value that may not be shown where it would be.
func (l *loader) sensitive(at hcl.Range, name string, v cty.Value) bool {
	if !v.ContainsMarked() {
		return false
	}
	l.errorf(at, "A sensitive value would be shown",
		"The argument %q is part of plans. Use a value that is not sensitive, or a secret where one is taken.", name)
	return true
}

// plain is value for arguments that take no null.
func (in *instance) plain(name string) (cty.Value, bool) {
	v, ok := in.value(name, false)
	if !ok || v.IsNull() {
		return cty.NilVal, false
	}
	return v, true
}

// converted is plain, converted to a type.
func (in *instance) converted(name string, t cty.Type, what string) (cty.Value, bool) {
	v, ok := in.plain(name)
	if !ok {
		return cty.NilVal, false
	}
	out, err := convert.Convert(v, t)
	if err != nil || out.IsNull() || !out.IsWhollyKnown() {
		in.l.errorf(in.at(name), "Wrong type of argument", "%q must be %s.", name, what)
		return cty.NilVal, false
	}
	return out, true
}

func (in *instance) str(name string) string {
	if v, ok := in.converted(name, cty.String, "a string"); ok {
		return v.AsString()
	}
	return ""
}

func (in *instance) boolean(name string) *bool {
	if v, ok := in.converted(name, cty.Bool, "true or false"); ok {
		b := v.True()
		return &b
	}
	return nil
}

func (in *instance) integer(name string, low, high int) *int {
	v, ok := in.converted(name, cty.Number, "a number")
	if !ok {
		return nil
	}
	n, _ := v.AsBigFloat().Int64()
	if !v.AsBigFloat().IsInt() || n < int64(low) || n > int64(high) {
		in.l.errorf(in.at(name), "Number out of range", "%q must be a whole number from %d to %d.", name, low, high)
		return nil
	}
	i := int(n)
	return &i
}

// share reads a number from 0 to 1; nil where it is not written.
func (in *instance) share(name string) *float64 {
	v, ok := in.converted(name, cty.Number, "a number")
	if !ok {
		return nil
	}
	n, _ := v.AsBigFloat().Float64()
	if n < 0 || n > 1 {
		in.l.errorf(in.at(name), "Number out of range", "%q must be a number from 0 to 1.", name)
		return nil
	}
	return &n
}

// strs reads a list of strings; a single string is a list of one where single.
func (in *instance) strs(name string, single bool) []string {
	v, ok := in.plain(name)
	if !ok {
		return nil
	}
	if single && v.Type() == cty.String {
		return []string{v.AsString()}
	}
	list, err := convert.Convert(v, cty.List(cty.String))
	if err != nil {
		in.l.errorf(in.at(name), "Wrong type of argument", "%q must be a list of strings.", name)
		return nil
	}
	var out []string
	for it := list.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if e.IsNull() {
			in.l.errorf(in.at(name), "Wrong type of argument", "%q has an element that is null.", name)
			return nil
		}
		out = append(out, e.AsString())
	}
	return out
}

// choice reads a string that must be one of known; the first is the default.
func (in *instance) choice(name string, known ...string) string {
	if !in.has(name) {
		return known[0]
	}
	s := in.str(name)
	for _, k := range known {
		if s == k {
			return s
		}
	}
	if s != "" {
		in.l.unknown(in.at(name), "Unknown value of "+name, s, known)
	}
	return known[0]
}

// reference reads an argument that must be a block of a kind: database.x.
func reference[T any](in *instance, name string, t cty.Type, what string) *T {
	v, ok := in.value(name, false)
	if !ok || v.IsNull() {
		return nil
	}
	if v.Type() != t {
		in.l.errorf(in.at(name), "Wrong type of argument", "%q must be %s.", name, what)
		return nil
	}
	return v.EncapsulatedValue().(*T)
}

// mask reads an argument that must be a mask.
func (in *instance) mask(name string) *mask.Mask {
	v, ok := in.value(name, true)
	if !ok {
		return nil
	}
	m, ok := mask.FromValue(v)
	if !ok {
		in.l.errorf(in.at(name), "This is not a mask", "%q must be a mask, such as email() or keep().", name)
		return nil
	}
	return m
}
