package view

import (
	"encoding/json"
	"io"

	"github.com/shoji-pg/shoji/internal/diag"
)

// lintOutput is the result of `lint -format json`. Fields are added, and none is taken away.
type lintOutput struct {
	FormatVersion string           `json:"format_version"`
	Read          bool             `json:"read"` // the spec could be read
	ErrorCount    int              `json:"error_count"`
	WarningCount  int              `json:"warning_count"`
	NoteCount     int              `json:"note_count"`
	Suppressed    int              `json:"suppressed"`
	Fixed         []LintFixed      `json:"fixed"`
	Skipped       []string         `json:"skipped"`
	Unlocked      []string         `json:"unlocked"`
	Findings      diag.Diagnostics `json:"findings"`
}

func lintJSON(w io.Writer, r LintReport) error {
	return encode(w, lintOutput{
		FormatVersion: "1.0",
		Read:          !r.Failed,
		ErrorCount:    r.count(diag.Error),
		WarningCount:  r.count(diag.Warning),
		NoteCount:     r.count(diag.Note),
		Suppressed:    r.Suppressed,
		Fixed:         some(r.Fixed),
		Skipped:       some(r.Skipped),
		Unlocked:      some(r.Unlocked),
		Findings:      some(r.Findings),
	})
}

// some gives a list that is written as [] where it is empty.
func some[S ~[]E, E any](list S) S {
	if list == nil {
		return S{}
	}
	return list
}

// encode writes v as people can read it.
func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
