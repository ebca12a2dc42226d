package e2e

import (
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// TestInterruptsWhilePuttingBack: a cluster that AWS does not let go for long holds nobody who ends the run. What is
// still there is said, and recover removes it.
func TestInterruptsWhilePuttingBack(t *testing.T) {
	w, p := shared, shared.refreshed(t)
	busy := make(chan struct{}, 1)
	w.during(t, func(c cloud.Call) error {
		switch c.Operation {
		case "DeleteDBCluster":
			select {
			case busy <- struct{}{}:
			default:
			}
			return &cloud.Error{Code: "InvalidDBClusterStateFault", Message: "The cluster is busy.", Status: 400}
		case "AddRoleToDBCluster":
			return &cloud.Error{Code: "InternalFailure", Message: "no", Status: 400}
		}
		return nil
	})
	for _, args := range [][]string{{"apply", "-auto-approve"}, {"recover"}} {
		from := p.said.Len()
		cmd := p.command(args...)
		cmd.Stdout, cmd.Stderr = &p.said, &p.said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case <-busy:
		case err := <-ended:
			t.Fatalf("%s ended before it put anything back: %v\n%s", args[0], err, last(p.said.String()[from:]))
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("%s: %v", args[0], err)
			}
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
			t.Errorf("%s survived", args[0])
		}
		said := strings.Join(strings.Fields(strings.ReplaceAll(p.said.String()[from:], "│", "")), " ")
		for _, want := range []string{
			"Not everything was put back", "Still to be put back: refresh.nightly.clone",
			"shoji recover puts them back",
		} {
			if !strings.Contains(said, want) {
				t.Errorf("%s does not say %q:\n%s", args[0], want, last(p.said.String()[from:]))
			}
		}
		select { // of the process that ended
		case <-busy:
		default:
		}
	}
	w.during(t, nil)
	p.ok("recover")
	w.clean(t)
	w.arrived(t)
}
