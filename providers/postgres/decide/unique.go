package decide

import (
	"slices"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/mask"
)

// checkUnique reports masks that make equal what must differ. A key holds where the columns of another key within it
// are masked without loss.
func (r *resolver) checkUnique(t *table) {
	lossy := map[string]*Column{}
	for _, column := range t.columns {
		c := column.decided
		if c == nil {
			continue
		}
		if c.Decision == Masked && c.Expr.Unique == mask.Lossy && c.Expr.Null != mask.NullAlways {
			lossy[c.Name] = c
		}
	}
	if len(lossy) == 0 || t.root != t {
		return
	}
	reported := map[string]bool{}
	for _, i := range t.Source.Indexes {
		if !i.Unique || r.heldByAnother(t, i, lossy) {
			continue
		}
		for _, name := range i.Columns {
			c := lossy[name]
			if c == nil || reported[name] {
				continue
			}
			reported[name] = true
			r.errorf(LossyUnique, c.Range, "A mask that loses differences on a unique column", "%s gives equal values for different ones, and %s.%s is in the unique key %s. Use a mask that keeps values apart, such as email(), token() or uuid().",
				c.Mask.Text, t.Source.FullName(), name, i.Name)
		}
	}
}

// heldByAnother reports whether a smaller or equal key without lossy columns lies within the key i.
func (r *resolver) heldByAnother(t *table, i catalog.Index, lossy map[string]*Column) bool {
	for _, other := range t.Source.Indexes {
		if !other.Unique || other.Partial || len(other.Columns) == 0 {
			continue
		}
		holds := true
		for _, name := range other.Columns {
			holds = holds && name != "" && lossy[name] == nil && slices.Contains(i.Columns, name)
		}
		if holds {
			return true
		}
	}
	return false
}
