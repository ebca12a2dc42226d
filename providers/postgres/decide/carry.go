package decide

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// carryMask compiles a key's mask for a column that refers to it. What reads other columns of the key's row cannot be
// carried: that row is not here, and columns of the same names hold other values.
func (r *resolver) carryMask(c *columnNode, d *Column, key *columnNode) {
	m, expr := key.decided.Mask, key.decided.Expr
	d.Decision, d.Mask = Masked, m
	switch {
	case expr.SQL == "": // reported at the key
	case c.table.root == key.table: // a partition of the same row
		r.compile(c, d, m)
	case len(expr.Reads) > 1 || len(expr.Reads) == 1 && expr.Reads[0] != key.source.Name:
		r.errorf(MaskReadsRow, d.Range, "A key's mask cannot be carried to its references",
			"%s refers to %s, whose mask reads %s: masks that read other columns of the row give other values in "+
				"another table, and the reference would lead to nothing. Give %s a mask of its own value alone.",
			c.fullName(), key.fullName(), strings.Join(expr.Reads, ", "), key.fullName())
	case c.source.Name != key.source.Name && key.isNamed():
		r.compiled(c, d, func() (mask.Expr, error) { return c.renamed(m, key.source.Name) })
	default:
		r.compile(c, d, m)
	}
}

// isNamed reports whether a column's mask calls it by its name, as sql() and when() do, and does not follow to a column
// of another.
func (c *columnNode) isNamed() bool {
	other := c.target()
	other.Name = c.source.Name + "_"
	other.Siblings = append(slices.Clone(other.Siblings), other.Name)
	e, err := c.decided.Mask.Compile(other)
	return err != nil || slices.Contains(e.Reads, c.source.Name)
}

// renamed compiles a mask that calls the value by the name of the key's column.
func (c *columnNode) renamed(m *mask.Mask, key string) (mask.Expr, error) {
	as := c.target()
	as.Name, as.Siblings = key, []string{key}
	e, err := m.Compile(as)
	if err != nil {
		return e, err
	}
	cast := ""
	if end := c.domainOf(); !end.unchecked && !end.SameStorage(c.source.Type) {
		cast = end.Formatted
	}
	if e.SQL, err = sqltree.Rename(e.SQL, key, c.source.Name, cast); err != nil {
		return e, err
	}
	e.Reads = []string{c.source.Name}
	return e, nil
}
