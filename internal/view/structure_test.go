package view

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
)

// TestTheStructureOfAManifestIsShown: every statement of a small one, and of a large one those that bring code; that of
// a source is not.
func TestTheStructureOfAManifestIsShown(t *testing.T) {
	imported := func(only engine.Half, tables int) *engine.Plan {
		s := engine.Step{
			ID:         "refresh.r.schema",
			Address:    "refresh.r",
			Statements: []engine.Statement{{On: "database.b (b__next)", Text: "SET search_path = ''"}},
		}
		for i := range tables {
			s.Statements = append(s.Statements, engine.Statement{
				On:     "database.b (b__next)",
				Text:   fmt.Sprintf("CREATE TABLE public.t%d (\n    id integer\n);\n", i),
				Object: "table",
			})
		}
		s.Statements = append(s.Statements, engine.Statement{
			On:     "database.b (b__next)",
			Text:   "CREATE FUNCTION public.f() RETURNS int\n    LANGUAGE sql\n    AS $$SELECT 1$$;\n",
			Object: "function",
			Code:   true,
		})
		return &engine.Plan{
			Only:      only,
			Steps:     []engine.Step{s},
			Refreshes: []engine.Refresh{{Address: "refresh.r", From: "database.a", To: "database.b", Mode: "swap"}},
		}
	}
	for name, c := range map[string]struct {
		plan       *engine.Plan
		has, hasNo []string
	}{
		"small": {
			imported(engine.OnlyImport, 2),
			[]string{"structure, from the manifest", "CREATE TABLE public.t1 (", "AS $$SELECT 1$$;"},
			[]string{"search_path", "make tables"},
		},
		"large": {
			imported(engine.OnlyImport, 1000), []string{"AS $$SELECT 1$$;", "and 1000 statements that make tables"},
			[]string{"CREATE TABLE"},
		},
		"whole": {imported(engine.Whole, 2), nil, []string{"CREATE TABLE", "CREATE FUNCTION", "structure, as"}},
	} {
		var text, markdown strings.Builder
		Plan(&text, Style{}, c.plan)
		if err := PlanMarkdown(&markdown, c.plan); err != nil {
			t.Fatal(err)
		}
		for form, said := range map[string]string{"text": text.String(), "markdown": markdown.String()} {
			for _, part := range c.has {
				if !strings.Contains(said, part) {
					t.Errorf("%s, %s: %q is not in\n%s", name, form, part, said)
				}
			}
			for _, part := range c.hasNo {
				if strings.Contains(said, part) {
					t.Errorf("%s, %s: %q is in\n%s", name, form, part, said)
				}
			}
		}
	}
}
