package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// forPeople are the fields of plans, steps and diagnostics that hold text made for people.
var forPeople = []string{"Text", "Detail", "Summary", "Title", "On", "Because", "Reason", "Note", "Notes", "Help"}

// readers are the functions that take a text apart, or compare it, by package.
var readers = map[string][]string{
	"strings": {
		"Contains", "ContainsAny", "ContainsRune", "Cut", "CutPrefix", "CutSuffix", "EqualFold", "Fields", "HasPrefix",
		"HasSuffix", "Index", "LastIndex", "Split", "SplitN", "TrimPrefix", "TrimSuffix",
	},
}

// matchers are methods of a regular expression.
var matchers = []string{"MatchString", "FindString", "FindStringSubmatch", "FindStringIndex"}

// notForPeople are the files where a field of such a name is something else, or decides only what is shown.
func notForPeople() map[string]string {
	const object, privileges = "the catalog's kind of an object", "the kind of objects that default privileges are of"
	return map[string]string{
		"providers/postgres/acl/batch.go Detail":       object,
		"providers/postgres/acl/next.go Detail":        object,
		"providers/postgres/acl/command.go Detail":     object,
		"providers/postgres/acl/compare_grants.go On":  privileges,
		"providers/postgres/acl/default.go On":         privileges,
		"providers/postgres/acl/inspect_objects.go On": privileges,
		"providers/postgres/lint/grants.go On":         privileges,
		"internal/view/plan_markdown.go On":            "statements in one place are shown under one heading",
		"internal/view/plan_text.go On":                "statements in one place are shown under one heading",
		"internal/view/refresh_text.go Because":        "a word of the vocabulary that goes without saying",
	}
}

// TestNothingIsDecidedByText: statements, titles, labels and diagnostics are made for people. What a step does, touches
// or failed of is known by types; code that reads it out of a text breaks when somebody words the text better.
func TestNothingIsDecidedByText(t *testing.T) {
	files, allowed, seen := 0, notForPeople(), map[string]bool{}
	for _, dir := range []string{"cmd", "engine", "providers", "internal/view"} {
		err := filepath.WalkDir(filepath.Join("../..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			name := filepath.ToSlash(strings.TrimPrefix(path, filepath.Join("../..")+string(filepath.Separator)))
			ast.Inspect(f, func(n ast.Node) bool {
				field := decidedBy(n)
				if field == "" {
					return true
				}
				seen[name+" "+field] = true
				if allowed[name+" "+field] == "" {
					t.Errorf("%s:%d reads %s, which is made for people", name, set.Position(n.Pos()).Line, field)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for place := range allowed {
		if !seen[place] {
			t.Errorf("%s is allowed, and reads nothing", place)
		}
	}
	if files < 250 {
		t.Fatalf("only %d files were read", files)
	}
}

// decidedBy returns the field that a call or a comparison reads although it is made for people; "" for none.
func decidedBy(n ast.Node) string {
	switch n := n.(type) {
	case *ast.CallExpr:
		f, ok := n.Fun.(*ast.SelectorExpr)
		if !ok || len(n.Args) == 0 {
			return ""
		}
		if p, ok := f.X.(*ast.Ident); ok && slices.Contains(readers[p.Name], f.Sel.Name) ||
			slices.Contains(matchers, f.Sel.Name) {
			return made(n.Args[0])
		}
	case *ast.BinaryExpr:
		if n.Op != token.EQL && n.Op != token.NEQ {
			return ""
		}
		if lit, ok := n.Y.(*ast.BasicLit); ok && lit.Value == `""` { // whether there is one is no reading
			return ""
		}
		if field := made(n.X); field != "" && field != "Text" {
			return field
		}
	}
	return ""
}

// made returns the name of the field that an expression selects if that is made for people.
func made(x ast.Expr) string {
	s, ok := x.(*ast.SelectorExpr)
	if ok && slices.Contains(forPeople, s.Sel.Name) {
		return s.Sel.Name
	}
	return ""
}
