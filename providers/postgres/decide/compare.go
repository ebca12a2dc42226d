package decide

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// compareKeys reports a column that is decided otherwise than a key it refers to. A column that is always NULL refers
// to nothing and goes with any key. Generated columns are left to the target's own check.
func (r *resolver) compareKeys(c *columnNode) {
	d := c.decided
	if d == nil || d.Decision == Generated ||
		d.Decision == Masked && (d.Expr.Null == mask.NullAlways || d.Expr.SQL == "") {
		return
	}
	refs := c.refs
	if c.choice != nil && d.link != c.choice.link {
		refs = append(append([]reference{}, refs...), c.choice.refs...)
	}
	for _, f := range refs {
		if f.key == nil || f.rel == nil || f.key.decided == nil || f.key.decided.Decision == Generated {
			continue
		}
		key := f.key.decided
		if r.sameValues(c, f.key) {
			continue
		}
		by := "refers to " + f.key.fullName()
		if f.rel.link != nil {
			by += " by " + f.rel.name + " (" + f.rel.link.Range.String() + ")"
		}
		if d.isCarried() && key.Decision == Masked {
			r.errorf(TwoKeys, key.Range, "Column refers to two keys with different masks",
				"%s %s, and takes its mask from another key (%s), but their masks differ: %s (%s) and %s "+
					"(%s). Mask both keys alike.",
				c.fullName(), by, d.Because, describe(key), place(key), describe(d), place(d))
			continue
		}
		r.errorf(KeyDiffers, diag.FirstRange(d.Range, c.table.Range), "A foreign key would not hold",
			"%s %s, which is decided as %s (%s), but is itself decided as %s (%s). Decide both alike; a column that "+
				"the spec does not mention takes its key's mask.",
			c.fullName(), by, describe(key), place(key), describe(d), d.Because)
	}
}

// isCarried reports whether a column takes its mask from a key.
func (c *Column) isCarried() bool { return c.Basis == FromForeignKey || c.Basis == FromLink }

func place(c *Column) string {
	if c.Range == nil {
		return c.Because
	}
	return c.Range.String()
}

func describe(c *Column) string {
	if c.Decision == Masked {
		return c.Mask.Text
	}
	return "keep"
}

// sameExpression reports whether two decisions map equal values to equal values.
func sameExpression(a, b *Column) bool {
	if a.Decision != Masked || b.Decision != Masked {
		return a.Decision == b.Decision
	}
	return a.Mask.Same(b.Mask) && a.Domain.SameStorage(b.Domain)
}

// sameValues is sameExpression for a column and its key, whose masks may use the names of their columns.
func (r *resolver) sameValues(c, key *columnNode) bool {
	a, b := c.decided, key.decided
	if sameExpression(a, b) {
		if a.Decision == Masked && len(b.Expr.Reads) > 1 && !a.isCarried() {
			r.warnf(MaskReadsRow, a.Range, "Masks on both sides of a reference read other columns",
				"%s and its key %s are both masked with %s, which reads %s of the row. If those differ between the "+
					"two rows, the reference dangles.",
				c.fullName(), key.fullName(), a.Mask.Text, strings.Join(b.Expr.Reads, ", "))
		}
		return true
	}
	if a.Decision != Masked || b.Decision != Masked || len(a.Expr.Reads) != 1 || len(b.Expr.Reads) != 1 ||
		!a.Domain.SameStorage(b.Domain) {
		return false
	}
	renamed, err := sqltree.Rename(b.Expr.SQL, key.source.Name, c.source.Name, "")
	if err != nil {
		return false
	}
	own, err := sqltree.Rename(a.Expr.SQL, c.source.Name, c.source.Name, "")
	return err == nil && own == renamed
}
