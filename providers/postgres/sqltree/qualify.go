package sqltree

import (
	"errors"
	"fmt"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/shoji-pg/shoji/internal/pgparse"
)

// ownSchema is that of PostgreSQL's functions and operators.
const ownSchema = "pg_catalog"

// Qualify writes a statement anew in which every function and operator without a schema is PostgreSQL's own by name, so
// that a search_path with other schemas gives it no other meaning: a function there whose arguments fit better would be
// called instead, although PostgreSQL's own schema comes first. Forms such as IN and CASE x WHEN, which call an
// operator that has no place for a schema, are written as what they mean. It is an error where a form cannot be.
//
// Types, collations and tables without a schema need nothing: they are found by their name alone, in the first schema.
func Qualify(sql string) (string, error) {
	tree, err := pgparse.Parse(sql)
	if err != nil {
		return "", fmt.Errorf("reading a statement: %w", err)
	}
	if len(tree.Stmts) != 1 {
		return "", errors.New("this is not one statement")
	}
	var q qualifier
	q.walk(tree.Stmts[0].Stmt.ProtoReflect())
	if q.err != nil {
		return "", q.err
	}
	out, err := pgparse.Deparse(tree)
	if err != nil {
		return "", fmt.Errorf("writing a statement: %w", err)
	}
	// What runs is the text: it must mean the tree.
	if again, err := pgparse.Parse(out); err != nil || !pgparse.Same(tree, again) {
		return "", errors.New("the statement cannot be written as it was read")
	}
	return out, nil
}

// QualifyExpression is Qualify for one expression.
func QualifyExpression(sql string) (string, error) {
	out, err := Qualify("SELECT " + sql)
	if err != nil {
		return "", err
	}
	return out[len("SELECT "):], nil
}

type qualifier struct{ err error }

func (q *qualifier) fail(form string) {
	if q.err == nil {
		q.err = fmt.Errorf("%s calls an operator that cannot be written with its schema", form)
	}
}

// walk goes through a tree, what is below first.
func (q *qualifier) walk(m protoreflect.Message) {
	m.Range(func(d protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case d.IsList() && d.Message() != nil:
			for i := range v.List().Len() {
				q.walk(v.List().Get(i).Message())
			}
		case !d.IsList() && !d.IsMap() && d.Message() != nil:
			q.walk(v.Message())
		}
		return true
	})
	switch n := m.Interface().(type) {
	case *pg.FuncCall:
		n.Funcname = qualified(n.Funcname)
	case *pg.Node:
		if e := n.GetAExpr(); e != nil {
			q.expression(n, e)
		}
	case *pg.CaseExpr:
		q.simpleCase(n)
	case *pg.SubLink:
		if n.SubLinkType == pg.SubLinkType_ANY_SUBLINK && len(n.OperName) == 0 { // IN (SELECT …)
			n.OperName = []*pg.Node{pg.MakeStrNode("=")}
		}
		n.OperName = qualified(n.OperName)
	case *pg.SortBy:
		if len(n.UseOp) > 0 {
			n.UseOp = qualified(n.UseOp)
		}
	case *pg.JoinExpr:
		if n.IsNatural || len(n.UsingClause) > 0 {
			q.fail("JOIN USING")
		}
	}
}

// qualified adds the schema to a name that has none.
func qualified(name []*pg.Node) []*pg.Node {
	if len(name) != 1 {
		return name
	}
	return append([]*pg.Node{pg.MakeStrNode(ownSchema)}, name...)
}

