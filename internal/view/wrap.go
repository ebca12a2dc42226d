package view

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// wrap breaks the prose in text between words, so that its lines take at most width columns; at a width of 0 or less
// nothing is broken. A line that begins with white space is a statement or a list and stays whole, as a word does that
// is longer than a line: it has to be possible to copy both.
func wrap(text string, width int) string {
	if width <= 0 {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") {
			continue
		}
		var b strings.Builder
		column := 0
		for _, word := range strings.Split(line, " ") {
			wide := runewidth.StringWidth(word)
			switch {
			case column == 0:
			case column+1+wide > width:
				b.WriteString("\n")
				column = 0
			default:
				b.WriteString(" ")
				column++
			}
			b.WriteString(word)
			column += wide
		}
		lines[i] = b.String()
	}
	return strings.Join(lines, "\n")
}
