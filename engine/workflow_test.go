package engine_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
)

// planning is a scripted provider that plans a refresh of three steps, a, b and c.
type planning struct {
	scripted
	statement string           // of step c
	hazards   []engine.Hazard  // of the refresh
	problems  diag.Diagnostics // of Inspect
	unseen    bool             // the database cannot be observed
	nothing   bool             // to do
	only      engine.Half
	inspect   func()
	observed  []engine.Fingerprint
}

func (p *planning) Inspect(context.Context, engine.Selected) (engine.Observed, diag.Diagnostics) {
	if p.inspect != nil {
		p.inspect()
	}
	return p, p.problems
}

func (p *planning) Endpoints() []engine.Endpoint {
	if p.unseen {
		return nil
	}
	return []engine.Endpoint{{Address: "database.x", Host: "h"}}
}
func (p *planning) Accounts() []engine.Account         { return nil }
func (p *planning) Fingerprints() []engine.Fingerprint { return p.observed }

func (p *planning) Diff(engine.Observed, engine.Selected) (*engine.Draft, diag.Diagnostics) {
	if p.nothing {
		return &engine.Draft{}, nil
	}
	d := &engine.Draft{Refreshes: []engine.Refresh{{Address: "refresh.r", Hazards: p.hazards}}}
	for i, id := range []string{"a", "b", "c"} {
		s := refreshStep(id)
		s.PutBack = engine.PutBackOnFailure
		s.Statements = []engine.Statement{{On: "database.x", Text: "SELECT '" + id + "'"}}
		if id == "c" {
			s.Statements[0].Text += p.statement
		}
		if i > 0 {
			s.Needs = []string{d.Steps[i-1].ID}
		}
		d.Steps = append(d.Steps, s)
	}
	return d, nil
}

// watching is a view that remembers what it was told.
type watching struct {
	plans   int
	results []engine.RunState
	said    []string
}

func (v *watching) Plan(*engine.Plan) error { v.plans++; return nil }
func (v *watching) Result(r engine.Result)  { v.results = append(v.results, r.State) }
func (v *watching) Say(format string, args ...any) {
	v.said = append(v.said, fmt.Sprintf(format, args...))
}

// workshop is a workflow with its fakes.
type workshop struct {
	*engine.Workflow
	provider *planning
	view     *watching
	locked   []string // by LockServer
	released int
	lose     func(error) // loses the lock on the server
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	w := &workshop{provider: &planning{}, view: &watching{}}
	w.Workflow = &engine.Workflow{
		Runner:    *runner(t, &w.provider.scripted, 1),
		Options:   engine.BuildOptions{Project: "shop", SpecDigest: "1", Addresses: []string{"refresh.r"}},
		Named:     true,
		Databases: []string{"database.x"},
		Accounts:  []string{"aws.y"},
		View:      w.view,
		Who:       "me@here",
		PID:       7,
		Random:    rand.Reader,
	}
	w.Providers = engine.Providers{w.provider}
	w.Provide = func(only engine.Half, _ string) engine.Providers {
		w.provider.only = only
		return w.Providers
	}
	w.LockServer = func(ctx, _ context.Context, database string, _ engine.Holder, _ time.Duration) (
		context.Context, func(), error) {
		w.locked = append(w.locked, database)
		ctx, lose := context.WithCancelCause(ctx)
		w.lose = lose
		return ctx, func() { w.released++ }, nil
	}
	return w
}

// ran returns what the provider did since the last call.
func (w *workshop) ran() string {
	out := strings.Join(w.provider.log, " ")
	w.provider.log = nil
	return out
}

