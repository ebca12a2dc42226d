package gittree_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/shoji-pg/shoji/internal/gittree"
	"github.com/shoji-pg/shoji/internal/projectfile"
)

// repository makes one with a project in its directory db, and two commits: "first", and HEAD, where a.hcl is another.
func repository(t *testing.T) (dir string) {
	t.Helper()
	top := t.TempDir()
	dir = filepath.Join(top, "db")
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir = top
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
			"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a",
			"GIT_COMMITTER_EMAIL=a@example.org")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(top, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700),
			os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	link := func(name, target string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(top, name)); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q", "-b", "main")
	write("outside.hcl", "outside")
	write("db/a.hcl", "first\n")
	write("db/below/b.hcl", "below")
	write("db/über \"x\"\n.hcl", "odd name")
	write(".gitattributes", "*.hcl export-ignore text eol=crlf filter=evil\n")
	link("db/in.hcl", "below/b.hcl")
	link("db/out.hcl", "../outside.hcl")
	link("db/absolute.hcl", "/etc/passwd")
	link("db/loop.hcl", "loop.hcl")
	git("config", "filter.evil.smudge", "touch "+filepath.Join(top, "ran")+"; cat")
	git("add", ".")
	git("commit", "-qm", "first")
	git("tag", "first")
	write("db/a.hcl", "second")
	git("add", ".")
	git("commit", "-qm", "second")
	write("db/a.hcl", "not committed")
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(top, "ran")); err == nil {
			t.Error("a filter of the repository ran")
		}
	})
	return dir
}

func open(t *testing.T, dir, revision string) *gittree.Tree {
	t.Helper()
	tree, err := gittree.Open(t.Context(), dir, revision)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// TestTree: files are as they were committed: a checkout would end their lines in another way.
func TestTree(t *testing.T) {
	dir := repository(t)
	for revision, want := range map[string]string{"first": "first\n", "HEAD": "second", "main^": "first\n"} {
		tree := open(t, dir, revision)
		for name, text := range map[string]string{
			"a.hcl": want, "below/b.hcl": "below", "in.hcl": "below", "über \"x\"\n.hcl": "odd name",
		} {
			if got, err := projectfile.ReadFS(tree, name, 100); err != nil || string(got) != text {
				t.Errorf("%s of %s: %q, %v", name, revision, got, err)
			}
		}
	}
	var names []string
	list, err := fs.ReadDir(open(t, dir, "main"), ".")
	for _, e := range list {
		names = append(names, e.Name())
	}
	want := "a.hcl absolute.hcl below in.hcl loop.hcl out.hcl über \"x\"\n.hcl"
	if got := strings.Join(names, " "); err != nil || got != want {
		t.Errorf("the directory has %q, %v", got, err)
	}
}

// TestIsFS holds the tree to what the library expects of one, but for links, which it opens as files.
func TestIsFS(t *testing.T) {
	below, err := fs.Sub(open(t, repository(t), "HEAD"), "below")
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(below, "b.hcl"); err != nil {
		t.Error(err)
	}
}

// TestLeadsOut: nothing outside of the project's directory is read, and nothing that is no file.
func TestLeadsOut(t *testing.T) {
	tree := open(t, repository(t), "HEAD")
	for name, want := range map[string]string{
		"out.hcl":        "leads out",
		"absolute.hcl":   "leads out",
		"loop.hcl":       "link to a link",
		"below":          "not a regular file",
		"none.hcl":       "does not exist",
		"none/x.hcl":     "does not exist",
		"../outside.hcl": "invalid",
	} {
		if got, err := projectfile.ReadFS(tree, name, 100); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := projectfile.ReadFS(tree, "none.hcl", 100); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := projectfile.ReadFS(tree, "a.hcl", 3); err == nil {
		t.Error("a file over the limit was read")
	}
}

// TestNoRevision: what is no revision is an error, and never an option of git.
func TestNoRevision(t *testing.T) {
	dir := repository(t)
	for _, revision := range []string{"none", "", "--all", "-h", "--output=x", "HEAD:db", "HEAD\nmain"} {
		if _, err := gittree.Open(t.Context(), dir, revision); !errors.Is(err, gittree.ErrNoRevision) {
			t.Errorf("%q: %v", revision, err)
		}
	}
	if _, err := gittree.Open(t.Context(), t.TempDir(), "HEAD"); err == nil ||
		errors.Is(err, gittree.ErrNoRevision) || !strings.Contains(err.Error(), "not a git repository") {
		t.Errorf("no repository: %v", err)
	}
}
