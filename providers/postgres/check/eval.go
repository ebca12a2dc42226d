package check

import (
	"encoding/json"
	"math/big"
	"strings"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/personal"
)

// evaluator works a condition out as far as the values of columns are known. What it does not know can be anything, so
// that a result that is not among those it gives is certain not to come.
type evaluator struct {
	columns map[string]value
	// generated are the expressions of generated columns.
	generated map[string]*pg.Node
}

// condition returns the results that a condition can have.
func (e evaluator) condition(n *pg.Node) outcomes {
	switch {
	case n.GetBoolExpr() != nil:
		b := n.GetBoolExpr()
		if b.Boolop == pg.BoolExprType_NOT_EXPR && len(b.Args) == 1 {
			return not(e.condition(b.Args[0]))
		}
		out := e.condition(b.Args[0])
		for _, a := range b.Args[1:] {
			if b.Boolop == pg.BoolExprType_AND_EXPR {
				out = and(out, e.condition(a))
			} else {
				out = or(out, e.condition(a))
			}
		}
		return out
	case n.GetNullTest() != nil:
		return nullTest(n.GetNullTest(), e.value(n.GetNullTest().Arg))
	case n.GetBooleanTest() != nil:
		return booleanTest(n.GetBooleanTest().Booltesttype, e.condition(n.GetBooleanTest().Arg))
	case n.GetAExpr() != nil:
		return e.operator(n.GetAExpr())
	}
	switch v := e.value(n); v.sort {
	case truth:
		return v.set
	case null:
		return isNull
	}
	return anything
}

func nullTest(t *pg.NullTest, v value) outcomes {
	out := either
	switch v.sort {
	case null:
		out = isTrue
	case unknown:
	default:
		out = isFalse
	}
	if t.Nulltesttype == pg.NullTestType_IS_NOT_NULL {
		return not(out)
	}
	return out
}

func booleanTest(t pg.BoolTestType, of outcomes) outcomes {
	wanted := map[pg.BoolTestType]outcomes{
		pg.BoolTestType_IS_TRUE:        isTrue,
		pg.BoolTestType_IS_NOT_TRUE:    isFalse | isNull,
		pg.BoolTestType_IS_FALSE:       isFalse,
		pg.BoolTestType_IS_NOT_FALSE:   isTrue | isNull,
		pg.BoolTestType_IS_UNKNOWN:     isNull,
		pg.BoolTestType_IS_NOT_UNKNOWN: either,
	}[t]
	var out outcomes
	of.each(func(o outcomes) {
		if o&wanted != 0 {
			out |= isTrue
		} else {
			out |= isFalse
		}
	})
	return out
}

func (e evaluator) operator(x *pg.A_Expr) outcomes {
	name := x.Name[len(x.Name)-1].GetString_().GetSval()
	switch x.Kind {
	case pg.A_Expr_Kind_AEXPR_OP, pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE:
		if x.Lexpr == nil {
			return anything
		}
		return compared(name, e.value(x.Lexpr), e.value(x.Rexpr))
	case pg.A_Expr_Kind_AEXPR_IN, pg.A_Expr_Kind_AEXPR_OP_ANY, pg.A_Expr_Kind_AEXPR_OP_ALL:
		elements, ok := list(x.Rexpr)
		if !ok || len(elements) == 0 {
			return anything
		}
		left := e.value(x.Lexpr)
		anyOf := x.Kind == pg.A_Expr_Kind_AEXPR_OP_ANY || x.Kind == pg.A_Expr_Kind_AEXPR_IN && name == "="
		var out outcomes
		for i, element := range elements {
			one := compared(name, left, e.value(element))
			switch {
			case i == 0:
				out = one
			case anyOf:
				out = or(out, one)
			default:
				out = and(out, one)
			}
		}
		return out
	}
	return anything
}

// list returns the elements of a list or of an array that is written out, through casts of the whole.
func list(n *pg.Node) ([]*pg.Node, bool) {
	for n.GetTypeCast() != nil {
		n = n.GetTypeCast().Arg
	}
	switch {
	case n.GetList() != nil:
		return n.GetList().Items, true
	case n.GetAArrayExpr() != nil:
		return n.GetAArrayExpr().Elements, true
	}
	return nil, false
}

