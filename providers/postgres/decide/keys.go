package decide

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/mask"
)

// fromKeys gives a column the mask of the key that it refers to, so that joins hold, through chains of keys too. Where the
// column was decided already and differs from the key, that is an error with both places.
func (r *resolver) fromKeys(t *Table, c catalog.Column, decided *Column) *Column {
	if decided != nil && decided.Decision == Generated {
		return nil
	}
	var found *Column
	for _, k := range t.Source.Constraints {
		if k.Kind != catalog.ForeignKey {
			continue
		}
		for i, name := range k.Columns {
			if name != c.Name || i >= len(k.RefColumns) {
				continue
			}
			key, where := r.keyColumn(k, k.RefColumns[i])
			if key == nil {
				continue
			}
			switch {
			case decided != nil:
				r.compareKey(t, c, decided, key, where)
			case key.Decision != Masked:
			case found != nil && !sameExpression(found, key):
				r.diags.Errorf(key.Range, "A column refers to two keys", "%s.%s refers to %s and to another key, whose masks differ (%s and %s). Mask both keys alike.",
					t.Source.FullName(), c.Name, where, key.Mask.Text, found.Mask.Text)
			case found == nil:
				found = &Column{Name: c.Name, Type: c.Type, Domain: key.Domain, Because: "foreign key to " + where, Range: key.Range}
				r.compile(t, c, found, key.Mask)
			}
		}
	}
	return found
}

// domain gives the type in which a column is masked: that of the first key that it refers to, followed to its end.
func (r *resolver) domain(t *Table, c catalog.Column) mask.Type {
	for _, k := range t.Source.Constraints {
		i := slices.Index(k.Columns, c.Name)
		if k.Kind != catalog.ForeignKey || i < 0 || i >= len(k.RefColumns) {
			continue
		}
		if key, _ := r.keyColumn(k, k.RefColumns[i]); key != nil {
			return key.Domain
		}
	}
	return c.Type
}

// keyColumn gives the decision of a referenced column, nil where its table is not copied.
func (r *resolver) keyColumn(k catalog.Constraint, column string) (*Column, string) {
	t := r.tables[k.RefTable]
	if t == nil || t.Treatment != Copy && t.Treatment != Partitioned {
		return nil, ""
	}
	for _, c := range t.Source.Columns {
		if c.Name == column {
			return r.decide(t, c), k.RefTable.String() + "." + column
		}
	}
	return nil, ""
}

// compareKey reports a column that is decided otherwise than the key it refers to. NULL for every row refers to
// nothing, and may stand beside any key.
func (r *resolver) compareKey(t *Table, c catalog.Column, decided, key *Column, where string) {
	if sameExpression(decided, key) || decided.Decision == Masked && decided.Expr.Null == mask.NullAlways {
		return
	}
	place := "undecided"
	if key.Range != nil {
		place = key.Range.String()
	}
	r.diags.Errorf(diag.FirstRange(decided.Range, t.Range), "A foreign key would not hold", "%s.%s refers to %s, which is decided as %s (%s), but is itself decided as %s (%s). Decide both alike; a column that nobody decides takes its key's mask.",
		t.Source.FullName(), c.Name, where, describe(key), place, describe(decided), decided.Because)
}

func describe(c *Column) string {
	if c.Decision == Masked {
		return c.Mask.Text
	}
	return "keep"
}

func sameExpression(a, b *Column) bool {
	if a.Decision != Masked || b.Decision != Masked {
		return a.Decision == b.Decision
	}
	return a.Mask.Same(b.Mask) && a.Domain.SameStorage(b.Domain)
}

// checkTable holds the decisions of a table against its keys and those that it refers to.
func (r *resolver) checkTable(t *Table) {
	if t.Treatment == Copy || t.Treatment == Partitioned {
		r.checkUnique(t)
		r.checkPartitionKey(t)
	}
	for _, k := range t.Source.Constraints {
		if k.Kind != catalog.ForeignKey || k.Inherited || t.Treatment == Skip {
			continue
		}
		ref := r.tables[k.RefTable]
		switch {
		case ref == nil:
			r.diags.Errorf(r.at("schemas"), "A foreign key leads out of the refresh", "%s of %s refers to %s, which is in none of the schemas of %s. Add its schema, or skip the table.",
				k.Name, t.Source.FullName(), k.RefTable, r.Refresh.Address())
		case ref.Treatment == Skip:
			r.diags.Errorf(diag.FirstRange(ref.Range, t.Range), "A skipped table is referenced", "%s of %s refers to %s, which is skipped. Take it without rows (data = false) and this column as null_value(), or skip both.",
				k.Name, t.Source.FullName(), k.RefTable)
		case t.Treatment == Structure:
		case ref.Treatment == Structure && !r.refersToNothing(t, k):
			r.diags.Errorf(diag.FirstRange(ref.Range, t.Range), "A foreign key would not hold", "%s of %s refers to %s, which crosses without rows. Mask %v with null_value(), or take the rows of both or of none.",
				k.Name, t.Source.FullName(), k.RefTable, k.Columns)
		case ref.Rows != "" && t.Rows == "" && ref != t:
			r.diags.Warnf(ref.Range, "Rows may refer to rows that do not cross", "%s crosses only where %s, but all rows of %s cross, whose %s refers to it. The run fails where one refers to a row that is not there; give %s a condition too.",
				k.RefTable, ref.Rows, t.Source.FullName(), k.Name, t.Source.FullName())
		}
	}
}

// refersToNothing reports whether a foreign key's columns include one that is always NULL (MATCH SIMPLE: then it is not checked).
func (r *resolver) refersToNothing(t *Table, k catalog.Constraint) bool {
	for _, c := range t.Columns {
		if slices.Contains(k.Columns, c.Name) && c.Decision == Masked && c.Expr.Null == mask.NullAlways {
			return true
		}
	}
	return false
}

// checkUnique reports masks that make equal what must differ. A key holds where the columns of another key within it
// are masked without loss.
func (r *resolver) checkUnique(t *Table) {
	lossy := map[string]*Column{}
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Decision == Masked && c.Expr.Unique == mask.Lossy && c.Expr.Null != mask.NullAlways {
			lossy[c.Name] = c
		}
	}
	if len(lossy) == 0 || r.root(t) != t {
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
			r.diags.Errorf(c.Range, "A mask that loses differences on a unique column", "%s gives equal values for different ones, and %s.%s is in the unique key %s. Use a mask that keeps values apart, such as email(), token() or uuid().",
				c.Mask.Text, t.Source.FullName(), name, i.Name)
		}
	}
}

// heldByAnother reports whether a smaller or equal key without lossy columns lies within the key i.
func (r *resolver) heldByAnother(t *Table, i catalog.Index, lossy map[string]*Column) bool {
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

// checkPartitionKey reports a mask on what decides a row's partition: the masked row might belong to another one.
func (r *resolver) checkPartitionKey(t *Table) {
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Decision == Masked && slices.Contains(t.Source.PartitionKey, c.Name) {
			r.diags.Errorf(c.Range, "A partition key cannot be masked", "%s.%s decides in which partition a row is, and %s could make it belong to another. Keep it, or take the table without rows (data = false).",
				t.Source.FullName(), c.Name, c.Mask.Text)
		}
	}
}
