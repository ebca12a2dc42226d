package postgres_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
)

// TestRanges: a large table is cut into ranges of pages, each an object, read by several connections, and every row is
// there once, also those that the condition of the table chooses; verify = "full" compares all bytes.
func TestRanges(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		for name, ways := range map[string]string{
			"client": "verify = \"full\"\n",
			"server": "verify = \"full\"\n  export = \"server\"\n  import = \"server\"\n",
		} {
			t.Run(name, func(t *testing.T) {
				m := newMoved(t, mode)
				manyPeople(t, m)
				pgtest.Exec(t, m.source, `DELETE FROM people WHERE id BETWEEN 20000 AND 30000`, `ANALYZE people`)
				m.blocks = strings.Replace(m.blocks, `keep = [`, "rows = \"id % 7 <> 0\"\n  keep = [", 1)
				byServer(ways, 0)(m)
				m.staged.size = 1 << 20
				objects := 0
				m.event = once(map[string]string{swapMode: "stage.import", replaceMode: inPlace}[mode],
					engine.StepStarted, func() {
						for _, k := range m.staged.keys() {
							if strings.Contains(k, "public.people.0") {
								objects++
							}
						}
					})
				plan := m.refresh()
				m.sameAnswer(`SELECT count(*), count(DISTINCT id), sum(id) FROM people WHERE id % 7 <> 0`)
				m.want(`SELECT count(*) FROM people WHERE id % 7 = 0 OR email NOT LIKE '%@example.com'`, "0")
				if objects < 5 {
					t.Errorf("the table was staged in %d objects", objects)
				}
				shown := false
				for _, s := range plan.Steps {
					for _, st := range s.Statements {
						shown = shown || strings.Contains(st.Text, "(first page of the range,0)")
					}
				}
				if !shown {
					t.Error("the plan does not show that the table is cut")
				}
				m.staged.clean()
			})
		}
	})
}

// faulty is a bucket of which some calls fail.
type faulty struct {
	stage.Objects
	mu   sync.Mutex
	fail func(call, key string) error
}

func (f *faulty) before(call, key string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fail(call, key)
}

func (f *faulty) Put(ctx context.Context, key string, r io.Reader, encoding string) (int64, string, error) {
	if err := f.before("put", key); err != nil {
		_, _ = io.CopyN(io.Discard, r, 1000)
		return 0, "", err
	}
	return f.Objects.Put(ctx, key, r, encoding)
}

func (f *faulty) Get(ctx context.Context, key, etag string) (io.ReadCloser, error) {
	if err := f.before("get", key); err != nil {
		return nil, err
	}
	return f.Objects.Get(ctx, key, etag)
}

// TestBucketThatFails: whatever the bucket refuses is a clear error, the live copy is as it was, and nothing is left.
func TestBucketThatFails(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		for name, c := range map[string]struct{ call, part, said string }{
			"at the beginning":  {"put", "probe", "writing to s3://"},
			"while rows go in":  {"put", "public.people.0001", "writing s3://"},
			"with the record":   {"put", "public.people.json", "writing the record"},
			"while rows go out": {"get", "public.people.0001", "no such luck"},
		} {
			t.Run(name, func(t *testing.T) {
				m := newMoved(t, mode)
				manyPeople(t, m)
				m.stage().wrap = func(o stage.Objects) stage.Objects {
					return &faulty{Objects: o, fail: func(call, key string) error {
						if call == c.call && strings.Contains(key, c.part) {
							return errors.New("no such luck")
						}
						return nil
					}}
				}
				r, plan := m.plan()
				d := mentions(t, m.fails(r, plan), c.said, "no such luck")
				noValues(t, d.Error())
				m.staged.clean()
			})
		}
	})
}

