// Package decide joins what the spec says with what the source contains: for every table of
// the source how it crosses, for every column its mask or that it is kept, and the SELECT
// that the source will run. Nothing is undecided when it returns without errors (closed world).
package decide

import (
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Treatment is how a table crosses.
type Treatment string

const (
	Copy        Treatment = "copy"
	Structure   Treatment = "structure"   // created empty
	Skip        Treatment = "skip"        // not in the copy
	Partitioned Treatment = "partitioned" // its rows are in its partitions
)

// Decision is how a column crosses.
type Decision string

const (
	Masked    Decision = "mask"
	Kept      Decision = "keep"
	Generated Decision = "generated" // the target computes it
)

// Table is one table of the source with its decision.
type Table struct {
	Source    *catalog.Table
	Treatment Treatment
	Rows      string // the condition, "" for all rows
	Columns   []Column
	// Select is the statement that the source runs, `SELECT … FROM ONLY "s"."t" [WHERE …]`, with one
	// output column per column that is not generated, in order; "" unless Treatment is
	// Copy. A table without such columns selects nothing but its row count: SELECT FROM.
	Select string
	// Reason says who decided the treatment: "table block", "rule.logs".
	Reason  string
	Address string // of the table block or rule that decided, "" for column rules only
	Range   *diag.Range
	Snippet *diag.Snippet
}

// Column is one column with its decision.
type Column struct {
	Name     string
	Type     mask.Type
	Decision Decision
	Mask     *mask.Mask // nil unless Masked
	Expr     mask.Expr  // SQL is the plain column where Kept
	Because  string     // "column block", "keep", "rule.names", "foreign key to public.customers.id"
	Range    *diag.Range
	Snippet  *diag.Snippet
}
