package replace

import (
	"slices"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/rows"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// The rights of a server that imports are checked by what the step touches, whichever of its tables comes last.
func TestTouchesOfAllTables(t *testing.T) {
	full := stage.Table{
		Table: transfer.Table{Schema: "public", Name: "full", Columns: []transfer.Column{{Name: "id"}}},
		Ways:  stage.Ways{Import: spec.WayServer},
	}
	empty := stage.Table{
		Table: transfer.Table{Schema: "public", Name: "empty"},
		Ways:  stage.Ways{Import: spec.WayServer},
	}
	if full.Empty() || !empty.Empty() {
		t.Fatal("the tables of the test are not as it needs them")
	}
	want := []engine.Touch{
		engine.Reads("bucket.b"),
		{Address: "bucket.b", Access: engine.Read, By: "database.to"},
	}
	for _, tables := range [][]stage.Table{{full, empty}, {empty, full}, {full, full}} {
		s := &StagedRows{Bucket: rows.Bucket{Via: "bucket.b"}, Tables: tables}
		if got := s.touches("database.to"); !slices.Equal(got, want) {
			t.Errorf("touches = %v, want %v", got, want)
		}
	}
}

// A copy of the source must stay until its sequences have been read, also where nothing else of it is.
func TestSequencesReadTheSource(t *testing.T) {
	o := ReplaceRows{Source: op.Source{From: "database.from"}, Staged: &StagedRows{}}
	reads := func() bool { return slices.Contains(o.Touches(), engine.Reads("database.from")) }
	if reads() {
		t.Error("a step that asks the source nothing touches it")
	}
	if o.Sequences = []transfer.Sequence{{Schema: "public", Name: "s", Readable: true}}; !reads() {
		t.Error("a step that reads sequences does not touch the source")
	}
	if o.Staged.Half = engine.OnlyImport; reads() {
		t.Error("an import touches a source that it has no access to")
	}
}
