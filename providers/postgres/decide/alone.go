package decide

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/check"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// KeepsApart reports whether a mask leaves different values of a column different. digits() does where a CHECK of the column, or of its
// domain, lets nothing in without a digit.
func KeepsApart(t *catalog.Table, c *catalog.Column, m *mask.Mask, e mask.Expr) bool {
	if e.Unique != mask.Lossy || m.Name != "digits" {
		return e.Unique != mask.Lossy
	}
	return aboutOne(t, c, m, e, func(as check.Table, n *sqltree.Node) bool { return as.DigitsApart(n) })
}

// Refused reports whether a CHECK of one column, or of its domain, refuses what a mask gives for it.
func Refused(t *catalog.Table, c *catalog.Column, m *mask.Mask, e mask.Expr) bool {
	return aboutOne(t, c, m, e, func(as check.Table, n *sqltree.Node) bool {
		verdict, _ := as.Check(n)
		return verdict == check.Fails
	})
}

// aboutOne looks for a condition that is about the column alone and that every row of the source holds.
func aboutOne(t *catalog.Table, c *catalog.Column, m *mask.Mask, e mask.Expr, found func(check.Table, *sqltree.Node) bool) bool {
	look := func(name, definition string) bool {
		read, err := sqltree.ParseConstraint(definition)
		if err != nil || strings.HasSuffix(definition, " NOT VALID") {
			return false
		}
		return found(check.Table{Masked: map[string]check.Results{name: check.Of(name, c.Type, c.Collation, m, e)}}, read.Check)
	}
	for of := &c.Type; of != nil; of = of.Base {
		if slices.ContainsFunc(of.Checks, func(definition string) bool { return look("value", definition) }) {
			return true
		}
	}
	return slices.ContainsFunc(t.Constraints, func(k catalog.Constraint) bool {
		return k.Kind == catalog.CheckRule && k.Validated && slices.Equal(k.Columns, []string{c.Name}) && look(c.Name, k.Definition)
	})
}