// kill runs Apply, and stops it in step b as a kill would.
func (w *workshop) kill(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	interrupt := make(chan struct{})
	close(interrupt)
	w.provider.block = map[string]chan struct{}{"b": make(chan struct{})}
	w.Events = func(e engine.Event) {
		if e.Type == engine.StepStarted && e.Step.ID == "b" {
			cancel()
		}
	}
	w.Interrupt = func() <-chan struct{} { return interrupt }
	if err := w.Apply(ctx); err == nil {
		t.Fatal("the run ended well")
	}
	w.provider.block, w.Events, w.Interrupt = nil, nil, nil
	if got := w.ran(); !strings.HasPrefix(got, "a b") || strings.Contains(got, "c") {
		t.Fatalf("the run did %s", got)
	}
	w.locked, w.released, w.view.results, w.view.said, w.view.plans = nil, 0, nil, nil, 0
}

// wants fails unless err says text.
func wants(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("the error does not say %q: %v", text, err)
	}
}

func TestApplyPlansAsksAndRuns(t *testing.T) {
	w := newWorkshop(t)
	var asked []string
	w.Confirm = func(question string) bool {
		asked = append(asked, question)
		return w.view.plans == 1
	}
	if err := w.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.ran(); got != "a b c" || len(asked) != 1 ||
		!slices.Equal(w.view.results, []engine.RunState{engine.RunDone}) {
		t.Errorf("%s %v %v", got, asked, w.view.results)
	}
	runs, err := w.Store.Runs(t.Context())
	if err != nil || len(runs) != 1 || runs[0].Who != "me@here" || runs[0].Command != engine.CommandApply {
		t.Errorf("%+v %v", runs, err)
	}
	held, err := w.Store.Leases(t.Context())
	if err != nil || len(held) > 0 || !slices.Equal(w.locked, []string{"database.x"}) || w.released != 1 {
		t.Errorf("%v %v, locked %v, released %d", held, err, w.locked, w.released)
	}
}

func TestApplyRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		with func(*workshop)
		want string
		said string
	}{
		"a hazard": {
			func(w *workshop) { w.provider.hazards = []engine.Hazard{{engine.DeletesData, "rows go"}} },
			"Hazard DELETES_DATA is not allowed", "",
		},
		"an error of the plan": {
			func(w *workshop) { w.provider.problems.Errorf(nil, "It is broken", "") }, "It is broken", "",
		},
		"a no": {
			func(w *workshop) { w.Confirm = func(string) bool { return false } },
			engine.ErrNotDone.Error(), "Nothing was done.",
		},
		"an interrupt while planning": {
			func(w *workshop) {
				stop := make(chan struct{})
				w.Stop, w.provider.inspect = stop, func() { close(stop) }
			},
			engine.ErrNotDone.Error(), "Interrupted. Nothing was changed.",
		},
		"another run with the lock": {
			func(w *workshop) {
				_, err := w.Store.Acquire(context.Background(), "database.x", engine.Holder{Who: "you@there"},
					time.Hour)
				if err != nil {
					panic(err)
				}
			},
			"The lock cannot be taken", "",
		},
		"another run on the server": {
			func(w *workshop) {
				w.LockServer = func(context.Context, context.Context, string, engine.Holder, time.Duration) (
					context.Context, func(), error) {
					return nil, nil, errors.New("somebody works there")
				}
			},
			"The lock cannot be taken: somebody works there", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			c.with(w)
			wants(t, w.Apply(t.Context()), c.want)
			if c.said != "" && !slices.Contains(w.view.said, c.said) {
				t.Errorf("it said %q", w.view.said)
			}
			if got := w.ran(); got != "" || len(w.view.results) > 0 {
				t.Errorf("it ran %s", got)
			}
			if name == "another run with the lock" {
				return
			}
			if held, err := w.Store.Leases(t.Context()); err != nil || len(held) > 0 {
				t.Errorf("it keeps %v %v", held, err)
			}
		})
	}
}

func TestApplyAllowedHazard(t *testing.T) {
	w := newWorkshop(t)
	w.provider.hazards = []engine.Hazard{{engine.DeletesData, "rows go"}}
	w.Options.Allowed = []engine.HazardName{engine.DeletesData}
	if err := w.Apply(t.Context()); err != nil || w.ran() != "a b c" {
		t.Error(err)
	}
}

