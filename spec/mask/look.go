package mask

import (
	"fmt"
	"iter"
	"slices"
	"sort"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/shoji-pg/shoji/internal/pgparse"
)

// Arguments returns what a mask was called with, for code that judges masks: strings, float64, bool, nil, []any,
// map[string]any and *Mask.
func (m *Mask) Arguments() []any {
	out := make([]any, len(m.arguments))
	for i, v := range m.arguments {
		out[i] = plain(v)
	}
	return out
}

func plain(v cty.Value) any {
	if m, ok := FromValue(v); ok {
		return m
	}
	t := v.Type()
	switch {
	case v.IsNull():
		return nil
	case t == cty.String:
		return v.AsString()
	case t == cty.Number:
		f, _ := v.AsBigFloat().Float64()
		return f
	case t == cty.Bool:
		return v.True()
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		var list []any
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			list = append(list, plain(e))
		}
		return list
	case t.IsObjectType() || t.IsMapType():
		object := map[string]any{}
		for name, e := range v.AsValueMap() {
			object[name] = plain(e)
		}
		return object
	}
	return nil
}

// Parts returns the masks that m is made of, m itself first, in the order in which they were written.
func (m *Mask) Parts() iter.Seq[*Mask] {
	return func(yield func(*Mask) bool) { m.parts(yield) }
}

func (m *Mask) parts(yield func(*Mask) bool) bool {
	if !yield(m) {
		return false
	}
	for _, a := range m.Arguments() {
		if !yieldMasks(a, yield) {
			return false
		}
	}
	return true
}

// yieldMasks yields the masks in an argument.
func yieldMasks(argument any, yield func(*Mask) bool) bool {
	switch a := argument.(type) {
	case *Mask:
		return a.parts(yield)
	case []any:
		for _, e := range a {
			if !yieldMasks(e, yield) {
				return false
			}
		}
	case map[string]any:
		keys := make([]string, 0, len(a))
		for k := range a {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			if !yieldMasks(a[k], yield) {
				return false
			}
		}
	}
	return true
}

// Expression is what is known of a SQL expression without a server.
type Expression struct {
	// Reads are the columns that it mentions, Functions what it calls, as written in lower case: "left",
	// "app.mask_name". Both sorted.
	Reads, Functions []string
	// Column is the column that the expression consists of, apart from brackets and casts; "" if it is more.
	Column string
	// Casts are the types that Column is cast to, the innermost first.
	Casts []string
	// Constant: it reads nothing and calls nothing.
	Constant bool
}

// ReadExpression parses the text of sql(), of a condition, or of a constraint.
func ReadExpression(text string) (Expression, error) {
	tree, err := pgparse.Parse("SELECT " + text + "\n")
	if err != nil {
		return Expression{}, fmt.Errorf("this is not a SQL expression: %w", err)
	}
	targets := []protoreflect.Message{}
	for _, s := range tree.Stmts {
		for _, t := range s.GetStmt().GetSelectStmt().GetTargetList() {
			targets = append(targets, t.GetResTarget().GetVal().ProtoReflect())
		}
	}
	if len(targets) != 1 {
		return Expression{}, fmt.Errorf("this is not one SQL expression")
	}
	c := collector{reads: map[string]bool{}, functions: map[string]bool{}}
	c.collect(targets[0])
	e := Expression{Reads: sorted(c.reads), Functions: sorted(c.functions)}
	e.Constant = len(e.Reads) == 0 && len(e.Functions) == 0 && !c.moment
	e.Column, e.Casts = columnUnderCasts(targets[0])
	return e, nil
}

func sorted(set map[string]bool) []string {
	var out []string
	for s := range set {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// collector collects what an expression mentions.
type collector struct {
	reads, functions map[string]bool
	moment           bool // CURRENT_TIMESTAMP and its like
}

func (c *collector) collect(m protoreflect.Message) {
	switch m.Descriptor().Name() {
	case "ColumnRef":
		parts := names(m, "fields")
		c.reads[parts[len(parts)-1]] = true
	case "FuncCall":
		c.functions[strings.ToLower(strings.Join(names(m, "funcname"), "."))] = true
	case "SQLValueFunction":
		c.moment = true
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				c.collect(v.List().Get(i).Message())
			}
		case !f.IsList() && !f.IsMap() && f.Message() != nil:
			c.collect(v.Message())
		}
		return true
	})
}

// columnUnderCasts returns the column that a node is, through casts.
func columnUnderCasts(m protoreflect.Message) (column string, casts []string) {
	for m.IsValid() {
		switch m.Descriptor().Name() {
		case "Node":
			field := m.WhichOneof(m.Descriptor().Oneofs().Get(0))
			if field == nil || field.Message() == nil {
				return "", nil
			}
			m = m.Get(field).Message()
		case "TypeCast":
			kind := m.Get(m.Descriptor().Fields().ByName("type_name")).Message()
			parts := names(kind, "names")
			casts = slices.Insert(casts, 0, parts[len(parts)-1])
			m = m.Get(m.Descriptor().Fields().ByName("arg")).Message()
		case "ColumnRef":
			parts := names(m, "fields")
			return parts[len(parts)-1], casts
		default:
			return "", nil
		}
	}
	return "", nil
}

// calling is a kind that names functions that are not PostgreSQL's own.
type calling interface{ calls() []string }

func (m sqlMask) calls() []string { return m.expression.calls }
func (w when) calls() []string    { return w.condition.calls }

// Calls returns the functions and operators outside of PostgreSQL's own that m declares, sorted.
func (m *Mask) Calls() []string {
	var lists [][]string
	for part := range m.Parts() {
		switch k := part.kind.(type) {
		case calling:
			lists = append(lists, k.calls())
		case byType:
			for _, b := range k.branches {
				if b.Mask != nil {
					lists = append(lists, b.Mask.Calls())
				}
			}
			if k.otherwise != nil {
				lists = append(lists, k.otherwise.Calls())
			}
		}
	}
	return unite(lists...)
}

// Written reports whether m contains SQL written by hand: in the spec, or in the default of a column.
func (m *Mask) Written() bool {
	for part := range m.Parts() {
		switch part.kind.(type) {
		case sqlMask, when, defaultValue, byType:
			return true
		}
	}
	return false
}
