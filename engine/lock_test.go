package engine_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shoji-pg/shoji/engine"
)

// TestTheLockIsHeldWhilePuttingBack: a run that was cancelled still works on its target until it releases the lock.
func TestTheLockIsHeldWhilePuttingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		s := openDir(t, t.TempDir(), time.Now)
		held, release, err := engine.Hold(ctx, ctx, s, "database.x",
			engine.Holder{Who: "a@h1", PID: 5, Operation: "apply", Since: time.Now()}, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		<-held.Done()
		time.Sleep(10 * time.Minute)
		if _, err := s.Acquire(context.Background(), "database.x", engine.Holder{Who: "b@h2", PID: 6},
			time.Minute); err == nil || !strings.Contains(err.Error(), "a@h1") {
			t.Errorf("two held it: %v", err)
		}
		release()
		if _, err := s.Acquire(context.Background(), "database.x", engine.Holder{Who: "b@h2", PID: 6},
			time.Minute); err != nil {
			t.Error(err)
		}
	})
}
