package view

import (
	"os/exec"
	"strings"
	"testing"
)

func TestShortSQL(t *testing.T) {
	long := strings.Repeat("ア", 100)
	for _, c := range []struct{ in, want string }{
		{`SELECT 'it''s', "a'b"`, `SELECT 'it''s', "a'b"`},
		{
			`SELECT substr('` + long + `', 3), 'x'`,
			`SELECT substr('` + strings.Repeat("ア", 24) + `…' /* 100 characters */, 3), 'x'`,
		},
		{`SELECT "` + long + `" FROM t`, `SELECT "` + long + `" FROM t`},
		{`'open`, `'open`},
	} {
		if got := shortSQL(c.in); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.in, got, c.want)
		}
	}
}

// TestExport: a shell reads the value as it is, and a reader sees all of it in one line.
func TestExport(t *testing.T) {
	for _, value := range []string{"plain", `it's "$HOME" \ x`, "a\n::error::b", "\x1b[2K'\\\u009b\u202e日本語"} {
		line := Export("SHOJI_TEST", value)
		if strings.ContainsFunc(line, invisible) {
			t.Errorf("%q holds what is not to be seen", line)
		}
		out, err := exec.Command("bash", "-c", line+`; printf %s "$SHOJI_TEST"`).Output()
		if err != nil || string(out) != value {
			t.Errorf("%s: got %q, %v; want %q", line, out, err, value)
		}
	}
}
