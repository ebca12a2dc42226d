package view

import (
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// layoutSQL breaks an expression into lines of at most width columns where it can: between the arguments of functions,
// the branches of a CASE, and the sides of operators. It changes nothing but white space.
func layoutSQL(sql string, width int) []string {
	return layoutAt(strings.TrimSpace(sql), "", width)
}

func layoutAt(sql, indent string, width int) []string {
	if runewidth.StringWidth(indent+sql) <= width {
		return []string{indent + sql}
	}
	for _, split := range []func(string) []int{splitFrom, splitList, splitCase, splitLogic, splitJoin} {
		if at := split(sql); len(at) > 0 {
			return layoutParts(sql, at, indent, width)
		}
	}
	open, end := widestGroup(sql)
	if open < 0 {
		return []string{indent + sql}
	}
	out := []string{indent + sql[:open+1]}
	if inner := strings.TrimSpace(sql[open+1 : end]); inner != "" {
		out = append(out, layoutList(inner, indent+"  ", width)...)
	}
	return append(out, indent+sql[end:])
}

// layoutList lays out what stands between brackets, each part of a list by itself.
func layoutList(sql, indent string, width int) []string {
	var out []string
	from := 0
	if len(splitFrom(sql)) == 0 { // else it is a query, whose list is part of it
		for _, to := range splitList(sql) {
			out = append(out, layoutAt(strings.TrimSpace(sql[from:to]), indent, width)...)
			from = to
		}
	}
	return append(out, layoutAt(strings.TrimSpace(sql[from:]), indent, width)...)
}

// layoutParts lays out the parts of an expression that begin at some places. Those that go on with it stand further in,
// those that end it do not.
func layoutParts(sql string, at []int, indent string, width int) []string {
	var out []string
	from := 0
	for i := 0; i <= len(at); i++ {
		to := len(sql)
		if i < len(at) {
			to = at[i]
		}
		part, in := strings.TrimSpace(sql[from:to]), indent
		if first, _, _ := strings.Cut(part, " "); i > 0 && first != "END" && first != "FROM" {
			in += "  "
		}
		if part != "" {
			out = append(out, layoutAt(part, in, width)...)
		}
		from = to
	}
	return out
}

// sqlWord is a word or an operator outside of quotes and brackets.
type sqlWord struct {
	text  string
	start int
}

// outside calls f with each byte that is in no quotes, and how many brackets are open around it.
func outside(sql string, f func(i, depth int)) {
	depth := 0
	for i := 0; i < len(sql); i++ {
		switch sql[i] {
		case '\'', '"':
			i = closing(sql, i) - 1
			continue
		case ')', ']':
			depth--
		}
		f(i, depth)
		if sql[i] == '(' || sql[i] == '[' {
			depth++
		}
	}
}

// sqlWords returns the words of an expression that are separated by blanks and stand in no brackets.
func sqlWords(sql string) []sqlWord {
	var out []sqlWord
	last, whole := -2, true
	outside(sql, func(i, depth int) {
		if depth > 0 || sql[i] == ' ' {
			return
		}
		if i == 0 || sql[i-1] == ' ' {
			out = append(out, sqlWord{start: i})
			last, whole = i, true
		}
		if len(out) > 0 && whole && i == last+len(out[len(out)-1].text) {
			out[len(out)-1].text += sql[i : i+1]
		} else {
			whole = false
		}
	})
	return out
}

// splitFrom returns where the clauses of a query begin.
func splitFrom(sql string) []int { return splitAt(sql, "FROM", "WHERE") }

// splitList returns where the parts of a list begin.
func splitList(sql string) []int {
	var out []int
	outside(sql, func(i, depth int) {
		if depth == 0 && sql[i] == ',' && strings.TrimSpace(sql[i+1:]) != "" {
			out = append(out, i+1)
		}
	})
	return out
}

// splitCase returns where the branches of the outermost CASE begin.
func splitCase(sql string) []int {
	var at []int
	depth := 0
	for _, w := range sqlWords(sql) {
		switch w.text {
		case "CASE":
			depth++
		case "END":
			if depth == 1 {
				at = append(at, w.start)
			}
			depth--
		case "WHEN", "ELSE":
			if depth == 1 {
				at = append(at, w.start)
			}
		}
	}
	return at
}

func splitLogic(sql string) []int { return splitAt(sql, "AND", "OR") }
func splitJoin(sql string) []int  { return splitAt(sql, "||") }

// splitAt returns where one of some words stands, but at the beginning.
func splitAt(sql string, words ...string) []int {
	var out []int
	for _, w := range sqlWords(sql) {
		if w.start > 0 && slices.Contains(words, w.text) {
			out = append(out, w.start)
		}
	}
	return out
}

// widestGroup returns the brackets with the most between them that stand in no others; -1 where there are none.
func widestGroup(sql string) (open, end int) {
	open, begun := -1, -1
	outside(sql, func(i, depth int) {
		switch {
		case depth > 0:
		case sql[i] == '(' || sql[i] == '[':
			begun = i
		case sql[i] == ')' || sql[i] == ']':
			if begun >= 0 && (open < 0 || i-begun > end-open) {
				open, end = begun, i
			}
		}
	})
	return open, end
}
