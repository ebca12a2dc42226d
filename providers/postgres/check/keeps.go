package check

import (
	"math/big"
	"regexp/syntax"
	"slices"
	"time"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// kept returns what a condition on a masked row owes to the raw one.
type kept struct {
	same    bool // it has the same result
	implied bool // it is not false where it was not
}

// keeps follows a condition down to the parts where masked columns stand.
func (t MaskedTable) keeps(n *pg.Node) kept {
	reads := t.Reads(n)
	if len(reads) == 0 {
		return kept{true, true}
	}
	if b := n.GetBoolExpr(); b != nil {
		all := kept{true, true}
		for _, a := range b.Args {
			k := t.keeps(a)
			all.same, all.implied = all.same && k.same, all.implied && k.implied
		}
		if b.Boolop == pg.BoolExprType_NOT_EXPR {
			all.implied = all.same
		}
		return all
	}
	if test := n.GetNullTest(); test != nil {
		same := t.nullKept(test.Arg)
		return kept{same, same}
	}
	if x := n.GetAExpr(); x != nil && x.Kind == pg.A_Expr_Kind_AEXPR_OP && x.Lexpr != nil {
		return t.keepsComparison(x)
	}
	return kept{}
}

// nullKept reports a column whose mask gives NULL for NULL and for nothing else.
func (t MaskedTable) nullKept(n *pg.Node) bool {
	name, ok := sqltree.Column(n.GetColumnRef())
	r := t.Masked[name]
	if !ok || t.Generated[name] != nil {
		return false
	}
	for _, o := range r.others {
		if o.null != mask.NullKept {
			return false
		}
	}
	return r.null == mask.NullKept
}

// keepsComparison knows what masks keep of a value: how it compares with a constant, its length, its form.
func (t MaskedTable) keepsComparison(x *pg.A_Expr) kept {
	operator := x.Name[len(x.Name)-1].GetString_().GetSval()
	if f := x.Lexpr.GetFuncCall(); f != nil && t.onlyNulls(f) && len(t.Reads(x.Rexpr)) == 0 {
		return kept{true, true}
	}
	if l, r := x.Lexpr.GetNullTest(), x.Rexpr.GetNullTest(); l != nil && r != nil {
		same := t.keeps(x.Lexpr).same && t.keeps(x.Rexpr).same
		return kept{same, same}
	}
	limit := evaluator{}.value(x.Rexpr)
	if f := x.Lexpr.GetFuncCall(); f != nil && len(f.Args) == 1 && limit.sort == number {
		name := f.Funcname[len(f.Funcname)-1].GetString_().GetSval()
		if r, ok := t.only(f.Args[0]); ok && (name == "char_length" || name == "character_length" || name == "length") {
			shorter := r.noLonger && (operator == "<" || operator == "<=")
			return kept{r.sameLength, r.sameLength || shorter}
		}
	}
	r, ok := t.only(x.Lexpr)
	if !ok {
		return kept{}
	}
	switch {
	case limit.sort == number && isOne(limit) && r.step != nil && r.step.Sign() > 0:
		multiple := new(big.Rat).Quo(limit.low, r.step).IsInt()
		return kept{implied: operator == "<" || operator == "<=" || operator == ">=" && multiple}
	case limit.sort == number && isOne(limit) && r.negative && limit.low.Sign() == 0 &&
		(operator == ">=" || operator == "<"):
		return kept{true, true}
	case limit.sort == number && isOne(limit) && r.sign:
		return kept{
			implied: limit.low.Sign() == 0 &&
				(operator == ">=" || operator == "<=" || r.positive && (operator == ">" || operator == "<")),
		}
	case limit.sort == day && isOne(limit) && r.unit != "":
		return kept{implied: operator == "<" || operator == "<=" || operator == ">=" && firstDay(limit, r.unit)}
	case limit.sort == text && r.digits && (operator == "~" || operator == "~~"):
		return kept{implied: digitsAlike(operator, limit.exact)}
	}
	return kept{}
}

// firstDay reports a date that is the first of its unit.
func firstDay(v value, unit string) bool {
	at := time.Unix(v.low.Num().Int64()*86400, 0).UTC()
	switch unit {
	case "day":
		return true
	case "month":
		return at.Day() == 1
	case "quarter":
		return at.Day() == 1 && at.Month()%3 == 1
	case "year":
		return at.YearDay() == 1
	}
	return false
}

// only returns the results of the one masked column that an expression is, through casts between texts. Masks that
// differ from row to row keep nothing here.
func (t MaskedTable) only(n *pg.Node) (Results, bool) {
	for n.GetTypeCast() != nil {
		names := n.GetTypeCast().TypeName.GetNames()
		if len(names) == 0 || len(n.GetTypeCast().TypeName.GetTypmods()) > 0 {
			return Results{}, false
		}
		switch names[len(names)-1].GetString_().GetSval() {
		case "text", "varchar", "numeric", "int8":
		default:
			return Results{}, false
		}
		n = n.GetTypeCast().Arg
	}
	name, ok := sqltree.Column(n.GetColumnRef())
	r, masked := t.Masked[name]
	return r, ok && masked && r.others == nil && t.Generated[name] == nil &&
		(r.null == mask.NullKept || r.null == mask.NullNever)
}

// onlyNulls reports num_nulls() and num_nonnulls() of columns whose NULLs stay where they are.
func (t MaskedTable) onlyNulls(f *pg.FuncCall) bool {
	name := f.Funcname[len(f.Funcname)-1].GetString_().GetSval()
	if name != "num_nulls" && name != "num_nonnulls" {
		return false
	}
	for _, a := range f.Args {
		if len(t.Reads(a)) > 0 && !t.nullKept(a) {
			return false
		}
	}
	return true
}

// DigitsApart reports a condition under which digits() keeps different values different: each has a digit, and none has
// one of another script, which the mask writes as a plain one.
func (t MaskedTable) DigitsApart(n *pg.Node) bool {
	if b := n.GetBoolExpr(); b != nil && b.Boolop == pg.BoolExprType_AND_EXPR {
		return slices.ContainsFunc(b.Args, t.DigitsApart)
	}
	x := n.GetAExpr()
	if x == nil || x.Kind != pg.A_Expr_Kind_AEXPR_OP || x.Lexpr == nil {
		return false
	}
	operator := x.Name[len(x.Name)-1].GetString_().GetSval()
	r, ok := t.only(x.Lexpr)
	limit := evaluator{}.value(x.Rexpr)
	if !ok || !r.digits || limit.sort != text || operator != "~" {
		return false
	}
	p, ok := regexPattern(limit.exact, false)
	if !ok {
		return false
	}
	l, err := parseLanguage(p.expression)
	return err == nil && apart(l, mustLanguage(`[^0-9]*`)) && apart(l, mustLanguage(`(?s).*[０-９٠-٩۰-۹].*`))
}

// digitsAlike reports a pattern to which all digits are alike, and which none without a digit matches: digits() leaves
// its matches matches.
func digitsAlike(operator, text string) bool {
	read := regexPattern
	if operator == "~~" {
		read = likePattern
	}
	p, ok := read(text, false)
	if !ok || p.letters {
		return false
	}
	l, err := parseLanguage(p.expression)
	if err != nil || !apart(l, mustLanguage(`[^0-9０-９٠-٩۰-۹]*`)) {
		return false
	}
	for k := range l.prog.Inst {
		i := &l.prog.Inst[k]
		if i.Op != syntax.InstRune && i.Op != syntax.InstRune1 {
			continue
		}
		plain, some := true, false
		for _, r := range "0123456789" {
			plain, some = plain && i.MatchRune(r), some || i.MatchRune(r)
		}
		for _, r := range "０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹" {
			some = some || i.MatchRune(r)
		}
		if some && !plain {
			return false
		}
	}
	return true
}
