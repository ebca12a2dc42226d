package view

import (
	"fmt"
	"io"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// lintGitHub writes a workflow command for each finding, which GitHub Actions shows beside the line in the pull
// request, and the summary for the log. GitHub shows ten of a kind and step, so errors come first.
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
	_, err := io.WriteString(commands(w), b.String())
	return err
}

// properties are the place and the title of a finding.
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

// commandData and commandProperty escape as the runner reads it: a line is one command.
func commandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func commandProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
