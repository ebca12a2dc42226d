// Package storetest holds what every journal store must do, for the tests of each backend.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/engine"
)

// Run tests a kind of store. open returns a store on the same data each time, with now as its clock.
func Run(t *testing.T, open func(t *testing.T, now func() time.Time) engine.Store) {
	t.Helper()
	ctx := context.Background()
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	now := func() time.Time { return clock }
	s := open(t, now)
	plan := &engine.Plan{FormatVersion: engine.FormatVersion, Project: "p", Steps: []engine.Step{{ID: "a"}, {ID: "b"}}}

	if runs, err := s.Runs(ctx); err != nil || len(runs) != 0 {
		t.Fatalf("an empty store has runs: %v %v", runs, err)
	}
	j, err := s.Begin(ctx, engine.RunInfo{ID: "r1", Command: "apply", Who: "a@b", Started: clock, Project: "p"}, plan)
	if err != nil {
		t.Fatal(err)
	}
	add := func(j engine.Journal, r engine.Record) {
		t.Helper()
		r.FormatVersion, r.Time = engine.JournalVersion, clock
		if err := j.Append(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	add(j, engine.Record{Kind: engine.StateChanged, State: engine.RunRunning})
	add(j, engine.Record{Kind: engine.StepIntent, Step: "a"})
	add(j, engine.Record{Kind: engine.StepDone, Step: "a", Data: []byte(`{"rows":3}`)})
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, now)
	got, records, err := s.Read(ctx, "r1")
	if err != nil || len(got.Steps) != 2 || len(records) != 3 || records[1].Step != "a" ||
		records[2].Kind != engine.StepDone {
		t.Fatalf("reading: %v %+v %v", got, records, err)
	}
	if runs, err := s.Runs(ctx); err != nil || len(runs) != 1 || runs[0].State != engine.RunRunning {
		t.Fatalf("runs: %+v %v", runs, err)
	}
	j, err = s.Continue(ctx, "r1")
	if err != nil {
		t.Fatal(err)
	}
	add(j, engine.Record{Kind: engine.StateChanged, State: engine.RunDone})
	_ = j.Close()
	if runs, err := s.Runs(ctx); err != nil || runs[0].State != engine.RunDone || !runs[0].Ended.Equal(clock) {
		t.Fatalf("runs: %+v %v", runs, err)
	}
	if err := s.Forget(ctx, "r1"); err != nil {
		t.Fatal(err)
	}
	if runs, err := s.Runs(ctx); err != nil || len(runs) != 0 {
		t.Errorf("a run that was removed is listed: %+v %v", runs, err)
	}
	if _, _, err := s.Read(ctx, "r1"); err == nil {
		t.Error("a run that was removed was read")
	}
	if _, _, err := s.Read(ctx, "none"); err == nil {
		t.Error("a run that there is not was read")
	}
	leases(ctx, t, s, func(d time.Duration) { clock = clock.Add(d) })
}

func leases(ctx context.Context, t *testing.T, s engine.Store, pass func(time.Duration)) {
	t.Helper()
	me := engine.Holder{Who: "a@one", PID: 1, Operation: "apply"}
	you := engine.Holder{Who: "b@two", PID: 2, Operation: "apply"}
	l, err := s.Acquire(ctx, "database.x", me, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var held *engine.HeldError
	if _, err := s.Acquire(ctx, "database.x", you, time.Minute); !errors.As(err, &held) || held.Holder.Who != "a@one" ||
		held.Holder.ID == "" {
		t.Fatalf("a second lease: %v", err)
	}
	other, err := s.Acquire(ctx, "database.y", you, time.Minute)
	if err != nil {
		t.Fatalf("a lease on another target: %v", err)
	}
	pass(50 * time.Second)
	if err := l.Renew(ctx); err != nil {
		t.Fatal(err)
	}
	pass(50 * time.Second)
	if _, err := s.Acquire(ctx, "database.x", you, time.Minute); !errors.As(err, &held) {
		t.Errorf("a renewed lease was taken over: %v", err)
	}
	if list, err := s.Leases(ctx); err != nil || len(list) != 1 {
		t.Errorf("leases: %+v %v", list, err)
	}
	pass(time.Minute)
	taken, err := s.Acquire(ctx, "database.x", you, time.Minute)
	if err != nil {
		t.Fatalf("an expired lease was not taken over: %v", err)
	}
	if err := l.Renew(ctx); !errors.Is(err, engine.ErrLeaseLost) {
		t.Errorf("a lost lease was renewed: %v", err)
	}
	if err := l.Release(ctx); err != nil {
		t.Errorf("releasing a lost lease: %v", err)
	}
	list, err := s.Leases(ctx)
	if err != nil || len(list) != 1 || list[0].Who != "b@two" {
		t.Fatalf("the loser released the winner's lease: %+v %v", list, err)
	}
	if err := s.Break(ctx, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Break(ctx, "nothing"); err == nil {
		t.Error("a lock that there is not was broken")
	}
	if err := taken.Renew(ctx); !errors.Is(err, engine.ErrLeaseLost) {
		t.Errorf("a broken lease was renewed: %v", err)
	}
	_ = other.Release(ctx)
	race(ctx, t, s)
}

// race has many callers acquire a lease at once, of which one gets it.
func race(ctx context.Context, t *testing.T, s engine.Store) {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 8 {
		wg.Go(func() {
			_, err := s.Acquire(ctx, "database.race", engine.Holder{Who: fmt.Sprintf("x@host%d", i), PID: i + 10},
				time.Minute)
			var held *engine.HeldError
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case !errors.As(err, &held):
				t.Errorf("acquiring: %v", err)
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d of 8 got the lease", won)
	}
}
