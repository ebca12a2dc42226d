package projectfile_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/projectfile"
)

// project makes a directory with everything that somebody may put in the place of a file, beside a secret that is not
// of it.
func project(t *testing.T) (dir, outside string) {
	t.Helper()
	top := t.TempDir()
	dir, outside = filepath.Join(top, "project"), filepath.Join(top, "outside")
	write := func(path, text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700),
			os.WriteFile(path, []byte(text), 0o640)); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "plain"), "of the project")
	write(filepath.Join(dir, "below", "plain"), "below")
	write(filepath.Join(outside, "secret"), "hunter2")
	for name, target := range map[string]string{
		"out":      "../outside/secret",
		"absolute": filepath.Join(outside, "secret"),
		"environ":  "/proc/self/environ",
		"zero":     "/dev/zero",
		"broken":   "nothing",
		"in":       "below/plain",
		"twice":    "in",
		"outdir":   "../outside",
		"loop":     "loop",
		"through":  "below/../../outside/secret",
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return dir, outside
}

func TestRead(t *testing.T) {
	dir, outside := project(t)
	for name, want := range map[string]string{
		"plain":       "of the project",
		"below/plain": "below",
		"in":          "below",
		"twice":       "below",
	} {
		for how, read := range map[string]func() ([]byte, error){
			"Read":    func() ([]byte, error) { return projectfile.Read(dir, name, 100) },
			"ReadAny": func() ([]byte, error) { return projectfile.ReadAny(dir, filepath.Join(dir, name), 100) },
		} {
			if got, err := read(); err != nil || string(got) != want {
				t.Errorf("%s %s: %q, %v", how, name, got, err)
			}
		}
	}
	for name, want := range map[string]string{
		"out":               "leads out",
		"absolute":          "leads out",
		"environ":           "leads out",
		"zero":              "leads out",
		"through":           "leads out",
		"outdir/secret":     "",
		"below":             "not a regular file",
		"pipe":              "not a regular file",
		"socket":            "not a regular file",
		"loop":              "leads out",
		"../outside/secret": "",
	} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			got, err := projectfile.Read(dir, name, 100)
			if err == nil || !strings.Contains(err.Error(), want) || len(got) > 0 {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: reading it does not end", name)
		}
	}
	if _, err := projectfile.Read(dir, "broken", 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link to nothing: %v", err)
	}
	if _, err := projectfile.Read(dir, "plain", 3); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a file that is too large: %v", err)
	}
	if got, err := projectfile.ReadAny(dir, filepath.Join(outside, "secret"), 100); err != nil ||
		string(got) != "hunter2" {
		t.Errorf("a file that the command line names: %q, %v", got, err)
	}
	if _, err := projectfile.ReadAny(dir, "/dev/zero", 100); err == nil ||
		!strings.Contains(err.Error(), "larger than") {
		t.Errorf("a device that the command line names: %v", err)
	}
	if got, err := projectfile.ReadAny(dir, filepath.Join(dir, "out"), 100); err == nil {
		t.Errorf("a link of the project that the command line names: %q", got)
	}
}

func TestStays(t *testing.T) {
	dir, outside := project(t)
	for _, path := range []string{"plain", "in", "below", "missing", filepath.Join(outside, "secret"), outside} {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if err := projectfile.CheckInside(dir, path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, name := range []string{"outdir", "out", "outdir/secret"} {
		if err := projectfile.CheckInside(dir, filepath.Join(dir, name)); err == nil {
			t.Errorf("%s leads out", name)
		}
	}
}

func TestReplace(t *testing.T) {
	dir, outside := project(t)
	for _, name := range []string{"plain", "twice"} {
		if err := projectfile.Replace(dir, name, []byte("new "+name)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != "new "+name {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if info, err := os.Lstat(filepath.Join(dir, "twice")); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("a link within the project is no link any more: %v, %v", info, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "plain")); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode of a file: %v, %v", info, err)
	}
	for _, name := range []string{"out", "absolute", "outdir/secret", "pipe", "broken", "missing"} {
		if err := projectfile.Replace(dir, name, []byte("written")); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if err := projectfile.Write(dir, "out", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := projectfile.Read(dir, "out", 100); err != nil || string(got) != "mine" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := os.ReadFile(filepath.Join(outside, "secret")); err != nil || string(got) != "hunter2" {
		t.Errorf("what is outside was changed: %q, %v", got, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".shoji-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
