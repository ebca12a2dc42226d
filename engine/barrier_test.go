package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/engine"
)

func barrier(id string, needs ...string) engine.Step {
	s := step(id, needs...)
	s.Kind = engine.KindBarrier
	return s
}

// loaded is a plan of two copies of one snapshot, a barrier after them, and another after that.
func loaded() *engine.Plan {
	a, b := step("a"), step("b")
	a.Atomic, b.Atomic = "data", "data"
	return plan(a, b, step("apart"), barrier("rows", "a", "b"), barrier("ready", "rows"), step("c", "ready"),
		step("d", "ready"))
}

// TestABarrierDoesNothing: what waits for a barrier begins after all that the barrier waits for, and neither a
// provider, an event, a result nor the journal knows of it.
func TestABarrierDoesNothing(t *testing.T) {
	p := &scripted{}
	r := runner(t, p, 2)
	ticks := make(chan time.Time)
	r.Ticks = func() (<-chan time.Time, func()) { return ticks, func() {} }
	var told []string
	counted := 0
	r.Events = func(e engine.Event) {
		if e.Step != nil {
			told = append(told, e.Step.ID)
		}
		switch {
		case e.Type == engine.StepStarted && e.Step.ID == "c":
			ticks <- time.Now()
		case e.Type == engine.Beat:
			counted = e.Heartbeat.Steps.Total
		}
	}
	result, err := r.Apply(context.Background(), engine.RunInfo{ID: "1"}, loaded())
	if err != nil || result.State != engine.RunDone {
		t.Fatalf("%+v %v", result, err)
	}
	for _, after := range []string{"c", "d"} {
		for _, before := range []string{"a", "b"} {
			if slices.Index(p.log, before) > slices.Index(p.log, after) {
				t.Errorf("%s began before %s", after, before)
			}
		}
	}
	_, records, err := r.Store.Read(context.Background(), "1")
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range records {
		told = append(told, rec.Step)
	}
	for _, s := range result.Steps {
		told = append(told, s.Step.ID)
	}
	for _, id := range slices.Concat(told, p.log) {
		if id == "rows" || id == "ready" {
			t.Errorf("%s is told of: %v, %v", id, told, p.log)
		}
	}
	if len(p.log) != 5 || len(result.Steps) != 5 || counted != 5 {
		t.Errorf("%v, %d results, %d steps of a heartbeat", p.log, len(result.Steps), counted)
	}
}

// TestAFailureBeforeABarrier: what waits for the barrier is skipped because of the step that failed.
func TestAFailureBeforeABarrier(t *testing.T) {
	p := &scripted{fail: map[string]bool{"b": true}}
	r := runner(t, p, 1)
	skipped := map[string]string{}
	r.Events = func(e engine.Event) {
		if e.Type == engine.StepSkipped {
			skipped[e.Step.ID] = e.Text
		}
	}
	result, err := r.Apply(context.Background(), engine.RunInfo{ID: "1"}, loaded())
	if err != nil || result.State != engine.RunFailed {
		t.Fatalf("%+v %v", result, err)
	}
	if len(skipped) != 2 || skipped["c"] != "b failed" || skipped["d"] != "b failed" {
		t.Errorf("skipped: %v", skipped)
	}
	for _, s := range result.Steps {
		if s.Outcome == engine.Skipped && s.Because != "b" {
			t.Errorf("%s was skipped because of %s", s.Step.ID, s.Because)
		}
	}
}

// TestResumingAtABarrier: whether a barrier has succeeded follows from the journal of the steps before it. What was
// done behind it is done again where those before it are.
func TestResumingAtABarrier(t *testing.T) {
	for _, c := range []struct{ stopped, resumed string }{
		{"a", "a b c d"},     // one of the snapshot's copies is missing: both are made again
		{"b", "c d"},         // all that the barrier waits for is done
		{"c", "d"},           // and so is one that waits for it
		{"apart", "a b c d"}, // nothing is done that it waits for
	} {
		stop := make(chan struct{})
		p := &scripted{}
		r := runner(t, p, 1)
		r.Stop = stop
		r.Events = func(e engine.Event) {
			if e.Type == engine.StepSucceeded && e.Step.ID == c.stopped {
				close(stop)
			}
		}
		reviewed := loaded()
		reviewed.Steps[2].Priority = -1 // apart begins first
		result, err := r.Apply(context.Background(), engine.RunInfo{ID: "1"}, reviewed)
		if err != nil || result.State != engine.RunInterrupted {
			t.Fatalf("stopped after %s: %+v %v", c.stopped, result, err)
		}
		p.log, r.Stop, r.Events = nil, nil, nil
		result, err = r.Resume(context.Background(), saved(t, r), reviewed)
		if err != nil || result.State != engine.RunDone || strings.Join(p.log, " ") != c.resumed {
			t.Errorf("stopped after %s: %s %v %v", c.stopped, result.State, err, p.log)
		}
	}
}

// TestAStepIsNoBarrier: a journal or a plan file in which a step that does something was made a barrier is refused.
func TestAStepIsNoBarrier(t *testing.T) {
	fresh := loaded()
	edited := loaded()
	edited.Steps[5].Kind = engine.KindBarrier
	_, ds := resolve(t, edited, fresh, engine.Providers{&lenient{}})
	if !ds.HasErrors() || !strings.Contains(ds.Err().Error(), "the step c has different statements") {
		t.Errorf("got %v", ds)
	}
	stop := make(chan struct{})
	p := &scripted{}
	r := runner(t, p, 1)
	r.Stop = stop
	close(stop)
	if _, err := r.Apply(context.Background(), engine.RunInfo{ID: "1"}, edited); err != nil {
		t.Fatal(err)
	}
	_, err := r.Resume(context.Background(), saved(t, r), fresh)
	var refused interface{ HasErrors() bool }
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "the step c has different statements") {
		t.Errorf("got %v", err)
	}
}
