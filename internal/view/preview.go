package view

import (
	"encoding/json"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Preview are rows as a refresh would export them.
type Preview struct {
	Refresh string
	Table   string
	Columns []PreviewColumn
	Rows    [][]PreviewValue
}

// PreviewColumn is a column of a preview. Hidden is why its values are not shown, "" if they are.
type PreviewColumn struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Mask   string `json:"mask"`
	Masked bool   `json:"masked"`
	Hidden string `json:"hidden,omitempty"`
}

// PreviewValue is a value of a preview; a Text of nil is NULL. Unchanged: the mask made of it what it was, so it is not
// shown.
type PreviewValue struct {
	Text      *string
	Unchanged bool
}

const (
	// cellWidth is how many columns of the screen a value takes at most.
	cellWidth = 32

	hiddenCell    = "(hidden)"
	unchangedCell = "(unchanged)"
)

// PrintPreview prints a preview for a person: a table, and the masks of its columns.
func PrintPreview(streams Streams, p Preview) {
	s := streams.OutStyle()
	line := func(format string, args ...any) { printLine(streams.Out, format, args...) }
	line("%s of %s: %s", s.bold(p.Table), p.Refresh, plural(len(p.Rows), "row"))
	table := [][]string{{}}
	hidden := false
	for _, c := range p.Columns {
		table[0] = append(table[0], cut(inline(c.Name), cellWidth))
		hidden = hidden || c.Hidden != ""
	}
	for _, row := range p.Rows {
		var cells []string
		for i, v := range row {
			cells = append(cells, v.cell(p.Columns[i]))
		}
		table = append(table, cells)
	}
	printCells(streams.Out, s, table)
	line("")
	for _, c := range p.Columns {
		switch {
		case c.Hidden != "":
			line("%s is kept and looks personal: %s", c.Name, c.Hidden)
		case c.Masked:
			line("%s: %s", c.Name, c.Mask)
		}
	}
	if hidden {
		line("Values of kept columns that look personal are hidden; -show COLUMN shows them.")
	}
}

// cell returns a value as it stands in the table.
func (v PreviewValue) cell(c PreviewColumn) string {
	switch {
	case c.Hidden != "":
		return hiddenCell
	case v.Unchanged:
		return unchangedCell
	case v.Text == nil:
		return "NULL"
	}
	return cut(inline(*v.Text), cellWidth)
}

// cut shortens a text to a width.
func cut(text string, width int) string { return runewidth.Truncate(text, width, "…") }

// printCells prints a table whose first line is its head.
func printCells(w io.Writer, s Style, table [][]string) {
	widths := make([]int, len(table[0]))
	for _, row := range table {
		for i, cell := range row {
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	for n, row := range table {
		var b strings.Builder
		for i, cell := range row {
			if i > 0 {
				b.WriteString("  ")
			}
			padded := runewidth.FillRight(cell, widths[i])
			if n == 0 {
				padded = s.bold(padded)
			}
			b.WriteString(padded)
		}
		_, _ = io.WriteString(w, strings.TrimRight(b.String(), " ")+"\n")
	}
}

// previewOutput is the result of `preview -json`. Fields may be added, but none is removed.
type previewOutput struct {
	FormatVersion string           `json:"format_version"`
	Refresh       string           `json:"refresh"`
	Table         string           `json:"table"`
	Columns       []PreviewColumn  `json:"columns"`
	Rows          []map[string]any `json:"rows"`
	// Unchanged are the columns of each row whose mask changed nothing; they are not in the row.
	Unchanged [][]string `json:"unchanged"`
}

// PreviewJSON prints a preview for programs. What is hidden is not in the rows.
func PreviewJSON(w io.Writer, p Preview) error {
	out := previewOutput{FormatVersion: "1.0", Refresh: p.Refresh, Table: p.Table, Columns: p.Columns,
		Rows: []map[string]any{}, Unchanged: [][]string{}}
	for _, row := range p.Rows {
		values, unchanged := map[string]any{}, []string{}
		for i, v := range row {
			switch name := p.Columns[i].Name; {
			case p.Columns[i].Hidden != "":
			case v.Unchanged:
				unchanged = append(unchanged, name)
			case v.Text == nil:
				values[name] = nil
			default:
				values[name] = *v.Text
			}
		}
		out.Rows, out.Unchanged = append(out.Rows, values), append(out.Unchanged, unchanged)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(out)
}
