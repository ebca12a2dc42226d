package schemalock_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

// planted is a catalog with a value that looks personal in every place, and those found.
func planted(t *testing.T) *catalog.Catalog {
	t.Helper()
	if pgtest.Server(t).Installation.Major < 14 {
		t.Skip("statistics of expressions came with 14")
	}
	sql, err := os.ReadFile("../ddl/testdata/planted.sql")
	if err != nil {
		t.Fatal(err)
	}
	url := database(t, string(sql))
	c := read(t, url)
	if c.Literals, err = catalog.ReadLiterals(context.Background(), pgtest.Connect(t, url)); err != nil {
		t.Fatal(err)
	}
	return c
}

// project reads a spec of one refresh of all.
func project(t *testing.T, blocks string) *spec.Project {
	t.Helper()
	dir := t.TempDir()
	text := `
database "prod" { url = "postgres://a@b/c" }
database "staging" { url = "postgres://a@b/d" }
refresh "nightly" {
  from = database.prod
  to   = database.staging
}
` + blocks
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, ds := lang.Load(dir, lang.Options{})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	return p
}

const others = `
rule "rest" {
  match { column = "*" }
  mask = keep()
}
`

func TestALockHoldsNoValueThatLooksPersonal(t *testing.T) {
	c := planted(t)
	lock := schemalock.FromCatalog(c, nil)
	again, text := stored(t, lock)
	for _, value := range []string{".planted@", "4539578763621486", "483-7726", "Tr0ub4dor"} {
		if strings.Contains(text, value) {
			t.Errorf("the lock holds %q", value)
		}
	}
	if len(lock.Literals) < 40 {
		t.Errorf("%d literals are listed", len(lock.Literals))
	}
	if found := schemalock.Compare(schemalock.FromCatalog(again.Catalog(), nil), lock); len(found) > 0 {
		t.Errorf("a lock of itself differs: %v", found)
	}
	if found := schemalock.Compare(lock,
		schemalock.FromCatalog(read(t, database(t, "CREATE TABLE t (id int)")), nil)); len(found) == 0 {
		t.Error("another database is the same")
	}
}

// Of a table that every refresh skips the lock has the name and nothing else, and says so when that is over.
func TestALockHoldsNothingOfSkippedTables(t *testing.T) {
	c := planted(t)
	skips := project(t, `
table "public" "customers" { skip = true }
`+others)
	held := schemalock.FromCatalog(decide.Withhold(skips, skips.Databases[0], c), nil)
	_, text := stored(t, held)
	for _, gone := range []string{"folded", "customers_note_check", "customers_open", "own_rows", "regular"} {
		if strings.Contains(text, gone) {
			t.Errorf("the lock holds %q of a skipped table", gone)
		}
	}
	for _, l := range held.Literals {
		if l.Table == "public.customers" {
			t.Errorf("%+v is of a skipped table", l)
		}
	}
	if len(c.Tables[0].Columns) == 0 || len(c.Literals) == len(held.Literals) {
		t.Error("the catalog itself changed")
	}
	file := &schemalock.File{Databases: map[string]*schemalock.Database{"database.prod": held}}
	if _, ds := file.Resolve(skips); ds.HasErrors() {
		t.Error(ds)
	}

	takes := project(t, others)
	_, ds := file.Resolve(takes)
	if len(ds) != 1 || ds[0].Code != schemalock.WithheldCode || !strings.Contains(ds[0].Detail, "public.customers") {
		t.Errorf("unexpected: %v", ds)
	}
	var words []string
	for _, d := range schemalock.Compare(held,
		schemalock.FromCatalog(decide.Withhold(takes, takes.Databases[0], c), nil)) {
		if d.Table.Name == "customers" {
			words = append(words, d.Words)
		}
	}
	want := []string{"table public.customers was skipped when the lock was written, which does not describe it"}
	if diff := cmp.Diff(want, words); diff != "" {
		t.Error(diff)
	}
}

// A table that one refresh skips and another takes is in the lock.
func TestATableIsWithheldWhereAllSkipIt(t *testing.T) {
	c := planted(t)
	p := project(t, `
database "third" { url = "postgres://a@b/e" }
refresh "weekly" {
  from = database.prod
  to   = database.third
}
table "public" "customers" {
  skip      = true
  refreshes = [refresh.nightly]
}
`+others)
	for _, table := range decide.Withhold(p, p.Databases[0], c).Tables {
		if table.Name == "customers" && (table.Withheld || len(table.Columns) == 0) {
			t.Errorf("%+v", table)
		}
	}
}

// The rules by which a CHECK is judged hang on its literals: where the lock has redacted one, nothing is known, and a
// plan that sees it does not say otherwise than lint did.
func TestARedactedLiteralOfACheckDecidesNothing(t *testing.T) {
	url := database(t,
		"CREATE TABLE t (a text CHECK (a = 'anna.kovacs@contoso-mail.hu'), b text CHECK (b IN ('x', 'y')))")
	p := project(t, `
table "public" "t" {
  column "a" { mask = fixed("anna.kovacs@contoso-mail.hu") }
  column "b" { mask = fixed("z") }
}
`)
	lock, _ := stored(t, schemalock.FromCatalog(read(t, url), nil))
	_, ds := (&schemalock.File{Databases: map[string]*schemalock.Database{"database.prod": lock}}).Resolve(p)
	var codes []string
	for _, d := range ds {
		codes = append(codes, fmt.Sprint(d.Severity, " ", d.Code))
	}
	if diff := cmp.Diff([]string{"warning check_unknown", "error check_fails"}, codes); diff != "" {
		t.Error(diff, ds)
	}
}
