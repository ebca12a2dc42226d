// Package sqltree reads the expressions and definitions that a catalog holds with PostgreSQL's own parser: CHECK
// constraints, index definitions, partition keys. It runs nothing.
package sqltree

import (
	"errors"
	"fmt"
	"sort"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// Node is a part of a parsed expression.
type Node = pg.Node

// Expression parses one expression.
func Expression(text string) (*pg.Node, error) {
	tree, err := pgparse.Parse("SELECT " + text)
	if err != nil {
		return nil, fmt.Errorf("reading an expression: %w", err)
	}
	return only(tree)
}

func only(tree *pg.ParseResult) (*pg.Node, error) {
	if len(tree.Stmts) == 1 {
		if list := tree.Stmts[0].GetStmt().GetSelectStmt().GetTargetList(); len(list) == 1 {
			return list[0].GetResTarget().GetVal(), nil
		}
	}
	return nil, errors.New("this is not one expression")
}

// Text returns an expression as the parser writes it.
func Text(n *pg.Node) (string, error) {
	one := &pg.SelectStmt{TargetList: []*pg.Node{pg.MakeResTargetNodeWithVal(n, -1)}}
	written, err := pgparse.Deparse(&pg.ParseResult{
		Stmts: []*pg.RawStmt{{Stmt: &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: one}}}},
	})
	if err != nil {
		return "", fmt.Errorf("writing an expression: %w", err)
	}
	return written[len("SELECT "):], nil
}

// Columns returns the names of the columns that a part of a tree reads, sorted. Those of a sub-select's own tables,
// which are written with the name of their table, do not count.
func Columns(nodes ...*pg.Node) []string {
	seen := map[string]bool{}
	for _, n := range nodes {
		if n != nil {
			visit(n.ProtoReflect(), func(m protoreflect.Message) bool {
				if ref, ok := m.Interface().(*pg.ColumnRef); ok {
					if name, ok := Column(ref); ok {
						seen[name] = true
					}
				}
				return true
			})
		}
	}
	out := make([]string, 0, len(seen))
	for name := range seen {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

// Column returns the name of a column that is written alone.
func Column(ref *pg.ColumnRef) (string, bool) {
	if ref == nil || len(ref.Fields) != 1 || ref.Fields[0].GetString_() == nil {
		return "", false
	}
	return ref.Fields[0].GetString_().GetSval(), true
}

// Visit calls f for every message of a tree.
func Visit(n *pg.Node, f func(protoreflect.Message)) {
	visit(n.ProtoReflect(), func(m protoreflect.Message) bool {
		f(m)
		return true
	})
}

// visit calls f for every message of a tree, and goes into those for which it gives true.
func visit(m protoreflect.Message, f func(protoreflect.Message) bool) {
	if !f(m) {
		return
	}
	m.Range(func(d protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case d.IsList() && d.Message() != nil:
			for i := range v.List().Len() {
				visit(v.List().Get(i).Message(), f)
			}
		case !d.IsList() && !d.IsMap() && d.Message() != nil:
			visit(v.Message(), f)
		}
		return true
	})
}

// Rename writes an expression anew with the column from called to, and cast to a type where cast is not "". A name that
// a part of the expression has for something of its own cannot be told from the column's, and is an error.
func Rename(text, from, to, cast string) (string, error) {
	tree, err := pgparse.Parse("SELECT " + text)
	if err != nil {
		return "", fmt.Errorf("reading an expression: %w", err)
	}
	if _, err := only(tree); err != nil {
		return "", err
	}
	written := sqltext.Ident(to)
	if cast != "" {
		written = "(" + written + ")::" + cast
	}
	replacement, err := Expression(written)
	if err != nil {
		return "", err
	}
	if hidden(tree, from) {
		return "", fmt.Errorf("%q is also a name inside of the mask", from)
	}
	visit(tree.Stmts[0].GetStmt().ProtoReflect(), func(m protoreflect.Message) bool {
		n, ok := m.Interface().(*pg.Node)
		if !ok {
			return true
		}
		if name, ok := Column(n.GetColumnRef()); ok && name == from {
			n.Node = replacement.Node
			return false
		}
		return true
	})
	out, err := pgparse.Deparse(tree)
	if err != nil {
		return "", fmt.Errorf("writing an expression: %w", err)
	}
	return out[len("SELECT "):], nil
}

// hidden reports a name that a sub-select of the tree gives to something of its own.
func hidden(tree *pg.ParseResult, name string) bool {
	found := false
	visit(tree.Stmts[0].GetStmt().ProtoReflect(), func(m protoreflect.Message) bool {
		switch n := m.Interface().(type) {
		case *pg.ResTarget:
			found = found || n.Name == name
		case *pg.Alias:
			for _, c := range n.Colnames {
				found = found || c.GetString_().GetSval() == name
			}
		}
		return true
	})
	return found
}
