package sqltree

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// ReadableColumn returns the column whose whole value anybody reads in the result of an expression, such as n || ”,
// coalesce(n, n) or upper(n); "" where there is none, or where that cannot be told from the text alone.
func ReadableColumn(text string) string {
	n, err := Expression(text)
	if err != nil {
		return ""
	}
	return readable(n)
}

// plain are functions whose result is their argument for a reader: another case, other blanks, another type.
var plain = []string{"upper", "lower", "initcap", "btrim", "ltrim", "rtrim", "concat", "format", "text", "varchar"}

func readable(n *pg.Node) string {
	switch e := n.GetNode().(type) {
	case *pg.Node_ColumnRef:
		name, _ := Column(e.ColumnRef)
		return name
	case *pg.Node_TypeCast:
		return readable(e.TypeCast.Arg)
	case *pg.Node_CollateClause:
		return readable(e.CollateClause.Arg)
	case *pg.Node_CoalesceExpr:
		return readable(e.CoalesceExpr.Args[0])
	case *pg.Node_AExpr:
		return ofOperator(e.AExpr)
	case *pg.Node_FuncCall:
		return ofFunction(e.FuncCall)
	case *pg.Node_CaseExpr:
		return ofCase(e.CaseExpr)
	}
	return ""
}

// ofOperator is for a value beside a constant that it can be told from: a text joined to it, a number plus nothing.
func ofOperator(e *pg.A_Expr) string {
	if e.Kind == pg.A_Expr_Kind_AEXPR_NULLIF && isConstant(e.Rexpr) {
		return readable(e.Lexpr)
	}
	if e.Kind != pg.A_Expr_Kind_AEXPR_OP || len(e.Name) != 1 {
		return ""
	}
	neutral := map[string]int32{"+": 0, "-": 0, "*": 1, "/": 1}
	op := e.Name[0].GetString_().GetSval()
	fits := func(c *pg.Node) bool {
		if op == "||" {
			return isConstant(c)
		}
		number, arithmetic := neutral[op]
		value, whole := c.GetAConst().GetVal().(*pg.A_Const_Ival)
		return arithmetic && whole && value.Ival.GetIval() == number
	}
	switch {
	case fits(e.Rexpr):
		return readable(e.Lexpr)
	case fits(e.Lexpr) && op != "-" && op != "/":
		return readable(e.Rexpr)
	}
	return ""
}

// ofFunction is for functions that change a value's looks alone, and for one that is undone.
func ofFunction(f *pg.FuncCall) string {
	name := f.Funcname[len(f.Funcname)-1].GetString_().GetSval()
	if name == "reverse" && len(f.Args) == 1 {
		inner := f.Args[0].GetFuncCall()
		if inner != nil && len(inner.Args) == 1 &&
			inner.Funcname[len(inner.Funcname)-1].GetString_().GetSval() == "reverse" {
			return readable(inner.Args[0])
		}
		return ""
	}
	if !slices.Contains(plain, name) {
		return ""
	}
	column := ""
	for _, a := range f.Args {
		if isConstant(a) {
			continue
		}
		if column != "" || readable(a) == "" {
			return ""
		}
		column = readable(a)
	}
	return column
}

// ofCase is for a choice between the same value and itself.
func ofCase(c *pg.CaseExpr) string {
	column := readable(c.Defresult)
	for _, w := range c.Args {
		if readable(w.GetCaseWhen().GetResult()) != column {
			return ""
		}
	}
	return column
}

func isConstant(n *pg.Node) bool {
	if cast := n.GetTypeCast(); cast != nil {
		return isConstant(cast.Arg)
	}
	return n.GetAConst() != nil
}