// value returns what is known of an expression's value.
func (e evaluator) value(n *pg.Node) value {
	switch {
	case n.GetAConst() != nil:
		return constant(n.GetAConst())
	case n.GetColumnRef() != nil:
		name, ok := sqltree.Column(n.GetColumnRef())
		if !ok {
			return value{}
		}
		if made := e.generated[name]; made != nil {
			v := e.value(made)
			v.column = ""
			return v
		}
		return e.columns[name]
	case n.GetTypeCast() != nil:
		return e.cast(n.GetTypeCast())
	case n.GetCoalesceExpr() != nil:
		for _, a := range n.GetCoalesceExpr().Args {
			if v := e.value(a); v.sort != null {
				return v // where it is not known, nothing is
			}
		}
		return value{sort: null}
	case n.GetFuncCall() != nil:
		return e.function(n.GetFuncCall())
	case n.GetAExpr() != nil && n.GetAExpr().Lexpr == nil && n.GetAExpr().Name[0].GetString_().GetSval() == "-":
		v := e.value(n.GetAExpr().Rexpr)
		if isOne(v) && v.sort == number {
			return numberOf(new(big.Rat).Neg(v.low))
		}
		return value{}
	case n.GetBoolExpr() != nil, n.GetNullTest() != nil, n.GetBooleanTest() != nil, n.GetAExpr() != nil:
		if n.GetAExpr() != nil && !isCondition(n.GetAExpr()) {
			return value{}
		}
		return value{sort: truth, set: e.condition(n)}
	}
	return value{}
}

func isCondition(x *pg.A_Expr) bool {
	return x.Kind != pg.A_Expr_Kind_AEXPR_OP ||
		strings.ContainsAny(x.Name[len(x.Name)-1].GetString_().GetSval(), "=<>~")
}

func constant(c *pg.A_Const) value {
	switch {
	case c.Isnull:
		return value{sort: null}
	// by a schema lock: it can have been anything
	case c.GetSval() != nil && personal.IsRedacted(c.GetSval().GetSval()):
		return value{}
	case c.GetSval() != nil:
		return textOf(c.GetSval().GetSval())
	case c.GetIval() != nil:
		return numberOf(big.NewRat(int64(c.GetIval().GetIval()), 1))
	case c.GetFval() != nil:
		return literal(c.GetFval().GetFval(), "numeric")
	case c.GetBoolval() != nil:
		if c.GetBoolval().GetBoolval() {
			return value{sort: truth, set: isTrue}
		}
		return value{sort: truth, set: isFalse}
	}
	// An integer 0 is written as one without a value.
	if _, zero := c.Val.(*pg.A_Const_Ival); zero {
		return numberOf(new(big.Rat))
	}
	return value{}
}

// cast returns a value as another type, where that says the same.
func (e evaluator) cast(c *pg.TypeCast) value {
	names := c.TypeName.GetNames()
	if len(names) == 0 || len(c.TypeName.GetArrayBounds()) > 0 {
		return value{}
	}
	name := names[len(names)-1].GetString_().GetSval()
	v := e.value(c.Arg)
	if a := c.Arg.GetAConst(); a != nil && a.GetSval() != nil {
		if len(c.TypeName.GetTypmods()) > 0 && name != "numeric" || personal.IsRedacted(a.GetSval().GetSval()) {
			return value{}
		}
		return literal(a.GetSval().GetSval(), name)
	}
	switch texts := name == "text" || name == "varchar" || name == "citext"; {
	case v.sort == null:
		return v
	case texts && v.sort == text && len(c.TypeName.GetTypmods()) == 0 && !v.padded:
		v.fold = name == "citext"
		return v
	case texts && v.sort == text && len(c.TypeName.GetTypmods()) == 0 && v.padded && name != "citext":
		return unpadded(v)
	case texts && v.sort == other && v.enum && len(c.TypeName.GetTypmods()) == 0 && name != "citext":
		return textOf(v.exact)
	case (name == "int8" || name == "numeric") && v.sort == number && len(c.TypeName.GetTypmods()) == 0 &&
		(name == "numeric" || isOne(v) && v.low.IsInt()):
		return v
	case (name == "float4" || name == "float8") && v.sort == number && whole(v):
		v.sort = inexact
		return v
	}
	return value{}
}

// unpadded returns a char(n) as text, which loses the spaces at its end.
func unpadded(v value) value {
	if v.one {
		return textOf(strings.TrimRight(v.exact, " "))
	}
	v.padded = false
	if v.in == nil || !within(v.in, mustLanguage(`|.*[^ ]`)) {
		v.in = nil
	}
	return v
}

