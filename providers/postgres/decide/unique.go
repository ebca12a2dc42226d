package decide

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// uniqueKey is a unique index with what its expressions read.
type uniqueKey struct {
	catalog.Index
	// columns are those of the key written alone; inside are those that its expressions, and generated columns of it,
	// read.
	columns, inside []string
	predicate       *sqltree.Node
	nullsEqual      bool // NULLS NOT DISTINCT
	folded          bool // an expression lower() or upper() over one column, or a type to which case does not matter
}

// uniqueKeys reads the unique indexes of a table that masks touch. Those without expressions are known without the
// parser.
func (t *tableNode) uniqueKeys() []uniqueKey {
	var out []uniqueKey
	for _, i := range t.Source.Indexes {
		if !i.Unique {
			continue
		}
		k := uniqueKey{Index: i}
		if i.Partial || slices.Contains(i.Columns, "") || strings.Contains(i.Definition, " NULLS NOT DISTINCT") {
			read, err := sqltree.ParseIndex(i.Definition)
			if err != nil {
				continue
			}
			k.predicate, k.nullsEqual = read.Predicate, read.NullsEqual
			for n, e := range read.Keys {
				if _, alone := sqltree.Column(e.GetColumnRef()); !alone {
					k.inside = append(k.inside, sqltree.Columns(e)...)
					k.folded = k.folded || n == 0 && len(read.Keys) == 1 && folds(e)
				}
			}
		}
		for _, name := range i.Columns {
			c := t.byName[name]
			switch {
			case c == nil:
			default:
				inside := t.madeOf(c)
				if k.inside = append(k.inside, inside...); inside == nil {
					k.columns = append(k.columns, name)
				}
			}
		}
		out = append(out, k)
	}
	return out
}

// madeOf gives the masked columns that a generated column is computed from, nil where there are none.
func (t *tableNode) madeOf(c *columnNode) []string {
	if c.source.Generated == "" {
		return nil
	}
	return t.results().Reads(t.results().Generated[c.source.Name])
}

// nothing reports a key that has no two rows to keep apart: a column of it is NULL for every row.
func (k uniqueKey) nothing(t *tableNode) bool {
	return !k.nullsEqual && slices.ContainsFunc(k.columns, func(name string) bool {
		d := t.byName[name].decided
		return d != nil && d.Decision == Masked && d.Expr.Null == mask.NullAlways
	})
}

// folds reports lower() and upper().
func folds(n *sqltree.Node) bool {
	names := n.GetFuncCall().GetFuncname()
	if len(names) == 0 {
		return false
	}
	name := names[len(names)-1].GetString_().GetSval()
	return name == "lower" || name == "upper"
}

// checkUnique reports masks that make equal what must differ. A key holds where the columns of another key within it
// are masked without loss.
func (r *resolver) checkUnique(t *tableNode) {
	lossy := map[string]*Column{}
	masked := false
	for _, c := range t.columns {
		if d := c.decided; d != nil && d.Decision == Masked && d.Expr.SQL != "" {
			masked = true
			if !KeepsDistinct(t.Source, c.source, d.Mask, d.Expr) {
				lossy[d.Name] = d
			}
		}
	}
	if !masked {
		return
	}
	keys := t.uniqueKeys()
	reported := map[string]bool{}
	for _, k := range keys {
		if t.root != t && t.root.hasKey(k) || k.nothing(t) || t.never(k.predicate) {
			continue
		}
		r.checkPredicate(t, k)
		r.checkCase(t, k, keys)
		if k.heldByAnother(t, keys, lossy) {
			continue
		}
		for _, name := range k.columns {
			c := lossy[name]
			if c == nil || reported[name] {
				continue
			}
			reported[name] = true
			if c.Expr.Null == mask.NullAlways {
				r.errorf(LossyUnique, c.Range, "A mask that loses differences on a unique column",
					"%s gives NULL for every row, and %s.%s is in the unique key %s, to which NULLs are equal (NULLS "+
						"NOT DISTINCT): it has room for one. %s",
					c.Mask.Text, t.Source.FullName(), name, k.Name, apartInstead(t, c))
				continue
			}
			r.errorf(LossyUnique, c.Range, "A mask that loses differences on a unique column",
				"%s gives equal values for different ones, and %s.%s is in the unique key %s. %s",
				c.Mask.Text, t.Source.FullName(), name, k.Name, apartInstead(t, c))
		}
		r.checkInside(t, k, reported)
	}
}

