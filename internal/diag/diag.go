// Package diag defines diagnostics: what is wrong, where in the spec, and what to do. Every layer reports through it,
// and only package view prints it. It imports nothing of this project.
package diag

import (
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Severity distinguishes errors, which stop a run, from warnings, and from notes, which only lint reports.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Pos is one place in a file: Line and Column count from 1 (columns in grapheme
// clusters), Byte from 0. The same as hcl.Pos.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// Range is a half-open stretch of a source file. Filename is as the user would type it,
// relative to the project's directory.
type Range struct {
	Filename string `json:"filename"`
	Start    Pos    `json:"start"`
	End      Pos    `json:"end"`
}

// String returns "file:line", which terminals make clickable.
func (r Range) String() string { return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line) }

// FirstRange returns the first of the places that is known, nil where none is.
func FirstRange(places ...*Range) *Range {
	for _, r := range places {
		if r != nil {
			return r
		}
	}
	return nil
}

// Snippet is the source text around a Range, kept with the diagnostic (and in the plan
// file) so that it can be shown where the file is not at hand.
type Snippet struct {
	// Context names the enclosing block, such as `table "public" "customers"`; may be "".
	Context string `json:"context,omitempty"`
	// Code is the whole source line (or lines) of the range, without a final newline.
	Code string `json:"code"`
	// StartLine is the line number of the first line of Code.
	StartLine int `json:"start_line"`
	// HighlightStart and HighlightEnd are byte offsets into Code.
	HighlightStart int `json:"highlight_start_offset"`
	HighlightEnd   int `json:"highlight_end_offset"`
}

// Diagnostic is one problem, for the user who has to fix it.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	// Code is a stable name for tools, such as "plan_stale"; "" if there is none.
	Code string `json:"code,omitempty"`
	// Summary is one line without a full stop and without values; Detail is full
	// sentences that say what to do.
	Summary string   `json:"summary"`
	Detail  string   `json:"detail,omitempty"`
	Address string   `json:"address,omitempty"`
	Range   *Range   `json:"range,omitempty"`
	Snippet *Snippet `json:"snippet,omitempty"`
	// Fixes are alternative changes to the spec that fix it.
	Fixes []Fix `json:"fixes,omitempty"`
}

// Error makes a Diagnostic usable as an error: "file:line: summary: detail".
func (d Diagnostic) Error() string {
	var b strings.Builder
	if d.Range != nil {
		b.WriteString(d.Range.String() + ": ")
	}
	b.WriteString(d.Summary)
	if d.Detail != "" {
		b.WriteString(": " + d.Detail)
	}
	return b.String()
}

// Diagnostics is what a stage collected. A stage goes on after an error, so that the
// user sees all of them.
type Diagnostics []Diagnostic

// Errorf adds an error. rng may be nil if it is about no line of the spec.
func (ds *Diagnostics) Errorf(rng *Range, summary, format string, args ...any) {
	*ds = append(*ds, Diagnostic{Severity: Error, Summary: summary, Detail: fmt.Sprintf(format, args...), Range: rng})
}

// Warnf adds a warning.
func (ds *Diagnostics) Warnf(rng *Range, summary, format string, args ...any) {
	*ds = append(*ds, Diagnostic{Severity: Warning, Summary: summary, Detail: fmt.Sprintf(format, args...), Range: rng})
}

// Append adds other diagnostics, or an error (itself a Diagnostic or not); nil adds nothing.
func (ds *Diagnostics) Append(more ...Diagnostic) { *ds = append(*ds, more...) }

// AppendErr adds err: as itself where it is (or wraps) a Diagnostic or Diagnostics, else
// as an error with the given summary. A nil err adds nothing. err must already be
// redacted when it comes from a database.
func (ds *Diagnostics) AppendErr(summary string, err error) {
	if err == nil {
		return
	}
	var many Diagnostics
	var one Diagnostic
	switch {
	case errors.As(err, &many):
		*ds = append(*ds, many...)
	case errors.As(err, &one):
		*ds = append(*ds, one)
	default:
		*ds = append(*ds, Diagnostic{Severity: Error, Summary: summary, Detail: err.Error()})
	}
}

// HasErrors reports whether any of them is an Error.
func (ds Diagnostics) HasErrors() bool {
	for _, d := range ds {
		if d.Severity == Error {
			return true
		}
	}
	return false
}

// Error joins all of them, a line each; Diagnostics is an error only where HasErrors.
func (ds Diagnostics) Error() string {
	lines := make([]string, len(ds))
	for i, d := range ds {
		lines[i] = d.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns ds as an error where it has errors, else nil.
func (ds Diagnostics) Err() error {
	if ds.HasErrors() {
		return ds
	}
	return nil
}

// Sort orders by file, line, column, then summary, those without a range last, so that
// one input always prints the same.
func (ds Diagnostics) Sort() {
	sort.SliceStable(ds, func(i, j int) bool {
		a, b := ds[i], ds[j]
		if (a.Range == nil) != (b.Range == nil) {
			return a.Range != nil
		}
		if a.Range != nil && *a.Range != *b.Range {
			if a.Range.Filename != b.Range.Filename {
				return a.Range.Filename < b.Range.Filename
			}
			return a.Range.Start.Byte < b.Range.Start.Byte
		}
		if a.Summary != b.Summary {
			return a.Summary < b.Summary
		}
		return a.Detail < b.Detail
	})
}
