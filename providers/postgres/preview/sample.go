package preview

import (
	"fmt"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
)

// fewBlocks is how many blocks a sample takes at least: each is taken or left by chance, and of one block none may be.
const fewBlocks = 50

// rowBytes is how long the rows of a table are taken to be that was never analyzed.
const rowBytes = 100

// Portion returns the TABLESAMPLE clause for reading about ten times as many rows as are wanted, from blocks all over a
// large table: chance must not leave too few. It is "" for a table that may as well be read from its beginning. The
// same blocks are read each time.
func Portion(t *catalog.Table, rows int) string {
	estimate := t.EstimatedRows
	if estimate < 0 {
		estimate = t.Bytes / rowBytes
	}
	if estimate <= int64(20*rows) || t.Pages < 2*fewBlocks {
		return ""
	}
	share := max(10*float64(rows)/float64(estimate), fewBlocks/float64(t.Pages))
	return fmt.Sprintf(" TABLESAMPLE SYSTEM (%.6f) REPEATABLE (1)", min(100*share, 100))
}

// Select returns the SELECT of a table for a sample of at most so many of the rows that a run would copy, with one
// output column for each column that crosses, in order. It costs little, however large the table.
func Select(t *decide.Table, rows int) string {
	var list string
	for i, c := range t.Crossing() {
		if i > 0 {
			list += ", "
		}
		list += c.Expr.SQL
	}
	return SelectFrom(t, list, rows)
}

// SelectFrom is Select with other output columns, in SQL.
func SelectFrom(t *decide.Table, list string, rows int) string {
	where := ""
	if condition := t.Condition(); condition != "" {
		where = " WHERE (" + condition + ")"
	}
	return fmt.Sprintf("SELECT %s FROM ONLY %s%s%s LIMIT %d", list, sqltext.Ident(t.Source.Schema, t.Source.Name),
		Portion(t.Source, rows), where, rows)
}