// checkInside looks at masks of columns that a key reads within an expression. Of a document the expression may read a
// place that the mask leaves alone, and an expression may itself lose what a mask keeps apart: that is a warning.
func (r *resolver) checkInside(t *tableNode, k uniqueKey, reported map[string]bool) {
	for _, name := range k.inside {
		c := t.byName[name]
		if c == nil || c.decided == nil || c.decided.Decision != Masked || reported[name] ||
			c.decided.Expr.Null == mask.NullAlways && !k.nullsEqual {
			continue
		}
		d := c.decided
		u := d.Type.Underlying()
		whole := u.Category != 'A' && u.Category != 'C' && u.Name != "json" && u.Name != "jsonb" &&
			u.Name != "hstore" && u.Name != "xml"
		switch {
		case d.Expr.Unique == mask.Lossy && whole:
			reported[name] = true
			r.errorf(LossyUnique, d.Range, "A mask that loses differences on a unique column",
				"%s gives equal values for different ones, and the unique key %s reads %s.%s: %s. %s",
				d.Mask.Text, k.Name, t.Source.FullName(), name, k.Definition, apartInstead(t, d))
		case !k.folded:
			reported[name] = true
			r.warnf(UniqueUnknown, d.Range, "A unique key reads a masked column in an expression",
				"Whether the masked values of %s.%s stay apart in %s cannot be known before the run: %s. Where they "+
					"do not, the run fails and leaves the live copy as it is.",
				t.Source.FullName(), name, k.Name, k.Definition)
		}
	}
}

// checkPredicate warns where a mask changes which rows a partial key holds.
func (r *resolver) checkPredicate(t *tableNode, k uniqueKey) {
	if k.predicate == nil {
		return
	}
	reads := t.results().Reads(k.predicate)
	if len(reads) == 0 || t.results().Same(k.predicate) {
		return
	}
	d := t.byName[reads[0]].decided
	r.warnf(UniqueUnknown, d.Range, "A mask changes which rows a unique key holds",
		"%s decides by %s.%s which rows it keeps apart, and %s makes other rows of them: %s. Where two of those are "+
			"equal, the run fails and leaves the live copy as it is. Keep the column, or mask it with null_value().",
		k.Name, t.Source.FullName(), reads[0], d.Mask.Text, k.Definition)
}

// checkCase warns of masks to which letter case does not matter, on a key to which it does: two addresses that differ
// in case alone become one. A key on lower() of the same column shows that there are none.
func (r *resolver) checkCase(t *tableNode, k uniqueKey, keys []uniqueKey) {
	if len(k.columns) != 1 || len(k.Columns) != 1 || t.root != t {
		return
	}
	c := t.byName[k.columns[0]]
	d := c.decided
	if d == nil || d.Decision != Masked || !d.Mask.FoldsCase(c.source.Type) || c.source.Collation != "" ||
		t.lowered(c) {
		return
	}
	for _, other := range keys {
		if other.folded && slices.Equal(other.inside, k.columns) && !other.Partial {
			return
		}
	}
	r.warnf(CaseFolding, d.Range, "Letter case matters to a unique key, but not to its mask",
		"%s gives one value for two of %s that differ in letter case alone, and %s keeps those apart. If there are "+
			"any, the run fails and leaves the live copy as it is; a unique index on "+
			"lower(%s) shows that there are none.",
		d.Mask.Text, c.fullName(), k.Name, c.source.Name)
}

// lowered reports a CHECK that the column is in lower case, of the table or of its domain.
func (t *tableNode) lowered(c *columnNode) bool {
	for of := &c.source.Type; of != nil; of = of.Base {
		for _, definition := range of.Checks {
			if strings.Contains(definition, "VALUE = lower(VALUE)") {
				return true
			}
		}
	}
	for _, k := range t.Source.Constraints {
		if k.Kind == catalog.CheckRule && k.Validated && slices.Equal(k.Columns, []string{c.source.Name}) &&
			strings.Contains(k.Definition, " = lower(") {
			return true
		}
	}
	return false
}

// hasKey reports whether a partition's parent has a key of the same columns, and is looked at for it.
func (t *tableNode) hasKey(k uniqueKey) bool {
	return slices.ContainsFunc(t.Source.Indexes, func(i catalog.Index) bool {
		return i.Unique && i.Partial == k.Partial && slices.Equal(i.Columns, k.Columns) &&
			!slices.Contains(i.Columns, "")
	})
}

// heldByAnother reports whether a smaller or equal key without lossy columns lies within the key k.
func (k uniqueKey) heldByAnother(t *tableNode, keys []uniqueKey, lossy map[string]*Column) bool {
	for _, other := range keys {
		if other.Partial || len(other.Columns) == 0 || len(other.inside) > 0 {
			continue
		}
		holds := true
		for _, name := range other.Columns {
			c := t.byName[name]
			// rows that are NULL there are not kept apart
			apart := c != nil && (!k.nullsEqual || other.nullsEqual || c.source.NotNull)
			holds = holds && apart && lossy[name] == nil && slices.Contains(k.columns, name)
		}
		if holds {
			return true
		}
	}
	return false
}