// expression rewrites an operator; n is the node that holds it.
func (q *qualifier) expression(n *pg.Node, e *pg.A_Expr) {
	left, right := e.Lexpr, e.Rexpr
	switch e.Kind {
	case pg.A_Expr_Kind_AEXPR_OP, pg.A_Expr_Kind_AEXPR_OP_ANY, pg.A_Expr_Kind_AEXPR_OP_ALL:
		e.Name = qualified(e.Name)
	case pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE, pg.A_Expr_Kind_AEXPR_SIMILAR:
		e.Kind, e.Name = pg.A_Expr_Kind_AEXPR_OP, qualified(e.Name)
	case pg.A_Expr_Kind_AEXPR_IN:
		operator, join := e.Name[0].GetString_().GetSval(), pg.BoolExprType_OR_EXPR
		if operator != "=" {
			join = pg.BoolExprType_AND_EXPR
		}
		var parts []*pg.Node
		for _, item := range right.GetList().GetItems() {
			parts = append(parts, compare(left, operator, item))
		}
		*n = *joined(join, parts)
	case pg.A_Expr_Kind_AEXPR_NULLIF:
		*n = *choose(left, when(compare(left, "=", right), null()))
	case pg.A_Expr_Kind_AEXPR_DISTINCT, pg.A_Expr_Kind_AEXPR_NOT_DISTINCT:
		*n = *distinct(left, right, e.Kind == pg.A_Expr_Kind_AEXPR_DISTINCT)
	case pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN:
		bounds := right.GetList().GetItems()
		low, high, join := ">=", "<=", pg.BoolExprType_AND_EXPR
		if e.Kind == pg.A_Expr_Kind_AEXPR_NOT_BETWEEN {
			low, high, join = "<", ">", pg.BoolExprType_OR_EXPR
		}
		*n = *joined(join, []*pg.Node{compare(left, low, bounds[0]), compare(left, high, bounds[1])})
	default:
		q.fail("BETWEEN SYMMETRIC")
	}
}

// simpleCase writes CASE x WHEN y as CASE WHEN x = y.
func (q *qualifier) simpleCase(c *pg.CaseExpr) {
	if c.Arg == nil {
		return
	}
	for _, a := range c.Args {
		w := a.GetCaseWhen()
		w.Expr = compare(c.Arg, "=", w.Expr)
	}
	c.Arg = nil
}

// distinct writes x IS DISTINCT FROM y, or that it is not.
func distinct(left, right *pg.Node, is bool) *pg.Node {
	isNull := func(n *pg.Node) *pg.Node {
		return &pg.Node{
			Node: &pg.Node_NullTest{NullTest: &pg.NullTest{Arg: clone(n), Nulltesttype: pg.NullTestType_IS_NULL}},
		}
	}
	equal := compare(left, "=", right)
	if is {
		equal = joined(pg.BoolExprType_NOT_EXPR, []*pg.Node{equal})
	}
	return choose(equal,
		when(joined(pg.BoolExprType_AND_EXPR, []*pg.Node{isNull(left), isNull(right)}), boolean(!is)),
		when(joined(pg.BoolExprType_OR_EXPR, []*pg.Node{isNull(left), isNull(right)}), boolean(is)))
}

func clone(n *pg.Node) *pg.Node { return proto.Clone(n).(*pg.Node) }

func compare(left *pg.Node, operator string, right *pg.Node) *pg.Node {
	return pg.MakeAExprNode(pg.A_Expr_Kind_AEXPR_OP, qualified([]*pg.Node{pg.MakeStrNode(operator)}), clone(left),
		clone(right), 0)
}

// joined joins conditions; AND and OR of one is itself.
func joined(by pg.BoolExprType, parts []*pg.Node) *pg.Node {
	if len(parts) == 1 && by != pg.BoolExprType_NOT_EXPR {
		return parts[0]
	}
	return pg.MakeBoolExprNode(by, parts, 0)
}

func choose(otherwise *pg.Node, whens ...*pg.Node) *pg.Node {
	return &pg.Node{Node: &pg.Node_CaseExpr{CaseExpr: &pg.CaseExpr{Args: whens, Defresult: clone(otherwise)}}}
}

func when(condition, result *pg.Node) *pg.Node {
	return &pg.Node{Node: &pg.Node_CaseWhen{CaseWhen: &pg.CaseWhen{Expr: condition, Result: result}}}
}

func null() *pg.Node {
	return &pg.Node{Node: &pg.Node_AConst{AConst: &pg.A_Const{Isnull: true}}}
}

func boolean(value bool) *pg.Node {
	return &pg.Node{Node: &pg.Node_AConst{AConst: &pg.A_Const{
		Val: &pg.A_Const_Boolval{Boolval: &pg.Boolean{Boolval: value}},
	}}}
}
