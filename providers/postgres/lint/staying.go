package lint

import (
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

// KeptColumn is a column that a refresh keeps and that looks personal.
type KeptColumn struct {
	CheckedColumn
	// Code and Severity are those of the finding; Looks says what of: "an e-mail address".
	Code      string
	Severity  diag.Severity
	LooksLike string
	// Acknowledged is the reason that a comment gives for the column to stay, "" where none does.
	Acknowledged string
}

// BroadKeep is a rule that keeps most of what it could, text too, whatever its name is.
type BroadKeep struct {
	Rule *spec.Rule
	// Kept and Of count the columns of the Tables in which it keeps any.
	Kept, Of, Tables int
}

// KeptForReview returns what of a refresh stays as it is and wants a second look: the columns that look personal, and
// the rules that keep without looking.
func KeptForReview(p *spec.Project, d schemalock.Resolution) ([]KeptColumn, []BroadKeep) {
	r := run{project: p, analyzers: Analyzers(), refreshes: []*Refresh{newRefresh(d)}}
	r.settings = newSettings(p, r.analyzers)
	return r.keptPersonal(), r.broadKeeps()
}

// keptPersonal are the columns that personal_kept, credential_kept and free_text_kept find, judged by the same settings
// and comments.
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

// reason is that of the comment that suppresses a finding, "" where none does.
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

// broadKeeps are the rules that broad_keep is about, that name no tables either, and that keep half and more of the
// columns of those that they match: whoever reads such a rule sees nothing of what stays. A comment that acknowledges
// the finding is heeded, a lint block that switches it off is not.
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
			name := c.Table.Source.FullName()
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
