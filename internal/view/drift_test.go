package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
)

// drifted returns a report of n roles with long names and values.
func drifted(n int) *engine.Drift {
	d := &engine.Drift{Project: "big", Env: "staging"}
	long := strings.Repeat("t", 500)
	for i := range n {
		x := engine.Drifted{State: engine.DriftChanged, Kind: "role", Address: fmt.Sprintf("role.%s%d", long, i)}
		for k := range 20 {
			x.Attributes = append(x.Attributes,
				engine.DriftedAttribute{Name: fmt.Sprintf("a%d", k), Live: long, Declared: long + "1"})
		}
		d.Drifted = append(d.Drifted, x)
	}
	return d
}

// TestDriftFits: a comment and a message are as long as they may be, and say that there is more.
func TestDriftFits(t *testing.T) {
	d := drifted(500)
	var b bytes.Buffer
	if err := DriftMarkdown(&b, d); err != nil {
		t.Fatal(err)
	}
	if n := utf8.RuneCountInString(b.String()); n > commentLimit || !strings.Contains(b.String(), " more @@\n") {
		t.Errorf("the comment has %d characters", n)
	}
	raw, err := DriftSlack(d)
	if err != nil {
		t.Fatal(err)
	}
	var message struct{ Text string }
	if err := json.Unmarshal(raw, &message); err != nil {
		t.Fatal(err)
	}
	if n := utf8.RuneCountInString(message.Text); n > 40_000 {
		t.Errorf("the message has %d characters", n)
	}
	for _, want := range []string{"Drift: 500 changed.", "and 485 more", "and 15 more", "…"} {
		if !strings.Contains(message.Text, want) {
			t.Errorf("the message lacks %q", want)
		}
	}
}

// TestDriftOfHostileNames: no name of a catalog mentions somebody, ends a fence, forges a line or steers a terminal.
func TestDriftOfHostileNames(t *testing.T) {
	name := "x\n@@ extra @@\n```\n<!channel> <https://a.example|b> @team \x1b[2K"
	d := &engine.Drift{Project: name, Drifted: []engine.Drifted{{
		State: engine.DriftChanged, Kind: "role", Address: name, Notes: []string{name},
		Attributes: []engine.DriftedAttribute{{Name: name, Live: name}, {Name: "password", Sensitive: true}},
	}}, Diagnostics: diag.Diagnostics{{Severity: diag.Warning, Summary: name, Detail: name,
		Snippet: &diag.Snippet{Code: "planted"}}}}
	var text, markdown bytes.Buffer
	DriftText(newScreen(&text, ""), Style{}, d)
	if err := DriftMarkdown(newScreen(&markdown, ""), d); err != nil {
		t.Fatal(err)
	}
	slack, err := DriftSlack(d)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := DriftJSON(d)
	if err != nil {
		t.Fatal(err)
	}
	for what, out := range map[string]string{"text": text.String(), "Markdown": markdown.String()} {
		if strings.ContainsRune(out, 0x1b) || strings.Contains(out, "\n@@ extra") || strings.Contains(out, "\n```\n<") {
			t.Errorf("the %s lets a name do something:\n%s", what, out)
		}
		if !strings.Contains(out, "password") || !strings.Contains(out, "(sensitive value)") {
			t.Errorf("the %s lacks that a secret differs:\n%s", what, out)
		}
	}
	var message slackMessage
	if err := json.Unmarshal(slack, &message); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(message.Text, "<>") || message.Markdown {
		t.Errorf("the message lets a name do something:\n%s", message.Text)
	}
	if bytes.Contains(whole, []byte("planted")) || d.Diagnostics[0].Snippet == nil {
		t.Errorf("the message has a line of the spec, or the report lost it:\n%s", whole)
	}
}
