package check

import (
	"math/big"
	"regexp/syntax"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
)

// Allowed is what conditions on one column say of the values that it may have, as far as that can be read: something to
// choose a mask by. Whether the mask then satisfies the conditions, Check says.
type Allowed struct {
	// Longest is the largest number of characters; 0 where nothing bounds it.
	Longest int
	// Values are all that there may be, where they are listed.
	Values []string
	// Example is one that there may be, if Known.
	Example string
	Known   bool
}

// And joins what two sets of conditions say.
func (a Allowed) And(b Allowed) Allowed {
	a.shorten(b.Longest)
	if a.Values == nil {
		a.Values = b.Values
	}
	if !a.Known {
		a.Example, a.Known = b.Example, b.Known
	}
	return a
}

// AllowedBy reads a condition that holds for a column.
func AllowedBy(column string, condition *pg.Node) Allowed {
	a := Allowed{}
	var low, high *big.Rat
	for _, n := range sqltree.Conjuncts(condition) {
		a.read(column, n, &low, &high)
	}
	switch {
	case a.Values != nil:
		a.Example, a.Known = a.Values[0], true
	case a.Known:
	case low != nil && (high == nil || low.Cmp(high) <= 0):
		a.Example, a.Known = decimal(low), true
	case high != nil:
		a.Example, a.Known = decimal(high), true
	}
	return a
}

// read takes from one condition what it says.
func (a *Allowed) read(column string, n *pg.Node, low, high **big.Rat) {
	if b := n.GetBoolExpr(); b != nil && b.Boolop == pg.BoolExprType_OR_EXPR {
		if rest := slices.DeleteFunc(slices.Clone(b.Args), isNullTest); len(rest) == 1 && len(rest) < len(b.Args) {
			a.read(column, rest[0], low, high) // or it is NULL
		}
		return
	}
	x := n.GetAExpr()
	if x == nil || x.Lexpr == nil {
		return
	}
	operator := x.Name[len(x.Name)-1].GetString_().GetSval()
	if elements, ok := list(x.Rexpr); ok && operator == "=" {
		a.readList(column, x.Lexpr, elements)
		return
	}
	limit := evaluator{}.value(x.Rexpr)
	switch f := x.Lexpr.GetFuncCall(); {
	case f != nil && len(f.Args) == 1 && isColumn(f.Args[0], column):
		a.readFunction(f.Funcname[len(f.Funcname)-1].GetString_().GetSval(), operator, limit)
	case !isColumn(x.Lexpr, column):
	case limit.sort == text && limit.one && operator == "=":
		a.Values = []string{limit.exact}
	case limit.sort == text && limit.one:
		a.readPattern(operator, limit.exact)
	case (limit.sort == number || limit.sort == inexact) && isOne(limit):
		bound(operator, limit.low, low, high)
	}
}

func (a *Allowed) readList(column string, left *pg.Node, elements []*pg.Node) {
	f := left.GetFuncCall()
	typeOf := f != nil && len(f.Args) == 1 && isColumn(f.Args[0], column)
	if !typeOf && !isColumn(left, column) {
		return
	}
	var values []string
	for _, e := range elements {
		v := evaluator{}.value(e)
		switch {
		case (v.sort == text || v.sort == other) && v.one:
			values = append(values, v.exact)
		case v.sort == number && isOne(v):
			values = append(values, decimal(v.low))
		default:
			return
		}
	}
	switch {
	case !typeOf:
		a.Values = values
	case len(values) > 0:
		a.readFunction(f.Funcname[len(f.Funcname)-1].GetString_().GetSval(), "=", textOf(values[0]))
	}
}

