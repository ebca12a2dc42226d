package sqltree

import pg "github.com/pganalyze/pg_query_go/v6"

// ConjunctTexts returns the conditions that a condition joins with AND, each as the parser writes it, so that two that
// differ in nothing but white space and brackets are equal texts.
func ConjunctTexts(text string) ([]string, error) {
	root, err := Expression(text)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range Conjuncts(root) {
		written, err := Text(n)
		if err != nil {
			return nil, err
		}
		out = append(out, written)
	}
	return out, nil
}

// Conjuncts returns the conditions that a condition joins with AND.
func Conjuncts(n *pg.Node) []*pg.Node {
	b := n.GetBoolExpr()
	if b == nil || b.Boolop != pg.BoolExprType_AND_EXPR {
		return []*pg.Node{n}
	}
	var out []*pg.Node
	for _, a := range b.Args {
		out = append(out, Conjuncts(a)...)
	}
	return out
}
