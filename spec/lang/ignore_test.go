package lang

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/diag"
)

const ignored = `# shoji:ignore unused_block the next line that says something

// another comment
secret "spare" { env = "SPARE" } // shoji:ignore weak_key one-line blocks too

table "public" "people" { # shoji:ignore personal_kept all of it
  keep = [
    "email", # shoji:ignore low_entropy only this line
    "name",
  ]
  # shoji:ignore no_effect
  column "a" {
    mask = sql("a")
  }
  column "text" { mask = fixed("# shoji:ignore is text here") }
}
/* shoji:ignore public_grant in a comment of the other kind */
table "public" "other" { data = false }
# about shoji:ignore, which is none
# shoji:ignored is none either
# shoji:ignore unused nothing follows
`

// TestIgnoresAreAboutWhatBeginsThere names for each suppression the lines at which a finding could begin that it
// covers.
func TestIgnoresAreAboutWhatBeginsThere(t *testing.T) {
	p := load(t, map[string]string{"main.hcl": ignored}, Options{})
	type about struct {
		Code, Reason string
		First, Last  int
		Removed      string
	}
	var got []about
	lines := strings.SplitAfter(ignored, "\n")
	for _, i := range p.Ignores {
		a := about{Code: i.Code, Reason: i.Reason, Removed: ignored[i.Removal.Start.Byte:i.Removal.End.Byte]}
		if at := ignored[i.Range.Start.Byte:i.Range.End.Byte]; !strings.Contains(at, ignoreMark) ||
			strings.Contains(at, "\n") {
			t.Errorf("the place of %s is %q", i.Code, at)
		}
		at := 0
		for n, line := range lines {
			begins := at + len(line) - len(strings.TrimLeft(line, " "))
			if strings.TrimSpace(line) != "" &&
				i.Covers(diag.Range{Filename: "main.hcl", Start: diag.Pos{Byte: begins}}) {
				if a.First == 0 {
					a.First = n + 1
				}
				a.Last = n + 1
			}
			at += len(line)
		}
		if i.Covers(diag.Range{Filename: "other.hcl", Start: diag.Pos{Byte: i.Scope.Start}}) {
			t.Errorf("%s is about another file", i.Code)
		}
		got = append(got, a)
	}
	want := []about{
		{
			"unused_block", "the next line that says something", 4, 4,
			"# shoji:ignore unused_block the next line that says something\n",
		},
		{"weak_key", "one-line blocks too", 4, 4, " // shoji:ignore weak_key one-line blocks too"},
		{"personal_kept", "all of it", 6, 16, " # shoji:ignore personal_kept all of it"},
		{"low_entropy", "only this line", 8, 8, " # shoji:ignore low_entropy only this line"},
		{"no_effect", "", 12, 14, "  # shoji:ignore no_effect\n"},
		{
			"public_grant", "in a comment of the other kind", 18, 18,
			"/* shoji:ignore public_grant in a comment of the other kind */\n",
		},
		{"unused", "nothing follows", 0, 0, "# shoji:ignore unused nothing follows\n"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestLintBlockKeepsPlaces(t *testing.T) {
	text := "lint {\n  disable  = [\"a\", \"b\"]\n  severity = { z = \"note\", y = \"error\" }\n}\n"
	p := load(t, map[string]string{"main.hcl": text}, Options{})
	at := func(r diag.Range) string { return text[r.Start.Byte:r.End.Byte] }
	var got []string
	for _, c := range append(p.Lint.Disable, p.Lint.Severity...) {
		got = append(got, c.Code+" "+string(c.Severity)+" at "+at(c.Range))
	}
	if d := cmp.Diff([]string{`a  at "a"`, `b  at "b"`, "y error at y", "z note at z"}, got); d != "" {
		t.Error(d)
	}
}
