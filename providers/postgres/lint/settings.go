package lint

import (
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// Codes of problems of suppressions and of the lint block themselves.
const (
	badIgnore    = "bad_ignore"
	unusedIgnore = "unused_ignore"
	badLint      = "bad_lint"
)

// settings are what the lint block and comments say of findings.
type settings struct {
	project    *spec.Project
	analyzers  map[string]Analyzer
	disabled   map[string]bool
	severities map[string]diag.Severity
	problems   []Finding
}

// CheckSettings reports codes of the lint block that are unknown or cannot be changed. It needs no lock.
func CheckSettings(p *spec.Project) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, f := range newSettings(p, Analyzers()).problems {
		if f.Code == badLint {
			ds.Append(diag.Diagnostic{
				Severity: f.Severity,
				Code:     f.Code,
				Summary:  f.Summary,
				Detail:   f.Detail,
				Range:    f.Range,
			})
		}
	}
	return p.WithSnippets(ds)
}

func newSettings(p *spec.Project, analyzers []Analyzer) settings {
	s := settings{
		project:    p,
		analyzers:  map[string]Analyzer{},
		disabled:   map[string]bool{},
		severities: map[string]diag.Severity{},
	}
	for _, a := range analyzers {
		s.analyzers[a.Code] = a
	}
	for _, c := range p.Lint.Disable {
		if s.known(badLint, c.Code, c.Range) && s.switchable(badLint, c.Code, c.Range, "disabled") {
			s.disabled[c.Code] = true
		}
	}
	for _, c := range p.Lint.Severity {
		if s.known(badLint, c.Code, c.Range) &&
			(c.Severity == diag.Error || s.switchable(badLint, c.Code, c.Range, "lowered")) {
			s.severities[c.Code] = c.Severity
		}
	}
	for _, i := range p.Ignores {
		switch {
		case i.Code == "":
			s.problem(badIgnore, i.Range, "Suppression without a code", "Write # shoji:ignore CODE reason.")
		case !s.known(badIgnore, i.Code, i.Range) || !s.switchable(badIgnore, i.Code, i.Range, "ignored"):
		case i.Reason == "":
			s.problem(badIgnore, i.Range, "Suppression without a reason",
				fmt.Sprintf("Add why %s is not a problem here, for later readers of the spec: # shoji:ignore %s "+
					"reason. Until then it suppresses nothing.", i.Code, i.Code))
		}
	}
	return s
}

func (s *settings) problem(code string, at diag.Range, summary, detail string) {
	s.problems = append(s.problems, Finding{
		Code:     code,
		Severity: diag.Error,
		Summary:  summary,
		Detail:   detail,
		Range:    &at,
	})
}

// known reports whether a code exists, and adds a problem if it does not.
func (s *settings) known(problem, code string, at diag.Range) bool {
	if _, ok := s.analyzers[code]; ok {
		return true
	}
	var all []string
	for c := range s.analyzers {
		all = append(all, c)
	}
	s.problem(problem, at, "Unknown code",
		fmt.Sprintf("There is no code %q.%s docs/lint.md lists all codes.", code, diag.DidYouMean(code, all)))
	return false
}

// switchable reports whether a code can be changed, and adds a problem if it stands for an error of a plan or of the
// settings themselves.
func (s *settings) switchable(problem, code string, at diag.Range, how string) bool {
	switch {
	case code == badIgnore || code == badLint:
		s.problem(problem, at, "A problem of the settings cannot be "+how,
			fmt.Sprintf("%s means that another setting has no effect. Correct that one.", code))
		return false
	case !s.analyzers[code].Plan:
		return true
	}
	s.problem(problem, at, "An error of a plan cannot be "+how,
		fmt.Sprintf("A plan fails with %s, too, whatever lint says. Fix it, and remove this setting.", code))
	return false
}

// ignored reports whether a comment suppresses a finding, and marks it as used.
func (s settings) ignored(f Finding, used []bool) bool {
	if f.Range == nil || f.plan || f.Code == badIgnore || f.Code == badLint {
		return false
	}
	found := false
	for n, i := range s.project.Ignores {
		if i.Code == f.Code && i.Reason != "" && i.Covers(*f.Range) {
			used[n], found = true, true
		}
	}
	return found
}

// unused returns findings on suppressions that suppress nothing, unless their analyzer could not check everything.
func (s settings) unused(used []bool, skipped []string) []Finding {
	var out []Finding
	a := s.analyzers[unusedIgnore]
	if s.disabled[a.Code] {
		return nil
	}
	for n, i := range s.project.Ignores {
		if _, known := s.analyzers[i.Code]; used[n] || !known || i.Reason == "" || s.analyzers[i.Code].Plan ||
			s.disabled[i.Code] || slices.Contains(skipped, i.Code) {
			continue
		}
		at := i.Range
		fix := replace("Remove the suppression", i.Removal, "")
		fix.Safe = true
		out = append(out, Finding{
			Code:     a.Code,
			Severity: a.Severity,
			Summary:  a.Title,
			Range:    &at,
			Fixes:    []diag.Fix{fix},
			Detail: fmt.Sprintf("There is no %s here. Remove the comment: if it stays, it hides the next one.",
				i.Code),
		})
	}
	return out
}

// severity returns that of a finding, as the lint block sets it.
func (s settings) severity(f Finding) diag.Severity {
	given, ok := s.severities[f.Code]
	if !ok || f.plan {
		return f.Severity
	}
	return given
}
