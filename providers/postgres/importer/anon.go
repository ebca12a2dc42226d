package importer

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Label is a security label as a database or a script has it. Kind is "column", "table", "database", "role", "schema"
// or "function".
type Label struct {
	Kind, Provider        string
	Schema, Table, Column string
	Object                string // for other kinds
	Text                  string
}

// Anon reads SQL scripts with the security labels of PostgreSQL Anonymizer.
func Anon(src []byte) (*Result, error) {
	labels, err := scriptLabels(string(src))
	if err != nil {
		return nil, err
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("there is no SECURITY LABEL in it")
	}
	return AnonLabels(labels), nil
}

// AnonLabels returns the rules of labels, those of a live database too.
func AnonLabels(labels []Label) *Result {
	r := &Result{Tool: "anon"}
	for _, l := range labels {
		provider := ""
		if l.Provider != "anon" && l.Provider != "" {
			provider = " (policy " + l.Provider + ")"
		}
		switch {
		case l.Kind == "column":
			r.column(l.Schema, l.Table, l.Column, withoutSalt(l.Text)+provider, anonLabel(l.Text))
		case l.Kind == "table":
			r.table(l.Schema, l.Table, l.Text+provider, "", "a sample of the rows is a condition: rows = \"…\"")
		default:
			r.general(strings.TrimSpace(l.Kind+" "+l.Object)+": "+l.Text+provider, about(l))
		}
	}
	return r
}

func about(l Label) string {
	switch l.Kind {
	case "role":
		return "who reads a copy is said by roles and grants; the copy is masked for all"
	case "schema", "function":
		return "functions of your own are used in sql(), with their schema"
	}
	return "there is no counterpart"
}

// anonLabel returns the mask of a label on a column.
func anonLabel(text string) outcome {
	words := strings.TrimSpace(text)
	upper := strings.ToUpper(words)
	switch {
	case upper == "NOT MASKED":
		return exactly("keep()")
	case strings.HasPrefix(upper, "MASKED WITH FUNCTION "):
		return anonExpression(words[len("MASKED WITH FUNCTION "):])
	case strings.HasPrefix(upper, "MASKED WITH VALUE "):
		return anonExpression(words[len("MASKED WITH VALUE "):])
	case strings.Contains(upper, "IDENTIFIER"):
		return never("it says what the column is, not how it is masked")
	}
	return never("this label cannot be read")
}

// anonExpression returns the mask of an expression: a constant, a function of anon, or SQL of the team's own.
func anonExpression(text string) outcome {
	tree, err := pgparse.Parse("SELECT " + text)
	if err != nil || len(tree.Stmts) != 1 || len(tree.Stmts[0].GetStmt().GetSelectStmt().GetTargetList()) != 1 {
		return never("it is no expression of SQL")
	}
	node := tree.Stmts[0].GetStmt().GetSelectStmt().GetTargetList()[0].GetResTarget().GetVal()
	if a := read(node); a.known {
		if a.constant == "" && node.GetAConst().GetIsnull() {
			return exactly("null_value()")
		}
		return constant(a.constant, false)
	}
	if f := node.GetFuncCall(); f != nil {
		schema, name := functionName(f)
		var arguments []argument
		for _, n := range f.GetArgs() {
			arguments = append(arguments, read(n))
		}
		switch {
		case name == "ternary" && (schema == "anon" || schema == "") && len(f.GetArgs()) == 3:
			return ternary(f.GetArgs())
		case schema == "anon":
			return anonFunction(name, arguments)
		case schema != "" && schema != "pg_catalog":
			return ownFunction(node, schema+"."+name)
		}
	}
	sql, err := written(node)
	if err != nil || strings.Contains(sql, "anon.") {
		return never("an expression around functions of anon: give its parts with when(), or write it as sql()")
	}
	return expression(sql)
}

