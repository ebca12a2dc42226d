package view

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/engine"
)

// effectTables is how many tables are shown one by one; beyond that only what a reader has to look at.
const effectTables = 20

// effectLines says what masks did, a table a line: "public.people: email 998 changed, 2 NULL". Of many tables only
// those columns are shown that have a value which did not change, or none to change.
func effectLines(columns []engine.ColumnEffect) []string {
	tables := 0
	for i, c := range columns {
		if i == 0 || c.Schema != columns[i-1].Schema || c.Table != columns[i-1].Table {
			tables++
		}
	}
	out := []string{
		fmt.Sprintf("%s masked columns of %s tables verified", count(int64(len(columns))), count(int64(tables))),
	}
	var parts []string
	for i, c := range columns {
		if tables <= effectTables || c.Changed == 0 || c.Unchanged+c.Held > 0 {
			parts = append(parts, effectText(c))
		}
		last := i == len(columns)-1 || columns[i+1].Schema != c.Schema || columns[i+1].Table != c.Table
		if last && len(parts) > 0 {
			out = append(out, c.Schema+"."+c.Table+": "+strings.Join(parts, "; "))
			parts = nil
		}
	}
	return out
}

// effectText says what became of the sampled values of one column.
func effectText(c engine.ColumnEffect) string {
	if c.Sampled == 0 {
		return c.Column + " no row"
	}
	var parts []string
	add := func(n int64, what string) {
		if n > 0 {
			parts = append(parts, count(n)+" "+what)
		}
	}
	add(c.Changed, "changed")
	add(c.Null, "NULL or empty")
	add(c.Constant, "constant already")
	add(c.Unchanged+c.Held-c.Constant, "unchanged")
	return c.Column + " " + strings.Join(parts, ", ")
}
