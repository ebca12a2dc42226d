package lang

import (
	"sort"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// reader reads blocks into the project.
type reader struct {
	*files
	*scope
	contents map[*hclsyntax.Body]*hcl.BodyContent
	// postponed runs when the arguments of all blocks have been read: what it looks at may be in other blocks.
	postponed []func()
}

// body is the body of a block: its declaration binds arguments and nested blocks to fields, as package flag does with
// flags, and decode then reads them. A body without a reader is declared for its schema or its documentation only.
type body struct {
	*reader
	kind   string
	labels []string
	each   cty.Value // of for_each; NilVal without
	syntax *hclsyntax.Body
	place  diag.Range // of the header

	args    []argument
	blocks  []nestedBlock
	derived []func()
	checks  []func()
}

// argument is one argument of a block.
type argument struct {
	parser
	name, doc string
	required  bool
	at        *spec.Argument // nil if nobody needs its place
}

// nestedBlock is a kind of blocks in a body.
type nestedBlock struct {
	kind, doc string
	labels    []string
	declare   func(b *body)
}

// optional declares an argument that may be left out.
func (b *body) optional(name string, p parser, at *spec.Argument, doc string) {
	b.args = append(b.args, argument{p, name, doc, false, at})
}

// required declares an argument that must be written.
func (b *body) required(name string, p parser, at *spec.Argument, doc string) {
	b.args = append(b.args, argument{p, name, doc, true, at})
}

// nested declares a kind of nested block. Its declaration is called for each of them.
func (b *body) nested(kind, doc string, declare func(b *body), labels ...string) {
	b.blocks = append(b.blocks, nestedBlock{kind, doc, labels, declare})
}

// derive adds what follows from the arguments of the block alone. It runs before all checks.
func (b *body) derive(f func()) { b.derived = append(b.derived, f) }

// check adds a check of what has been read of all blocks.
func (b *body) check(f func()) { b.checks = append(b.checks, f) }

// schema returns what hcl decodes the body with.
func (b *body) schema() *hcl.BodySchema {
	s := &hcl.BodySchema{}
	for _, a := range b.args {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: a.name, Required: a.required})
	}
	for _, n := range b.blocks {
		s.Blocks = append(s.Blocks, hcl.BlockHeaderSchema{Type: n.kind, LabelNames: n.labels})
	}
	return s
}

// content returns the arguments and blocks of a body. It reports what does not belong there, once for all instances.
func (r *reader) content(syntax *hclsyntax.Body, schema *hcl.BodySchema) *hcl.BodyContent {
	content, known := r.contents[syntax]
	if !known {
		var ds hcl.Diagnostics
		content, ds = syntax.Content(schema)
		r.add(ds)
		r.contents[syntax] = content
	}
	return content
}

// decode reads the declared arguments and blocks.
func (b *body) decode() {
	content := b.content(b.syntax, b.schema())
	for _, a := range b.args {
		if a.at == nil {
			continue
		}
		a.at.Range = b.place
		if attr, ok := content.Attributes[a.name]; ok {
			*a.at = spec.Argument{Range: rangeOf(attr.Expr.Range()), Written: true}
		}
	}
	for _, a := range b.args {
		if attr, ok := content.Attributes[a.name]; ok {
			b.decodeArgument(a, attr.Expr)
		}
	}
	for _, f := range b.derived {
		f()
	}
	for _, n := range b.blocks {
		for _, block := range content.Blocks.OfType(n.kind) {
			child := &body{reader: b.reader, kind: n.kind, labels: block.Labels, each: b.each,
				syntax: block.Body.(*hclsyntax.Body), place: rangeOf(block.TypeRange)}
			n.declare(child)
			child.decode()
		}
	}
	b.postpone(b.checks...)
}

// decodeArgument evaluates an argument. Every argument is shown, or decides something that is shown, so that a
// sensitive value is refused.
func (b *body) decodeArgument(a argument, e hcl.Expression) {
	if a.expression != nil {
		a.expression(e)
		return
	}
	v, ds := b.evaluate(e, b.context(b.each, a.asMask))
	b.add(ds)
	if ds.HasErrors() || b.refuseSensitive(rangeOf(e.Range()), a.name, v) || !v.IsKnown() || v.IsNull() && !a.asMask {
		return
	}
	a.parse(value{Value: v, b: b, name: a.name, expr: e})
}

// refuseSensitive reports a value that may not be shown where it would be.
func (r *report) refuseSensitive(at diag.Range, name string, v cty.Value) bool {
	if !v.ContainsMarked() {
		return false
	}
	r.errorf(at, "Sensitive value would be shown",
		"The argument %q is part of plans. Use a value that is not sensitive, or a secret where one is taken.", name)
	return true
}

// postpone runs functions when all blocks have been read.
func (r *reader) postpone(f ...func()) { r.postponed = append(r.postponed, f...) }

// instance is a block, or one of its instances under for_each.
type instance struct {
	*hclsyntax.Block
	key  string // "" without for_each
	each cty.Value
}

func (in instance) place() diag.Range { return rangeOf(in.DefRange()) }

// decode reads the arguments that a declaration binds.
func (r *reader) decode(in instance, declare func(b *body)) {
	b := &body{reader: r, kind: in.Type, labels: in.Labels, each: in.each, syntax: in.Body, place: in.place()}
	declare(b)
	b.decode()
}

// maxInstances is how many instances a block may have.
const maxInstances = 10_000

// instances returns the instances of a block, by key.
func (r *reader) instances(b *hclsyntax.Block) []instance {
	kind := kindNamed(b.Type)
	attr, ok := r.content(b.Body, kind.schema()).Attributes["for_each"]
	if !ok {
		return []instance{{Block: b}}
	}
	at := rangeOf(attr.Expr.Range())
	v, ds := r.evaluate(attr.Expr, r.context(cty.NilVal, false))
	r.add(ds)
	switch {
	case ds.HasErrors():
		return nil
	case v.ContainsMarked():
		r.errorf(at, "Sensitive value in for_each",
			"The keys of for_each are shown as addresses. Use a value that is not sensitive.")
		return nil
	case v.IsNull() || !v.IsWhollyKnown() || !v.CanIterateElements():
		r.errorf(at, "Invalid for_each argument", "Give a map, an object, or a set or list of strings.")
		return nil
	case v.LengthInt() > maxInstances:
		r.errorf(at, "Too many instances", "for_each has %d elements, and a block has at most %d instances.",
			v.LengthInt(), maxInstances)
		return nil
	}
	var out []instance
	listed := v.Type().IsTupleType() || v.Type().IsListType() || v.Type().IsSetType()
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if listed {
			k = e
		}
		if k.IsNull() || k.Type() != cty.String {
			r.errorf(at, "Invalid for_each keys", "Every element of a list or set must be a string.")
			return nil
		}
		each := cty.ObjectVal(map[string]cty.Value{"key": k, "value": e})
		out = append(out, instance{Block: b, key: k.AsString(), each: each})
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].key < out[j].key })
	return out
}
