package pgparse

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	pgquery "github.com/wasilibs/go-pgquery"
	"google.golang.org/protobuf/proto"
)

// TestSameTree: the part gives what the whole module gives, for all that it was cut for, and is itself enough for it.
func TestSameTree(t *testing.T) {
	for _, sql := range language(t) {
		want, err := pgquery.Parse(sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if _, err := parser.parse(sql); err != nil {
			t.Errorf("the part does not parse %.200s: %v", sql, err)
		}
		got, err := Parse(sql)
		if err != nil || !proto.Equal(want, got) {
			t.Errorf("%.200s gives another tree, %v", sql, err)
		}
		if !strings.HasPrefix(sql, "SELECT") {
			continue
		}
		packed, err := proto.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.deparse(string(packed)); err != nil {
			t.Errorf("the part does not write %.200s: %v", sql, err)
		}
		a, errA := pgquery.Deparse(want)
		b, errB := Deparse(want)
		if a != b || errA != nil || errB != nil {
			t.Errorf("%.200s is written %q, not %q: %v, %v", sql, b, a, errA, errB)
		}
	}
}

// TestBeyondThePart: what the part has no functions for, and what is no SQL, is as the whole module says; and the next
// call works.
func TestBeyondThePart(t *testing.T) {
	for _, sql := range []string{
		"CREATE TABLE t (a int PRIMARY KEY)", "SECURITY LABEL FOR anon ON COLUMN t.a IS 'MASKED WITH VALUE $$x$$'",
		"MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE",
		"SELECT 1 +", "SELECT (1", "SELECT 'open", "SELECT \"", "SELECT 1 /* open", "SELECT 1; SELECT FROM WHERE", "",
		";", "SELECT $tag$ open", "SELECT U&'\\00'", "SELECT 1a",
		"SELECT " + strings.Repeat("(", 20_000) + "1" + strings.Repeat(")", 20_000),
		"SELECT " + strings.Repeat("- ", 5_000) + "1",
	} {
		want, wantErr := pgquery.Parse(sql)
		got, err := parse(sql) // what Parse refuses for its depth too
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("%.60s: %v, not %v", sql, err, wantErr)
		}
		if wantErr == nil && !proto.Equal(want, got) {
			t.Errorf("%.60s gives another tree", sql)
		}
		if _, err := parser.parse("SELECT a"); err != nil {
			t.Errorf("after %.60s: %v", sql, err)
		}
	}
}

// TestAtTheSameTime: many may parse.
func TestAtTheSameTime(t *testing.T) {
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for range 20 {
				tree, err := Parse(fmt.Sprintf("SELECT a%d", n))
				if err != nil {
					t.Error(err)
					return
				}
				if sql, err := Deparse(tree); err != nil || sql != fmt.Sprintf("SELECT a%d", n) {
					t.Errorf("%q, %v", sql, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestCache: a directory that only its owner may write to keeps the code, which then parses as freshly compiled code
// does. What others may write to is left alone.
func TestCache(t *testing.T) {
	open := t.TempDir()
	if err := os.Chmod(open, 0o770); err != nil {
		t.Fatal(err)
	}
	private := filepath.Join(t.TempDir(), "parser")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dir   string
		files int
	}{{private, 1}, {private, 1}, {open, 0}, {link, 0}} {
		t.Setenv(CacheVariable, c.dir)
		cached := instances{module: func() (*module, error) { return compile(part, nil) }}
		got, err := cached.parse("SELECT a + 1 FROM t")
		want, wantErr := parser.parse("SELECT a + 1 FROM t")
		if err != nil || wantErr != nil || string(got) != string(want) {
			t.Errorf("%s: the tree is another, %v, %v", c.dir, err, wantErr)
		}
		if kept, _ := filepath.Glob(filepath.Join(c.dir, "*", "*")); len(kept) != c.files {
			t.Errorf("%s holds %v, not %d files", c.dir, kept, c.files)
		}
	}
}
