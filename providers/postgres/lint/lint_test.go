package lint_test

import (
	"context"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/lint"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

var update = flag.Bool("update", false, "write what is found anew")

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// TestCases judges each testdata/CASE/spec.hcl by a lock of what schema.sql creates, and compares all that is found
// with want.txt. What a case has besides and want.txt does not name is what is not found. Every code is found in one of
// the cases.
func TestCases(t *testing.T) {
	pgtest.NeedsServer(t)
	dirs, err := filepath.Glob("testdata/*/spec.hcl")
	if err != nil || len(dirs) < 10 {
		t.Fatalf("finding cases: %d, %v", len(dirs), err)
	}
	found := map[string]bool{}
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			project, lock := read(t, dir)
			result := lint.Run(lint.Input{Project: project, Lock: lock})
			for _, f := range result.Findings {
				found[f.Code] = true
			}
			got := render(t, project, result)
			if strings.Contains(got, "hunter2") {
				t.Errorf("a secret is shown:\n%s", got)
			}
			want := filepath.Join(dir, "want.txt")
			if *update {
				if err := os.WriteFile(want, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			text, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(text), got); d != "" {
				t.Errorf("findings differ (-want +got):\n%s", d)
			}
		})
	}
	// The extensions that every PostgreSQL has come without configuration tables; package decide tests that code.
	elsewhere := []string{"plan_refuses", decide.ExtensionRows}
	for _, a := range lint.Analyzers() {
		if !found[a.Code] && !slices.Contains(elsewhere, a.Code) {
			t.Errorf("%s is found in no case", a.Code)
		}
	}
}

// head is what a case has that says nothing of it itself.
const head = `
secret "key" { env = "KEY" }
database "prod" { url = "postgres://masker@prod.example/app?sslmode=verify-full" }
database "staging" { url = "postgres://refresher@staging.example/app?sslmode=verify-full" }
refresh "nightly" {
  from = database.prod
  to   = database.staging
  key  = secret.key
}
`

// read loads the spec of a case, and makes the lock of its schema, through its file.
func read(t *testing.T, dir string) (*spec.Project, *schemalock.File) {
	t.Helper()
	files := t.TempDir()
	if err := os.CopyFS(files, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	// It has another name in this repository, where it must not hold.
	if err := os.Rename(filepath.Join(files, "gitignore"), filepath.Join(files, ".gitignore")); err != nil &&
		!os.IsNotExist(err) {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "spec.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\nrefresh ") {
		if err := os.WriteFile(filepath.Join(files, "project.hcl"), []byte(head), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	project, ds := lang.Load(files, lang.Options{Version: "0.1.0"})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	schema, err := os.ReadFile(filepath.Join(dir, "schema.sql"))
	if err != nil {
		return project, nil // a case without a lock
	}
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, string(schema))
	connection := pgtest.Connect(t, url)
	c, err := catalog.Read(context.Background(), connection)
	if err == nil {
		c.Literals, err = catalog.ReadLiterals(context.Background(), connection)
	}
	if err != nil {
		t.Fatal(err)
	}
	locked := schemalock.FromCatalog(decide.Withhold(project, project.Refreshes[0].From, c), nil)
	lock := schemalock.File{Databases: map[string]*schemalock.Database{"database.prod": locked}}
	path := filepath.Join(t.TempDir(), schemalock.FileName)
	if err := lock.Write(path); err != nil {
		t.Fatal(err)
	}
	written, err := schemalock.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return project, written
}

// render writes findings a line each, with the place that is underlined, what they say, and what their fixes make of
// the line.
func render(t *testing.T, p *spec.Project, r lint.Result) string {
	t.Helper()
	var b strings.Builder
	for _, f := range r.Findings {
		at, marked := "nowhere", ""
		if f.Range != nil {
			at, marked = f.Range.String(), string(p.Sources[f.Range.Filename][f.Range.Start.Byte:f.Range.End.Byte])
		}
		fmt.Fprintf(&b, "%s: %s %s at %s\n    %s: %s\n", at, f.Severity, f.Code, strings.ReplaceAll(marked, "\n", "⏎"),
			f.Summary, strings.ReplaceAll(f.Detail, "\n", "\n    "))
		for _, fix := range f.Fixes {
			safe := "suggested"
			if fix.Safe {
				safe = "safe"
			}
			fmt.Fprintf(&b, "    %s: %s\n", safe, fix.Title)
			changed, made := diag.Apply(p.Sources, []diag.Fix{fix})
			if !slices.Equal(made, []bool{true}) {
				t.Errorf("the fix of %s at %s cannot be made", f.Code, at)
			}
			for name, text := range changed {
				if _, ds := lang.Format(text, name); ds.HasErrors() {
					t.Errorf("the fix of %s at %s breaks the file: %v", f.Code, at, ds)
				}
				for _, line := range added(string(p.Sources[name]), string(text)) {
					b.WriteString("    " + line + "\n")
				}
			}
		}
	}
	fmt.Fprintf(&b, "%d suppressed\n", r.Suppressed)
	if len(r.Skipped) > 0 {
		fmt.Fprintf(&b, "what needs the columns of %v was not looked for\n", r.Unlocked)
	}
	return b.String()
}

// added returns the lines that differ, with - and +.
func added(before, after string) []string {
	old, now := strings.Split(before, "\n"), strings.Split(after, "\n")
	for len(old) > 0 && len(now) > 0 && old[0] == now[0] {
		old, now = old[1:], now[1:]
	}
	for len(old) > 0 && len(now) > 0 && old[len(old)-1] == now[len(now)-1] {
		old, now = old[:len(old)-1], now[:len(now)-1]
	}
	var out []string
	for _, l := range old {
		out = append(out, "- "+l)
	}
	for _, l := range now {
		out = append(out, "+ "+l)
	}
	return out
}

// TestPlannedCodesAreThoseOfDeciding: what a plan says offline has its code here. What needs a connection does not.
func TestPlannedCodesAreThoseOfDeciding(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../decide/codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	connected := []string{
		decide.NoPrivilege, decide.RowSecurity, decide.SelectSlow, decide.SelectRefused, decide.MaskRefused,
		decide.MaskType, decide.MaskManyRows,
	}
	known := map[string]bool{}
	for _, a := range lint.Analyzers() {
		known[a.Code] = true
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		if _, imports := node.(*ast.ImportSpec); imports {
			return false
		}
		literal, ok := node.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING || !regexp.MustCompile(`^"[a-z_]+"$`).MatchString(literal.Value) {
			return true
		}
		n++
		if code := strings.Trim(literal.Value, `"`); known[code] == slices.Contains(connected, code) {
			t.Errorf("%s of package decide: known here %v, needs a connection %v", code, known[code], !known[code])
		}
		return true
	})
	if n < 30 {
		t.Errorf("only %d codes were read", n)
	}
}

func TestCodesAreSortedAndDescribed(t *testing.T) {
	all := lint.Analyzers()
	if !slices.IsSortedFunc(all, func(a, b lint.Analyzer) int { return strings.Compare(a.Code, b.Code) }) {
		t.Error("they are not sorted")
	}
	for i, a := range all {
		if i > 0 && all[i-1].Code == a.Code {
			t.Errorf("two have the code %s", a.Code)
		}
		if a.Title == "" || a.Doc == "" || a.Example == "" || !strings.HasSuffix(a.Doc, ".") || a.Severity == "" {
			t.Errorf("%s is not described: %+v", a.Code, a)
		}
	}
}
