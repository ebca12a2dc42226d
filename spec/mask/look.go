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

// Arguments returns what a mask was called with, for who judges masks: strings, float64, bool, nil, []any, map[string]any
// and *Mask.
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
		if !within(a, yield) {
			return false
		}
	}
	return true
}

func within(argument any, yield func(*Mask) bool) bool {
	switch a := argument.(type) {
	case *Mask:
		return a.parts(yield)
	case []any:
		for _, e := range a {
			if !within(e, yield) {
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
			if !within(a[k], yield) {
				return false
			}
		}
	}
	return true
}

// Expression is what can be seen of a SQL expression without a server.
type Expression struct {
	// Reads are the columns that it mentions, Functions what it calls, as written in lower case: "left",
	// "app.mask_name". Both sorted.
	Reads, Functions []string
	// Column is the one column that the expression is, brackets and casts aside; "" where it is more.
	Column string
	// Casts are the types that Column is cast to, the innermost first.
	Casts []string
	// Constant: it reads nothing and calls nothing.
	Constant bool
}

// ReadExpression looks at the text of sql() or of a condition, or of a constraint.
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
	l := looker{reads: map[string]bool{}, functions: map[string]bool{}}
	l.look(targets[0])
	e := Expression{Reads: sorted(l.reads), Functions: sorted(l.functions)}
	e.Constant = len(e.Reads) == 0 && len(e.Functions) == 0 && !l.moment
	e.Column, e.Casts = single(targets[0])
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

// looker collects what an expression mentions.
type looker struct {
	reads, functions map[string]bool
	moment           bool // CURRENT_TIMESTAMP and its like
}

func (l *looker) look(m protoreflect.Message) {
	switch m.Descriptor().Name() {
	case "ColumnRef":
		parts := names(m, "fields")
		l.reads[parts[len(parts)-1]] = true
	case "FuncCall":
		l.functions[strings.ToLower(strings.Join(names(m, "funcname"), "."))] = true
	case "SQLValueFunction":
		l.moment = true
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				l.look(v.List().Get(i).Message())
			}
		case !f.IsList() && !f.IsMap() && f.Message() != nil:
			l.look(v.Message())
		}
		return true
	})
}

// single returns the column that a node is, through casts.
func single(m protoreflect.Message) (column string, casts []string) {
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

// Calls are the functions and operators that are not PostgreSQL's own and that m says it may run, sorted.
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

// Written reports whether m holds SQL that somebody wrote: a spec's author, or a table's in a column's default.
func (m *Mask) Written() bool {
	for part := range m.Parts() {
		switch part.kind.(type) {
		case sqlMask, when, defaultValue, byType:
			return true
		}
	}
	return false
}