// function returns the result of the few functions that constraints are made of.
func (e evaluator) function(f *pg.FuncCall) value {
	name := f.Funcname[len(f.Funcname)-1].GetString_().GetSval()
	var args []value
	for _, a := range f.Args {
		v := e.value(a)
		if v.sort == null {
			return v // all of these are strict
		}
		args = append(args, v)
	}
	if len(args) == 1 && (name == "jsonb_typeof" || name == "json_typeof") {
		return jsonType(args[0])
	}
	if len(args) == 0 || args[0].sort != text || args[0].odd {
		return value{}
	}
	v := args[0]
	switch {
	case len(args) == 1 && (name == "lower" || name == "upper"):
		return mapped(v, map[string]string{"lower": `[^A-Z\x80-\x{10FFFF}]*`, "upper": `[^a-z\x80-\x{10FFFF}]*`}[name],
			map[string]func(string) string{"lower": strings.ToLower, "upper": strings.ToUpper}[name])
	case len(args) == 1 && (name == "btrim" || name == "ltrim" || name == "rtrim") && !v.padded:
		return mapped(v, `|[^ ]|[^ ].*[^ ]`, func(s string) string {
			if name != "ltrim" {
				s = strings.TrimRight(s, " ")
			}
			if name != "rtrim" {
				s = strings.TrimLeft(s, " ")
			}
			return s
		})
	case len(args) == 1 && (name == "char_length" || name == "character_length" || name == "length"):
		return lengthOf(v)
	case len(args) == 1 && name == "octet_length":
		return octetsOf(v)
	case len(args) == 2 && (name == "position" || name == "strpos") && args[1].sort == text && v.one && args[1].one &&
		!v.fold:
		at := strings.Index(v.exact, args[1].exact)
		if at >= 0 {
			at = utf8.RuneCountInString(v.exact[:at])
		}
		return numberOf(big.NewRat(int64(at+1), 1))
	case len(args) == 2 && (name == "position" || name == "strpos") && args[1].sort == text && args[1].one && !v.fold:
		return positionOf(v, args[1].exact)
	}
	return value{}
}

// mapped returns a function's result, for texts that it leaves as they are, and for one that Go maps alike.
func mapped(v value, same string, f func(string) string) value {
	l := v.language()
	switch {
	case l != nil && within(l, mustLanguage(same)):
		return v
	case v.one && !v.padded && within(l, ascii):
		out := textOf(f(v.exact))
		out.fold = v.fold
		return out
	}
	return value{sort: text, fold: v.fold, padded: v.padded}
}

// lengthOf bounds the number of characters. It tries lengths, up to more than constraints ask for.
func lengthOf(v value) value {
	out := numberOf(nil)
	out.low = new(big.Rat)
	if v.one {
		return numberOf(big.NewRat(int64(utf8.RuneCountInString(v.exact)), 1))
	}
	if v.in == nil || v.padded {
		return out
	}
	low, high := v.in.lengths()
	out.low = big.NewRat(int64(low), 1)
	if high >= 0 {
		out.high = big.NewRat(int64(high), 1)
	}
	return out
}

// octetsOf bounds the number of bytes: one for a character of ASCII in every encoding, up to four for others.
func octetsOf(v value) value {
	out := lengthOf(v)
	switch l := v.language(); {
	case v.padded:
		return numberOf(nil)
	case l != nil && within(l, ascii):
	case out.high != nil:
		out.high = new(big.Rat).Mul(out.high, big.NewRat(4, 1))
	}
	return out
}

// jsonType returns what json_typeof() says of a document that is known.
func jsonType(v value) value {
	if v.sort != other || !v.one || v.kind != "json" && v.kind != "jsonb" {
		return value{}
	}
	var document any
	if json.Unmarshal([]byte(v.exact), &document) != nil {
		return value{}
	}
	switch document.(type) {
	case map[string]any:
		return textOf("object")
	case []any:
		return textOf("array")
	case string:
		return textOf("string")
	case float64:
		return textOf("number")
	case bool:
		return textOf("boolean")
	}
	return textOf("null")
}

// positionOf bounds the place of a text in others.
func positionOf(v value, part string) value {
	out := numberOf(nil)
	out.low = new(big.Rat)
	p, _ := likePattern("%"+strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(part)+"%", false)
	wanted, err := parseLanguage(p.expression)
	l := v.language()
	if err != nil || l == nil {
		return out
	}
	if within(l, wanted) {
		out.low = big.NewRat(1, 1)
	}
	if apart(l, wanted) {
		out.high = new(big.Rat)
	}
	return out
}
