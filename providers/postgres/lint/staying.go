package lint

import (
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

// KeptColumn is a column that a refresh keeps although it looks personal.
type KeptColumn struct {
	CheckedColumn
	// Code and Severity are those of the finding; LooksLike is what the column seems to hold: "an e-mail address".
	Code      string
	Severity  diag.Severity
	LooksLike string
	// Acknowledged is the reason that a comment gives for keeping the column; "" if there is none.
	Acknowledged string
}

// BroadKeep is a rule that keeps most columns of the tables it matches, including text, whatever their names.
type BroadKeep struct {
	Rule *spec.Rule
	// Kept and Of count the kept and all columns of the Tables in which it keeps any.
	Kept, Of, Tables int
}

// KeptForReview returns what a refresh keeps and somebody should review: the columns that look personal, and the rules
// that keep any column.
func KeptForReview(p *spec.Project, d schemalock.Resolution) ([]KeptColumn, []BroadKeep) {
	r := run{project: p, analyzers: Analyzers(), refreshes: []*Refresh{newRefresh(d)}}
	r.settings = newSettings(p, r.analyzers)
	return r.keptPersonal(), r.broadKeeps()
}

// keptPersonal returns the columns that personal_kept, credential_kept and free_text_kept report, under the same
// settings and comments.
func (r *run) keptPersonal() []KeptColumn {
	for _, a := range []Analyzer{credentialKept(), personalKept(), freeTextKept()} {
		if !r.settings.disabled[a.Code] {
			a.Run(&Pass{Project: r.project, Refreshes: r.refreshes, analyzer: a, run: r})
		}
	}
	columns := map[string]CheckedColumn{}
	for _, c := range r.refreshes[0].Columns {
		columns[c.FullName()] = c
	}
	out := make([]KeptColumn, 0, len(r.findings))
	for _, f := range r.findings {
		c := columns[f.Subject]
		out = append(out, KeptColumn{
			CheckedColumn: c,
			Code:          f.Code,
			Severity:      r.settings.severity(f),
			LooksLike:     title(c.Guess.Kind),
			Acknowledged:  r.settings.reason(f),
		})
	}
	return out
}

// reason returns that of the comment which suppresses a finding; "" if there is none.
func (s settings) reason(f Finding) string {
	if f.Range == nil {
		return ""
	}
	for _, i := range s.project.Ignores {
		if i.Code == f.Code && i.Reason != "" && i.Covers(*f.Range) {
			return i.Reason
		}
	}
	return ""
}

// broadKeeps returns the rules that broad_keep reports, that name no tables either, and that keep at least half of the
// columns of the tables they match: nobody who reads such a rule sees what it keeps. A comment that acknowledges the
// finding counts, a lint block that disables it does not.
func (r *run) broadKeeps() []BroadKeep {
	var out []BroadKeep
	for _, rule := range r.project.Rules {
		if !keepsByPattern(rule) || !isPattern(rule.Tables) ||
			r.settings.reason(Finding{Code: broadKeep().Code, Range: &rule.At.Mask.Range}) != "" {
			continue
		}
		broad, text := BroadKeep{Rule: rule}, false
		kept, all := map[string]int{}, map[string]int{}
		for _, c := range r.refreshes[0].Columns {
			name := c.Table.FullName()
			all[name]++
			if c.Range != nil && *c.Range == rule.At.Mask.Range {
				kept[name]++
				text = text || holdsAnything(c.Type)
			}
		}
		for name, n := range kept {
			broad.Kept, broad.Of, broad.Tables = broad.Kept+n, broad.Of+all[name], broad.Tables+1
		}
		if text && 2*broad.Kept >= broad.Of {
			out = append(out, broad)
		}
	}
	return out
}
