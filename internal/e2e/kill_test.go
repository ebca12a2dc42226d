package e2e

import (
	"errors"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// killed starts an apply, and ends it with kill -9 at the nth call of an operation: before it is carried out, or before its answer arrives.
// by is the service that calls, "" for shoji itself.
func (p *project) killed(operation, by string, nth int, carriedOut bool) {
	p.t.Helper()
	cmd := p.command("apply", "-auto-approve")
	var mu sync.Mutex
	seen, dead := 0, false
	p.w.during(p.t, func(c cloud.Call) error {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case dead && by == "" && c.By == "":
			return cloud.ErrDropped // what was under way when it died
		case dead || c.Operation != operation || c.By != by:
			return nil
		}
		if seen++; seen < nth {
			return nil
		}
		dead = true
		if err := cmd.Process.Kill(); err != nil {
			p.t.Error(err)
		}
		switch {
		case by != "": // the server goes on without us
			return nil
		case carriedOut:
			return cloud.ErrLostAnswer
		}
		return cloud.ErrDropped
	})
	out, err := cmd.CombinedOutput()
	p.said.Write(out)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != -1 {
		p.t.Fatalf("the run was not killed at call %d of %s: %v\n%s", nth, operation, err, last(string(out)))
	}
	p.w.during(p.t, nil)
}

// TestKilledAnywhere ends the program with kill -9 in each kind of step, recovers, and finds nothing left but the copy that was there.
// That a kill at every single call leaves nothing is held by the packages of the steps.
func TestKilledAnywhere(t *testing.T) {
	w, p := shared, shared.refreshed(t)
	for _, c := range []struct {
		name, operation, by string
		nth                 int
		carriedOut          bool
	}{
		{"when the clone is made and nobody heard of it", "RestoreDBClusterToPointInTime", "", 1, true},
		{"when its instance is made and nobody heard of it", "CreateDBInstance", "", 1, true},
		{"while the clone's server exports", "CompleteMultipartUpload", "rds.amazonaws.com", 2, true},
		{"while staging's server imports", "GetObject", "rds.amazonaws.com", 3, true},
		{"while what is staged is removed", "DeleteObjects", "", 1, false},
		{"while the clone is removed", "DeleteDBCluster", "", 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.t = t
			before := w.count(t, "staging", "SELECT count(*) FROM customers")
			p.killed(c.operation, c.by, c.nth, c.carriedOut)
			out := p.ok("recover")
			if !strings.Contains(out, "Putting back run") {
				t.Errorf("nothing was put back:\n%s", last(out))
			}
			for range 20 { // what the server was told before the kill can arrive after it
				if len(w.staged(t)) == 0 {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
			w.clean(t)
			if after := w.count(t, "staging", "SELECT count(*) FROM customers"); after != before {
				t.Errorf("the copy had %d customers and has %d", before, after)
			}
		})
	}
	p.t = t
	p.ok("apply", "-auto-approve")
	w.arrived(t)
	w.clean(t)
	p.secretless()
}
