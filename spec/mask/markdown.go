package mask

import (
	"fmt"
	"strings"
)

// groups are the parts of the catalogue, in the order of the manual.
func groups() []group {
	return []group{constants, pseudonyms, people, formats, quantities, composition}
}

// Markdown gives the catalogue for docs/masks.md: a table for each group.
func Markdown() string {
	var b strings.Builder
	for _, g := range groups() {
		fmt.Fprintf(&b, "### %s\n\n| mask | what it gives | for |\n|---|---|---|\n", g)
		for _, e := range entries() {
			if e.group == g {
				fmt.Fprintf(&b, "| `%s` | %s For example `%s`. | %s |\n", cell(e.signature), cell(e.summary), cell(e.example), strings.TrimSpace(wordsOf(e.accepts)+" "+e.note))
			}
		}
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// cell escapes what would end a cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