// readFunction is for what a function of the column is compared with.
func (a *Allowed) readFunction(name, operator string, limit value) {
	switch name {
	case "length", "char_length", "character_length", "octet_length":
		if limit.sort != number || !isOne(limit) || !limit.low.IsInt() {
			return
		}
		n := int(limit.low.Num().Int64())
		switch operator {
		case "<":
			a.shorten(n - 1)
		case "<=", "=":
			a.shorten(n)
		}
		if (operator == "=" || operator == ">=") && n > 0 && n <= 1000 && !a.Known {
			a.Example, a.Known = strings.Repeat("*", n), true
		}
	case "jsonb_typeof", "json_typeof":
		document, known := map[string]string{
			"object": "{}", "array": "[]", "string": `""`, "number": "0", "boolean": "false", "null": "null",
		}[limit.exact]
		if operator == "=" && limit.one && known {
			a.Example, a.Known = document, true
		}
	}
}

// readPattern takes the longest text and an example from a pattern.
func (a *Allowed) readPattern(operator, pattern string) {
	read := regexPattern
	switch operator {
	case "~~", "~~*":
		read = likePattern
	case "~", "~*":
	default:
		return
	}
	p, ok := read(pattern, false)
	if !ok {
		return
	}
	l, err := parseLanguage(p.expression)
	if err != nil {
		return
	}
	if _, longest := l.lengths(); longest > 0 {
		a.shorten(longest)
	}
	if s, ok := l.shortest(); ok && s != "" {
		a.Example, a.Known = s, true
	}
}

func (a *Allowed) shorten(n int) {
	if n > 0 && (a.Longest == 0 || n < a.Longest) {
		a.Longest = n
	}
}

// bound narrows a range of numbers. A bound that is not of the range is taken one further.
func bound(operator string, limit *big.Rat, low, high **big.Rat) {
	one := big.NewRat(1, 1)
	switch operator {
	case "=":
		*low, *high = limit, limit
	case ">":
		limit = new(big.Rat).Add(limit, one)
		fallthrough
	case ">=":
		if *low == nil || (*low).Cmp(limit) < 0 {
			*low = limit
		}
	case "<":
		limit = new(big.Rat).Sub(limit, one)
		fallthrough
	case "<=":
		if *high == nil || (*high).Cmp(limit) > 0 {
			*high = limit
		}
	}
}

func decimal(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	return r.FloatString(6)
}

func isNullTest(n *pg.Node) bool {
	return n.GetNullTest().GetNulltesttype() == pg.NullTestType_IS_NULL && n.GetNullTest() != nil
}

// isColumn reports whether an expression is a column, through casts.
func isColumn(n *pg.Node, column string) bool {
	for n.GetTypeCast() != nil {
		n = n.GetTypeCast().Arg
	}
	name, ok := sqltree.Column(n.GetColumnRef())
	return ok && name == column
}

// shortest returns the shortest text of a language, of characters that can be written; the first of those that are as
// short. ok is false where that takes too long.
func (l *language) shortest() (text string, ok bool) {
	type reached struct {
		place
		text string
	}
	start := place{[]uint32{uint32(l.prog.Start)}, true}
	seen := map[string]bool{start.key(): true}
	for todo := []reached{{start, ""}}; len(todo) > 0 && len(seen) < tooMany; todo = todo[1:] {
		at := todo[0]
		if l.accepts(at.place) {
			return at.text, true
		}
		open := l.open(at.place, false)
		for _, r := range l.plainest(open) {
			if next := l.step(open, r); !seen[next.key()] {
				seen[next.key()] = true
				todo = append(todo, reached{next, at.text + string(r)})
			}
		}
	}
	return "", false
}

// plainest returns one character for each instruction that can be next: a letter or a digit where one does.
func (l *language) plainest(open []uint32) []rune {
	var out []rune
	for _, pc := range open {
		i := &l.prog.Inst[pc]
		if i.Op == syntax.InstMatch {
			continue
		}
		for _, r := range "a1A0-._@ " {
			if i.MatchRune(r) {
				out = append(out, r)
				break
			}
		}
		if len(i.Rune) > 0 && !slices.ContainsFunc(out, i.MatchRune) {
			out = append(out, i.Rune[0])
		}
	}
	return out
}
