package sqltree

import (
	"fmt"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/internal/pgparse"
)

// Conjuncts returns the conditions that a condition joins with AND, each as the parser writes it, so that two that
// differ in nothing but white space and brackets are equal texts.
func Conjuncts(text string) ([]string, error) {
	root, err := Expression(text)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range conjuncts(root) {
		one := &pg.SelectStmt{TargetList: []*pg.Node{pg.MakeResTargetNodeWithVal(n, -1)}}
		written, err := pgparse.Deparse(&pg.ParseResult{
			Stmts: []*pg.RawStmt{{Stmt: &pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: one}}}},
		})
		if err != nil {
			return nil, fmt.Errorf("writing a condition: %w", err)
		}
		out = append(out, written)
	}
	return out, nil
}

func conjuncts(n *pg.Node) []*pg.Node {
	b := n.GetBoolExpr()
	if b == nil || b.Boolop != pg.BoolExprType_AND_EXPR {
		return []*pg.Node{n}
	}
	var out []*pg.Node
	for _, a := range b.Args {
		out = append(out, conjuncts(a)...)
	}
	return out
}
