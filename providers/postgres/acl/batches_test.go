package acl

import (
	"slices"
	"testing"
)

// TestRevokesShareSavepoints: however many revokes there are, a transaction sets few savepoints; all commands keep
// their order.
func TestRevokesShareSavepoints(t *testing.T) {
	for _, n := range []int{1, 31, 32, 33, 100, 1000} {
		commands := []Command{{Do: "grant", Role: "first"}}
		for range n {
			commands = append(commands, Command{Do: "revoke"})
		}
		commands = append(commands, Command{Do: "grant", Role: "last"})
		batches := inBatches(commands)
		savepoints, kept := 0, 0
		for _, b := range batches {
			kept += len(b)
			if b[0].Do == "revoke" {
				savepoints++
			}
			if slices.ContainsFunc(b, func(c Command) bool { return c.Do != b[0].Do }) {
				t.Errorf("%d revokes: one shares a savepoint with a grant", n)
			}
		}
		if savepoints > mostSavepoints || kept != len(commands) || batches[0][0].Role != "first" ||
			batches[len(batches)-1][0].Role != "last" {
			t.Errorf("%d revokes: %d savepoints, %d commands of %d", n, savepoints, kept, len(commands))
		}
	}
}
