package engine_test

import (
	"slices"
	"testing"
)

// TestTheJournalIsPruned: the last runs that have ended stay, and each that did not, and those of other projects.
func TestTheJournalIsPruned(t *testing.T) {
	w := newWorkshop(t)
	listed := func() (out []string) {
		t.Helper()
		runs, err := w.Store.Runs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			out = append(out, r.Project+" "+string(r.State))
		}
		return out
	}
	apply := func(project, spec string) {
		t.Helper()
		w.Options.Project, w.Options.SpecDigest = project, spec
		if err := w.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	apply("other", "1")
	apply("shop", "1")
	w.provider.fail = map[string]bool{"c": true}
	if err := w.Apply(t.Context()); err == nil {
		t.Fatal("the run ended well")
	}
	w.provider.fail = nil
	w.ran()
	w.kill(t)
	w.Options.Env = "ci" // whose runs are not put back by others
	w.KeepRuns = 2
	apply("shop", "2")
	if got := listed(); !slices.Equal(got, []string{
		"other done", "shop failed", "shop interrupted", "shop done",
	}) {
		t.Errorf("two runs are kept: %v", got)
	}
	w.KeepRuns = 1
	apply("shop", "3")
	if got := listed(); !slices.Equal(got, []string{"other done", "shop interrupted", "shop done"}) {
		t.Errorf("one run is kept: %v", got)
	}
	w.KeepRuns = 0
	apply("shop", "4")
	if got := listed(); len(got) != 4 {
		t.Errorf("all runs are kept: %v", got)
	}
}