func TestApplyNothingToDo(t *testing.T) {
	w := newWorkshop(t)
	w.provider.nothing = true
	w.Confirm = func(string) bool { t.Error("it asked"); return true }
	if err := w.Apply(t.Context()); err != nil || w.view.plans != 1 || len(w.view.results) > 0 {
		t.Errorf("%v, %d plans, %v", err, w.view.plans, w.view.results)
	}
}

// TestApplyFails: what failed is put back, and the error names the step.
func TestApplyFails(t *testing.T) {
	w := newWorkshop(t)
	w.provider.fail = map[string]bool{"b": true}
	wants(t, w.Apply(t.Context()), "The step b failed")
	if got := w.ran(); got != "a b undo b undo a" {
		t.Error(got)
	}
}

// TestApplyLosesTheLock: a run whose lock is gone begins nothing more, and says why.
func TestApplyLosesTheLock(t *testing.T) {
	w := newWorkshop(t)
	w.Events = func(e engine.Event) {
		if e.Type == engine.StepStarted && e.Step.ID == "b" {
			w.lose(errors.New("the session ended"))
		}
	}
	wants(t, w.Apply(t.Context()), "The run was stopped: the session ended")
	if got := w.ran(); strings.Contains(got, "c") {
		t.Error(got)
	}
}

// TestApplyStopped: a run that the first interrupt ends has no error of its own.
func TestApplyStopped(t *testing.T) {
	w := newWorkshop(t)
	stop := make(chan struct{})
	w.Stop = stop
	w.Events = func(e engine.Event) {
		if e.Type == engine.StepStarted && e.Step.ID == "a" {
			close(stop)
		}
	}
	if err := w.Apply(t.Context()); !errors.Is(err, engine.ErrNotDone) || w.ran() != "a" {
		t.Error(err)
	}
	if !slices.Equal(w.view.results, []engine.RunState{engine.RunInterrupted}) {
		t.Error(w.view.results)
	}
}

func TestApplyRecoversFirst(t *testing.T) {
	w := newWorkshop(t)
	w.kill(t)
	if err := w.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.ran(); got != "undo b undo a a b c" || !strings.Contains(w.view.said[0], "Putting back run") {
		t.Errorf("%s %q", got, w.view.said)
	}
}

// TestApplyDoesNotGoOnAfterAFailedRecovery: what an earlier run left is still there.
func TestApplyDoesNotGoOnAfterAFailedRecovery(t *testing.T) {
	w := newWorkshop(t)
	w.kill(t)
	w.provider.fail = map[string]bool{"undo a": true}
	wants(t, w.Apply(t.Context()), "Not everything could be put back")
	if got := w.ran(); got != "undo b undo a" || w.view.plans > 0 {
		t.Errorf("%s, %d plans", got, w.view.plans)
	}
}

func TestApplySaved(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*engine.Plan)
		with func(*workshop)
		want string
	}{
		"as it was reviewed": {},
		"another spec": {
			with: func(w *workshop) { w.Options.SpecDigest = "2" },
			want: "The plan is stale: the spec's files changed",
		},
		"changed steps": {
			with: func(w *workshop) { w.provider.statement = ", 1" },
			want: "the step c has different statements",
		},
		"an edited file": {
			edit: func(p *engine.Plan) { p.Steps[2].Statements[0].Text = "SELECT raw" },
			want: "the step c has different statements",
		},
		"a new hazard": {
			with: func(w *workshop) { w.provider.hazards = []engine.Hazard{{engine.DeletesData, "rows go"}} },
			want: "Hazard DELETES_DATA is not allowed",
		},
		"a hazard that the plan allows": {
			edit: func(p *engine.Plan) { p.Allowed = []engine.HazardName{engine.DeletesData} },
			with: func(w *workshop) { w.provider.hazards = []engine.Hazard{{engine.DeletesData, "rows go"}} },
		},
		"a database that is away": {
			with: func(w *workshop) {
				w.provider.unseen = true
				w.provider.problems.Errorf(nil, "It is away", "")
			},
			want: "It is away",
		},
		"no seal": {
			with: func(w *workshop) { w.KeyOf = keyed("k") },
			want: "The plan is not sealed with secret.mask_key",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			w.Confirm = func(string) bool { t.Error("it asked"); return true }
			saved, err := w.Plan(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if c.edit != nil {
				c.edit(saved)
			}
			if c.with != nil {
				c.with(w)
			}
			err = w.ApplySaved(t.Context(), saved)
			if c.want == "" {
				if err != nil || w.ran() != "a b c" || w.view.plans > 0 {
					t.Errorf("%v, %d plans", err, w.view.plans)
				}
				return
			}
			wants(t, err, c.want)
			if got := w.ran(); got != "" {
				t.Errorf("it ran %s", got)
			}
			if c.want == "It is away" && strings.Contains(err.Error(), "stale") {
				t.Errorf("what could not be observed is said to have moved: %v", err)
			}
		})
	}
}

