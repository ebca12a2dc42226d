package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shoji-pg/shoji/engine"
)

// slow is a provider whose putting back of one step takes its time. deaf does not even end when its context does.
type slow struct {
	scripted
	undoing string
	deaf    bool
	begun   chan struct{}
}

func (p *slow) PutBack(ctx context.Context, s engine.Step, r engine.Reporter) error {
	if s.ID != p.undoing {
		return p.scripted.PutBack(ctx, s, r)
	}
	close(p.begun)
	if p.deaf {
		time.Sleep(time.Hour)
	}
	<-ctx.Done()
	return ctx.Err()
}

// TestAnInterruptEndsPuttingBack: what is left is said, the journal has it, and recover does the rest.
func TestAnInterruptEndsPuttingBack(t *testing.T) {
	for name, deaf := range map[string]bool{"a step that ends with its context": false, "a step that does not": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b, c := step("a"), step("b", "a"), step("c", "b")
				a.PutBack, b.PutBack, c.PutBack = engine.PutBackAlways, engine.PutBackOnFailure, engine.PutBackOnFailure
				p := &slow{
					scripted: scripted{fail: map[string]bool{"d": true}, running: map[string]bool{}},
					undoing:  "b",
					deaf:     deaf,
					begun:    make(chan struct{}),
				}
				interrupt := make(chan struct{})
				r := &engine.Runner{
					Providers:   []engine.Provider{p},
					Store:       openDir(t, t.TempDir(), time.Now),
					Parallelism: 1,
					Now:         time.Now,
					Interrupt:   func() <-chan struct{} { return interrupt },
				}
				go func() {
					<-p.begun
					time.Sleep(time.Minute)
					close(interrupt)
				}()
				started := time.Now()
				result, err := r.Apply(context.Background(), engine.RunInfo{ID: "1"}, plan(a, b, c, step("d", "c")))
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(started) - time.Minute; took > 10*time.Second {
					t.Errorf("it ended %s after the interrupt", took)
				}
				if got := strings.Join(p.log, ", "); got != "a, b, c, d, undo c" ||
					result.State != engine.RunInterrupted {
					t.Errorf("%s: %s", result.State, got)
				}
				said := fmt.Sprint(result.Diagnostics())
				for _, want := range []string{"Still to be put back: b, a.", "shoji recover puts them back"} {
					if !strings.Contains(said, want) {
						t.Errorf("%q is not in %s", want, said)
					}
				}
				p.undoing, p.log, interrupt = "", nil, nil
				result, err = r.Recover(context.Background(), saved(t, r))
				if err != nil || result.State != engine.RunRecovered || strings.Join(p.log, ", ") != "undo b, undo a" {
					t.Errorf("recover: %s %v %v", result.State, err, p.log)
				}
				time.Sleep(2 * time.Hour) // what was abandoned
			})
		})
	}
}