// ownFunction is a function of the team's own, which the label trusted.
func ownFunction(node *pg_query.Node, name string) outcome {
	sql, err := written(node)
	if err != nil || strings.Contains(sql, "anon.") {
		return never("a function of your own around functions of anon: write it as sql()")
	}
	o := exactly("sql(" + mask.Quote(sql) + ", { calls = [" + mask.Quote(name) + "] })")
	return o.but("it must see nothing but its arguments")
}

// ternary is when(), each branch of which is a mask.
func ternary(args []*pg_query.Node) outcome {
	condition, err := written(args[0])
	if err != nil {
		return never("its condition cannot be written")
	}
	var branches []outcome
	for _, n := range args[1:] {
		sql, err := written(n)
		if err != nil {
			return never("a branch cannot be written")
		}
		branches = append(branches, anonExpression(sql))
	}
	o := outcome{
		fit:  max(branches[0].fit, branches[1].fit),
		note: strings.Trim(branches[0].note+"; "+branches[1].note, "; "),
	}
	o.mask = choose(condition, branches[0].mask, branches[1].mask)
	return o
}

// written writes a node as SQL.
func written(node *pg_query.Node) (string, error) {
	sql, err := pgparse.Deparse(&pg_query.ParseResult{
		Stmts: []*pg_query.RawStmt{{
			Stmt: &pg_query.Node{Node: &pg_query.Node_SelectStmt{SelectStmt: &pg_query.SelectStmt{
				TargetList: []*pg_query.Node{{
					Node: &pg_query.Node_ResTarget{ResTarget: &pg_query.ResTarget{Val: node}},
				}},
				LimitOption: pg_query.LimitOption_LIMIT_OPTION_DEFAULT,
				Op:          pg_query.SetOperation_SETOP_NONE,
			}}},
		}},
	})
	return strings.TrimPrefix(sql, "SELECT "), err
}

// read reads an argument.
func read(n *pg_query.Node) argument {
	switch {
	case n.GetTypeCast() != nil:
		return read(n.GetTypeCast().GetArg())
	case n.GetColumnRef() != nil:
		fields := n.GetColumnRef().GetFields()
		return argument{column: fields[len(fields)-1].GetString_().GetSval()}
	case n.GetAArrayExpr() != nil:
		a := argument{}
		for _, e := range n.GetAArrayExpr().GetElements() {
			v := read(e)
			if !v.known {
				return argument{}
			}
			a.list = append(a.list, v.constant)
		}
		return a
	case n.GetNamedArgExpr() != nil:
		return read(n.GetNamedArgExpr().GetArg())
	case n.GetAConst() != nil:
		c := n.GetAConst()
		a := argument{known: true}
		switch {
		case c.GetIsnull():
		case c.GetSval() != nil:
			a.constant = c.GetSval().GetSval()
		case c.GetFval() != nil:
			a.constant = c.GetFval().GetFval()
		case c.GetBoolval() != nil:
			a.constant = strconv.FormatBool(c.GetBoolval().GetBoolval())
		default:
			a.constant = strconv.Itoa(int(c.GetIval().GetIval()))
		}
		return a
	}
	return argument{}
}

func functionName(f *pg_query.FuncCall) (schema, name string) {
	names := f.GetFuncname()
	if len(names) > 1 {
		schema = names[len(names)-2].GetString_().GetSval()
	}
	return schema, names[len(names)-1].GetString_().GetSval()
}

var saltedCall = regexp.MustCompile(`(?i)((?:pseudo_\w+|digest|hash|random_hash)\s*\()([^)]*)\)`)

// withoutSalt takes the constants out of functions that take a salt: it is a secret.
func withoutSalt(label string) string {
	return saltedCall.ReplaceAllStringFunc(label, func(call string) string {
		m := saltedCall.FindStringSubmatch(call)
		first, rest, more := strings.Cut(m[2], ",")
		if strings.ContainsAny(first, "'$") {
			return m[1] + "…)"
		}
		if !more || rest == "" {
			return call
		}
		return m[1] + first + ", …)"
	})
}
