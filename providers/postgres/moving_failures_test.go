package postgres_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
)

// The kinds of the steps that tests wait for.
const (
	openStep   = "transfer.open"
	copyStep   = "transfer.copy"
	verifyStep = "transfer.verify"
	inPlace    = "replace.run"
)

// copying is the kind of the step that moves rows in a mode, opening that of the one that reads the source first.
func copying(mode string) string {
	return map[string]string{swapMode: copyStep, replaceMode: inPlace}[mode]
}

func opening(mode string) string {
	return map[string]string{swapMode: openStep, replaceMode: inPlace}[mode]
}

// inBothModes runs a test for each mode.
func inBothModes(t *testing.T, f func(t *testing.T, mode string)) {
	for _, mode := range []string{swapMode, replaceMode} {
		t.Run(mode, func(t *testing.T) { t.Parallel(); f(t, mode) })
	}
}

// people is a source with 500 rows, and a live copy with a row of before.
func people(t testing.TB, m *moved) {
	t.Helper()
	peopleOf(t, m, 500)
}

// manyPeople has rows enough that a copy takes a while, and says that it goes on.
func manyPeople(t testing.TB, m *moved) {
	t.Helper()
	peopleOf(t, m, 60000)
}

func peopleOf(t testing.TB, m *moved, n int) {
	t.Helper()
	m.both(`CREATE TABLE people (id int PRIMARY KEY, email text, note text); CREATE SEQUENCE numbers`)
	pgtest.Exec(t, m.source,
		`INSERT INTO people SELECT i, 'person' || i || '@secret.example', repeat('x', 100) FROM generate_series(1, `+
			strconv.Itoa(n)+`) i; SELECT setval('numbers', 500); ANALYZE people`)
	if m.mode == swapMode {
		pgtest.Exec(t, m.target,
			`CREATE TABLE people (id int PRIMARY KEY, email text, note text); CREATE SEQUENCE numbers`)
	}
	pgtest.Exec(t, m.target, `INSERT INTO people VALUES (1, 'the good old copy', 'x')`)
	m.blocks = `table "public" "people" {
  keep = ["id", "note"]
  column "email" { mask = email() }
}`
}

// TestSourceThatMoved: a schema that changed between plan and apply is named by the comparison of plans, and one that
// changes after that stops the run inside of the transaction that exports.
func TestSourceThatMoved(t *testing.T) {
	changes := map[string]string{
		"a column was added":   `ALTER TABLE people ADD phone text`,
		"a column is gone":     `ALTER TABLE people DROP note`,
		"a type changed":       `ALTER TABLE people ALTER id TYPE bigint`,
		"a table was added":    `CREATE TABLE more (id int)`,
		"a table is gone":      `DROP TABLE people`,
		"a column was renamed": `ALTER TABLE people RENAME note TO remark`,
	}
	said := map[string]string{
		"a column was added":   "column public.people.phone was added",
		"a column is gone":     "column public.people.note is gone",
		"a type changed":       `column public.people.id was "integer not null" and is "bigint not null"`,
		"a table was added":    "table public.more was added",
		"a table is gone":      "table public.people is gone",
		"a column was renamed": "column public.people.remark was added",
	}
	inBothModes(t, func(t *testing.T, mode string) {
		for name, change := range changes {
			t.Run(name, func(t *testing.T) {
				m := newMoved(t, mode)
				people(t, m)
				r, saved := m.plan()
				// After apply's start: the transaction that exports says what moved.
				m.event = once(opening(mode), engine.StepStarted, func() { pgtest.Exec(t, m.source, change) })
				d := mentions(t, m.fails(r, saved), "source_moved", said[name])
				noValues(t, d.Detail)
				// Between plan and apply: the fresh plan does.
				fresh, _ := open(t, m.spec()).build()
				stale := engine.Stale(saved, fresh)
				mentions(t, stale, "plan_stale",
					map[bool]string{true: "people", false: "more"}[name != "a table was added"])
			})
		}
	})
}