// TestChangedOnItsWay: an object that is not what was exported never becomes rows.
func TestChangedOnItsWay(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		m := newMoved(t, mode)
		manyPeople(t, m)
		m.stage()
		m.event = once(map[string]string{swapMode: "stage.import", replaceMode: inPlace}[mode], engine.StepStarted,
			func() {
				for _, k := range m.staged.keys() {
					if strings.Contains(k, "public.people.0001") {
						m.staged.edit("s3://"+m.staged.name+"/"+k, func(raw []byte) []byte {
							raw[len(raw)/2] ^= 1
							return raw
						})
					}
				}
			})
		r, plan := m.plan()
		mentions(t, m.fails(r, plan), "is not the object that was exported")
		m.staged.clean()
	})
}

// TestBytesThatChange: a checksum finds what an ETag does not.
func TestBytesThatChange(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		m := newMoved(t, mode)
		manyPeople(t, m)
		m.stage().wrap = func(o stage.Objects) stage.Objects { return &flipping{o} }
		r, plan := m.plan()
		ds := m.fails(r, plan)
		if said := text(ds); !strings.Contains(said, "SHA-256") && !strings.Contains(said, "reading s3://") {
			t.Errorf("%s", said)
		}
		m.staged.clean()
	})
}

// flipping changes a bit near the end of every object with rows.
type flipping struct{ stage.Objects }

func (f *flipping) Get(ctx context.Context, key, etag string) (io.ReadCloser, error) {
	r, err := f.Objects.Get(ctx, key, etag)
	if err != nil || !strings.HasSuffix(key, ".zst") {
		return r, err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	raw[len(raw)-2] ^= 1 // within the checksum of zstd's own, or the last bytes of the rows
	return io.NopCloser(strings.NewReader(string(raw))), nil
}

// TestMaskThatFailsWhileStaging: the mask is named as where rows go straight, by the client and by the server, and no
// value.
func TestMaskThatFailsWhileStaging(t *testing.T) {
	for _, ways := range []string{"", "export = \"server\"\n  import = \"client\"\n"} {
		m := newMoved(t, swapMode)
		pgtest.Exec(t, m.source,
			`CREATE TABLE t (id int PRIMARY KEY, s text); INSERT INTO t VALUES (1, '7')`)
		m.blocks = "table \"public\" \"t\" {\n  keep = [\"id\"]\n  column \"s\" {\n    mask = sql(\"s::int::text\")\n" +
			"  }\n}\n"
		byServer(ways, 0)(m)
		r, plan := m.plan()
		pgtest.Exec(t, m.source, "INSERT INTO t VALUES (2, 'PLANTED one')") // a plan would have tried it
		ds := m.fails(r, plan)
		d := mentions(t, ds, "row_refused", "The mask of public.t.s fails on a row")
		if strings.Contains(text(ds), "PLANTED") || line(d) == "" {
			t.Errorf("%s at %q", text(ds), line(d))
		}
		m.staged.clean()
	}
}

// TestRunsThatAreKilled: a run that ends at any step, without a word, is put back by another process: nothing is left
// in the bucket.
func TestRunsThatAreKilled(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		kinds := []string{"stage.begin", openStep, "stage.export", "stage.import", "stage.remove"}
		if mode == replaceMode {
			kinds = []string{"stage.begin", openStep, "stage.export", inPlace, "stage.remove"}
		}
		for _, kind := range kinds {
			t.Run(kind, func(t *testing.T) {
				m := newMoved(t, mode)
				people(t, m)
				m.stage()
				before := m.state()
				r, plan := m.plan()
				store, err := engine.OpenDir(m.journal, engine.DirOptions{Now: time.Now, Random: rand.Reader})
				if err != nil {
					t.Fatal(err)
				}
				ctx, kill := context.WithCancel(context.Background())
				defer kill()
				// The journal is as a killed process leaves it: the intent of the step is the last that is in it.
				gone := &unwritten{Store: store, kind: kind, plan: plan, kill: kill}
				runner := &engine.Runner{
					Providers:   []engine.Provider{dying{r.provider}},
					Store:       gone,
					Parallelism: 2,
					Now:         time.Now,
				}
				_, _ = runner.Apply(ctx,
					engine.RunInfo{
						ID:      "run-killed",
						Command: "apply",
						Who:     "test",
						Started: time.Now(),
						Project: r.project.Name,
					}, plan)
				r.provider.Close()
				if (kind == "stage.import" || kind == inPlace) && len(m.staged.keys()) == 0 {
					t.Error("nothing was staged when the run was killed")
				}

				again, _, ds := m.tryPlan()
				if ds.HasErrors() && mode == replaceMode {
					t.Fatal(text(ds))
				}
				result, err := (&engine.Runner{
					Providers: []engine.Provider{again.provider},
					Store:     store,
					Now:       time.Now,
				}).Recover(context.Background(), lastRun(t, store))
				if err != nil || result.State != engine.RunRecovered {
					t.Fatalf("%s, %v, %v", result.State, err, result.PutBackErrors)
				}
				m.staged.clean()
				m.noLeftovers()
				if mode == swapMode || kind != "stage.remove" {
					if after := m.state(); fmt.Sprint(after) != fmt.Sprint(before) {
						t.Errorf("the live copy is not as it was")
					}
				}
				m.refresh()
				m.staged.clean()
			})
		}
	})
}

