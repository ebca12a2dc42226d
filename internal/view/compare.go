package view

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Heading sets a part of the output off from the one before.
func Heading(streams Streams, text string) {
	s := streams.OutStyle()
	_, _ = fmt.Fprintf(streams.Out, "\n%s\n", s.bold("── "+text))
}

func inlined(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = inline(text)
	}
	return out
}

// Compare prints one row as it is on two sides, the columns below each other.
func Compare(streams Streams, columns, before, after []string) {
	s := streams.OutStyle()
	left, wide := 0, 0
	columns, before, after = inlined(columns), inlined(before), inlined(after)
	for i, c := range columns {
		left, wide = max(left, runewidth.StringWidth(c)), max(wide, runewidth.StringWidth(before[i]))
	}
	for i, c := range columns {
		_, _ = fmt.Fprintf(streams.Out, "  %s  %s%s  %s  %s\n",
			s.dim(c+strings.Repeat(" ", left-runewidth.StringWidth(c))), before[i],
			strings.Repeat(" ", wide-runewidth.StringWidth(before[i])), s.dim("->"), after[i])
	}
	_, _ = fmt.Fprintln(streams.Out)
}
