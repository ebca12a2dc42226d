package reach

import (
	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/shoji-pg/shoji/spec/mask"
)

// gather finds the types that an expression reads and names.
func (w *walker) gather(m protoreflect.Message) {
	switch n := m.Interface().(type) {
	case *pg.ColumnRef:
		if t, ok := w.Columns[last(n)]; ok {
			w.reads[last(n)] = true
			w.seen.closure(t)
		}
	case *pg.TypeName:
		for _, name := range namesOfType(n) {
			w.closure(w.seen, name)
		}
	case *pg.ResTarget:
		if n.Name != "" && n.Val != nil {
			w.outputs[n.Name] = append(w.outputs[n.Name], n.Val.ProtoReflect())
		}
	case *pg.RangeFunction:
		w.output(n.Alias, n.ProtoReflect())
	case *pg.RangeSubselect:
		w.output(n.Alias, n.ProtoReflect())
	case *pg.CommonTableExpr:
		for _, c := range n.Aliascolnames {
			w.outputs[c.GetString_().GetSval()] = append(w.outputs[c.GetString_().GetSval()], n.ProtoReflect())
		}
	case *pg.FuncCall: // a constructor has the name of its type
		w.closure(w.seen, typeName(qualified(n.Funcname)))
	}
	each(m, w.gather)
}

// output notes what the columns of an item of FROM are made of, where they are given names.
func (w *walker) output(a *pg.Alias, item protoreflect.Message) {
	for _, c := range a.GetColnames() {
		name := c.GetString_().GetSval()
		if f, ok := item.Interface().(*pg.RangeFunction); ok {
			for _, call := range f.Functions {
				w.outputs[name] = append(w.outputs[name], call.ProtoReflect())
			}
			continue
		}
		w.outputs[name] = append(w.outputs[name], item)
	}
}

// name notes a column's type and the types that it is made of by their names.
func (w *walker) name(t *mask.Type) {
	if isArray(*t) {
		w.name(t.Elem)
		return
	}
	w.byName[nameOf(*t)] = t
	for _, part := range []*mask.Type{t.Base, t.Elem} {
		if part != nil {
			w.name(part)
		}
	}
	for i := range t.Fields {
		w.name(&t.Fields[i].Type)
	}
}

func last(n *pg.ColumnRef) string {
	if len(n.Fields) == 0 {
		return ""
	}
	return n.Fields[len(n.Fields)-1].GetString_().GetSval()
}

// closure adds a type that an expression names and what its values are made of.
func (c *Code) closure(into types, name typeName) {
	if into[name] {
		return
	}
	into[name] = true
	for _, part := range c.types[name].of {
		c.closure(into, part)
	}
}
