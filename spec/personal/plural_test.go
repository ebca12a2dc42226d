package personal_test

import (
	"testing"

	"github.com/shoji-pg/shoji/spec/personal"
)

// TestPlural: each kind has words of its own.
func TestPlural(t *testing.T) {
	seen := map[string]personal.Kind{}
	for _, k := range personal.Kinds() {
		text := k.Kind.Plural()
		if other, twice := seen[text]; twice || text == "values" {
			t.Errorf("%s is called %q, as is %q", k.Kind, text, other)
		}
		seen[text] = k.Kind
	}
	if got := personal.Kind("").Plural(); got != "values" {
		t.Errorf("what is no kind is called %q", got)
	}
}