// TestApplySavedTwice: applying a plan changes what it was made from, and who applies it again is told that, once, not
// everything that changed.
func TestApplySavedTwice(t *testing.T) {
	w := newWorkshop(t)
	databases := func(oid string) []engine.Fingerprint {
		return []engine.Fingerprint{
			{Address: "refresh.r", Object: "database app", Digest: oid},
			{Address: "refresh.r", Object: "database app__prev", Digest: oid},
		}
	}
	w.provider.observed = databases("1")
	saved, err := w.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ApplySaved(t.Context(), saved); err != nil {
		t.Fatal(err)
	}
	w.provider.observed = databases("2")
	err = w.ApplySaved(t.Context(), saved)
	wants(t, err, "The plan has already been applied")
	var ds diag.Diagnostics
	if !errors.As(err, &ds) || len(ds) != 1 || w.ran() != "a b c" {
		t.Errorf("%v, ran %s", err, w.ran())
	}

	// A plan that was made since and is stale for another reason names what moved.
	saved, err = w.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.provider.observed = databases("3")
	err = w.ApplySaved(t.Context(), saved)
	wants(t, err, "The plan is stale: 2 things have changed")
	wants(t, err, "- database app changed\n- database app__prev changed")
}

func TestResume(t *testing.T) {
	w := newWorkshop(t)
	wants(t, w.Resume(t.Context()), "there is no interrupted run")
	w.kill(t)
	if err := w.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.ran(); got != "b c" || !strings.Contains(w.view.said[0], "Resuming run") {
		t.Errorf("%s %q", got, w.view.said)
	}
}

func TestResumeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		with func(*workshop)
		want string
	}{
		"another spec": {
			func(w *workshop) { w.Options.SpecDigest = "2" }, "The run cannot be resumed: the spec's files changed",
		},
		"another step":   {func(w *workshop) { w.provider.statement = ", 1" }, "the step c has different statements"},
		"a missing seal": {func(w *workshop) { w.KeyOf = keyed("k") }, "is not sealed with secret.mask_key"},
		"a hazard that nothing allows": {
			func(w *workshop) { w.provider.hazards = []engine.Hazard{{engine.DeletesData, "rows go"}} },
			"Hazard DELETES_DATA is not allowed",
		},
		"a rollback": {
			func(w *workshop) {
				p := plan(refreshStep("back"))
				p.Project = "shop"
				_, err := w.Store.Begin(context.Background(),
					engine.RunInfo{ID: "2", Command: engine.CommandRollback, Started: time.Now()}, p)
				if err != nil {
					panic(err)
				}
			},
			"run 2 is a rollback, which cannot be resumed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			w.kill(t)
			c.with(w)
			wants(t, w.Resume(t.Context()), c.want)
			if got := w.ran(); got != "" {
				t.Errorf("it ran %s", got)
			}
		})
	}
}

