package view

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
)

func TestEffectsAreATableALine(t *testing.T) {
	few := []engine.ColumnEffect{
		{Schema: "public", Table: "people", Column: "email", Sampled: 1000, Changed: 998, Null: 2},
		{Schema: "public", Table: "people", Column: "note", Sampled: 1000, Unchanged: 10, Constant: 4, Null: 990},
		{Schema: "public", Table: "shops", Column: "name"},
	}
	want := []string{
		"3 masked columns of 2 tables verified",
		"public.people: email 998 changed, 2 NULL or empty; note 990 NULL or empty, 4 constant already, 6 unchanged",
		"public.shops: name no rows",
	}
	if d := cmp.Diff(want, effectLines(few)); d != "" {
		t.Error(d)
	}
	var many []engine.ColumnEffect
	for i := range 200 {
		many = append(many, engine.ColumnEffect{
			Schema:  "public",
			Table:   fmt.Sprintf("t%d", i),
			Column:  "c",
			Sampled: 9,
			Changed: 9,
		})
	}
	many[7].Changed, many[7].Null = 0, 9
	lines := effectLines(many)
	if len(lines) != 2 || !strings.Contains(lines[1], "public.t7: c 9 NULL or empty") {
		t.Errorf("%q", lines)
	}
}
