package view

import (
	"io"
	"net/url"

	"github.com/shoji-pg/shoji/internal/diag"
)

// The part of SARIF 2.1.0 that is written: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		ColumnKind  string            `json:"columnKind"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID        string       `json:"id"`
		Short     sarifText    `json:"shortDescription"`
		Full      sarifText    `json:"fullDescription"`
		Help      sarifText    `json:"help"`
		Configure sarifDefault `json:"defaultConfiguration"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifDefault struct {
		Level diag.Severity `json:"level"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level   diag.Severity `json:"level"`
		Message sarifText     `json:"message"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex *int            `json:"ruleIndex,omitempty"`
		Level     diag.Severity   `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
		Fixes     []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion `json:"deletedRegion"`
		Inserted sarifText   `json:"insertedContent"`
	}
)

func lintSARIF(w io.Writer, r LintReport) error {
	run := sarifRun{
		ColumnKind:  "unicodeCodePoints",
		Results:     []sarifResult{},
		Invocations: []sarifInvocation{{Successful: !r.Failed}},
	}
	run.Tool.Driver = sarifDriver{Name: "shoji", Version: r.Version, Rules: []sarifRule{}}
	index := map[string]int{}
	for i, rule := range r.Rules {
		index[rule.Code] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
			ID:        rule.Code,
			Short:     sarifText{rule.Title},
			Full:      sarifText{rule.Doc},
			Help:      sarifText{rule.Doc + " docs/lint.md says how it is suppressed."},
			Configure: sarifDefault{rule.Severity},
		})
	}
	for _, code := range r.Skipped {
		run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, sarifNotification{
			diag.Note, sarifText{code + " could not be checked everywhere: the schema lock lacks a source"},
		})
	}
	for _, f := range r.Findings {
		result := sarifResult{
			RuleID:    f.Code,
			Level:     f.Severity,
			Message:   sarifText{f.Summary},
			Locations: []sarifLocation{},
		}
		if result.RuleID == "" {
			result.RuleID = "spec"
		}
		if i, ok := index[f.Code]; ok {
			result.RuleIndex = &i
		}
		if f.Detail != "" {
			result.Message.Text += ": " + f.Detail
		}
		if f.Range != nil {
			result.Locations = append(result.Locations, sarifLocation{sarifPhysical{
				r.artifact(f.Range.Filename), r.region(*f.Range),
			}})
		}
		for _, fix := range f.Fixes {
			result.Fixes = append(result.Fixes, r.sarifFix(fix))
		}
		run.Results = append(run.Results, result)
	}
	return encode(w, sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

func (r LintReport) artifact(file string) sarifArtifact {
	return sarifArtifact{(&url.URL{Path: r.file(file)}).EscapedPath()}
}

func (r LintReport) region(at diag.Range) sarifRegion {
	var out sarifRegion
	out.StartLine, out.StartColumn = r.place(at.Filename, at.Start.Byte)
	out.EndLine, out.EndColumn = r.place(at.Filename, at.End.Byte)
	return out
}

// sarifFix returns a fix by the files that it changes, in the order in which it names them.
func (r LintReport) sarifFix(f diag.Fix) sarifFix {
	out := sarifFix{Description: sarifText{f.Title}}
	for _, e := range f.Edits {
		replacement := sarifReplacement{r.region(e.Range), sarifText{e.Text}}
		artifact := r.artifact(e.Range.Filename)
		if n := len(out.Changes) - 1; n >= 0 && out.Changes[n].Artifact == artifact {
			out.Changes[n].Replacements = append(out.Changes[n].Replacements, replacement)
			continue
		}
		out.Changes = append(out.Changes, sarifChange{artifact, []sarifReplacement{replacement}})
	}
	return out
}
