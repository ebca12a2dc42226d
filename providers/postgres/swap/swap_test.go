package swap

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// small gives a source of one table.
func small(t testing.TB) string {
	t.Helper()
	u := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, u, "CREATE TABLE who AS SELECT 'new'::text AS am_i")
	return u
}

func (r *refreshing) putBack(d Draft, run op.Run) {
	r.t.Helper()
	for _, s := range d.Steps {
		if s.PutBack != engine.PutBackOnFailure {
			continue
		}
		o, err := decode(s)
		if err != nil {
			r.t.Fatal(err)
		}
		for range 2 { // also where there is nothing left to do
			if err := o.(op.Undoer).Undo(context.Background(), r.env(run)); err != nil {
				r.t.Fatal(err)
			}
		}
	}
}

// built applies everything but the swap, which it gives.
func (r *refreshing) built(run op.Run) engine.Step {
	r.t.Helper()
	draft, diags := r.plan()
	if diags.HasErrors() {
		r.t.Fatal(diags)
	}
	last := draft.Steps[len(draft.Steps)-1]
	if err := r.apply(draft.Steps[:len(draft.Steps)-1], run, 1); err != nil {
		r.t.Fatal(err)
	}
	return last
}

func (r *refreshing) who(database string) string {
	r.t.Helper()
	rows := pgtest.Rows(r.t, r.url(database), "SELECT am_i FROM who")
	return strings.Join(rows, ",")
}

// Sessions that come back again and again do not keep the swap from happening, and see the old
// copy or the new one, nothing else.
func TestSwapUnderConnectedSessions(t *testing.T) {
	r := newRefreshing(t, small(t), "busy_live")
	r.live("old")
	step := r.built(op.Run{ID: "one"})
	ctx, cancel := context.WithCancel(context.Background())
	var sawOld, sawNew, other atomic.Int64
	finished := make(chan struct{})
	for range 3 {
		go func() {
			defer func() { finished <- struct{}{} }()
			for ctx.Err() == nil {
				c, err := r.connect(ctx, r.names.Live)
				if err != nil {
					continue // being renamed
				}
				for ctx.Err() == nil {
					var who string
					if err := c.QueryRow(ctx, "SELECT am_i FROM who").Scan(&who); err != nil {
						break
					}
					switch who {
					case "old":
						sawOld.Add(1)
					case "new":
						sawNew.Add(1)
					default:
						other.Add(1)
					}
				}
				_ = c.Close(context.Background())
			}
		}()
	}
	for sawOld.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	err := r.execute(context.Background(), step, op.Run{ID: "one"})
	for until := time.Now().Add(5 * time.Second); sawNew.Load() == 0 && time.Now().Before(until); {
		time.Sleep(time.Millisecond)
	}
	cancel()
	for range 3 {
		<-finished
	}
	if err != nil {
		t.Fatal(err)
	}
	if sawNew.Load() == 0 || other.Load() > 0 {
		t.Errorf("saw old %d, new %d, other %d times", sawOld.Load(), sawNew.Load(), other.Load())
	}
	if got := r.who(r.names.Previous); got != "old" {
		t.Errorf("the previous copy says %q", got)
	}
}

