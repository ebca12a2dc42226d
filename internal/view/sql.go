package view

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// longLiteral is how many characters of a string constant are shown: a mask that picks from a dictionary holds all of
// it. The plan file and show -json have every statement whole.
const longLiteral = 48

// shortSQL shortens long string constants of a statement for reading.
func shortSQL(sql string) string {
	var b strings.Builder
	for {
		open := strings.IndexAny(sql, `'"`)
		if open < 0 {
			b.WriteString(sql)
			return b.String()
		}
		end := closing(sql, open)
		text := sql[open+1 : max(open+1, end-1)]
		n := utf8.RuneCountInString(text)
		if sql[open] == '\'' && n > longLiteral {
			b.WriteString(sql[:open+1] + string([]rune(text)[:longLiteral/2]) +
				fmt.Sprintf("…' /* %d characters */", n))
		} else {
			b.WriteString(sql[:end])
		}
		sql = sql[end:]
	}
}

// closing gives the place after the quote that ends what begins at open; a doubled quote ends nothing.
func closing(sql string, open int) int {
	quote := sql[open]
	for i := open + 1; i < len(sql); i++ {
		if sql[i] != quote {
			continue
		}
		if i+1 < len(sql) && sql[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return len(sql)
}
