package lang

import (
	"reflect"
	"slices"
	"sort"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// sideType is the type of column() and columns().
var sideType = cty.Capsule("column", reflect.TypeFor[spec.Side]())

// sides are the functions that name a side of a link.
func sides() map[string]function.Function {
	side := func(last string, t cty.Type) function.Function {
		return function.New(&function.Spec{
			Params: []function.Parameter{
				{Name: "schema", Type: cty.String}, {Name: "table", Type: cty.String}, {Name: last, Type: t},
			},
			Type: function.StaticReturnType(sideType),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				s := &spec.Side{Schema: args[0].AsString(), Table: args[1].AsString()}
				for _, c := range (value{Value: args[2]}).elements() {
					s.Columns = append(s.Columns, c.AsString())
				}
				return cty.CapsuleVal(sideType, s), nil
			},
		})
	}
	return map[string]function.Function{
		"column":  side("column", cty.String),
		"columns": side("columns", cty.List(cty.String)),
	}
}

func linkBlock(b *body, k *spec.Link) {
	at := &k.At
	b.required("from", linkSource(k), nil,
		"The referring side: `column(schema, table, column)` or `columns(schema, "+
			"table, [columns])`, with patterns if wanted.")
	b.required("to", linkTargets(k), &at.To,
		"The key; with `type` an object of one for each value of that column. A schema "+
			"that is written as in `from` is the one that matched there.")
	b.optional("type", text(&k.Type), &at.Type, "The column of the referring table that says which key is meant.")
	b.optional("otherwise", maskOf(&k.Otherwise), nil,
		"For rows with a value or type that the link does not cover; `null_value()` by default.")
	b.optional("refreshes", refreshes.refs(&k.Refreshes), nil, "Only for these refreshes.")
	b.check(func() { checkLink(b, k) })
}

func checkLink(b *body, k *spec.Link) {
	for _, p := range append([]string{k.From.Schema, k.From.Table}, k.From.Columns...) {
		checkPattern(b, p, k.From.Range)
	}
	byType := slices.ContainsFunc(k.To, func(t spec.Target) bool { return t.When != "" })
	switch at := k.At.To.Range; {
	case len(k.To) == 0:
	case k.Type != "" && !byType:
		b.errorf(at, "Link with a type needs targets by type",
			"Write to = { Post = column(\"public\", \"posts\", \"id\"), "+
				"… }, one for each value of %q.", k.Type)
		k.To = nil
	case k.Type == "" && byType:
		b.errorf(at, "Link with many targets needs a type",
			"Say with type = \"COLUMN\" which column of the referring table tells the targets apart.")
		k.To = nil
	}
	for _, t := range k.To {
		if len(t.Columns) != len(k.From.Columns) && k.From.Columns != nil {
			b.errorf(t.Range, "Link sides differ in length",
				"from names %d columns, and to %d. Each column of from refers "+
					"to the one at its place in to.", len(k.From.Columns), len(t.Columns))
		}
		if isPattern(t.Table) || slices.ContainsFunc(t.Columns, isPattern) ||
			isPattern(t.Schema) && t.Schema != k.From.Schema {
			b.errorf(t.Range, "Invalid link target",
				"to names one table and its columns, without patterns. Only the "+
					"schema may be a pattern, where it is the one of from: it is then the schema that matched there.")
		}
	}
	if len(k.From.Columns) > 1 && slices.ContainsFunc(k.From.Columns, isPattern) {
		b.errorf(k.From.Range, "Patterns in a composite link",
			"Name the columns of a composite link one by one: each refers to the one at its place in to.")
	}
}

func isPattern(s string) bool { return !spec.CompileGlob(s).Literal() }

func linkSource(k *spec.Link) parser {
	return custom("column or columns", func(v value) { k.From, _ = v.side(v.Value, v.place()) })
}

// linkTargets reads a side, or an object of sides by the values of the type column.
func linkTargets(k *spec.Link) parser {
	return custom("column, columns or object", func(v value) {
		if !isMap(v.Value) || v.LengthInt() == 0 {
			if s, ok := v.side(v.Value, v.place()); ok {
				k.To = []spec.Target{{Side: s}}
			}
			return
		}
		places := v.placesByKey()
		for when, side := range v.AsValueMap() {
			at := v.place()
			if item, ok := places[when]; ok {
				at = item.value
			}
			if s, ok := v.side(side, at); ok {
				k.To = append(k.To, spec.Target{When: when, Side: s})
			}
		}
		sort.Slice(k.To, func(i, j int) bool { return k.To[i].When < k.To[j].When })
	})
}

// side returns the side of a link that a value, or a part of it, is.
func (v value) side(side cty.Value, at diag.Range) (spec.Side, bool) {
	if side.Type() != sideType || side.IsNull() {
		v.b.errorf(at, "Invalid argument type", "%q must be column(\"SCHEMA\", \"TABLE\", \"COLUMN\") or "+
			"columns(\"SCHEMA\", \"TABLE\", [\"COLUMN\", …]).", v.name)
		return spec.Side{}, false
	}
	s := *side.EncapsulatedValue().(*spec.Side)
	s.Range = at
	if len(s.Columns) == 0 || strings.Join(s.Columns, "") == "" {
		v.b.errorf(at, "An empty selection", "%q names no column.", v.name)
		return spec.Side{}, false
	}
	return s, true
}
