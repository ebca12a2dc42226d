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

// KeepsDistinct reports whether a mask maps distinct values of a column to distinct values. digits() does if a CHECK of
// the column or of its domain requires a digit.
func KeepsDistinct(t *catalog.Table, c *catalog.Column, m *mask.Mask, e mask.Expr) bool {
	if e.Unique != mask.Lossy || m.Name != "digits" {
		return e.Unique != mask.Lossy
	}
	return anyCheck(t, c, m, e, func(as check.MaskedTable, n *sqltree.Node) bool { return as.DigitsApart(n) })
}

// anyCheck reports whether found is true for a CHECK of the column alone or of its domain that every row of the source
// satisfies.
func anyCheck(t *catalog.Table, c *catalog.Column, m *mask.Mask, e mask.Expr,
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

// adviseDistinct returns which masks would keep the values of a unique column distinct. It tries them, so that its
// advice compiles.
func adviseDistinct(t *tableNode, d *Column) string {
	c := t.byName[d.Name]
	f := Fitting{Table: t.Source, Column: c.source, As: c.target(), Apart: Apart}
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
		if e, err := m.Compile(f.As); err == nil && KeepsDistinct(t.Source, c.source, m, e) &&
			f.checked(m, e) != check.Fails {
			fit = append(fit, call)
		}
	}
	advice := "Use a mask that keeps values distinct: " + strings.Join(fit, " or ") + "."
	if fit == nil {
		advice = fmt.Sprintf("No mask keeps values distinct in %s: use keep(), or leave the "+
			"rows out with data = false.",
			c.source.Type.Formatted)
	}
	if d.Mask.Name == "digits" {
		advice += " digits() itself does if a CHECK is a pattern that requires a digit, such as ~ '^[0-9]+$'; LIKE " +
			"and a length do not."
	}
	return advice
}