func TestRecover(t *testing.T) {
	w := newWorkshop(t)
	if err := w.Recover(t.Context(), false); err != nil || !strings.Contains(w.view.said[0], "Nothing to put back") {
		t.Errorf("%v %q", err, w.view.said)
	}
	w.kill(t)
	if err := w.Recover(t.Context(), false); err != nil || w.ran() != "undo b undo a" {
		t.Error(err)
	}
}

// TestRecoverUnsealed: a journal without the seal that the spec wants is only trusted where that is asked for.
func TestRecoverUnsealed(t *testing.T) {
	w := newWorkshop(t)
	w.kill(t)
	w.KeyOf = keyed("k")
	wants(t, w.Recover(t.Context(), false), "The plan is not sealed with secret.mask_key")
	if got := w.ran(); got != "" {
		t.Error(got)
	}
	if err := w.Recover(t.Context(), true); err != nil || w.ran() != "undo b undo a" {
		t.Error(err)
	}
}

// TestRunsOfOthersAreLeftAlone: those of other projects and environments are named, and not put back.
func TestRunsOfOthersAreLeftAlone(t *testing.T) {
	for want, with := range map[string]func(*workshop){
		`project "shop"`:      func(w *workshop) { w.Options.Project = "other" },
		"no environment":      func(w *workshop) { w.Options.Env = "ci" },
		"Nothing to put back": func(w *workshop) { w.Options.Project = "other" },
	} {
		w := newWorkshop(t)
		w.kill(t)
		with(w)
		if err := w.Recover(t.Context(), false); err != nil || w.ran() != "" {
			t.Error(err)
		}
		if said := strings.Join(w.view.said, "\n"); !strings.Contains(said, want) {
			t.Errorf("%q is not in %s", want, said)
		}
	}
	w := newWorkshop(t)
	w.kill(t)
	w.Named, w.Options.Project = false, "another directory"
	if err := w.Recover(t.Context(), false); err != nil || w.ran() != "undo b undo a" {
		t.Error(err)
	}
}

// TestServersAreLockedWhereDatabasesChange: an export alone works on no target, unless it puts back a run that did.
func TestServersAreLockedWhereDatabasesChange(t *testing.T) {
	w := newWorkshop(t)
	w.Options.Only = engine.OnlyExport
	if err := w.Apply(t.Context()); err != nil || w.ran() != "a b c" || len(w.locked) > 0 {
		t.Errorf("%v, locked %v", err, w.locked)
	}
	w.kill(t)
	if err := w.Recover(t.Context(), false); err != nil || w.ran() == "" || len(w.locked) > 0 {
		t.Errorf("an export put back: %v, locked %v", err, w.locked)
	}
	w.Options.Only = engine.Whole
	w.kill(t)
	w.Options.Only = engine.OnlyExport
	if err := w.Apply(t.Context()); err != nil || len(w.locked) != 1 {
		t.Errorf("%v, locked %v", err, w.locked)
	}
}

// TestResumeGoesOnWithTheHalfOfTheRun: the command names none.
func TestResumeGoesOnWithTheHalfOfTheRun(t *testing.T) {
	w := newWorkshop(t)
	w.Options.Only = engine.OnlyExport
	w.kill(t)
	w.Options.Only = engine.Whole
	if err := w.Resume(t.Context()); err != nil || w.provider.only != engine.OnlyExport || len(w.locked) > 0 {
		t.Errorf("%v, half %q, locked %v", err, w.provider.only, w.locked)
	}
}

func TestRollback(t *testing.T) {
	w := newWorkshop(t)
	w.kill(t)
	back := plan(step("back"))
	shown := false
	w.Confirm = func(string) bool { return shown }
	err := w.Rollback(t.Context(), func(context.Context) (*engine.Plan, error) {
		shown = true
		return back, nil
	})
	if err != nil || w.ran() != "undo b undo a back" || len(w.locked) != 1 {
		t.Errorf("%v, locked %v", err, w.locked)
	}
	err = w.Rollback(t.Context(), func(context.Context) (*engine.Plan, error) { return nil, errors.New("no copy") })
	wants(t, err, "There is nothing to roll back to: no copy")
}
