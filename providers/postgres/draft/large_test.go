package draft_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
)

// large returns a company's database: the tables of testdata/large.txt in each of four schemas.
func large(t *testing.T) string {
	t.Helper()
	src, err := os.ReadFile("testdata/large.txt")
	if err != nil {
		t.Fatal(err)
	}
	var tables, keys strings.Builder
	for _, schema := range []string{"public", "europe", "japan", "archive"} {
		fmt.Fprintf(&tables, "CREATE SCHEMA IF NOT EXISTS %s;\n", schema)
		for line := range strings.Lines(string(src)) {
			name, list, _ := strings.Cut(strings.TrimSpace(line), ": ")
			var columns []string
			for _, column := range strings.Split(list, ", ") {
				column, to, refers := strings.Cut(column, " > ")
				column = strings.Replace(strings.Replace(column, " pk", " PRIMARY KEY", 1), "citext_", "varchar(254)",
					1)
				columns = append(columns, column)
				if refers {
					fmt.Fprintf(&keys, "ALTER TABLE %s.%s ADD FOREIGN KEY (%s) REFERENCES %s.%s;\n", schema, name,
						strings.Fields(column)[0], schema, to)
				}
			}
			fmt.Fprintf(&tables, "CREATE TABLE %s.%s (%s);\n", schema, name, strings.Join(columns, ", "))
		}
	}
	return tables.String() + keys.String()
}

// TestLarge: of 200 tables nearly every column is decided, rules say what repeats, and the spec that comes of it has no
// mistake.
func TestLarge(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, large(t))
	in := input(read(t, url))
	begun := time.Now()
	in.Split = true
	files, summary, err := draft.Files(in)
	took := time.Since(begun)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, files)
	left := open(t, load(t, dir), in.Catalog)
	if len(left) != len(summary.Undecided) {
		t.Errorf("%d undecided, and %d said to be", len(left), len(summary.Undecided))
	}
	if summary.Tables != 200 || len(summary.Columns) < 1500 {
		t.Errorf("only %d tables and %d columns", summary.Tables, len(summary.Columns))
	}
	// Every proposal that stands in a comment can be taken as it is.
	all := map[string][]byte{}
	for name, src := range files {
		all[name] = []byte(taken(string(src)))
	}
	write(t, dir, all)
	if left := open(t, load(t, dir), in.Catalog); len(left) > 0 {
		t.Errorf("proposals leave %v", left)
	}
	if most := len(summary.Columns) / 10; len(left) > most { // free text, documents and files
		t.Errorf("%d of %d columns are undecided; %d would be many", len(left), len(summary.Columns), most)
	}
	for _, a := range summary.Columns {
		if a.Verdict == draft.Kept && (a.Ground == "" || a.Ground.String() == string(a.Ground) || a.Reason == "") {
			t.Errorf("%v is kept without a ground: %q, %q", a.Column, a.Ground, a.Reason)
		}
		if a.Verdict == draft.Masked && (a.Guess.Kind == "" || a.Mask == "" || a.Ground != "") {
			t.Errorf("%v is masked, and accounted for as %+v", a.Column, a)
		}
	}
	if len(summary.Questions) >= len(summary.Undecided) {
		t.Errorf("%d decisions for %d columns", len(summary.Questions), len(summary.Undecided))
	}
	if summary.Rules < 10 {
		t.Errorf("only %d rules", summary.Rules)
	}
	if took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	size := 0
	for _, src := range files {
		size += strings.Count(string(src), "\n")
	}
	t.Logf("%d tables, %d columns: %d kept, %d masked, %d by key, %d undecided; %d rules, %d lines in %d files; %s",
		summary.Tables, len(summary.Columns), summary.Kept, summary.Masked, summary.ByKey,
		len(summary.Undecided), summary.Rules, size, len(files), took)
}
