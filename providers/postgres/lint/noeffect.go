package lint

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

func noEffect() Analyzer {
	return Analyzer{
		Code:     "no_effect",
		Severity: diag.Warning,
		Title:    "Mask does not change the value",
		Catalog:  true,
		Doc:      "The column looks masked in the spec and in the plan, but is copied raw.",
		Example:  `column "email" { mask = sql("email::text") }`,
		Run: func(p *Pass) {
			for c := range p.Masked() {
				for part := range c.Mask.Parts() {
					if why := p.unchanged(c, part); why != "" {
						p.Report(Finding{
							Subject: c.FullName(),
							Range:   c.Range,
							Detail: fmt.Sprintf("%s of %s: %s. Use a mask that hides the value, or keep the column "+
								"by name, so that everybody sees that it is kept.", part.Text, c.FullName(), why),
						})
						break
					}
				}
			}
		},
	}
}

// unchanged returns why a mask does not change the values of a column; "" if it does, or if that is unknown. A part of
// a mask for arrays or documents gets other values than the column's.
func (p *Pass) unchanged(c CheckedColumn, m *mask.Mask) string {
	u := c.Type.Underlying()
	whole := m == c.Mask || c.Mask.Name == "when"
	switch {
	case sqlOf(m) != "":
		e := p.Expression(sqlOf(m))
		if e.Column == c.Name && !slices.ContainsFunc(e.Casts, func(t string) bool { return loses(t, u) }) {
			return "the expression is the column itself"
		}
		if len(e.Casts) == 0 && e.Column == "" && sqltree.ReadableColumn(sqlOf(m)) == c.Name {
			return "the result contains the whole value"
		}
	case m.Name == "when" && keeps(m, 1) && keeps(m, 2):
		return "both branches keep the value"
	case m.Name == "when" && (keeps(m, 1) || keeps(m, 2)) && p.constant(m):
		return "the condition is constant, and a branch keeps the value"
	case m.Name == "array" && keeps(m, 0):
		return "every element is kept"
	case m.Name == "json" && everyPathKeeps(m):
		return "every path is kept"
	case m.Name == "regex":
		return unmatched(m, u, whole)
	case m.Name == "truncate" && whole:
		return truncatesNothing(m, u)
	case m.Name == "one_of" && whole && len(m.Arguments()) == 0 && len(u.Labels) == 1:
		return "the enum has only one label"
	}
	return ""
}

// constant reports whether a condition does not read the row.
func (p *Pass) constant(when *mask.Mask) bool {
	condition, _ := when.Arguments()[0].(string)
	return condition != "" && p.Expression(condition).Constant
}

// loses reports whether a cast can change a value.
func loses(cast string, from mask.Type) bool {
	switch cast {
	case "text", "varchar", "citext", "bpchar", "name":
		return false
	}
	return cast != from.Name
}

// keeps reports whether an argument is keep().
func keeps(m *mask.Mask, argument int) bool {
	if argument >= len(m.Arguments()) {
		return false
	}
	inner, ok := m.Arguments()[argument].(*mask.Mask)
	return ok && inner.Name == "keep"
}

func everyPathKeeps(m *mask.Mask) bool {
	paths, _ := m.Arguments()[0].(map[string]any)
	if len(m.Arguments()) > 1 {
		return false // otherwise masks the rest
	}
	for _, v := range paths {
		if inner, ok := v.(*mask.Mask); !ok || inner.Name != "keep" {
			return false
		}
	}
	return len(paths) > 0
}

// unmatched returns why regex() leaves every value unchanged: matches are replaced by themselves, or the pattern is
// longer than any value and values that do not match are kept.
func unmatched(m *mask.Mask, u mask.Type, whole bool) string {
	if len(m.Arguments()) < 2 {
		return ""
	}
	pattern, _ := m.Arguments()[0].(string)
	replacement, _ := m.Arguments()[1].(string)
	if replacement == `\&` || replacement == `\0` {
		return "what matches is replaced by itself"
	}
	if option(m, "unmatched") != "keep" {
		return ""
	}
	if replacement == pattern && !strings.ContainsAny(pattern, `\.+*?()|[]{}^$`) {
		return "what matches is replaced by itself"
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if n := u.MaxLength; whole && n > 0 && err == nil && shortest(tree) > n {
		return fmt.Sprintf("the pattern matches at least %d characters, and the column holds %d", shortest(tree), n)
	}
	return ""
}

// shortest returns the least number of characters that a pattern matches.
func shortest(r *syntax.Regexp) int {
	switch r.Op {
	case syntax.OpLiteral:
		return len(r.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return shortest(r.Sub[0])
	case syntax.OpRepeat:
		return r.Min * shortest(r.Sub[0])
	case syntax.OpConcat:
		n := 0
		for _, s := range r.Sub {
			n += shortest(s)
		}
		return n
	case syntax.OpAlternate:
		n := shortest(r.Sub[0])
		for _, s := range r.Sub[1:] {
			n = min(n, shortest(s))
		}
		return n
	}
	return 0
}

// truncatesNothing returns why truncate() cuts nothing off: its column holds no longer text.
func truncatesNothing(m *mask.Mask, u mask.Type) string {
	if n := keptCharacters(m); isText(u) && u.MaxLength > 0 && n >= u.MaxLength {
		return fmt.Sprintf("no value is longer than %d characters", u.MaxLength)
	}
	return ""
}
