// Package mask turns a mask as written in HCL, such as partial(2, "*", 0), into a SQL
// expression for one column with properties that are known before any row is read. It knows
// no database connection.
package mask

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"
)

// Mask is one call of a mask function, with its arguments decoded. It is immutable.
type Mask struct {
	// Name is the function: "email", "when", …
	Name string
	// Text is how it is shown in plans: `partial(2, "*", 0)`, arguments in canonical form.
	Text string
	// Definition is the name of the team's own mask block it came from, "" otherwise.
	Definition string
	// arguments are the call's as they were written.
	arguments []cty.Value
	// kind holds the decoded arguments and the compiler of this mask, accepts the types that it is for; nil leaves
	// that to kind.
	kind    kind
	accepts []class
	// inner is how many masks it is composed of.
	inner int
}

// kind is what each mask of the catalogue implements, in a file of its own.
type kind interface {
	compile(c Column) (Expr, error)
}

// shortened is a kind whose result can be made shorter: shorter returns by which call, or "".
type shortened interface {
	shorter(room int) string
}

// Column is what a mask is compiled for.
type Column struct {
	Schema, Table, Name string
	Type                Type
	NotNull             bool
	// Default is the column's default expression as the catalog prints it; "" for none.
	Default string
	// Value is the SQL of the value to mask where it is not the column itself: an element of an
	// array, a path of a json document. "" is the column.
	Value string
	// Domain is the type in which the value is masked where that is not the column's own: a column that refers to a
	// key is masked as the key is, or an integer and a bigint of one value would become two. nil is Type.
	Domain *Type
	// Unchecked says that nothing holds the values to those of the Domain, as for a link: what cannot be a key's value
	// takes Otherwise; without it the mask in the column's own type, else NULL.
	Unchecked bool
	Otherwise *Mask
	// Keys are the columns of each key of the table that has no NULL: rows differ in one of them.
	Keys [][]string
	// Siblings are the names of all columns of the table: what sql() and when() may read.
	Siblings []string
	// Types are those of the siblings, by name.
	Types map[string]Type
	// depth counts the composed masks around this one, so that each names what is its own.
	depth int
}

// Type is a column's type, resolved far enough to decide what a mask may do with it.
type Type struct {
	Schema, Name string // pg_type: "pg_catalog", "varchar"
	// Formatted is format_type's: "character varying(40)". It is valid SQL in a cast.
	Formatted string
	// Kind is pg_type.typtype: 'b' base, 'e' enum, 'd' domain, 'c' composite, 'r' range,
	// 'm' multirange, 'p' pseudo.
	Kind byte
	// Category is pg_type.typcategory: 'S' string, 'N' numeric, 'D' date/time, …
	Category byte
	// MaxLength is n of varchar(n), char(n), bit(n); 0 for no limit.
	MaxLength int
	// Precision and Scale are those of numeric(p,s); Precision 0 for no limit.
	Precision, Scale int
	Labels           []string // of an enum, in order
	Elem             *Type    // of an array; of a range its subtype, of a multirange its range
	Base             *Type    // of a domain
	Fields           []Field  // of a composite, in order
	// Checks are a domain's CHECK constraints as text, NotNull its NOT NULL.
	Checks  []string
	NotNull bool
	// Collation is that of the column where it is not deterministic, else nil.
	Collation *Collation `json:",omitempty"`
	// AnyBytes: the database is SQL_ASCII, and its texts are bytes of whatever encoding.
	AnyBytes bool `json:",omitempty"`
}

// Field is one field of a composite type.
type Field struct {
	Name string
	Type Type
}

// Underlying follows domains down to the type that stores the value.
func (t Type) Underlying() Type {
	for t.Base != nil {
		t = *t.Base
	}
	return t
}

// Expr is a compiled mask: one scalar SQL expression over the columns of one table.
type Expr struct {
	SQL string
	// Reads are the columns that SQL mentions, sorted.
	Reads []string
	Properties
}

