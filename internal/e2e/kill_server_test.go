package e2e

import (
	"context"
	"errors"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// TestAServerThatGoesOnAfterAKill: nobody tells a server that the process is gone which asked it for an export. It
// writes what it was about to write, unless it is ended before what is staged is removed.
func TestAServerThatGoesOnAfterAKill(t *testing.T) {
	w := shared
	for _, from := range []string{"a clone", "the source"} {
		t.Run(from, func(t *testing.T) {
			p := w.refreshed(t)
			if from == "the source" {
				p.edit("project.shoji.hcl",
					"clone {\n    class           = \"db.r6g.large\"\n    parameter_group = parameter_group.clone\n  }",
					"")
			}
			cmd := p.command("apply", "-auto-approve")
			var mu sync.Mutex
			written, dead, removed := 0, false, false
			w.during(t, func(c cloud.Call) error {
				mu.Lock()
				removed = removed || dead && c.Operation == "ListMultipartUploads"
				if c.By != "" && c.Operation == "CreateMultipartUpload" {
					written++
				}
				kill := written == 3 && !dead
				dead = dead || kill
				mu.Unlock()
				if !kill {
					return nil
				}
				_ = cmd.Process.Kill()
				return w.held(t, from == "a clone", func() bool {
					mu.Lock()
					defer mu.Unlock()
					return removed
				})
			})
			out, err := cmd.CombinedOutput()
			p.said.Write(out)
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != -1 {
				t.Fatalf("the run was not killed: %v\n%s", err, last(string(out)))
			}
			p.ok("recover")
			w.during(t, nil)
			time.Sleep(100 * time.Millisecond) // for what is on its way
			w.clean(t)
			w.arrived(t)
			p.secretless()
		})
	}
}

// held keeps a call of production's server, or of its clone's, until what is staged was removed, or until the server
// that makes it is gone.
func (w *world) held(t *testing.T, clone bool, removed func() bool) error {
	for range 500 {
		switch {
		case removed():
			time.Sleep(50 * time.Millisecond) // removing comes first
			return nil
		case clone && len(w.copies(t, "prod")) == 2,
			!clone &&
				w.count(t, "prod",
					"SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%query_export_to_s3%' "+
						"AND pid <> pg_backend_pid()") == 0:
			return cloud.ErrDropped
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("nothing was removed")
	return cloud.ErrDropped
}

// TestAServerThatGoesOnMakingADatabaseAfterAKill: CREATE DATABASE takes its time, and nobody marks what it makes.
func TestAServerThatGoesOnMakingADatabaseAfterAKill(t *testing.T) {
	w := shared
	p := w.refreshed(t)
	ctx := context.Background()
	c := need[*pgx.Conn](t)(pgx.Connect(ctx, need[string](t)(w.Superuser("staging", "postgres"))))
	defer func() { _ = c.Close(ctx) }()
	tx := need[pgx.Tx](t)(c.Begin(ctx))
	// who copies it waits
	need[pgconn.CommandTag](t)(tx.Exec(ctx, "ALTER DATABASE template0 RENAME TO template0_not_now"))
	cmd := p.command("apply", "-auto-approve")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waits := func() bool {
		return w.count(t, "staging",
			"SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%' "+
				"AND wait_event_type = 'Lock'") > 0
	}
	w.until(t, waits)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if !waits() {
		t.Error("the server does not go on")
	}
	p.ok("recover")
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	w.until(t, func() bool { return !waits() })
	time.Sleep(200 * time.Millisecond) // for what it makes
	w.clean(t)
	p.ok("apply", "-auto-approve")
	w.arrived(t)
}
