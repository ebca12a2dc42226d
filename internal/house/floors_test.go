package house

import (
	"strings"
	"testing"
)

// floors are the packages of the provider of PostgreSQL, the lowest first, as docs/architecture.md draws them. A
// package imports only what is below it: the kinds of steps do not know the planner, and what a kind of step is knows
// no kind.
func floors() [][]string {
	return [][]string{
		{"conn", "literal", "sqltree"},
		{"catalog", "check", "journal", "session"},
		{"ddl", "decide", "importer"},
		{"ddl/vet", "reach", "schemalock"},
		{"lint", "masktest", "preview", "transfer"},
		{"draft", "stage"},
		{"op"},
		{"acl", "record", "swap"},
		{"manifest", "review"},
		{"rows"},
		{"replace"},
		{"refresh"},
	}
}

// TestFloors holds the provider of PostgreSQL to its floors.
func TestFloors(t *testing.T) {
	const provider = module + "providers/postgres/"
	floor := map[string]int{}
	for i, names := range floors() {
		for _, name := range names {
			floor[name] = i
		}
	}
	found := 0
	for _, p := range packages(t) {
		name, ok := strings.CutPrefix(p.ImportPath, provider)
		if !ok {
			continue
		}
		found++
		at, known := floor[name]
		if !known {
			t.Errorf("%s stands on no floor", name)
			continue
		}
		for _, imported := range p.Imports {
			below, ok := strings.CutPrefix(imported, provider)
			if ok && floor[below] >= at {
				t.Errorf("%s imports %s, which is not below it", name, below)
			}
		}
	}
	if found != len(floor) {
		t.Errorf("%d packages were found, and %d have a floor", found, len(floor))
	}
}
