package decide

import (
	"strings"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// span is where a column's expression stands in a SELECT, in characters from 0.
type span struct{ start, end, column int }

// selectSQL writes the SELECT of a table, and says where each column's expression is in it.
func selectSQL(t *Table) (string, []span) {
	var b strings.Builder
	var spans []span
	at := 0
	write := func(s string) {
		b.WriteString(s)
		at += utf8.RuneCountInString(s)
	}
	write("SELECT ")
	first := true
	for i, c := range t.Columns {
		if c.Decision == Generated {
			continue
		}
		if !first {
			write(", ")
		}
		first = false
		start := at
		write(c.Expr.SQL)
		spans = append(spans, span{start, at, i})
	}
	if !first {
		write(" ")
	}
	write("FROM ONLY " + sqltext.Ident(t.Source.Schema, t.Source.Name))
	if t.Rows != "" {
		write(" WHERE (" + t.Rows + ")")
	}
	return b.String(), spans
}

// Crossing gives the columns that are sent, in the order of the SELECT.
func (t *Table) Crossing() []Column {
	var out []Column
	for _, c := range t.Columns {
		if c.Decision != Generated {
			out = append(out, c)
		}
	}
	return out
}
