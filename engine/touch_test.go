package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
)

// TestSurround: what is done around a place begins before the first step that touches it, and ends after the last. A
// step that only shows a statement there, or touches another place, is not held up.
func TestSurround(t *testing.T) {
	clone := engine.Around{
		Before: []engine.Step{{ID: "clone"}, {ID: "ready"}},
		After:  []engine.Step{{ID: "remove"}, {ID: "forget"}},
	}
	reads := []engine.Touch{engine.Reads("database.prod")}
	steps := []engine.Step{
		{ID: "stage", Touches: []engine.Touch{engine.Writes("bucket.transfer")}},
		{ID: "snapshot", Needs: []string{"stage"}, Touches: reads},
		{ID: "copy", Needs: []string{"snapshot"}, Touches: append(reads, engine.Writes("database.staging"))},
		{ID: "index", Needs: []string{"copy"}, Touches: []engine.Touch{engine.Writes("database.prod")}},
		{ID: "shown", Statements: []engine.Statement{{On: "database.prod", Text: "SELECT 1"}}},
	}
	got := map[string][]string{}
	for _, s := range clone.Surround(steps, engine.Reads("database.prod"), "stage") {
		got[s.ID] = s.Needs
	}
	want := map[string][]string{
		"clone":    {"stage"},
		"ready":    {"clone"},
		"stage":    nil,
		"snapshot": {"stage", "ready"},
		"copy":     {"snapshot", "ready"},
		"index":    {"copy"},
		"shown":    nil,
		"remove":   {"snapshot", "copy"},
		"forget":   {"remove"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if steps[1].Needs[0] != "stage" || len(steps[1].Needs) != 1 || clone.Before[1].Needs != nil {
		t.Error("the steps that were given have changed")
	}
}