// dying is a provider of a process that does not live to put anything back.
type dying struct{ engine.Provider }

func (dying) PutBack(context.Context, engine.Step, engine.Reporter) error {
	return errors.New("killed")
}

// unwritten is a store whose journal stops when a step of a kind begins, as does the process.
type unwritten struct {
	engine.Store
	kind string
	plan *engine.Plan
	kill func()
}

func (u *unwritten) Begin(ctx context.Context, run engine.RunInfo, plan *engine.Plan) (engine.Journal, error) {
	j, err := u.Store.Begin(ctx, run, plan)
	return &stopped{Journal: j, store: u}, err
}

type stopped struct {
	engine.Journal
	store *unwritten
	mu    sync.Mutex
	dead  bool
}

func (s *stopped) Append(ctx context.Context, r engine.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return errors.New("killed")
	}
	if err := s.Journal.Append(ctx, r); err != nil {
		return err
	}
	for _, step := range s.store.plan.Steps {
		if step.ID == r.Step && step.Kind == s.store.kind && r.Kind == engine.StepIntent {
			s.dead = true
			time.AfterFunc(20*time.Millisecond, s.store.kill)
		}
	}
	return nil
}

// TestStagedMemory: what a table takes in memory does not grow with it.
func TestStagedMemory(t *testing.T) {
	m := newMoved(t, swapMode)
	m.both(`CREATE TABLE blobs (id int PRIMARY KEY, b text)`)
	// Not to be packed, so that an object has many parts.
	pgtest.Exec(t, m.source,
		`INSERT INTO blobs SELECT i, (SELECT string_agg(md5(i::text || k), '') FROM generate_series(1, 300) k)
			FROM generate_series(1, 10000) i; ANALYZE blobs`)
	m.stage()
	// What other tests left must not count, nor garbage as large as that: it is collected early.
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	runtime.GC()
	var peak uint64
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Add(1)
	before := heap()
	go func() {
		defer watching.Done()
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				peak = max(peak, heap())
			}
		}
	}()
	m.refresh()
	close(done)
	watching.Wait()
	m.sameAnswer(`SELECT count(*), sum(length(b)), md5(string_agg(md5(b), '' ORDER BY id)) FROM blobs`)
	// The lab's S3 lives in this process and holds the object and its parts: about 60 MB twice. The SQL parser, which
	// may be loaded or compiled meanwhile, takes some 300 MB.
	if grown := int64(peak) - int64(before); grown > 600<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
}

func heap() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// lastRun reads the last run of a store.
func lastRun(t *testing.T, store engine.Store) *engine.SavedRun {
	t.Helper()
	runs, err := store.Runs(context.Background())
	if err != nil || len(runs) == 0 {
		t.Fatalf("runs: %v %v", runs, err)
	}
	run, err := engine.ReadRun(context.Background(), store, runs[len(runs)-1], nil)
	if err != nil {
		t.Fatal(err)
	}
	return run
}
