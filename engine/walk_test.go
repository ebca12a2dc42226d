package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
)

// scripted is a provider whose steps do as they are told, for the walk alone.
type scripted struct {
	mu       sync.Mutex
	log      []string
	fail     map[string]bool
	block    map[string]chan struct{}
	running  map[string]bool
	overlaps bool
}

func (p *scripted) Name() string { return "scripted" }
func (p *scripted) Inspect(context.Context, engine.Selected) (engine.Observed, diag.Diagnostics) {
	return nil, nil
}
func (p *scripted) Diff(engine.Observed, engine.Selected) (*engine.Draft, diag.Diagnostics) {
	return nil, nil
}
func (p *scripted) Close() {}

func (p *scripted) Execute(ctx context.Context, s engine.Step, r engine.Reporter) error {
	p.mu.Lock()
	p.log = append(p.log, s.ID)
	for _, c := range s.Contends {
		p.overlaps = p.overlaps || p.running[c]
		p.running[c] = true
	}
	fail, block := p.fail[s.ID], p.block[s.ID]
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range s.Contends {
			p.running[c] = false
		}
	}()
	r.Progress(engine.Progress{Rows: 1})
	if engine.RunOf(ctx) == "" {
		return errors.New("the step does not know its run")
	}
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fail {
		return errors.New("told to fail")
	}
	time.Sleep(time.Millisecond)
	return nil
}

func (p *scripted) PutBack(_ context.Context, s engine.Step, _ engine.Reporter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, "undo "+s.ID)
	if p.fail["undo "+s.ID] {
		return errors.New("told to fail")
	}
	return nil
}

func runner(t *testing.T, p *scripted, parallel int) *engine.Runner {
	t.Helper()
	p.running = map[string]bool{}
	return &engine.Runner{
		Providers:   []engine.Provider{p},
		Store:       openDir(t, t.TempDir(), time.Now),
		Parallelism: parallel,
		Now:         time.Now,
	}
}

func step(id string, needs ...string) engine.Step {
	return engine.Step{ID: id, Provider: "scripted", Needs: needs}
}

func plan(steps ...engine.Step) *engine.Plan {
	return &engine.Plan{FormatVersion: engine.FormatVersion, Steps: steps}
}

func TestWalkOrder(t *testing.T) {
	first := step("z")
	first.Priority = -1
	p := &scripted{}
	r := runner(t, p, 1)
	result, err := r.Apply(context.Background(), engine.RunInfo{ID: "1"},
		plan(step("c", "a"), step("a"), step("b"), first))
	if err != nil || result.State != engine.RunDone {
		t.Fatalf("%+v %v", result, err)
	}
	if got := strings.Join(p.log, " "); got != "z a b c" {
		t.Errorf("order %s", got)
	}
}

func TestWalkContendsAndParallel(t *testing.T) {
	var steps []engine.Step
	for i := range 20 {
		s := step(fmt.Sprintf("s%02d", i))
		s.Contends = []string{"acl"}
		steps = append(steps, s)
	}
	p := &scripted{}
	if _, err := runner(t, p, 8).Apply(context.Background(), engine.RunInfo{ID: "1"}, plan(steps...)); err != nil {
		t.Fatal(err)
	}
	if p.overlaps || len(p.log) != 20 {
		t.Errorf("overlap %v, %d steps", p.overlaps, len(p.log))
	}
}

// TestFailureEndsWhatServes: when a step cannot run any more, steps that serve it are not begun, although nothing that
// they need has failed; those that are worth running for themselves are, and what runs already ends.
func TestFailureEndsWhatServes(t *testing.T) {
	serving := func(id string, needs ...string) engine.Step {
		s := step(id, needs...)
		s.Serves = "swap"
		return s
	}
	p := &scripted{fail: map[string]bool{"copy b": true}}
	r := runner(t, p, 1)
	result, err := r.Apply(context.Background(), engine.RunInfo{ID: "1"}, plan(
		step("copy a"), step("copy b"), step("copy c"), step("other"),
		serving("index a", "copy a"), serving("index b", "copy b"), serving("index c", "copy c"),
		step("swap", "index a", "index b", "index c")))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.log, ", "); got != "copy a, copy b, copy c, other" {
		t.Errorf("log %s", got)
	}
	for _, s := range result.Steps {
		if strings.HasPrefix(s.Step.ID, "index") && (s.Outcome != engine.Skipped || s.Because != "copy b") {
			t.Errorf("%s: %v because of %q", s.Step.ID, s.Outcome, s.Because)
		}
	}

	// One that runs when the other fails is left to end, and counts as done.
	release := make(chan struct{})
	p = &scripted{fail: map[string]bool{"copy b": true}, block: map[string]chan struct{}{"index a": release}}
	r = runner(t, p, 2)
	r.Events = func(e engine.Event) {
		if e.Type == engine.StepErrored {
			close(release)
		}
	}
	result, err = r.Apply(context.Background(), engine.RunInfo{ID: "2"}, plan(
		serving("index a"), step("copy b"), serving("index b"), step("swap", "index a", "copy b", "index b")))
	if err != nil || result.Steps[0].Outcome != engine.Done {
		t.Errorf("%+v %v", result, err)
	}
}

