package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// TestEventsAreDocumented holds the page of events to the types and the fields that the JSON stream has.
func TestEventsAreDocumented(t *testing.T) {
	raw, err := os.ReadFile("events.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	types := 0
	for _, file := range []string{"../engine/event.go", "../internal/view/stream.go"} {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if name, ok := n.Type.(*ast.Ident); ok && name.Name == "EventType" {
					types++
					documented(t, page, n.Values[0])
				}
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Type" {
					if value, ok := n.Value.(*ast.BasicLit); ok {
						types++
						documented(t, page, value)
					}
				}
			case *ast.Field:
				if n.Tag == nil || !strings.HasSuffix(file, "stream.go") {
					return true
				}
				tag, err := strconv.Unquote(n.Tag.Value)
				if err != nil {
					t.Fatal(err)
				}
				name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
				if !strings.Contains(page, "`"+name+"`") {
					t.Errorf("the field %s is not documented", name)
				}
			}
			return true
		})
	}
	if types < 18 {
		t.Errorf("only %d types were found", types)
	}
}

func documented(t *testing.T, page string, value ast.Expr) {
	t.Helper()
	name, err := strconv.Unquote(value.(*ast.BasicLit).Value)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "| ") && strings.Contains(line, "`"+name+"`") {
			return
		}
	}
	t.Errorf("no table has the type %s", name)
}
