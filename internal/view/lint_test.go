package view_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/view"
)

// found is a report of one finding of each severity, with what formats trip over: a comma and a colon in titles, lines
// in details, a character of three bytes before the place, a directory with a space, and a place in no file.
func found() view.LintReport {
	src := "a = 1\nb = \"日本\" + bad()\n"
	start := strings.Index(src, "bad()")
	at := &diag.Range{
		Filename: "my spec.hcl",
		Start:    diag.Pos{Line: 2, Column: 12, Byte: start},
		End:      diag.Pos{Line: 2, Column: 17, Byte: start + 5},
	}
	many := &diag.Range{
		Filename: "my spec.hcl",
		Start:    diag.Pos{Line: 1, Column: 1},
		End:      diag.Pos{Line: 2, Column: 2, Byte: 7},
	}
	return view.LintReport{
		Version:    "1.2.3",
		Below:      "specs/shop",
		Sources:    map[string][]byte{"my spec.hcl": []byte(src)},
		Suppressed: 2,
		Fixable:    1,
		Rules: []view.LintRule{
			{Code: "bad", Title: "It is bad", Doc: "Why it is bad.", Severity: diag.Error},
			{Code: "poor", Title: "It is poor", Doc: "Why.", Severity: diag.Warning},
		},
		Findings: diag.Diagnostics{
			{Severity: diag.Note, Code: "poor", Summary: "Poor: so, so", Detail: "All of it", Range: many},
			{
				Severity: diag.Error,
				Code:     "bad",
				Summary:  "Bad",
				Detail:   "100% bad:\nmend it",
				Range:    at,
				Fixes: []diag.Fix{{
					Title: "Make it good",
					Safe:  true,
					Edits: []diag.Edit{{Range: *at, Text: "good()"}},
				}},
			},
			{Severity: diag.Warning, Summary: "Of nowhere"},
		},
	}
}

func lint(t *testing.T, format string, r view.LintReport) string {
	t.Helper()
	var b bytes.Buffer
	if err := view.Lint(&b, view.Style{}, format, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestLintText(t *testing.T) {
	want := `
│ Note: Poor: so, so [poor]
│
│   on my spec.hcl line 1:
│
│ All of it

│ Error: Bad [bad]
│
│   on my spec.hcl line 2:
│
│ 100% bad:
│ mend it
│ Fix (-fix makes it): Make it good.

│ Warning: Of nowhere

Found 1 error, 1 warning and 1 note. 2 findings suppressed. 1 can be fixed with -fix.
`
	if got := lint(t, "text", found()); got != want {
		t.Errorf("got %s", got)
	}
	got := lint(t, "text", view.LintReport{
		Skipped:  []string{"a", "b"},
		Unlocked: []string{"database.x"},
		Inspect:  "shoji inspect database.x",
	})
	if got != "Nothing found.\n\nWithout the columns of database.x, these could not be checked: a, b.\n"+
		"To check them too: shoji inspect database.x\n" {
		t.Errorf("got %s", got)
	}
}

// TestLintGitHub: a line a finding, errors first, escaped as the runner reads it.
func TestLintGitHub(t *testing.T) {
	want := `::error file=specs/shop/my spec.hcl,line=2,endLine=2,col=12,endColumn=17,title=Bad [bad]::` +
		`100%25 bad:%0Amend it
::warning title=Of nowhere::Of nowhere
::notice file=specs/shop/my spec.hcl,line=1,endLine=2,title=Poor%3A so%2C so [poor]::All of it
Found 1 error, 1 warning and 1 note. 2 findings suppressed. 1 can be fixed with -fix.
`
	if got := lint(t, "github", found()); got != want {
		t.Errorf("got %s", got)
	}
}

func TestLintJSONHasListsWhereNothingIs(t *testing.T) {
	got := lint(t, "json", view.LintReport{})
	for _, part := range []string{
		`"findings": []`, `"fixed": []`, `"skipped": []`, `"unlocked": []`, `"read": true`, `"error_count": 0`,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is missing in %s", part, got)
		}
	}
}

// TestLintSARIF holds a log against what SARIF 2.1.0 requires of the objects that are written.
func TestLintSARIF(t *testing.T) {
	var log map[string]any
	if err := json.Unmarshal([]byte(lint(t, "sarif", found())), &log); err != nil {
		t.Fatal(err)
	}
	at := func(v any, path ...any) any {
		t.Helper()
		for _, step := range path {
			switch s := step.(type) {
			case string:
				o, ok := v.(map[string]any)
				if !ok || o[s] == nil {
					t.Fatalf("%v: there is no %s", path, s)
				}
				v = o[s]
			case int:
				l, ok := v.([]any)
				if !ok || s >= len(l) {
					t.Fatalf("%v: there is no %d", path, s)
				}
				v = l[s]
			}
		}
		return v
	}
	for _, c := range []struct {
		want any
		path []any
	}{
		{"2.1.0", []any{"version"}},
		{"shoji", []any{"runs", 0, "tool", "driver", "name"}},
		{"1.2.3", []any{"runs", 0, "tool", "driver", "version"}},
		{"bad", []any{"runs", 0, "tool", "driver", "rules", 0, "id"}},
		{"It is bad", []any{"runs", 0, "tool", "driver", "rules", 0, "shortDescription", "text"}},
		{"error", []any{"runs", 0, "tool", "driver", "rules", 0, "defaultConfiguration", "level"}},
		{"unicodeCodePoints", []any{"runs", 0, "columnKind"}},
		{true, []any{"runs", 0, "invocations", 0, "executionSuccessful"}},
		{"note", []any{"runs", 0, "results", 0, "level"}},
		{"bad", []any{"runs", 0, "results", 1, "ruleId"}},
		{0.0, []any{"runs", 0, "results", 1, "ruleIndex"}},
		{"Bad: 100% bad:\nmend it", []any{"runs", 0, "results", 1, "message", "text"}},
		{
			"specs/shop/my%20spec.hcl",
			[]any{"runs", 0, "results", 1, "locations", 0, "physicalLocation", "artifactLocation", "uri"},
		},
		{2.0, []any{"runs", 0, "results", 1, "locations", 0, "physicalLocation", "region", "startLine"}},
		{12.0, []any{"runs", 0, "results", 1, "locations", 0, "physicalLocation", "region", "startColumn"}},
		{17.0, []any{"runs", 0, "results", 1, "locations", 0, "physicalLocation", "region", "endColumn"}},
		{"Make it good", []any{"runs", 0, "results", 1, "fixes", 0, "description", "text"}},
		{
			"specs/shop/my%20spec.hcl",
			[]any{"runs", 0, "results", 1, "fixes", 0, "artifactChanges", 0, "artifactLocation", "uri"},
		},
		{
			12.0, []any{
				"runs", 0, "results", 1, "fixes", 0, "artifactChanges", 0, "replacements", 0, "deletedRegion",
				"startColumn",
			},
		},
		{
			"good()", []any{
				"runs", 0, "results", 1, "fixes", 0, "artifactChanges", 0, "replacements", 0, "insertedContent", "text",
			},
		},
		{"spec", []any{"runs", 0, "results", 2, "ruleId"}},
	} {
		if got := at(log, c.path...); got != c.want {
			t.Errorf("%v is %v, not %v", c.path, got, c.want)
		}
	}
	if locations := at(log, "runs", 0, "results", 2, "locations"); len(locations.([]any)) != 0 {
		t.Errorf("a finding of nowhere is at %v", locations)
	}
}