// A run that dies between any two statements of the swap leaves the old copy live.
func TestKilledBetweenEachStatementOfTheSwap(t *testing.T) {
	r := newRefreshing(t, small(t), "killed_live")
	r.live("older")
	r.refreshNow("zero")
	pgtest.Exec(t, r.url(r.names.Live), "UPDATE who SET am_i = 'old'")
	step := r.built(op.Run{ID: "one"})
	var p Swap
	if err := json.Unmarshal(step.Params, &p); err != nil {
		t.Fatal(err)
	}
	statements := p.renames(Mark{Run: "one"}, Mark{Run: "one"})
	if len(statements) != 5 {
		t.Fatalf("%d statements: %v", len(statements), statements)
	}
	for n := range len(statements) + 1 {
		ctx := context.Background()
		c, err := r.maintenance(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := runSQL(ctx, c, "BEGIN"); err != nil {
			t.Fatal(err)
		}
		for _, sql := range statements[:n] {
			if err := runSQL(ctx, c, sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
		pid := c.PgConn().PID()
		admin := pgtest.Connect(t, r.server.AdminURL("postgres"))
		if _, err := admin.Exec(ctx, "SELECT pg_terminate_backend($1, 10000)", pid); err != nil {
			t.Fatal(err)
		}
		_ = c.Close(ctx)
		if got := r.who(r.names.Live); got != "old" {
			t.Fatalf("killed after %d statements: the live copy says %q", n, got)
		}
		if s := r.status(); !s.Next.Exists || !s.Previous.Exists || s.Old.Exists {
			t.Fatalf("killed after %d statements: %+v", n, s)
		}
	}
	if err := r.execute(context.Background(), step, op.Run{ID: "one"}); err != nil {
		t.Fatal(err)
	}
	if got := r.who(r.names.Live) + " " + r.who(r.names.Previous); got != "new old" {
		t.Errorf("in the end: %s", got)
	}
}

func TestSessionsThatMayNotBeEnded(t *testing.T) {
	r := newRefreshing(t, small(t), "held_live")
	r.live("old")
	step := r.built(op.Run{ID: "one"})
	super := pgtest.Connect(t, r.server.AdminURL(r.names.Live))
	err := r.execute(context.Background(), step, op.Run{ID: "one"})
	if err == nil || !strings.Contains(err.Error(), "shoji_admin") || !strings.Contains(err.Error(), "superuser") {
		t.Fatalf("got %v", err)
	}
	if got := r.who(r.names.Live); got != "old" {
		t.Errorf("the live copy says %q", got)
	}
	var one int
	if err := super.QueryRow(context.Background(), "SELECT 1").Scan(&one); err != nil {
		t.Errorf("the other session was hurt: %v", err)
	}
	if _, diags := r.plan(); !strings.Contains(diags.Error(), "cannot be ended") {
		t.Errorf("the next plan does not warn: %v", diags)
	}
}

func TestWaitForSessions(t *testing.T) {
	r := newRefreshing(t, small(t), "waiting_live")
	r.refresh.Disconnect = "wait"
	r.live("old")
	step := r.built(op.Run{ID: "one"})
	var p Swap
	if err := json.Unmarshal(step.Params, &p); err != nil {
		t.Fatal(err)
	}
	user, err := r.connect(context.Background(), r.names.Live)
	if err != nil {
		t.Fatal(err)
	}
	e := r.env(op.Run{ID: "one"})
	err = p.run(context.Background(), e, 500*time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "still connected") || !strings.Contains(err.Error(), r.user) {
		t.Fatalf("got %v", err)
	}
	if err := user.Ping(context.Background()); err != nil {
		t.Fatalf("the session was ended: %v", err)
	}
	time.AfterFunc(300*time.Millisecond, func() { _ = user.Close(context.Background()) })
	if err := p.run(context.Background(), e, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	if got := r.who(r.names.Live); got != "new" {
		t.Errorf("the live copy says %q", got)
	}
}

func TestCancelledSwapChangesNothing(t *testing.T) {
	r := newRefreshing(t, small(t), "cancelled_live")
	r.refresh.Disconnect = "wait"
	r.live("old")
	step := r.built(op.Run{ID: "one"})
	pgtest.Connect(t, r.url(r.names.Live))
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if err := r.execute(ctx, step, op.Run{ID: "one"}); err == nil {
		t.Fatal("no error")
	}
	if got := r.who(r.names.Live); got != "old" {
		t.Errorf("the live copy says %q", got)
	}
}

func TestRollbackAndBack(t *testing.T) {
	r := newRefreshing(t, small(t), "rolling_live")
	rollback := func() error {
		o, err := Rollback{Names: r.names, Refresh: r.refresh.Address()}.For(r.status())
		if err != nil {
			return err
		}
		for range 2 { // again, as after an interruption: the copies are exchanged once
			if err := o.Run(context.Background(), r.env(op.Run{})); err != nil {
				return err
			}
		}
		return nil
	}
	r.live("old")
	pgtest.Exec(t, r.url("postgres"), "COMMENT ON DATABASE "+sqltext.Ident(r.names.Live)+" IS 'ask Ann'")
	if err := rollback(); err == nil || !strings.Contains(err.Error(), "no previous copy") {
		t.Errorf("without a previous copy: got %v", err)
	}
	r.refreshNow("one")
	pgtest.Connect(t, r.url(r.names.Live)) // somebody is connected
	for _, want := range []string{"old new", "new old"} {
		if err := rollback(); err != nil {
			t.Fatal(err)
		}
		if got := r.who(r.names.Live) + " " + r.who(r.names.Previous); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		s := r.status()
		if s.Live.Comment != "ask Ann" || s.Live.Mark.State != Live || s.Previous.Mark.State != Previous {
			t.Errorf("marks: %+v", s)
		}
	}
	if err := rollback(); err != nil {
		t.Fatal(err)
	}
	planned, err := Rollback{Names: r.names, Refresh: r.refresh.Address()}.For(r.status())
	if err != nil {
		t.Fatal(err)
	}
	// The next refresh keeps what was rolled back to, and says what it drops.
	if s := r.status(); !s.Live.Mark.Foreign || s.Previous.Mark.Foreign {
		t.Errorf("after a rollback the live copy is the one that no refresh made: %+v", s)
	}
	r.refreshNow("two")
	err = planned.Run(context.Background(), r.env(op.Run{}))
	if err == nil || !strings.Contains(err.Error(), "have changed since") {
		t.Errorf("a rollback of other copies: got %v", err)
	}
	draft, _ := r.plan()
	want := []engine.Hazard{{
		Name:   engine.DeletesData,
		Reason: "rolling_live__prev is what rolling_live was before the first refresh, and is dropped after this one",
	}}
	if diff := cmp.Diff(want, draft.Hazards); diff != "" {
		t.Error(diff)
	}
}
