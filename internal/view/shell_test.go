package view

import (
	"os/exec"
	"strings"
	"testing"
)

// TestExport: a shell reads the value as it is, and a reader sees all of it in one line.
func TestExport(t *testing.T) {
	for _, value := range []string{"plain", `it's "$HOME" \ x`, "a\n::error::b", "\x1b[2K'\\\u009b\u202e日本語"} {
		line := Export("SHOJI_TEST", value)
		if strings.ContainsFunc(line, unseen) {
			t.Errorf("%q holds what is not to be seen", line)
		}
		out, err := exec.Command("bash", "-c", line+`; printf %s "$SHOJI_TEST"`).Output()
		if err != nil || string(out) != value {
			t.Errorf("%s: got %q, %v; want %q", line, out, err, value)
		}
	}
}
