package e2e

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
)

// halt makes a run wait at a record of its journal, which is in a database. What it waits in is the server's
// transaction, so that a kill comes exactly when a record is on disk, or when it is not.
type halt struct {
	t *testing.T
	w *world
	c *pgx.Conn
}

// lock is what a halted record waits for, while this test has it.
const lock = 4711

// halted keeps the journal of a project in a database of staging's server.
func (w *world) halted(t *testing.T, p *project) *halt {
	t.Helper()
	p.env["SHOJI_JOURNAL_URL"] = need[string](t)(w.Superuser("staging", "postgres"))
	c := need[*pgx.Conn](t)(pgx.Connect(context.Background(), p.env["SHOJI_JOURNAL_URL"]))
	h := &halt{t: t, w: w, c: c}
	t.Cleanup(func() {
		h.t = t
		h.exec("DROP SCHEMA IF EXISTS shoji, halt CASCADE")
		_ = c.Close(context.Background())
	})
	h.exec("DROP SCHEMA IF EXISTS shoji, halt CASCADE")
	h.exec(`CREATE SCHEMA halt; CREATE TABLE halt.at (step text, kind text);
		CREATE FUNCTION halt.wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF EXISTS (SELECT FROM halt.at WHERE step = NEW.record->>'step' AND kind = NEW.record->>'kind') THEN PERFORM
				pg_advisory_xact_lock(` + fmt.Sprint(lock) + `); END IF;
			RETURN NEW;
		END $$`)
	return h
}

func (h *halt) exec(sql string) {
	h.t.Helper()
	if _, err := h.c.Exec(context.Background(), sql); err != nil {
		h.t.Fatalf("%s: %v", sql, err)
	}
}

// kill starts a command and ends it with kill -9 at a record of a step. Only an intent gets into the journal then.
func (h *halt) kill(p *project, step string, kind engine.RecordKind, args ...string) {
	h.t.Helper()
	ctx := context.Background()
	h.exec("CREATE OR REPLACE TRIGGER wait BEFORE INSERT ON shoji.record FOR EACH ROW EXECUTE FUNCTION halt.wait()")
	h.exec(fmt.Sprintf("DELETE FROM halt.at; SELECT pg_advisory_lock(%d)", lock))
	if _, err := h.c.Exec(ctx, "INSERT INTO halt.at VALUES ($1, $2)", step, string(kind)); err != nil {
		h.t.Fatal(err)
	}
	defer h.exec("DELETE FROM halt.at; SELECT pg_advisory_unlock_all(); DELETE FROM shoji.lease") // as its minute ends
	defer p.watch()()
	cmd := p.command(args...)
	cmd.Stdout, cmd.Stderr = &p.said, &p.said
	from := p.said.Len()
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var waits int
	for waits == 0 {
		select {
		case err := <-ended:
			h.t.Fatalf("the run ended before it came to %s of %s: %v\n%s", kind, step, err,
				last(p.said.String()[from:]))
		case <-time.After(10 * time.Millisecond):
		}
		if err := h.c.QueryRow(ctx,
			"SELECT coalesce(max(pid), 0) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted",
			lock).Scan(&waits); err != nil {
			h.t.Fatal(err)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		h.t.Error(err)
	}
	if exit := (*exec.ExitError)(nil); !errors.As(<-ended, &exit) || exit.ExitCode() != -1 {
		h.t.Error("the run was not killed")
	}
	if kind != engine.StepIntent {
		h.exec(fmt.Sprintf("SELECT pg_terminate_backend(%d)", waits))
	}
	h.exec("SELECT pg_advisory_unlock_all()")
	for there := true; there; time.Sleep(time.Millisecond) {
		if err := h.c.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)", waits).
			Scan(&there); err != nil {
			h.t.Fatal(err)
		}
	}
}

// begun are the steps of the last run that recover has to put back, in its order.
func (h *halt) begun(plan *engine.Plan) (out []string) {
	h.t.Helper()
	rows, err := h.c.Query(context.Background(),
		"SELECT record->>'step' FROM shoji.record WHERE run = (SELECT max(id) FROM shoji.run) AND record->>'kind' = "+
			"'step_intent' ORDER BY n DESC")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, id := range need[[]string](h.t)(pgx.CollectRows(rows, pgx.RowTo[string])) {
		if slices.ContainsFunc(plan.Steps, func(s engine.Step) bool {
			return s.ID == id && s.PutBack != engine.PutBackNever
		}) {
			out = append(out, id)
		}
	}
	return out
}
