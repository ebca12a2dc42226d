package spec

import (
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Test is a test block: inputs, and what a mask must make of them. Exactly one of Mask and Column is set.
type Test struct {
	Name    string
	EachKey string
	Mask    *mask.Mask
	// Column is a column of the source, tested as the refresh copies it. It has one column, without patterns.
	Column *Side
	// Refresh is the refresh that copies Column; nil: the only one that does.
	Refresh *Refresh
	// Type is the type of the inputs of Mask, in SQL.
	Type   string
	Inputs []TestValue
	// With are the values of other columns of the row, sorted by name.
	With   []TestSibling
	Checks TestChecks
	Range  diag.Range
	At     struct {
		Mask, Column, Type, Inputs, Refresh                                  Argument
		Expect, Unique, NotNull, Changes, Matches, SameAs, Length, MaxLength Argument
	}
}

// Address returns test.NAME, with ["key"] under for_each.
func (t *Test) Address() string { return Address("test", t.Name, t.EachKey) }

// TestChecks are the properties that the results of a test must have.
type TestChecks struct {
	// Expect are the results, one for each input; nil: not checked.
	Expect []TestValue
	// Unique: inputs that differ have results that differ.
	Unique bool
	// NotNull: only a NULL becomes NULL.
	NotNull bool
	// Changes: no result is its input.
	Changes bool
	// Matches is a regular expression of PostgreSQL that each result matches; "" for none.
	Matches string
	// SameAs is a mask that has the same results.
	SameAs *mask.Mask
	// Length and MaxLength are those of each result, in characters.
	Length, MaxLength *int
}

// TestValue is a value in PostgreSQL's text form, or NULL.
type TestValue struct {
	Text string
	Null bool
}

// TestSibling is the value of another column. Type is its type in SQL.
type TestSibling struct {
	Name, Type string
	Value      TestValue
}
