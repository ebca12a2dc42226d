package review_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/review"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec/lang"
)

var update = flag.Bool("update", false, "write what is found anew")

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// head is what a case has that says nothing of it itself.
const head = `
secret "key" { env = "KEY" }
database "prod" { url = "postgres://masker@prod.example/app?sslmode=verify-full" }
database "staging" { url = "postgres://refresher@staging.example/app?sslmode=verify-full" }
`

const nightly = `
refresh "nightly" {
  from = database.prod
  to   = database.staging
  key  = secret.key
}
`

// TestCompare compares base.hcl with head.hcl in each testdata/CASE. Both are decided for the schema in schema.sql;
// where there is a change.sql, the later one for the schema after it.
func TestCompare(t *testing.T) {
	dirs, err := filepath.Glob("testdata/*/base.hcl")
	if err != nil || len(dirs) < 5 {
		t.Fatalf("finding cases: %d, %v", len(dirs), err)
	}
	seen := map[engine.Verdict]bool{}
	for _, path := range dirs {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			url := pgtest.Database(t, pgtest.Server(t))
			pgtest.Exec(t, url, text(t, dir, "schema.sql"))
			base := side(t, url, text(t, dir, "base.hcl"))
			if change := text(t, dir, "change.sql"); change != "" {
				pgtest.Exec(t, url, change)
			}
			later := side(t, url, text(t, dir, "head.hcl"))
			r := &engine.Review{Differences: review.Compare(base, later)}
			r.Sort()
			for _, d := range r.Differences {
				seen[d.Verdict] = true
				if d.Verdict == engine.Weaker && !d.Exposes() {
					t.Errorf("%s is weaker, which exposes nothing", d.Name())
				}
			}
			if same := review.Compare(later, later); len(same) > 0 {
				t.Errorf("a spec differs from itself: %v", same)
			}
			golden(t, filepath.Join(dir, "want.txt"), render(r))
		})
	}
	for _, v := range engine.Verdicts() {
		if !seen[v] {
			t.Errorf("nothing is %s in any case", v)
		}
	}
}

// text returns a file of a case, "" where there is none.
func text(t *testing.T, dir, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(raw)
}

// side reads a spec, and decides it by the lock of a database.
func side(t *testing.T, url, hcl string) review.Side {
	t.Helper()
	dir := t.TempDir()
	if !strings.Contains(hcl, "database \"prod\"") {
		hcl += head
	}
	if !strings.Contains(hcl, "\nrefresh ") {
		hcl += nightly
	}
	if err := os.WriteFile(filepath.Join(dir, "a.hcl"), []byte(hcl), 0o600); err != nil {
		t.Fatal(err)
	}
	p, ds := lang.Load(dir, lang.Options{Version: "0.1.0"})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	c, err := catalog.Read(context.Background(), pgtest.Connect(t, url))
	if err != nil {
		t.Fatal(err)
	}
	locked := schemalock.FromCatalog(decide.Withhold(p, p.Refreshes[0].From, c), nil)
	lock := schemalock.File{Databases: map[string]*schemalock.Database{"database.prod": locked}}
	decided, ds := lock.Resolve(p)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	return review.Side{Project: p, Refreshes: decided}
}

// render writes all that a review says, in its order.
func render(r *engine.Review) string {
	var b strings.Builder
	for _, d := range r.Differences {
		fmt.Fprintf(&b, "%s %s %s", d.Verdict, d.Kind, d.Name())
		if d.Was != "" {
			fmt.Fprintf(&b, ", was %s", d.Was)
		}
		if d.Partitions > 0 {
			fmt.Fprintf(&b, ", and %d partitions", d.Partitions)
		}
		if d.Range != nil {
			fmt.Fprintf(&b, " at line %d", d.Range.Start.Line)
		}
		fmt.Fprintf(&b, "\n    %s\n", d.Meaning)
		for i, s := range []*engine.Stance{d.Before, d.After} {
			if s != nil {
				fmt.Fprintf(&b, "    %s %s", []string{"-", "+"}[i], s.Text)
				if s.Because != "" {
					fmt.Fprintf(&b, " (%s; %s)", s.Strength, s.Because)
				}
				b.WriteString("\n")
			}
		}
		for _, text := range d.Details {
			fmt.Fprintf(&b, "      %s\n", text)
		}
		for _, h := range d.Hazards {
			fmt.Fprintf(&b, "    ! %s\n", h.Name)
		}
	}
	if b.Len() == 0 {
		return "nothing differs\n"
	}
	return b.String()
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, d)
	}
}
