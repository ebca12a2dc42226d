package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/view"
)

// TestWhatAKilledDemoLeftIsRemoved: by the next one, and nothing else is.
func TestWhatAKilledDemoLeftIsRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	make := func(name, pid string) string {
		dir := filepath.Join(os.TempDir(), name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if pid != "" {
			if err := os.WriteFile(filepath.Join(dir, scratchPID), []byte(pid), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	dead := strconv.Itoa(gone.Process.Pid)
	killed := make("shoji-demo-killed", dead)
	stay := []string{
		make("shoji-demo-alive", strconv.Itoa(os.Getppid())), make("shoji-demo-kept", ""), make("shoji-demo-odd", "-1"),
		make("another", dead), filepath.Join(os.TempDir(), "shoji-demo-link"),
	}
	if err := os.Symlink(filepath.Join(os.TempDir(), "another"), stay[4]); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	a := &app{streams: view.Streams{Out: &out, Err: &out}}
	dir, err := a.scratchDir(t.Context(), demoPrefix)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(killed); !os.IsNotExist(err) || !strings.Contains(out.String(), "Removed "+killed) {
		t.Errorf("%v, said %q", err, &out)
	}
	for _, d := range append(stay, dir) {
		if _, err := os.Lstat(d); err != nil {
			t.Error(err)
		}
	}
	if err := keepScratch(dir); err != nil || isAbandoned(dir) {
		t.Errorf("%v, kept %t", err, !isAbandoned(dir))
	}
}
