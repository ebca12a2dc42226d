package view

import (
	"fmt"
	"io"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// lintText writes findings as diagnostics, with their codes, and a line that counts them.
func lintText(w io.Writer, s Style, r LintReport) error {
	var b strings.Builder
	for _, f := range r.Fixed {
		fmt.Fprintf(&b, "%s %s:%d: %s [%s]\n", s.green("Fixed"), f.File, f.Line, f.Title, f.Code)
	}
	for _, d := range r.Findings {
		if d.Code != "" {
			d.Summary += " [" + d.Code + "]"
		}
		for _, fix := range d.Fixes {
			d.Detail = strings.TrimRight(d.Detail, "\n") + "\n" + suggestion(fix)
		}
		writeDiagnostic(&b, s, d)
	}
	if len(r.Findings) > 0 {
		b.WriteString("\n")
	}
	b.WriteString(r.summary() + "\n")
	if len(r.Skipped) > 0 {
		fmt.Fprintf(&b, "\nWithout the columns of %s these could not be looked for: %s.\n",
			strings.Join(r.Unlocked, ", "), strings.Join(r.Skipped, ", "))
		if r.Inspect != "" {
			b.WriteString("To look for them too: " + r.Inspect + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// suggestion is a fix in a line.
func suggestion(f diag.Fix) string {
	if f.Safe {
		return "Fix (-fix makes it): " + f.Title + "."
	}
	return "Suggestion: " + f.Title + "."
}

// summary counts the findings in a sentence.
func (r LintReport) summary() string {
	if r.Failed {
		return "The spec cannot be read."
	}
	text := "Nothing found."
	if len(r.Findings) > 0 {
		text = fmt.Sprintf("Found %s, %s and %s.", counted(r.count(diag.Error), "error"),
			counted(r.count(diag.Warning), "warning"), counted(r.count(diag.Note), "note"))
	}
	if r.Suppressed > 0 {
		text += fmt.Sprintf(" %s suppressed.", counted(r.Suppressed, "finding"))
	}
	if r.Fixable > 0 {
		text += fmt.Sprintf(" %d can be fixed with -fix.", r.Fixable)
	}
	return text
}
