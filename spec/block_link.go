package spec

import (
	"reflect"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Link is a relation that the catalog does not know: columns that refer to those of another table, as a foreign key
// would say.
type Link struct {
	Name      string
	EachKey   string
	Refreshes []*Refresh
	From      Side
	// Type is the column of the referring table that says which of To is meant; "" where there is one.
	Type      string
	TypeRange *diag.Range
	To        []Target
	// Otherwise is for values that no target can have, and for types that To does not name; nil: NULL.
	Otherwise *mask.Mask
	Range     diag.Range
}

// Address is link.NAME, with ["key"] under for_each.
func (l *Link) Address() string { return address("link", l.Name, l.EachKey) }

// Side is one side of a link: columns of a table. Schema, Table and the columns of the referring side may be patterns.
type Side struct {
	Schema, Table string
	Columns       []string
	Range         diag.Range
}

// Target is a key that a link leads to. When is the value of the link's type column, "" without one.
type Target struct {
	When string
	Side
}

// sideType is what column() and columns() give.
var sideType = cty.Capsule("column", reflect.TypeOf(Side{}))

// sides are the functions that name a side of a link.
func sides() map[string]function.Function {
	one := func(last string, t cty.Type, columns func(cty.Value) []string) function.Function {
		return function.New(&function.Spec{
			Params: []function.Parameter{
				{Name: "schema", Type: cty.String},
				{Name: "table", Type: cty.String},
				{Name: last, Type: t},
			},
			Type: function.StaticReturnType(sideType),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				return cty.CapsuleVal(sideType, &Side{
					Schema:  args[0].AsString(),
					Table:   args[1].AsString(),
					Columns: columns(args[2]),
				}), nil
			},
		})
	}
	return map[string]function.Function{
		"column": one("column", cty.String, func(v cty.Value) []string { return []string{v.AsString()} }),
		"columns": one("columns", cty.List(cty.String), func(v cty.Value) []string {
			var out []string
			for it := v.ElementIterator(); it.Next(); {
				_, e := it.Element()
				out = append(out, e.AsString())
			}
			return out
		}),
	}
}

func (l *loader) readLinks() {
	seen := map[string]*Link{}
	for _, b := range l.of("link") {
		for _, in := range l.instances(b) {
			k := l.link(in)
			if first := seen[k.Address()]; first != nil {
				l.twice(k.Range, "Link declared twice", k.Address(), first.Range)
				continue
			}
			seen[k.Address()] = k
			l.project.Links = append(l.project.Links, k)
		}
	}
}

func (l *loader) link(in *instance) *Link {
	k := &Link{
		Name:      in.block.Labels[0],
		EachKey:   in.key,
		Range:     rangeOf(in.block.DefRange()),
		Type:      in.str("type"),
		Otherwise: in.mask("otherwise"),
		Refreshes: list[Refresh](in, "refreshes", refreshType, "refreshes, such as [refresh.nightly]"),
	}
	if in.has("type") {
		at := rangeOf(in.at("type"))
		k.TypeRange = &at
	}
	if v, ok := in.plain("from"); ok {
		if s, ok := l.side(v, in.at("from"), "from"); ok {
			k.From = s
			for _, p := range append([]string{s.Schema, s.Table}, s.Columns...) {
				l.readable(p, s.Range)
			}
		}
	}
	if v, ok := in.plain("to"); ok {
		k.To = l.targets(in, v, k.Type != "")
	}
	for _, t := range k.To {
		if len(t.Columns) != len(k.From.Columns) && k.From.Columns != nil {
			l.diags.Errorf(&t.Range, "The sides of a link differ",
				"from names %d columns, and to %d. Each column of from refers to the one at its place in to.",
				len(k.From.Columns), len(t.Columns))
		}
		if isPattern(t.Table) || slices.ContainsFunc(t.Columns, isPattern) ||
			isPattern(t.Schema) && t.Schema != k.From.Schema {
			l.diags.Errorf(&t.Range, "A link leads to one key",
				"to names one table and its columns, without patterns. Only the schema may be a pattern, where it is "+
					"the one of from: it is then the schema that matched there.")
		}
	}
	if len(k.From.Columns) > 1 && slices.ContainsFunc(k.From.Columns, isPattern) {
		l.diags.Errorf(&k.From.Range, "Patterns in a composite link",
			"Name the columns of a composite link one by one: each refers to the one at its place in to.")
	}
	return k
}

func isPattern(s string) bool { return !CompileGlob(s).Literal() }

// targets reads to: a side, or with type an object of sides by the values of that column.
func (l *loader) targets(in *instance, v cty.Value, byType bool) []Target {
	at := in.at("to")
	if v.Type() == sideType {
		if byType {
			l.errorf(at, "A link with a type needs its targets",
				"Write to = { Post = column(\"public\", \"posts\", \"id\"), … }, one for each value of %q.",
				in.str("type"))
			return nil
		}
		s, _ := l.side(v, at, "to")
		return []Target{{Side: s}}
	}
	if !v.Type().IsObjectType() && !v.Type().IsMapType() || v.LengthInt() == 0 {
		l.side(v, at, "to")
		return nil
	}
	if !byType {
		l.errorf(at, "A link with many targets needs a type",
			"Say with type = \"COLUMN\" which column of the referring table tells the targets apart.")
		return nil
	}
	places := map[string]hcl.Range{}
	if o, ok := in.content.Attributes["to"].Expr.(*hclsyntax.ObjectConsExpr); ok {
		for _, item := range o.Items {
			if key, ds := l.meter.value(item.KeyExpr, l.context(in.each, false)); !ds.HasErrors() &&
				key.Type() == cty.String && key.IsKnown() {
				places[key.AsString()] = item.ValueExpr.Range()
			}
		}
	}
	var out []Target
	for when, value := range v.AsValueMap() {
		place, ok := places[when]
		if !ok {
			place = at
		}
		if s, ok := l.side(value, place, "to"); ok {
			out = append(out, Target{When: when, Side: s})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].When < out[j].When })
	return out
}

// side takes one side out of a value.
func (l *loader) side(v cty.Value, at hcl.Range, name string) (Side, bool) {
	if v.Type() != sideType || v.IsNull() {
		l.errorf(at, "Wrong type of argument",
			"%q must be column(\"SCHEMA\", \"TABLE\", \"COLUMN\") or columns(\"SCHEMA\", \"TABLE\", [\"COLUMN\", …]).",
			name)
		return Side{}, false
	}
	s := *v.EncapsulatedValue().(*Side)
	s.Range = rangeOf(at)
	if len(s.Columns) == 0 || strings.Join(s.Columns, "") == "" {
		l.errorf(at, "An empty selection", "%q names no column.", name)
		return Side{}, false
	}
	return s, true
}
