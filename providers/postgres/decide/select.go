package decide

import (
	"strings"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// span is where a column's expression is in a SELECT, in characters from 0.
type span struct{ start, end, column int }

// Select returns the statement that the source runs, `SELECT … FROM ONLY "s"."t" [WHERE …]`, with one output column for
// each column that is not generated, in order; "" unless Treatment is Copy. For a table without such columns it is
// SELECT FROM, which has rows only. It is not kept: it holds the dictionaries of masks, once for each column.
func (t *Table) Select() string {
	if t.Treatment != Copy {
		return ""
	}
	sql, _ := selectSQL(t)
	return sql
}

// selectSQL returns the SELECT of a table, and where each column's expression is in it.
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
	if condition := t.Condition(); condition != "" {
		write(" WHERE (" + condition + ")")
	}
	return b.String(), spans
}

// Crossing returns the columns of the SELECT, in order.
func (t *Table) Crossing() []Column {
	var out []Column
	for _, c := range t.Columns {
		if c.Decision != Generated {
			out = append(out, c)
		}
	}
	return out
}
