package spec

import (
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Table decides the columns of one table.
type Table struct {
	Schema, Name string
	EachKey      string
	// Refreshes limits the block to these; nil means all.
	Refreshes []*Refresh
	Rows      string // SQL condition, "" for all rows
	// Calls are functions and operators of the source, as schema.name, that are not PostgreSQL's own and that reading
	// the table may run.
	Calls   []KeepName
	Keep    []KeepName
	Columns []*Column
	Data    bool // false: structure, no rows
	Skip    bool // true: not in the copy at all
	Range   diag.Range
	At      struct{ Rows, Skip Argument }
}

// Address returns table.SCHEMA.NAME.
func (t *Table) Address() string { return TableAddress(t.Schema, t.Name) }

// KeepName is one entry of keep = [...]: a column name, with where it stands.
type KeepName struct {
	Name  string
	Range diag.Range
}

// Column is a column block.
type Column struct {
	Name       string
	Mask       *mask.Mask
	MinChanged *float64   // nil: that of the refresh
	Range      diag.Range // of the mask's expression
}

// Rule decides many columns by patterns. A pattern is a glob: * ? and {a,b}; a table pattern with a dot matches
// "schema.table". Nil patterns match everything. A rule without a mask, data and skip is a question: what it matches is
// undecided until somebody answers it there.
type Rule struct {
	Name      string
	EachKey   string
	Refreshes []*Refresh
	Schemas   []string // match { schema = "x" } or a list
	Tables    []string
	Columns   []string
	Types     []string   // as format_type prints it, without and with its modifier
	Tags      []string   // marks in comments, and kinds of personal data; lower case
	Mask      *mask.Mask // nil where the rule decides tables, or nothing yet
	// Default says that the rule decides only what neither a block, another rule nor a key decides.
	Default bool
	// MinChanged is for the columns that Mask decides; nil: that of the refresh.
	MinChanged *float64
	Data       *bool // data = false for whole tables
	Skip       *bool
	Range      diag.Range
	At         struct{ Mask, MinChanged, Data, Skip, Default Argument }
}

// IsOpen reports whether the rule is a question that nobody has answered.
func (r *Rule) IsOpen() bool { return !r.At.Mask.Written && !r.At.Data.Written && !r.At.Skip.Written }

// Address returns rule.NAME, with ["key"] under for_each.
func (r *Rule) Address() string { return Address("rule", r.Name, r.EachKey) }

// Link is a relation that the catalog does not know: columns that refer to those of another table, as a foreign key
// would say.
type Link struct {
	Name      string
	EachKey   string
	Refreshes []*Refresh
	From      Side
	// Type is the column of the referring table that selects one of To; "" where there is only one.
	Type string
	To   []Target
	// Otherwise is for values that no target can have, and for types that To does not name; nil: NULL.
	Otherwise *mask.Mask
	Range     diag.Range
	At        struct{ To, Type Argument }
}

// Address returns link.NAME, with ["key"] under for_each.
func (l *Link) Address() string { return Address("link", l.Name, l.EachKey) }

// Side is one side of a link: columns of a table. Schema, Table and the columns of the referring side may be patterns.
type Side struct {
	Schema, Table string
	Columns       []string
	Range         diag.Range
}

// Target is a key that a link leads to. When is the value of the link's type column, "" without one.
type Target struct {
	When string
	Side
}
