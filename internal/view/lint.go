package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
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
	// Skipped are the codes that could not be checked everywhere, because the schema lock lacks the databases Unlocked.
	Skipped, Unlocked []string
	// Inspect is the command that completes the lock.
	Inspect string
	// Rules describe all codes, for programs.
	Rules []LintRule
	// Failed says that the spec could not be read; the findings say why.
	Failed  bool
	Version string
	// Sources are the files of the spec. Below is its directory relative to the top of the repository; it may be empty.
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

// count returns the number of findings of a severity.
func (r LintReport) count(s diag.Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// file returns the name of a file relative to the top of the repository.
func (r LintReport) file(name string) string { return path.Join(r.Below, name) }

// place returns the line and the column, counted in characters from 1, of a byte in a file.
func (r LintReport) place(file string, at int) (line, column int) {
	src := r.Sources[file]
	before := src[:clamp(at, len(src))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return 1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[start:])
}

// lintText writes findings as diagnostics with their codes, and a line that counts them.
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
		fmt.Fprintf(&b, "\nWithout the columns of %s, these could not be checked: %s.\n",
			strings.Join(r.Unlocked, ", "), strings.Join(r.Skipped, ", "))
		if r.Inspect != "" {
			b.WriteString("To check them too: " + r.Inspect + "\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// suggestion returns a fix as a line of text.
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
		text = fmt.Sprintf("Found %s, %s and %s.", plural(r.count(diag.Error), "error"),
			plural(r.count(diag.Warning), "warning"), plural(r.count(diag.Note), "note"))
	}
	if r.Suppressed > 0 {
		text += fmt.Sprintf(" %s suppressed.", plural(r.Suppressed, "finding"))
	}
	if r.Fixable > 0 {
		text += fmt.Sprintf(" %d can be fixed with -fix.", r.Fixable)
	}
	return text
}

// lintOutput is the result of `lint -format json`. Fields may be added, but none is removed.
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
		Fixed:         orEmpty(r.Fixed),
		Skipped:       orEmpty(r.Skipped),
		Unlocked:      orEmpty(r.Unlocked),
		Findings:      orEmpty(r.Findings),
	})
}

// orEmpty returns the list so that JSON has [] where it is empty.
func orEmpty[S ~[]E, E any](list S) S {
	if list == nil {
		return S{}
	}
	return list
}

// encode writes v as indented JSON.
func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// lintGitHub writes a workflow command for each finding, which GitHub Actions shows at the line in the pull request,
// and the summary for the log. GitHub shows ten of each kind in a step, so errors come first.
func lintGitHub(w io.Writer, r LintReport) error {
	var b strings.Builder
	for _, s := range []struct {
		severity diag.Severity
		command  string
	}{{diag.Error, "error"}, {diag.Warning, "warning"}, {diag.Note, "notice"}} {
		for _, f := range r.Findings {
			if f.Severity == s.severity {
				message := f.Detail
				if message == "" { // the runner shows no annotation without one
					message = f.Summary
				}
				b.WriteString("::" + s.command + r.properties(f) + "::" + commandData(message) + "\n")
			}
		}
	}
	b.WriteString(r.summary() + "\n")
	_, err := io.WriteString(allowCommands(w), b.String())
	return err
}

// properties returns the place and the title of a finding.
func (r LintReport) properties(f diag.Diagnostic) string {
	var list []string
	if at := f.Range; at != nil {
		line, column := r.place(at.Filename, at.Start.Byte)
		endLine, endColumn := r.place(at.Filename, at.End.Byte)
		list = append(list, "file="+commandProperty(r.file(at.Filename)), fmt.Sprintf("line=%d", line),
			fmt.Sprintf("endLine=%d", endLine))
		if line == endLine { // columns are of one line
			list = append(list, fmt.Sprintf("col=%d", column), fmt.Sprintf("endColumn=%d", endColumn))
		}
	}
	title := f.Summary
	if f.Code != "" {
		title += " [" + f.Code + "]"
	}
	return " " + strings.Join(append(list, "title="+commandProperty(title)), ",")
}

// commandData and commandProperty escape text so that the runner reads one command from each line.
func commandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func commandProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
