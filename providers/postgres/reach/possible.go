package reach

import (
	"maps"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/shoji-pg/shoji/spec/mask"
)

// types is a set of types that a value may have, or be made of.
type types map[typeName]bool

// What is known of a value besides its types: that it is one of PostgreSQL's own, an array, a row.
const (
	builtin typeName = "pg_catalog."
	array   typeName = "[]"
	row     typeName = "()"
)

func (t types) add(o types) types {
	maps.Copy(t, o)
	return t
}

// holds reports whether a value of a type can be among them: any of PostgreSQL's own where there is one at all.
func (t types) holds(name typeName) bool {
	if _, ok := own(string(name)); !ok {
		return t[name]
	}
	for known := range t {
		if _, ok := own(string(known)); ok {
			return true
		}
	}
	return false
}

// nameOf is the name of a column's type without the brackets of an array.
func nameOf(t mask.Type) typeName {
	if isArray(t) {
		return nameOf(*t.Elem)
	}
	return typeName(t.Schema + "." + t.Name)
}

func isArray(t mask.Type) bool { return t.Kind == 'b' && t.Category == 'A' && t.Elem != nil }

// closure adds a type and what its values are made of.
func (t types) closure(of mask.Type) types {
	name := nameOf(of)
	t[name] = true
	if isArray(of) {
		t[name+array], t[array] = true, true
	}
	if len(of.Fields) > 0 {
		t[row] = true
	}
	for _, part := range []*mask.Type{of.Base, of.Elem} {
		if part != nil {
			t.closure(*part)
		}
	}
	for _, field := range of.Fields {
		t.closure(field.Type)
	}
	return t
}

// possible returns the types that a part of an expression can have, with what their values are made of. A constant in
// quotes has none yet: the type that it is made of reads it, and no cast does.
func (w *walker) possible(m protoreflect.Message) types {
	out := types{}
	join := func(nodes ...*pg.Node) types {
		for _, n := range nodes {
			if n != nil {
				out.add(w.possible(n.ProtoReflect()))
			}
		}
		return out
	}
	switch n := m.Interface().(type) {
	case *pg.Node:
		each(m, func(below protoreflect.Message) { out.add(w.possible(below)) })
	case *pg.ColumnRef:
		return w.ofColumn(n)
	case *pg.A_Const:
		if n.GetSval() == nil && !n.Isnull {
			out[builtin] = true
		}
	case *pg.TypeCast:
		return w.ofType(n.TypeName)
	case *pg.FuncCall:
		name := qualified(n.Funcname)
		out = w.result(name, n.Args...)
		if short, ok := own(name); ok && w.polymorphic[short] {
			out[array] = true // as array_agg() makes them
		}
		return out
	case *pg.A_Expr:
		return w.result(qualified(n.Name), n.Lexpr, n.Rexpr)
	case *pg.CaseExpr:
		return join(append(n.Args, n.Defresult)...)
	case *pg.CaseWhen:
		return join(n.Result)
	case *pg.CoalesceExpr:
		return join(n.Args...)
	case *pg.MinMaxExpr:
		return join(n.Args...)
	case *pg.NamedArgExpr:
		return join(n.Arg)
	case *pg.CollateClause:
		return join(n.Arg)
	case *pg.List:
		return join(n.Items...)
	case *pg.A_ArrayExpr:
		out[array] = true
		return join(n.Elements...)
	case *pg.RowExpr:
		out[row] = true
		return join(n.Args...)
	case *pg.A_Indirection:
		return w.ofPart(n)
	case *pg.NullTest, *pg.BooleanTest, *pg.BoolExpr, *pg.SQLValueFunction:
		out[builtin] = true
	case *pg.SubLink:
		return w.ofSubselect(n)
	default: // what is not known here
		return w.any()
	}
	return out
}

// ofSubselect returns the types of the one value of a sub-select, or of the elements of an array that is made of its
// rows.
func (w *walker) ofSubselect(n *pg.SubLink) types {
	out := types{}
	switch n.SubLinkType {
	case pg.SubLinkType_EXPR_SUBLINK:
	case pg.SubLinkType_ARRAY_SUBLINK:
		out[array] = true
	default:
		return types{builtin: true}
	}
	selects := []*pg.SelectStmt{n.Subselect.GetSelectStmt()}
	for len(selects) > 0 {
		s := selects[0]
		selects = selects[1:]
		switch {
		case s == nil || len(s.ValuesLists) > 0:
			return w.any()
		case s.Larg != nil:
			selects = append(selects, s.Larg, s.Rarg)
		}
		for _, target := range s.TargetList {
			out.add(w.possible(target.GetResTarget().GetVal().ProtoReflect()))
		}
	}
	return out
}

// any are the types of a value of which nothing is known but what the expression reads and names.
func (w *walker) any() types {
	return types{builtin: true, array: true, row: true}.add(w.seen)
}

// ofColumn returns the types of a column, of the table or of a sub-select of the expression's.
func (w *walker) ofColumn(n *pg.ColumnRef) types {
	name := last(n)
	out, known := types{}, false
	if t, ok := w.Columns[name]; ok && len(n.Fields) == 1 {
		out, known = out.closure(t), true
	}
	if w.asking[name] {
		return out
	}
	w.asking[name] = true
	for _, value := range w.outputs[name] {
		out, known = out.add(w.possible(value)), true
	}
	delete(w.asking, name)
	if !known {
		return w.any()
	}
	return out
}

// result returns the types that a call can have: where they follow the arguments of one of PostgreSQL's own, any that
// those can have.
func (w *walker) result(qualified string, args ...*pg.Node) types {
	name, ok := own(qualified)
	if !ok {
		return w.any()
	}
	out := types{builtin: true}
	for _, a := range args {
		if a != nil && w.polymorphic[name] {
			out.add(w.possible(a.ProtoReflect()))
		}
	}
	return out
}

// ofType returns the types of a value that was cast.
func (w *walker) ofType(t *pg.TypeName) types {
	out := types{}
	for _, name := range namesOfType(t) {
		w.closure(out, name)
		if of := w.byName[name]; of != nil {
			out.closure(*of)
		}
		if len(t.ArrayBounds) > 0 || name != namesOfType(t)[0] {
			out[name+array], out[array] = true, true
		}
	}
	return out
}

// ofPart returns the types of a field of a value, or of an element.
func (w *walker) ofPart(n *pg.A_Indirection) types {
	out := w.possible(n.Arg.ProtoReflect())
	for _, i := range n.Indirection {
		name := i.GetString_().GetSval()
		if name == "" {
			continue
		}
		of := types{}
		for _, t := range w.byName {
			for _, f := range t.Fields {
				if f.Name == name && out[nameOf(*t)] {
					of.closure(f.Type)
				}
			}
		}
		if len(of) == 0 {
			return w.any()
		}
		out = of
	}
	return out
}
