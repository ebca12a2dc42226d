package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/engine"
)

// TestReviews prints each testdata/reviews/*/review.json as text, with and without colour, and as Markdown.
func TestReviews(t *testing.T) {
	dirs, err := filepath.Glob("testdata/reviews/*")
	if err != nil || len(dirs) < 3 {
		t.Fatalf("finding cases: %d, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			raw, err := os.ReadFile(filepath.Join(dir, "review.json"))
			if err != nil {
				t.Fatal(err)
			}
			var r engine.Review
			if err := json.Unmarshal(raw, &r); err != nil {
				t.Fatal(err)
			}
			r.Sort()
			var text, color, markdown bytes.Buffer
			ReviewText(newScreen(&text, ""), Style{}, &r)
			ReviewText(&color, Style{Color: true}, &r)
			if err := ReviewMarkdown(newScreen(&markdown, ""), &r); err != nil {
				t.Fatal(err)
			}
			if strings.ContainsRune(text.String(), 0x1b) || !strings.ContainsRune(color.String(), 0x1b) {
				t.Error("colour is where it must not be, or not where it must")
			}
			golden(t, filepath.Join(dir, "review.txt"), text.Bytes())
			golden(t, filepath.Join(dir, "review.md"), markdown.Bytes())
		})
	}
}

// many returns a review of n columns that expose data and of as many that do not, with long names.
func many(n int) *engine.Review {
	r := &engine.Review{Project: "big", Base: "main"}
	for i := range n {
		d := engine.Difference{
			Verdict: engine.Weaker,
			Kind:    engine.SubjectColumn,
			Address: "refresh.nightly",
			Subject: fmt.Sprintf("public.%s.c%d", strings.Repeat("t", 50), i),
			Before:  &engine.Stance{Text: fmt.Sprintf("digits({ keep_last = %d })", i)},
			After:   &engine.Stance{Text: "keep()"},
			Meaning: "real values will be in staging",
		}
		d.Expose()
		stronger := d
		stronger.Verdict, stronger.Hazards = engine.Stronger, nil
		r.Differences = append(r.Differences, d, stronger)
	}
	r.Sort()
	return r
}

// TestReviewFitsAComment: of a large review the least important is shortened first, and what exposes data is cut last.
func TestReviewFitsAComment(t *testing.T) {
	for n, want := range map[int][2]string{
		100:  {"+ keep()", "stronger: public"}, // all of it
		300:  {"+ keep()", "Stronger (300)"},
		400:  {"@@ weaker: public." + strings.Repeat("t", 50) + ".c399 ", "Stronger (400)"},
		3000: {" more @@\n", "Not shown."},
	} {
		var b bytes.Buffer
		if err := ReviewMarkdown(&b, many(n)); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		length := utf8.RuneCountInString(text)
		if length > commentLimit || n > 300 && length < commentLimit/2 {
			t.Errorf("%d differences have %d characters", n, length)
		}
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("%d differences: %q is not in the comment of %d characters", n, part, length)
			}
		}
		if strings.Contains(text, shortNotice) != (n > 100) {
			t.Errorf("%d differences: whether it is shortened is not said", n)
		}
		if strings.Count(text, "```")%2 != 0 {
			t.Errorf("%d differences: a fence is left open", n)
		}
	}
}

// TestReviewEscapesNames: no name of a catalog ends a fence, a line or a tag.
func TestReviewEscapesNames(t *testing.T) {
	const name = "public.```\n\n# @somebody <img src=x> | ::error::x"
	d := engine.Difference{
		Verdict: engine.Weaker,
		Kind:    engine.SubjectColumn,
		Subject: name,
		Address: "refresh." + name,
		Was:     name,
		Before:  &engine.Stance{Text: name, Because: name},
		After:   &engine.Stance{Text: name},
		Meaning: name,
		Details: []string{name},
	}
	d.Expose()
	var b bytes.Buffer
	r := &engine.Review{Project: name, Base: name, Differences: []engine.Difference{d}}
	if err := ReviewMarkdown(&b, r); err != nil {
		t.Fatal(err)
	}
	head, body, fenced := strings.Cut(b.String(), "````diff\n")
	if !fenced || strings.Contains(head, "<img") || strings.Contains(head, "@somebody") {
		t.Errorf("the head is not escaped:\n%s", head)
	}
	inner, after, closed := strings.Cut(body, "\n````\n")
	if !closed || strings.TrimSpace(after) != "" {
		t.Errorf("the fence is closed by a name:\n%s", body)
	}
	for line := range strings.Lines(inner) {
		if !strings.HasPrefix(line, "@@ ") && !strings.HasPrefix(line, "- ") && !strings.HasPrefix(line, "+ ") &&
			!strings.HasPrefix(line, "  ") {
			t.Errorf("a name begins a line: %q", line)
		}
	}
	b.Reset()
	ReviewText(&b, Style{}, r)
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "#") || strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("a name begins a line: %q", line)
		}
	}
}
