package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// maxSubjects is how many further subjects a merged finding names.
const maxSubjects = 8

// result suppresses, merges and sorts the findings.
func (r *run) result() Result {
	out := Result{Skipped: r.skipped, Unlocked: r.unlocked}
	slices.Sort(out.Skipped)
	used := make([]bool, len(r.project.Ignores))
	var shown []Finding
	for _, f := range r.findings {
		if r.settings.ignored(f, used) {
			out.Suppressed++
			continue
		}
		shown = append(shown, f)
	}
	shown = append(shown, r.settings.unused(used, r.skipped)...)
	for _, f := range merged(shown) {
		d := diag.Diagnostic{
			Severity: r.settings.severity(f),
			Code:     f.Code,
			Summary:  f.Summary,
			Detail:   f.Detail,
			Address:  f.Address,
			Range:    f.Range,
			Fixes:    f.Fixes,
		}
		out.Findings = append(out.Findings, d)
	}
	out.Findings.Sort()
	out.Findings = r.project.WithSnippets(out.Findings)
	return out
}

// merged merges findings that a rule, a for_each or two refreshes repeat at one place.
func merged(all []Finding) []Finding {
	type key struct {
		code     string
		severity diag.Severity
		at       diag.Range
	}
	first := map[key]int{}
	others := map[int][]string{}
	seen := map[string]bool{}
	var out []Finding
	for _, f := range all {
		whole := fmt.Sprint(f.Code, "\x00", f.Severity, "\x00", f.Range, "\x00", f.Subject, "\x00", f.Detail)
		if seen[whole] {
			continue
		}
		seen[whole] = true
		if f.Range == nil || f.Subject == "" {
			out = append(out, f)
			continue
		}
		k := key{f.Code, f.Severity, *f.Range}
		if i, again := first[k]; again {
			if f.Subject != out[i].Subject && !slices.Contains(others[i], f.Subject) {
				others[i] = append(others[i], f.Subject)
			}
			continue
		}
		first[k] = len(out)
		out = append(out, f)
	}
	for i, names := range others {
		more := ""
		if n := len(names) - maxSubjects; n > 0 {
			names, more = names[:maxSubjects], fmt.Sprintf(" and %d more", n)
		}
		out[i].Detail += " The same applies to " + strings.Join(names, ", ") + more + "."
	}
	return out
}

// Fixable returns the fixes that may be applied without review, at most one for each finding.
func (r Result) Fixable() []diag.Fix {
	var out []diag.Fix
	for _, f := range r.Findings {
		if i := slices.IndexFunc(f.Fixes, func(x diag.Fix) bool { return x.Safe }); i >= 0 {
			out = append(out, f.Fixes[i])
		}
	}
	return out
}

// replace returns a fix of one edit.
func replace(title string, at diag.Range, text string) diag.Fix {
	return diag.Fix{Title: title, Edits: []diag.Edit{{Range: at, Text: text}}}
}
