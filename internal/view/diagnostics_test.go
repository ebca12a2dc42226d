package view_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/view"
)

func TestDiagnosticsMarkTheirPlace(t *testing.T) {
	const code = `  keep = ["会員番号", "id"]`
	at := strings.Index(code, `"会`)
	for _, tt := range []struct {
		name string
		d    diag.Diagnostic
		want string
	}{
		{
			"wide letters are underlined as wide as they stand",
			diag.Diagnostic{Summary: "S", Range: &diag.Range{Filename: "a.hcl", Start: diag.Pos{Line: 7}},
				Snippet: &diag.Snippet{Code: code, StartLine: 7, HighlightStart: at, HighlightEnd: at + len(`"会員番号"`)}},
			"\n│ Error: S\n│\n│   on a.hcl line 7:\n│    7:   keep = [\"会員番号\", \"id\"]\n" +
				"│                 ^^^^^^^^^^\n",
		},
		{
			"what stands in no file has no place", diag.Diagnostic{Summary: "S", Range: &diag.Range{}, Detail: "D"},
			"\n│ Error: S\n│\n│ D\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			view.Diagnostics(&b, view.Style{}, diag.Diagnostics{tt.d})
			if b.String() != tt.want {
				t.Errorf("got\n%s\nwant\n%s", b.String(), tt.want)
			}
		})
	}
}

func TestDiagnosticsFitTheTerminal(t *testing.T) {
	d := diag.Diagnostic{
		Summary: "S",
		Detail: "Every word of this sentence stands, also 会員番号 and averyveryverylongword_that_is_copied.\n" +
			"  GRANT SELECT ON ALL TABLES IN SCHEMA public TO masker;",
	}
	for _, tt := range []struct {
		name  string
		width int
		want  string
	}{
		{
			"in a pipe lines are as long as they are", 0,
			"│ Every word of this sentence stands, also 会員番号 and averyveryverylongword_that_is_copied.\n" +
				"│   GRANT SELECT ON ALL TABLES IN SCHEMA public TO masker;\n",
		},
		{"prose is broken between words, statements and long words are not", 30,
			"│ Every word of this sentence\n│ stands, also 会員番号 and\n│ averyveryverylongword_that_is_copied.\n" +
				"│   GRANT SELECT ON ALL TABLES IN SCHEMA public TO masker;\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			view.Diagnostics(&b, view.Style{Width: tt.width}, diag.Diagnostics{d})
			if want := "\n│ Error: S\n│\n" + tt.want; b.String() != want {
				t.Errorf("got\n%s\nwant\n%s", b.String(), want)
			}
		})
	}
}