// TestStaleTarget: also what moved on the target is named.
func TestStaleTarget(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		m := newMoved(t, mode)
		people(t, m)
		r, saved := m.plan()
		again, ds := r.build()
		if ds.HasErrors() || len(engine.Stale(saved, again)) > 0 {
			t.Fatalf("nothing moved, and still: %s%s", text(ds), text(engine.Stale(saved, again)))
		}
		if mode == replaceMode {
			pgtest.Exec(t, m.target, `ALTER TABLE people ADD extra int`)
		} else {
			pgtest.Exec(t, m.on("postgres"),
				`ALTER DATABASE `+sqltext.Ident(m.live())+` RENAME TO `+sqltext.Ident(m.live()+"_x"),
				`CREATE DATABASE `+sqltext.Ident(m.live()))
			defer pgtest.Exec(t, m.on("postgres"), `DROP DATABASE `+sqltext.Ident(m.live()+"_x"))
		}
		fresh, _ := r.build()
		want := map[string]string{
			swapMode:    "database " + m.live(),
			replaceMode: "columns of public.people of database.staging",
		}[mode]
		mentions(t, engine.Stale(saved, fresh), "plan_stale", want, "changed")
	})
}

// TestSourceGoesAway: sessions that are ended, and a server that crashes, in the middle of a copy.
func TestSourceGoesAway(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		t.Run("sessions are ended", func(t *testing.T) {
			m := newMoved(t, mode)
			manyPeople(t, m)
			m.event = once(copying(mode), rowsMove, func() { endSessions(t, m.source) })
			r, plan := m.plan()
			noValues(t, mentions(t, m.fails(r, plan), "people").Error())
		})
		t.Run("the server crashes", func(t *testing.T) {
			_, staging := pgtest.Pair(t)
			prod := pgtest.Own(t, map[string]string{"synchronous_commit": "on"})
			m := newMovedOn(t, mode, prod, staging)
			manyPeople(t, m)
			m.event = once(copying(mode), rowsMove, func() {
				if err := prod.Crash(context.Background()); err != nil {
					t.Error(err)
				}
			})
			r, plan := m.plan()
			noValues(t, text(m.fails(r, plan)))
			// After that, it all goes on.
			if err := prod.Restart(context.Background()); err != nil {
				t.Fatal(err)
			}
			m.event = nil
			m.refresh()
			m.want(`SELECT count(*) FROM people WHERE email LIKE '%@example.com'`, "60000")
		})
		t.Run("before the copy", func(t *testing.T) {
			m := newMoved(t, mode)
			manyPeople(t, m)
			m.event = once(copying(mode), engine.StepStarted, func() { endSessions(t, m.source) })
			r, plan := m.plan()
			if mode == swapMode { // the snapshot is held by a session that was ended
				m.fails(r, plan)
				return
			}
			if result, ds := m.run(r, plan); result.State != engine.RunDone { // nothing was open yet
				t.Errorf("%s: %s", result.State, text(ds))
			}
		})
	})
}

// TestTargetGoesAway: the same on the other side.
func TestTargetGoesAway(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		t.Run("sessions are ended", func(t *testing.T) {
			m := newMoved(t, mode)
			manyPeople(t, m)
			m.event = once(copying(mode), rowsMove, func() {
				database := m.live()
				if mode == swapMode {
					database += "__next"
				}
				endSessions(t, m.on(database))
			})
			r, plan := m.plan()
			noValues(t, text(m.fails(r, plan)))
		})
		t.Run("the server crashes", func(t *testing.T) {
			prod, _ := pgtest.Pair(t)
			staging := pgtest.Own(t, map[string]string{"synchronous_commit": "on"})
			m := newMovedOn(t, mode, prod, staging)
			manyPeople(t, m)
			before := m.state()
			m.event = once(copying(mode), rowsMove, func() {
				if err := staging.Crash(context.Background()); err != nil {
					t.Error(err)
				}
			})
			r, plan := m.plan()
			result, ds := m.run(r, plan)
			if result.State == engine.RunDone || !ds.HasErrors() {
				t.Fatalf("%s: %s", result.State, text(ds))
			}
			noValues(t, text(ds))
			if err := staging.Restart(context.Background()); err != nil {
				t.Fatal(err)
			}
			if after := m.state(); fmt.Sprint(before) != fmt.Sprint(after) {
				t.Errorf("the live copy is not as it was: %v, %v", before, after)
			}
			// The half-built copy could not be dropped then; the next run does it.
			m.event = nil
			m.refresh()
			m.want(`SELECT count(*) FROM people WHERE email LIKE '%@example.com'`, "60000")
			m.noLeftovers()
		})
	})
}

