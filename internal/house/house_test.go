// Package house holds the shape of the code: which package may import which, and how long files
// and lines are.
package house

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

const module = "github.com/shoji-pg/shoji/"

type pkg struct {
	ImportPath string
	Name       string
	Doc        string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Name,Doc,Imports", module+"...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 15 {
		t.Fatalf("only %d packages were found", len(all))
	}
	return all
}

// TestImportDirections: cmd -> engine <- providers, spec below both; each kind of library in its place only.
func TestImportDirections(t *testing.T) {
	// What a package (by prefix) may import of this module.
	own := map[string][]string{
		"engine": {
			"engine", "internal/diag", "internal/sealed", "internal/secret",
			"internal/projectfile",
		},
		"spec/source": {},
		"spec/mask":   {"spec/source", "internal/diag", "internal/pgparse", "internal/sqltext"},
		"spec":        {"spec/mask", "internal/allow", "internal/diag", "internal/secret"},
		"spec/lang": {
			"spec", "spec/mask", "spec/source", "internal/allow", "internal/diag", "internal/pgparse",
			"internal/projectfile", "internal/secret",
		},
		"spec/personal": {"spec/mask"},
		"providers/postgres": {
			"providers/postgres", "engine", "spec", "internal/allow", "internal/diag", "internal/pgparse",
			"internal/projectfile", "internal/secret", "internal/sealed", "internal/sqltext",
		},
		"providers/aws":        {"providers/aws", "engine", "spec", "internal/diag", "internal/secret"},
		"providers/aws/policy": {},
		"internal/allow":       {"internal/projectfile"},
		"internal/diag":        {},
		"internal/gittree":     {},
		"internal/pgparse":     {},
		"internal/secret":      {},
		"internal/sealed":      {"internal/diag", "internal/secret"},
		"internal/sqltext":     {},
		"internal/projectfile": {},
		"internal/webhook":     {"internal/secret"},
		"internal/view":        {"engine", "internal/diag", "internal/secret", "internal/view"},
		"internal/lab":         {"internal/lab", "internal/sqltext"},
		"examples":             {},
	}
	// Who alone may import a library.
	libraries := map[string][]string{
		"github.com/hashicorp/hcl":       {"spec/lang", "spec/mask", "spec/source"},
		"github.com/zclconf/go-cty":      {"spec/lang", "spec/mask"},
		"github.com/wasilibs/go-pgquery": {"internal/pgparse"},
		"github.com/tetratelabs/wazero":  {"internal/pgparse"},
		"github.com/pganalyze": {
			"internal/pgparse", "spec/mask", "providers/postgres/sqltree", "providers/postgres/check",
			"providers/postgres/importer", "providers/postgres/ddl/vet", "providers/postgres/reach",
		},
		"github.com/jackc/pgx":     {"providers/postgres", "internal/lab", "internal/bench"},
		"github.com/aws":           {"providers/aws", "internal/lab"},
		"github.com/pterm":         {"internal/view"},
		"atomicgo.dev":             {"internal/view"},
		"github.com/urfave/cli":    {"cmd/shoji"},
		"github.com/goccy/go-yaml": {"providers/postgres/importer"},
	}
	under := func(path string, prefixes []string) bool {
		for _, p := range prefixes {
			if path == p || strings.HasPrefix(path, p+"/") {
				return true
			}
		}
		return false
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, bound, longest := []string(nil), false, ""
		for prefix, list := range own {
			if under(name, []string{prefix}) && len(prefix) > len(longest) {
				allowed, bound, longest = list, true, prefix
			}
		}
		for _, imported := range p.Imports {
			if inner, ok := strings.CutPrefix(imported, module); ok {
				if bound && !under(inner, allowed) && inner != longest {
					t.Errorf("%s imports %s", name, inner)
				}
				continue
			}
			for library, list := range libraries {
				if strings.HasPrefix(imported, library) && !under(name, list) {
					t.Errorf("%s imports %s, which belongs to %v", name, imported, list)
				}
			}
		}
	}
}

// source calls f with each line of the module's Go files, from 1 on.
func source(t *testing.T, f func(path string, n int, line string)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			f(path, n, strings.TrimSuffix(line, "\n"))
		}
		return err
	})
	if err != nil || files < 100 {
		t.Fatalf("%d files, %v", files, err)
	}
}

// TestPackagesSayWhyTheyExist: go doc of a package begins with a sentence about it.
func TestPackagesSayWhyTheyExist(t *testing.T) {
	for _, p := range packages(t) {
		start := "Package " + p.Name + " "
		if p.Name == "main" {
			start = "Command "
		}
		if tests := p.Doc == "" && len(p.Imports) == 0; !tests &&
			(!strings.HasPrefix(p.Doc, start)) {
			t.Errorf("%s: its comment is %q", p.ImportPath, p.Doc)
		}
	}
}

// TestFilesAreShort: one idea a file.
func TestFilesAreShort(t *testing.T) {
	source(t, func(path string, n int, _ string) {
		if n == 601 {
			t.Errorf("%s has more than 600 lines", path)
		}
	})
}

// TestLinesFitTheScreen: 120 columns, where a tab takes 4.
func TestLinesFitTheScreen(t *testing.T) {
	source(t, func(path string, n int, line string) {
		if width := utf8.RuneCountInString(line) + 3*strings.Count(line, "\t"); width > 120 {
			t.Errorf("%s:%d has %d columns", path, n, width)
		}
	})
}
