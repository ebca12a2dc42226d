package schemalock_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
)

// Two branches add columns to different tables, of types that were not there before: git merges their locks, and the
// result is the lock of a database that has both.
func TestColumnsOfDifferentTablesMerge(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	const tables = "CREATE TABLE albums (id int PRIMARY KEY, title text); CREATE TABLE artists (id int PRIMARY KEY, " +
		"name text); CREATE TABLE tracks (id int PRIMARY KEY)"
	const ours, theirs = "ALTER TABLE albums ADD code varchar(55)",
		"ALTER TABLE artists ADD place point, ADD tags varchar(9)[]"
	lockOf := func(statements ...string) string {
		url := database(t, tables)
		pgtest.Exec(t, url, statements...)
		_, text := stored(t, schemalock.FromCatalog(read(t, url), nil))
		return text
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"base": lockOf(), "ours": lockOf(ours), "theirs": lockOf(theirs)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(git, "merge-file", "-p", "ours", "base", "theirs")
	cmd.Dir = dir
	merged, err := cmd.Output()
	if err != nil || strings.Contains(string(merged), "<<<<") {
		t.Fatalf("%v\n%s", err, merged)
	}
	if d := cmp.Diff(lockOf(ours, theirs), string(merged)); d != "" {
		t.Error(d)
	}
}
