package view

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Diagnostics prints each diagnostic with its place and source line, in the order in which they come.
func Diagnostics(w io.Writer, s Style, ds diag.Diagnostics) {
	for _, d := range ds {
		writeDiagnostic(w, s, d)
	}
}

func writeDiagnostic(w io.Writer, s Style, d diag.Diagnostic) {
	var b strings.Builder
	head := s.bold(s.red("Error: "))
	bar := s.red("│ ")
	switch d.Severity {
	case diag.Warning:
		head, bar = s.bold(s.yellow("Warning: ")), s.yellow("│ ")
	case diag.Note:
		head, bar = s.bold(s.cyan("Note: ")), s.cyan("│ ")
	}
	b.WriteString(head + s.bold(inline(d.Summary)) + "\n")
	if d.Range != nil && d.Range.Filename != "" {
		where := fmt.Sprintf("  on %s line %d", d.Range.Filename, d.Range.Start.Line)
		if d.Snippet != nil && d.Snippet.Context != "" {
			where += ", in " + d.Snippet.Context
		}
		b.WriteString("\n" + inline(where) + ":\n")
		writeSnippet(&b, s, d.Snippet)
	} else if d.Address != "" {
		b.WriteString("\n  with " + inline(d.Address) + "\n")
	}
	if d.Detail != "" {
		b.WriteString("\n" + wrap(strings.TrimRight(d.Detail, "\n"), s.Width-runewidth.StringWidth("│ ")) + "\n")
	}
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	_, _ = fmt.Fprintln(w)
	for _, line := range lines {
		_, _ = fmt.Fprintln(w, strings.TrimRight(bar+line, " "))
	}
}

func writeSnippet(b *strings.Builder, s Style, sn *diag.Snippet) {
	if sn == nil {
		return
	}
	start, end := clamp(sn.HighlightStart, len(sn.Code)), clamp(sn.HighlightEnd, len(sn.Code))
	if end < start {
		end = start
	}
	offset := 0
	for i, line := range strings.Split(sn.Code, "\n") {
		from, to := clamp(start-offset, len(line)), clamp(end-offset, len(line))
		shown := line
		if to > from {
			shown = line[:from] + s.underline(line[from:to]) + line[to:]
		}
		fmt.Fprintf(b, "%s %s\n", s.dim(fmt.Sprintf("%4d:", sn.StartLine+i)), shown)
		if !s.Color && to > from && start >= offset {
			fmt.Fprintf(b, "      %s%s\n", blank(line[:from]), carets(line[from:to]))
		}
		offset += len(line) + 1
	}
}

// carets returns markers as wide as text is on a terminal.
func carets(text string) string {
	return strings.Repeat("^", max(1, len([]rune(text))+strings.Count(blank(text), "\u3000")))
}

// blank returns white space as wide as text, with its tabs, so that a marker is below its place.
func blank(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		if r > 0x2e7f { // wide in East Asian terminals
			return '\u3000'
		}
		return ' '
	}, text)
}

// Validation is the result of `validate -json`, in the form of Terraform's.
type Validation struct {
	FormatVersion string           `json:"format_version"`
	Valid         bool             `json:"valid"`
	ErrorCount    int              `json:"error_count"`
	WarningCount  int              `json:"warning_count"`
	Diagnostics   diag.Diagnostics `json:"diagnostics"`
}

// ValidationJSON writes the diagnostics of a validation for tools.
func ValidationJSON(w io.Writer, ds diag.Diagnostics) error {
	v := Validation{FormatVersion: "1.0", Valid: !ds.HasErrors(), Diagnostics: ds}
	if v.Diagnostics == nil {
		v.Diagnostics = diag.Diagnostics{}
	}
	for _, d := range ds {
		if d.Severity == diag.Error {
			v.ErrorCount++
		} else {
			v.WarningCount++
		}
	}
	return encode(w, v)
}
