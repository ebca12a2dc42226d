package decide

import (
	"fmt"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/check"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

// ConstraintKind is what a constraint asks of the rows of a table.
type ConstraintKind int

const (
	CheckRule   ConstraintKind = iota + 1 // a CHECK of the table
	DomainRule                            // a CHECK of the domain of a column
	ExcludeRule                           // an EXCLUDE constraint
	UniqueRule                            // a unique index, of a constraint or not
	NotNullRule                           // NOT NULL of a column or of its domain
	LengthRule                            // the length of varchar(n) or char(n)
)

// Constraint is a constraint of the source that looks at masked columns: the copy holds the masked rows to it.
type Constraint struct {
	Kind ConstraintKind
	// Name is that of the constraint, the index, or the domain's type; "" for NOT NULL and a length.
	Name string
	// Definition is what the catalog prints: pg_get_constraintdef, or pg_get_indexdef of an index; of a length the
	// type.
	Definition string
	// Columns are the masked columns that it looks at, sorted.
	Columns []string
	// Open is what there is to say while nobody has tried it with masked rows; empty where they certainly satisfy it.
	Open diag.Diagnostics
}

// Describe returns a sentence on what the constraint is, for a table that has it.
func (k *Constraint) Describe(t *Table) string {
	switch k.Kind {
	case NotNullRule:
		return fmt.Sprintf("%s.%s is NOT NULL.", t.FullName(), k.Columns[0])
	case LengthRule:
		return fmt.Sprintf("%s.%s is %s.", t.FullName(), k.Columns[0], k.Definition)
	case DomainRule:
		return fmt.Sprintf("The domain %s of %s.%s is %s.", k.Name, t.FullName(), k.Columns[0],
			personal.Redact(k.Definition))
	case UniqueRule:
		return fmt.Sprintf("%s of %s is unique: %s.", k.Name, t.FullName(), personal.Redact(k.Definition))
	}
	return fmt.Sprintf("%s of %s is %s.", k.Name, t.FullName(), personal.Redact(k.Definition))
}

// Open returns what is not known of the constraints of tables, as the warnings of those who cannot ask the source.
func Open(tables []Table) diag.Diagnostics {
	var ds diag.Diagnostics
	for i := range tables {
		for _, k := range tables[i].Constraints {
			ds.Append(k.Open...)
		}
	}
	return ds
}

// Constants returns SQL for each value that a masked column can have, where the mask makes them of nothing in the row:
// fixed(), one_of(), default() and the like. ok is false where it reads the row, or has too many.
func (c *Column) Constants() (values []string, ok bool) {
	switch {
	case c.Decision != Masked || c.Expr.SQL == "":
		return nil, false
	case c.Expr.Strength == mask.Constant && len(c.Expr.Reads) == 0 && c.Expr.Deterministic:
		return []string{c.Expr.SQL}, true
	}
	return check.ResultsOf(c.Name, c.Type, "", c.Mask, c.Expr).Literals()
}

// checkValues records which columns are held to NOT NULL and to a length by the target alone: masks that are written in
// SQL may give anything. Of the catalogue's own, both are known when they are compiled.
func (t *tableNode) checkValues() {
	for _, c := range t.columns {
		d := c.masked()
		if d == nil || d.Expr.SQL == "" || !d.Mask.Written() || t.root != t {
			continue
		}
		one := Constraint{Columns: []string{d.Name}}
		if c.source.NotNull || notNull(d.Type) {
			one.Kind = NotNullRule
			t.Constraints = append(t.Constraints, one)
		}
		if u := d.Type.Underlying(); u.MaxLength > 0 && u.Category == 'S' && d.Expr.MaxLength < 0 {
			one.Kind, one.Definition = LengthRule, u.Formatted
			t.Constraints = append(t.Constraints, one)
		}
	}
}

// notNull reports whether a domain, or one below it, is NOT NULL.
func notNull(t mask.Type) bool {
	for of := &t; of != nil; of = of.Base {
		if of.NotNull {
			return true
		}
	}
	return false
}