// TestFailurePutsBack: what needs the failed step is skipped, independents go on, and what was begun is undone, the
// last first; a put-back that fails leaves the run to recover.
func TestFailurePutsBack(t *testing.T) {
	a, b := step("a"), step("b", "a")
	a.PutBack, b.PutBack = engine.PutBackOnFailure, engine.PutBackAlways
	p := &scripted{fail: map[string]bool{"c": true, "undo a": true}}
	r := runner(t, p, 1)
	result, err := r.Apply(context.Background(), engine.RunInfo{ID: "1"},
		plan(a, b, step("c", "b"), step("d", "c"), step("e", "a")))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(p.log, ", "); got != "a, b, c, e, undo b, undo a" {
		t.Errorf("log %s", got)
	}
	outcome := map[string]engine.Outcome{}
	for _, s := range result.Steps {
		outcome[s.Step.ID] = s.Outcome
	}
	if result.State != engine.RunInterrupted || outcome["d"] != engine.Skipped || outcome["e"] != engine.Done ||
		len(result.PutBackErrors) != 1 {
		t.Errorf("%+v", result)
	}
	p.fail = nil
	p.log = nil
	result, err = r.Recover(context.Background(), saved(t, r))
	if err != nil || result.State != engine.RunRecovered || strings.Join(p.log, ", ") != "undo a" {
		t.Errorf("recover: %+v %v %v", result, err, p.log)
	}
	runs, err := r.Store.Runs(context.Background())
	if err != nil || runs[0].State != engine.RunRecovered {
		t.Errorf("%+v %v", runs, err)
	}
}

// TestInterruptAndResume: the first stage lets running steps finish; resume does the rest, and an atomic set that
// had not finished from its beginning, with what depends on it.
func TestInterruptAndResume(t *testing.T) {
	c1, c2 := step("copy1", "make"), step("copy2", "make")
	c1.Atomic, c2.Atomic = "copy", "copy"
	stop := make(chan struct{})
	release := make(chan struct{})
	p := &scripted{block: map[string]chan struct{}{"index1": release}}
	r := runner(t, p, 1)
	r.Stop = stop
	r.Events = func(e engine.Event) {
		if e.Type == engine.StepStarted && e.Step.ID == "index1" {
			close(stop)
			close(release)
		}
	}
	reviewed := plan(step("make"), c1, step("index1", "copy1"), c2, step("last", "copy2", "index1"))
	reviewed.Steps[2].Priority = -1 // before copy2
	result, err := r.Apply(context.Background(), engine.RunInfo{ID: "1"}, reviewed)
	if err != nil || result.State != engine.RunInterrupted || strings.Join(p.log, " ") != "make copy1 index1" {
		t.Fatalf("%+v %v %v", result.State, err, p.log)
	}
	p.log, p.block, r.Stop, r.Events = nil, nil, nil, nil
	result, err = r.Resume(context.Background(), saved(t, r), reviewed)
	if err != nil || result.State != engine.RunDone || strings.Join(p.log, " ") != "copy1 index1 copy2 last" {
		t.Errorf("resume: %v %v %v", result.State, err, p.log)
	}
}

// TestCancelled: the second stage ends running steps; they count as not started, and what was changed for a while is
// put back.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	a, b := step("a"), step("b", "a")
	a.PutBack = engine.PutBackAlways
	p := &scripted{block: map[string]chan struct{}{"b": make(chan struct{})}}
	r := runner(t, p, 1)
	r.Events = func(e engine.Event) {
		if e.Type == engine.StepStarted && e.Step.ID == "b" {
			cancel()
		}
	}
	result, err := r.Apply(ctx, engine.RunInfo{ID: "1"}, plan(a, b))
	if err != nil || result.State != engine.RunInterrupted || strings.Join(p.log, " ") != "a b undo a" {
		t.Errorf("%+v %v %v", result, err, p.log)
	}
}