// Compile returns the SQL of m for column c. The result is of the column's type (cast where
// needed) and has passed the static checks: type, NULL against NOT NULL, length, enum label.
// An error names the mask, the column and what to use instead.
//
// Compile is pure and safe for concurrent use.
func (m *Mask) Compile(c Column) (Expr, error) {
	e, err := m.compileIn(c)
	if err != nil {
		return Expr{}, fmt.Errorf("%s on %s (%s): %w", m.Name, c.Name, c.Type.Formatted, err)
	}
	if len(e.Reads) == 0 && e.Strength != Constant {
		e.Reads = []string{c.Name}
	}
	if err := c.check(e, m.kind); err != nil {
		return Expr{}, fmt.Errorf("%s on %s (%s): %w", m.Name, c.Name, c.Type.Formatted, err)
	}
	return e, nil
}

// compileIn compiles in the column's Domain: the value is cast to it first, and the result back.
func (m *Mask) compileIn(c Column) (Expr, error) {
	if c.Domain != nil { // what is equal to the key must become equal to it
		if c.Domain.Collation == nil && c.Type.Collation != nil {
			c.Value = "(" + c.value() + deterministic + ")"
		}
		c.Type.Collation = c.Domain.Collation
	}
	if c.Domain == nil || c.Domain.Underlying().Formatted == c.Type.Underlying().Formatted {
		return m.compileFor(c)
	}
	if err := c.checkConvertible(m); err != nil {
		return Expr{}, err
	}
	key := c
	key.Type, key.Domain = *c.Domain, nil
	key.Value = "(" + c.value() + ")::" + c.Domain.Underlying().storage()
	e, err := m.compileFor(key)
	if err != nil {
		return Expr{}, err
	}
	if narrow := c.Type.Underlying(); narrow.isInteger() && narrow.width() < c.Domain.Underlying().width() &&
		e.Strength == Pseudonym && !m.fitsWithin(narrow) {
		return Expr{},
			fmt.Errorf("the key that it refers to is %s, and its masked values do not fit here; mask the key with "+
				"int_map({ max = … }), or make the column as wide as its key", c.Domain.Formatted)
	}
	e.SQL = c.cast(e.SQL)
	return m.guard(c, e)
}

// fitsWithin reports whether m maps every value of t to a value of t, even when it computes in a wider type.
func (m *Mask) fitsWithin(t Type) bool {
	k, ok := m.kind.(intMap)
	return ok && k.fitsWithin(t)
}

// compileFor compiles for a type that the mask is for.
func (m *Mask) compileFor(c Column) (Expr, error) {
	if !accepted(m.accepts, c.Type) {
		return Expr{}, fmt.Errorf("this mask is for %s; for this type use %s", wordsOf(m.accepts), alternatives(c.Type))
	}
	return m.kind.compile(c)
}

// check rejects what would fail at the target: NULL in a NOT NULL column, a text that is too long.
func (c Column) check(e Expr, k kind) error {
	notNull := c.Type.notNull() || c.NotNull && c.Value == "" // an element's column is not about the element
	switch {
	case notNull && e.Null == NullAlways:
		return errors.New("the column is NOT NULL, but the mask gives NULL; use fixed(), or default()")
	case notNull && e.Null == NullUnknown:
		return errors.New("the column is NOT NULL, but the mask may give NULL for a value that " +
			"is not; wrap it in coalesce()")
	}
	limit := c.Type.Underlying().limit()
	if limit > 0 && c.Type.Underlying().isText() && e.MaxLength > limit && !e.KeepsLength {
		advice := "take a mask that gives less: shape() is as long as the value (two can meet), sql() is what you " +
			"write, keep() is the value itself"
		if s, ok := k.(shortened); ok && s.shorter(limit) != "" {
			advice = s.shorter(limit)
		}
		return fmt.Errorf("the result can have %d characters, but the column holds %d; %s", e.MaxLength, limit, advice)
	}
	return nil
}

// Same reports whether two masks are the same call.
func (m *Mask) Same(o *Mask) bool { return m.Text == o.Text }

// WithDefinition returns m as the team's own mask of that name.
func WithDefinition(m *Mask, name string) *Mask {
	named := *m
	named.Definition = name
	return &named
}

// FoldsCase reports whether m maps two texts that differ only in letter case to one value, on a type that is case
// sensitive.
func (m *Mask) FoldsCase(t Type) bool {
	u := t.Underlying()
	return u.isText() && !u.isCitext() && t.Collation == nil && (m.Name == "email" || m.Name == "uuid")
}
