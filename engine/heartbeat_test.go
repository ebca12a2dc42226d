package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
)

// clock is a time that stands still until a test moves it on, and then ticks.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	ticks chan time.Time
}

func newClock() *clock {
	return &clock{at: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), ticks: make(chan time.Time)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	c.at = c.at.Add(d)
	at := c.at
	c.mu.Unlock()
	c.ticks <- at
}

// moving is a provider whose steps report the rows that a test sends, and end when it says so.
type moving struct {
	scripted
	reports map[string]chan engine.Progress
}

func (m *moving) Execute(_ context.Context, s engine.Step, r engine.Reporter) error {
	for p := range m.reports[s.ID] {
		if p.Rows < 0 {
			return errors.New("told to fail")
		}
		r.Progress(p)
	}
	return nil
}

// TestHeartbeats: at each tick, a run says how far it has come, how fast rows move, and how long the rest of them
// takes.
func TestHeartbeats(t *testing.T) {
	p := &moving{reports: map[string]chan engine.Progress{}}
	rows := map[string]int64{"a": 1000, "b": 400, "c": 0}
	var steps []engine.Step
	for _, id := range []string{"a", "b", "c"} {
		p.reports[id] = make(chan engine.Progress)
		s := step(id)
		s.Rows = rows[id]
		steps = append(steps, s)
	}
	steps[2].Needs = []string{"a", "b"}
	time0 := newClock()
	r := runner(t, &p.scripted, 1)
	r.Providers, r.Now = engine.Providers{p}, time0.Now
	r.Ticks = func() (<-chan time.Time, func()) { return time0.ticks, func() {} }
	beats, events := make(chan engine.Heartbeat), make(chan engine.Event, 100)
	r.Events = func(e engine.Event) {
		if e.Type == engine.Beat {
			beats <- *e.Heartbeat
			return
		}
		events <- e
	}
	ended := make(chan engine.Result)
	go func() {
		result, err := r.Apply(context.Background(), engine.RunInfo{ID: "1"}, plan(steps...))
		if err != nil {
			t.Error(err)
		}
		ended <- result
	}()
	beat := func(d time.Duration) engine.Heartbeat {
		go time0.pass(d)
		return <-beats
	}
	say := func(id string, rows ...int64) {
		for _, n := range rows {
			p.reports[id] <- engine.Progress{Rows: n, Bytes: 10 * n}
		}
		p.reports[id] <- engine.Progress{} // the one before has arrived
	}

	say("a", 100)
	h := beat(10 * time.Second)
	want := "running 10s: 0 of 3 done, 1 running; 100 of 1400 rows, 10/s, 2m10s left; a (1): 100 of 1000, 1m30s left"
	if d := cmp.Diff(want, describe(h)); d != "" {
		t.Error(d)
	}
	// nothing happens, and that is said too
	h = beat(10 * time.Second)
	want = "running 20s: 0 of 3 done, 1 running; 100 of 1400 rows, 5/s, 4m20s left; a (1): 100 of 1000, 3m0s left"
	if d := cmp.Diff(want, describe(h)); d != "" {
		t.Error(d)
	}
	// the estimate was too small: a table has what it has
	say("a", 1200)
	h = beat(10 * time.Second)
	want = "running 30s: 0 of 3 done, 1 running; 1200 of 1600 rows, 40/s, 10s left; a (1): 1200 of 1200, 0s left"
	if d := cmp.Diff(want, describe(h)); d != "" {
		t.Error(d)
	}
	close(p.reports["a"])
	say("b", 40)
	h = beat(10 * time.Second)
	if h.Moved.Rows != 1240 || h.Moved.TotalRows != 1600 || h.Steps.Done != 1 || h.Running[0].Number != 2 {
		t.Errorf("%+v", h)
	}
	close(p.reports["b"])
	// the last step moves none: the rows are across, and no time for them is left
	p.reports["c"] <- engine.Progress{}
	h = beat(10 * time.Second)
	if h.Moved.Rows != 1240 || h.Moved.TotalRows != 1240 || h.Moved.Left != 0 || h.Steps.Done != 2 {
		t.Errorf("%+v", h)
	}
	close(p.reports["c"])
	if result := <-ended; result.State != engine.RunDone {
		t.Error(result.State)
	}
	close(events)
	var got []string
	for e := range events {
		text := string(e.Type)
		if e.Step != nil {
			text += fmt.Sprintf(" %s %d/%d %d", e.Step.ID, e.Number, e.Total, e.Progress.Rows)
		}
		got = append(got, text)
	}
	if d := cmp.Diff([]string{
		"activity_start", "step_start a 1/3 0", "step_complete a 1/3 1200", "step_start b 2/3 0",
		"step_complete b 2/3 40", "step_start c 3/3 0", "step_complete c 3/3 0", "activity_complete",
	}, got); d != "" {
		t.Errorf("no event more than these, whatever the steps report: %s", d)
	}
}

