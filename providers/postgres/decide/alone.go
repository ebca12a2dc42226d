package decide

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/check"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// KeepsDistinct reports whether a mask leaves different values of a column different. digits() does where a CHECK of
// the column, or of its domain, lets nothing in without a digit.
func KeepsDistinct(t *catalog.Table, c *catalog.Column, m *mask.Mask, e mask.Expr) bool {
	if e.Unique != mask.Lossy || m.Name != "digits" {
		return e.Unique != mask.Lossy
	}
	return aboutOne(t, c, m, e, func(as check.MaskedTable, n *sqltree.Node) bool { return as.DigitsApart(n) })
}

// ViolatesCheck reports whether a CHECK of one column, or of its domain, refuses what a mask gives for it.
func ViolatesCheck(t *catalog.Table, c *catalog.Column, m *mask.Mask, e mask.Expr) bool {
	return aboutOne(t, c, m, e, func(as check.MaskedTable, n *sqltree.Node) bool {
		verdict, _ := as.Check(n)
		return verdict == check.Fails
	})
}

// aboutOne looks for a condition that is about the column alone and that every row of the source holds.
func aboutOne(t *catalog.Table, c *catalog.Column, m *mask.Mask, e mask.Expr,
	found func(check.MaskedTable, *sqltree.Node) bool) bool {
	look := func(name, definition string) bool {
		read, err := sqltree.ParseConstraint(definition)
		if err != nil || strings.HasSuffix(definition, " NOT VALID") {
			return false
		}
		return found(check.MaskedTable{
			Masked: map[string]check.Results{name: check.ResultsOf(name, c.Type, c.Collation, m, e)},
		},
			read.Check)
	}
	for of := &c.Type; of != nil; of = of.Base {
		if slices.ContainsFunc(of.Checks, func(definition string) bool { return look("value", definition) }) {
			return true
		}
	}
	return slices.ContainsFunc(t.Constraints, func(k catalog.Constraint) bool {
		return k.Kind == catalog.CheckRule && k.Validated && slices.Equal(k.Columns, []string{c.Name}) &&
			look(c.Name, k.Definition)
	})
}

// apartInstead says which masks would keep the values of a unique column apart, by trying them: what it names can be
// written.
func apartInstead(t *tableNode, d *Column) string {
	c := t.byName[d.Name]
	calls := []string{"int_map()", "uuid()", "email()", `digits({ unmatched = "token" })`, "token()"}
	if room := c.source.Type.Underlying().MaxLength; room > 0 && room < 16 {
		calls = append(calls, fmt.Sprintf(`digits({ unmatched = "token", length = %d })`, room),
			fmt.Sprintf("token({ length = %d })", room))
	}
	var fit []string
	for _, call := range calls {
		m, err := mask.Parse(call)
		if err != nil {
			continue
		}
		if e, err := m.Compile(c.target()); err == nil && KeepsDistinct(t.Source, c.source, m, e) &&
			!ViolatesCheck(t.Source, c.source, m, e) {
			fit = append(fit, call)
		}
	}
	said := "Use a mask that keeps values apart: " + strings.Join(fit, " or ") + "."
	if fit == nil {
		said = fmt.Sprintf("No mask keeps values apart in %s: keep() it, or leave the rows out with data = false.",
			c.source.Type.Formatted)
	}
	if d.Mask.Name == "digits" {
		said += " digits() itself does where a CHECK is a pattern that nothing without a digit matches, such as ~ " +
			"'^[0-9]+$'; LIKE and a length do not say so."
	}
	return said
}
