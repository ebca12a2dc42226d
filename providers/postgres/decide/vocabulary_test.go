package decide_test

import (
	"slices"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// TestPlanNamesEveryStrength fails on a strength of masks that the vocabulary of plans lacks, or orders differently.
func TestPlanNamesEveryStrength(t *testing.T) {
	var named []engine.Strength
	for s := mask.Raw; exists(s); s++ {
		named = append(named, decide.StrengthOf(s))
		if got := string(decide.StrengthOf(s)); got != s.String() {
			t.Errorf("%s is %s in a plan", s, got)
		}
	}
	if !slices.Equal(named, engine.Strengths()) {
		t.Errorf("masks have %v, plans have %v", named, engine.Strengths())
	}
}

// exists reports whether package mask has a word for a strength.
func exists(s mask.Strength) (ok bool) {
	defer func() { ok = recover() == nil }()
	_ = s.String()
	return true
}

// TestPlanSharesTheWordsOfTheSpec holds the vocabularies equal that are converted without a table.
func TestPlanSharesTheWordsOfTheSpec(t *testing.T) {
	for word, want := range map[engine.Mode]spec.Mode{
		engine.ModeSwap:    spec.Swap,
		engine.ModeReplace: spec.Replace,
	} {
		if string(word) != string(want) {
			t.Errorf("mode %s is %s in a plan", want, word)
		}
	}
	for word, want := range map[engine.Keyed]mask.Keyed{engine.KeyedStrong: mask.Strong, engine.KeyedFast: mask.Fast} {
		if string(word) != string(want) {
			t.Errorf("keyed %s is %s in a plan", want, word)
		}
	}
}