// endSessions ends all sessions of a database but the one that asks.
func endSessions(t testing.TB, url string) {
	pgtest.Rows(t, url,
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
			AND pid <> pg_backend_pid() AND application_name LIKE 'shoji%'`)
}

func noValues(t testing.TB, text string) {
	t.Helper()
	if strings.Contains(text, "secret.example") || strings.Contains(text, "person1") {
		t.Errorf("a value of a row in %q", text)
	}
}

// TestRollback: the previous copy is kept, can be made live again, and that can be undone.
func TestRollback(t *testing.T) {
	t.Parallel()
	m := newMoved(t, swapMode)
	people(t, m)
	m.refresh()
	m.want(`SELECT count(*) FROM people`, "500")
	kept := m.on(m.live() + "__prev")
	if got := pgtest.Rows(t, kept, `SELECT email FROM people`); len(got) != 1 || got[0] != "the good old copy" {
		t.Fatalf("the previous copy holds %v", got)
	}
	back := func() {
		t.Helper()
		r := open(t, m.spec())
		plan, err := r.provider.PlanRollback(context.Background(), r.project.Refreshes[0])
		if err != nil {
			t.Fatal(err)
		}
		if result, ds := m.run(r, plan); result.State != engine.RunDone {
			t.Fatal(text(ds))
		}
	}
	back()
	m.want(`SELECT email FROM people`, "the good old copy")
	back()
	m.want(`SELECT count(*) FROM people`, "500")
	// The refresh after that keeps the last copy, and drops the one before.
	pgtest.Exec(t, m.source, `DELETE FROM people WHERE id > 10`)
	m.refresh()
	m.want(`SELECT count(*) FROM people`, "10")
	if got := pgtest.Rows(t, kept, `SELECT count(*) FROM people`); got[0] != "500" {
		t.Errorf("the previous copy holds %v rows", got)
	}
	m.noLeftovers()
}

func TestNothingToRollBackTo(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		m := newMoved(t, mode)
		m.both(`CREATE TABLE one (id int)`)
		r := open(t, m.spec())
		if _, err := r.provider.PlanRollback(context.Background(), r.project.Refreshes[0]); err == nil ||
			!strings.Contains(err.Error(), "othing to roll back to") {
			t.Errorf("got %v", err)
		}
	})
}

// TestConnectedAtSwap: sessions on the live copy are ended, or waited for; whoever does not go is named and nothing is
// changed.
func TestConnectedAtSwap(t *testing.T) {
	t.Run("terminate", func(t *testing.T) {
		t.Parallel()
		m := newMoved(t, swapMode)
		people(t, m)
		somebody := pgtest.Connect(t, m.target)
		if _, err := somebody.Exec(t.Context(), `BEGIN; SELECT * FROM people`); err != nil {
			t.Fatal(err)
		}
		m.refresh()
		m.want(`SELECT count(*) FROM people`, "500")
		if err := somebody.Ping(t.Context()); err == nil {
			t.Error("the session is still there")
		}
	})
	t.Run("wait for one that stays", func(t *testing.T) {
		t.Parallel()
		m := newMoved(t, swapMode)
		people(t, m)
		m.arguments = `disconnect = "wait"`
		somebody := pgtest.Connect(t, m.target)
		r, plan := m.plan()
		m.event = func(e engine.Event) {
			if e.Step != nil && e.Step.Kind == (swap.Swap{}).Kind() && e.Type == engine.StepStarted {
				if _, err := somebody.Exec(context.Background(),
					`SET application_name = 'somebody at work'`); err != nil {
					t.Error(err)
				}
			}
		}
		mentions(t, m.fails(r, plan), "somebody at work")
		if err := somebody.Ping(t.Context()); err != nil {
			t.Errorf("the session was ended: %v", err)
		}
	})
	t.Run("wait for one that goes", func(t *testing.T) {
		t.Parallel()
		m := newMoved(t, swapMode)
		people(t, m)
		m.arguments = `disconnect = "wait"`
		somebody := pgtest.Connect(t, m.target)
		m.event = once(swap.Swap{}.Kind(), engine.StepStarted, func() {
			time.AfterFunc(500*time.Millisecond, func() { _ = somebody.Close(context.Background()) })
		})
		m.refresh()
		m.want(`SELECT count(*) FROM people`, "500")
	})
}

// TestRowSecurityOfTheSource: an export that rows are hidden from is an error, at plan and inside of the export, never
// a short copy.
func TestRowSecurityOfTheSource(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		prepare := func(t *testing.T) *moved {
			m := newMoved(t, mode)
			people(t, m)
			prod, _ := pgtest.Pair(t)
			reader := pgtest.Role(t, prod, "")
			pgtest.Exec(t, m.source,
				`GRANT SELECT ON ALL TABLES IN SCHEMA public TO `+reader+
					`; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO `+reader)
			t.Cleanup(func() { pgtest.Exec(t, m.source, `DROP OWNED BY `+reader) })
			m.from = pgtest.As(t, m.source, reader)
			return m
		}
		const security = `CREATE POLICY few ON people USING (id < 10); ALTER TABLE people ENABLE ROW LEVEL SECURITY`
		t.Run("at plan", func(t *testing.T) {
			m := prepare(t)
			pgtest.Exec(t, m.source, security)
			_, _, ds := m.tryPlan()
			mentions(t, ds, "Row-level security would hide rows", "public.people", "BYPASSRLS")
		})
		t.Run("after the plan", func(t *testing.T) {
			m := prepare(t)
			r, plan := m.plan()
			m.event = once(opening(mode), engine.StepStarted, func() { pgtest.Exec(t, m.source, security) })
			mentions(t, m.fails(r, plan), "row-level security")
		})
		t.Run("forced on the owner", func(t *testing.T) {
			m := prepare(t)
			prod, _ := pgtest.Pair(t)
			owner := pgtest.Role(t, prod, "")
			pgtest.Exec(t, m.source, `ALTER TABLE people OWNER TO `+owner, security,
				`ALTER TABLE people FORCE ROW LEVEL SECURITY; GRANT SELECT ON SEQUENCE numbers TO `+owner)
			t.Cleanup(func() { pgtest.Exec(t, m.source, `DROP OWNED BY `+owner) })
			m.from = pgtest.As(t, m.source, owner)
			_, _, ds := m.tryPlan()
			mentions(t, ds, "Row-level security would hide rows", "owns them, but FORCE ROW LEVEL SECURITY",
				`ALTER TABLE "public"."people" NO FORCE ROW LEVEL SECURITY;`)
			pgtest.Exec(t, m.source, `ALTER TABLE people NO FORCE ROW LEVEL SECURITY`)
			m.refresh()
			m.want(`SELECT count(*) FROM people`, "500")
		})
	})
}

// TestOrdinaryRoles: SELECT on the tables is enough on the source, and no superuser is needed on the target.
func TestOrdinaryRoles(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		m := newMoved(t, mode)
		people(t, m)
		prod, staging := pgtest.Pair(t)
		reader, refresher := pgtest.Role(t, prod, ""), pgtest.Role(t, staging, "CREATEDB")
		pgtest.Exec(t, m.source, `GRANT SELECT ON people TO `+reader)
		t.Cleanup(func() { pgtest.Exec(t, m.source, `DROP OWNED BY `+reader) })
		pgtest.Exec(t, m.target,
			`ALTER DATABASE `+sqltext.Ident(m.live())+` OWNER TO `+refresher+`; ALTER TABLE people OWNER TO `+refresher+
				`; ALTER SEQUENCE numbers OWNER TO `+refresher+`; GRANT ALL ON SCHEMA public TO `+refresher)
		m.from, m.to = pgtest.As(t, m.source, reader), pgtest.As(t, m.target, refresher)
		m.refresh()
		m.want(`SELECT count(*) FROM people WHERE email LIKE '%@example.com'`, "500")
	})
}

// TestRowSecurityOfTheTarget: rows cannot be copied into a live table whose policies apply to the user. What helps
// depends on whether they apply to the owner too.
func TestRowSecurityOfTheTarget(t *testing.T) {
	const security = `CREATE POLICY few ON people USING (id < 10); ALTER TABLE people ENABLE ROW LEVEL SECURITY;`
	for name, c := range map[string]struct {
		owned, forced bool
		says          []string
		not           string
	}{
		"of somebody else": {
			says: []string{"Connect as their owner or as a role with BYPASSRLS."},
			not:  "FORCE",
		},
		"forced on the owner": {
			owned: true, forced: true,
			says: []string{"owns them, but FORCE", `ALTER TABLE "public"."people" NO FORCE ROW LEVEL SECURITY;`},
			not:  "owner or as",
		},
		"forced, and of somebody else": {
			forced: true,
			says:   []string{"or as their owner; FORCE", `ALTER TABLE "public"."people" NO FORCE ROW LEVEL SECURITY;`},
			not:    "owns them",
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMoved(t, replaceMode)
			people(t, m)
			_, staging := pgtest.Pair(t)
			user := pgtest.Role(t, staging, "")
			t.Cleanup(func() { pgtest.Exec(t, m.target, `DROP OWNED BY `+user) })
			pgtest.Exec(t, m.target, security, `GRANT ALL ON people, numbers TO `+user)
			if c.forced {
				pgtest.Exec(t, m.target, `ALTER TABLE people FORCE ROW LEVEL SECURITY`)
			}
			if c.owned {
				pgtest.Exec(t, m.target, `ALTER TABLE people OWNER TO `+user)
			}
			m.to = pgtest.As(t, m.target, user)
			_, _, ds := m.tryPlan()
			d := mentions(t, ds, append(c.says, "Row security stands in the way", "public.people")...)
			if strings.Contains(d.Detail, c.not) {
				t.Errorf("%q is no help: %s", c.not, d.Detail)
			}
		})
	}
}

// TestFailedCopyStopsBuilding: once one table cannot be filled, the copy can never be swapped in. The other tables are
// still filled, so that every fault of the data is reported at once, and nothing is built on them.
func TestFailedCopyStopsBuilding(t *testing.T) {
	m := newMoved(t, swapMode)
	pgtest.Exec(t, m.source, `
		CREATE TABLE bad (id int PRIMARY KEY, n int);
		CREATE TABLE worse (id int PRIMARY KEY, n int CHECK (n < 10));
		CREATE TABLE good (id int PRIMARY KEY, note text);
		CREATE INDEX good_note ON good (note);
		CREATE TABLE part (id int PRIMARY KEY, good int REFERENCES good);
		CREATE MATERIALIZED VIEW seen AS SELECT count(*) FROM good;
		INSERT INTO bad VALUES (1, 5);
		INSERT INTO worse VALUES (1, 0);
		INSERT INTO good SELECT i, repeat('x', 200) FROM generate_series(1, 50000) i;
		INSERT INTO part SELECT i, i FROM generate_series(1, 50000) i`)
	m.blocks = `
table "public" "bad" {
  keep = ["id"]
  column "n" { mask = sql("1 / (n - 1)") }
}
table "public" "worse" {
  keep = ["id"]
  column "n" { mask = sql("n + 9") }
}
table "public" "good" { keep = ["id", "note"] }
table "public" "part" { keep = ["id", "good"] }
`
	r, plan := m.plan()
	pgtest.Exec(t, m.source, `UPDATE bad SET n = 1; UPDATE worse SET n = 1`) // the plan would have found it
	ds := m.fails(r, plan)
	mentions(t, ds, "The mask of public.bad.n fails on a row")
	mentions(t, ds, "worse_n_check")

	store, err := engine.OpenDir(m.journal, engine.DirOptions{Now: time.Now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	runs, err := store.Runs(context.Background())
	if err != nil || len(runs) != 1 {
		t.Fatalf("%v %v", runs, err)
	}
	kept, records, err := store.Read(context.Background(), runs[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{}
	for _, s := range kept.Steps {
		kinds[s.ID] = s.Kind
	}
	var ended []string
	failed := false
	for _, rec := range records {
		switch {
		case rec.Kind == engine.StepFailed:
			failed = true
			ended = append(ended, rec.Step)
		case rec.Kind == engine.StepDone && kinds[rec.Step] == copyStep:
			ended = append(ended, rec.Step)
		case rec.Kind == engine.StepIntent && failed && kinds[rec.Step] != copyStep:
			t.Errorf("%s was begun after a table could not be filled", rec.Step)
		}
	}
	slices.Sort(ended)
	want := []string{
		"refresh.r.copy[public.bad]", "refresh.r.copy[public.good]", "refresh.r.copy[public.part]",
		"refresh.r.copy[public.worse]",
	}
	if d := cmp.Diff(want, ended); d != "" {
		t.Errorf("the tables that were tried (-want +got):\n%s", d)
	}
}
