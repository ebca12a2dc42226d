package view

import (
	"bytes"
	"io"
	"path"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/internal/diag"
)

// LintReport is what lint found.
type LintReport struct {
	Findings   diag.Diagnostics
	Suppressed int
	// Fixed says what -fix changed, Fixable counts what it could.
	Fixed   []LintFixed
	Fixable int
	// Skipped are the codes that could not be looked for, or not everywhere, because the schema lock lacks Unlocked.
	Skipped, Unlocked []string
	// Inspect is the command that completes the lock.
	Inspect string
	// Rules are all codes, for programs that want them described.
	Rules []LintRule
	// Failed: the spec could not be read, and the findings say why.
	Failed  bool
	Version string
	// Sources are the spec's files; Below is the spec's directory as the repository has it, "" for its top.
	Sources map[string][]byte
	Below   string
}

// LintFixed is a fix that was made.
type LintFixed struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	Code  string `json:"code"`
	Title string `json:"title"`
}

// LintRule describes a code.
type LintRule struct {
	Code, Title, Doc string
	Severity         diag.Severity
}

// Lint writes a report in a format: "text", "json", "sarif" or "github".
func Lint(w io.Writer, s Style, format string, r LintReport) error {
	switch format {
	case "json":
		return lintJSON(w, r)
	case "sarif":
		return lintSARIF(w, r)
	case "github":
		return lintGitHub(w, r)
	default:
		return lintText(w, s, r)
	}
}

// count gives how many findings there are of a severity.
func (r LintReport) count(s diag.Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// file names a file from the top of the repository.
func (r LintReport) file(name string) string { return path.Join(r.Below, name) }

// place gives the line and the column, in characters from 1, of a byte of a file.
func (r LintReport) place(file string, at int) (line, column int) {
	src := r.Sources[file]
	before := src[:clamp(at, len(src))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return 1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[start:])
}
