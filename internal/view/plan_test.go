package view

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
)

var update = flag.Bool("update", false, "write the expected files anew")

// TestPlans prints each testdata/plans/*/plan.json as text, with and without colour, and as Markdown.
func TestPlans(t *testing.T) {
	dirs, err := filepath.Glob("testdata/plans/*")
	if err != nil || len(dirs) < 4 {
		t.Fatalf("finding cases: %d, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, "plan.json"))
			if err != nil {
				t.Fatal(err)
			}
			var p engine.Plan
			if err := json.Unmarshal(raw, &p); err != nil {
				t.Fatal(err)
			}
			var text, color, markdown bytes.Buffer
			Plan(&text, Style{}, &p)
			Plan(&color, Style{Color: true}, &p)
			if err := PlanMarkdown(&markdown, &p); err != nil {
				t.Fatal(err)
			}
			if strings.ContainsRune(text.String(), 0x1b) {
				t.Error("text without colour has an escape byte")
			}
			if len(p.Changes)+len(p.Refreshes) > 0 && !strings.ContainsRune(color.String(), 0x1b) {
				t.Error("text with colour has no escape byte")
			}
			if n := len([]rune(markdown.String())); n > commentLimit {
				t.Errorf("the comment would have %d characters", n)
			}
			golden(t, filepath.Join(dir, "plan.txt"), text.Bytes())
			golden(t, filepath.Join(dir, "plan.md"), markdown.Bytes())
		})
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, d)
	}
}

// TestMarkdownIsCut: a plan of a thousand tables still fits into a comment, and says what is left out.
func TestMarkdownIsCut(t *testing.T) {
	p := &engine.Plan{Project: "big", Refreshes: []engine.Refresh{{Address: "refresh.a"}}}
	for range 1000 {
		p.Refreshes[0].Tables = append(p.Refreshes[0].Tables, engine.RefreshTable{
			Schema:    "public",
			Name:      strings.Repeat("t", 50),
			Treatment: "copy",
			SQL:       strings.Repeat("x", 200),
		})
	}
	var b bytes.Buffer
	if err := PlanMarkdown(&b, p); err != nil {
		t.Fatal(err)
	}
	if n := len([]rune(b.String())); n > commentLimit || !strings.Contains(b.String(), "The rest is left out") {
		t.Errorf("%d characters", n)
	}
}

// TestCallsOfARefresh: a plan for a person names what a refresh calls in accounts and what servers do by themselves,
// and not each statement.
func TestCallsOfARefresh(t *testing.T) {
	p := &engine.Plan{
		Accounts:  []engine.Account{{Address: "aws.prod"}},
		Refreshes: []engine.Refresh{{Address: "refresh.nightly"}},
		Steps: []engine.Step{
			{
				Address:    "refresh.nightly",
				Statements: []engine.Statement{{On: "aws.prod", Text: "rds:CreateDBInstance shoji-1 {}"}},
			},
			{
				Address: "refresh.nightly",
				Statements: []engine.Statement{
					{On: "database.prod", Text: `SELECT "aws_s3"."query_export_to_s3"('SELECT 1')`, ByServer: true},
					{On: "database.staging", Text: "ANALYZE"},
				},
			},
			{
				Address:    "bucket.transfer",
				Statements: []engine.Statement{{On: "aws.prod", Text: "s3:CreateBucket b {}"}},
			},
		},
	}
	var b bytes.Buffer
	Plan(&b, Style{}, p)
	for part, want := range map[string]bool{
		"on aws.prod:\n      rds:CreateDBInstance shoji-1 {}\n": true,
		"query_export_to_s3": true,
		"ANALYZE":            false,
		"s3:CreateBucket":    false,
	} {
		if strings.Contains(b.String(), part) != want {
			t.Errorf("%q: wanted %v in:\n%s", part, want, b.String())
		}
	}
}