func describe(h engine.Heartbeat) string {
	text := fmt.Sprintf("%s %s: %d of %d done, %d running; %d of %d rows, %.0f/s, %s left", h.Activity,
		h.Elapsed, h.Steps.Done, h.Steps.Total, h.Steps.Running, h.Moved.Rows, h.Moved.TotalRows, h.Moved.RowsPerSecond,
		h.Moved.Left)
	for _, r := range h.Running {
		text += fmt.Sprintf("; %s (%d): %d of %d, %s left", r.Step.ID, r.Number, r.Moved.Rows, r.Moved.TotalRows,
			r.Moved.Left)
	}
	return text
}

// TestHeartbeatsWithoutAnEstimate: where a table's rows are unknown, no time left is invented.
func TestHeartbeatsWithoutAnEstimate(t *testing.T) {
	p := &moving{reports: map[string]chan engine.Progress{"a": make(chan engine.Progress)}}
	a := step("a")
	a.Rows = -1
	time0 := newClock()
	r := runner(t, &p.scripted, 1)
	r.Providers, r.Now = engine.Providers{p}, time0.Now
	r.Ticks = func() (<-chan time.Time, func()) { return time0.ticks, func() {} }
	beats := make(chan engine.Heartbeat)
	r.Events = func(e engine.Event) {
		if e.Type == engine.Beat {
			beats <- *e.Heartbeat
		}
	}
	ended := make(chan error)
	go func() {
		_, err := r.Apply(context.Background(), engine.RunInfo{ID: "1"}, plan(a))
		ended <- err
	}()
	p.reports["a"] <- engine.Progress{Rows: 50}
	p.reports["a"] <- engine.Progress{Rows: 50}
	go time0.pass(10 * time.Second)
	h := <-beats
	if h.Moved.Rows != 50 || h.Moved.RowsPerSecond != 5 || h.Moved.Left != 0 || h.Running[0].Moved.TotalRows != 0 {
		t.Errorf("%+v", h)
	}
	close(p.reports["a"])
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestEveryActivityBeats: taking locks, planning, running and putting back are said to begin and to end, and beat.
func TestEveryActivityBeats(t *testing.T) {
	w := newWorkshop(t)
	w.provider.fail = map[string]bool{"c": true}
	ticks := make(chan time.Time)
	w.Ticks = func() (<-chan time.Time, func()) { return ticks, func() {} }
	var got []string
	w.Events = func(e engine.Event) {
		if e.Heartbeat != nil && e.Type != engine.Beat {
			got = append(got, string(e.Type)+" "+string(e.Heartbeat.Activity))
		}
	}
	w.provider.inspect = func() { ticks <- time.Now() } // somebody listens while a provider is at work
	if err := w.Apply(t.Context()); err == nil {
		t.Fatal("the run ended well")
	}
	var want []string
	for _, a := range []engine.Activity{engine.Locking, engine.Planning, engine.Running, engine.PuttingBack} {
		want = append(want, "activity_start "+string(a), "activity_complete "+string(a))
	}
	if !slices.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
}
