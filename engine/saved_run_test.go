package engine_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/internal/secret"
)

// saved reads the last run of a runner's store.
func saved(t *testing.T, r *engine.Runner) *engine.SavedRun {
	t.Helper()
	runs, err := r.Store.Runs(context.Background())
	if err != nil || len(runs) == 0 {
		t.Fatalf("runs: %v %v", runs, err)
	}
	run, err := engine.ReadRun(context.Background(), r.Store, runs[len(runs)-1], r.KeyOf)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// keyed is the key of every refresh.
func keyed(text string) engine.KeyOf {
	return func(string) (*sealed.Key, error) {
		return &sealed.Key{Address: "secret.mask_key", Value: secret.New(strings.Repeat(text, 32))}, nil
	}
}

// killed is a sealed run that was killed in its second step, in a directory.
func killed(t *testing.T, of engine.KeyOf) (dir string, r *engine.Runner, p *engine.Plan) {
	t.Helper()
	dir = t.TempDir()
	stop := make(chan struct{})
	p = plan(step("a"), step("b", "a"), step("c", "b"))
	p.FormatVersion = engine.FormatVersion
	p.Refreshes = []engine.Refresh{{Address: "refresh.r", Provider: "scripted"}}
	for i := range p.Steps {
		s := &p.Steps[i]
		s.Address, s.Statements = "refresh.r", []engine.Statement{{On: "database.x", Text: "SELECT '" + s.ID + "'"}}
	}
	p.Steps[0].PutBack = engine.PutBackOnFailure
	r = runner(t, &scripted{}, 1)
	r.Store, r.KeyOf, r.Stop = openDir(t, dir, time.Now), of, stop
	r.Events = func(e engine.Event) {
		if e.Type == engine.StepStarted && e.Step.ID == "b" {
			close(stop)
		}
	}
	started := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	if _, err := r.Apply(context.Background(), engine.RunInfo{ID: "1", Command: "apply", Started: started},
		p); err != nil {
		t.Fatal(err)
	}
	r.Stop, r.Events = nil, nil
	return dir, r, p
}

// replan writes a run's plan anew, checksum and all, as somebody who has no key can.
func replan(t *testing.T, dir string, edit func(*engine.Plan)) {
	t.Helper()
	file := filepath.Join(dir, "runs", "1", "plan.json")
	p, err := engine.ReadPlan(file)
	if err != nil {
		t.Fatal(err)
	}
	edit(p)
	if err := engine.WritePlan(file, p); err != nil {
		t.Fatal(err)
	}
}

// rewrite edits the lines of a run's journal.
func rewrite(t *testing.T, dir string, edit func([]string) []string) {
	t.Helper()
	file := filepath.Join(dir, "runs", "1", "journal.jsonl")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := edit(strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n"))
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestEditedJournalIsRefused: whatever somebody without the key does to a run, it is neither gone on with nor put back.
func TestEditedJournalIsRefused(t *testing.T) {
	run := func(edit func(*engine.RunInfo)) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			file := filepath.Join(dir, "runs", "1", "run.json")
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var fields map[string]any
			var info engine.RunInfo
			if err := json.Unmarshal(raw, &fields); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(raw, &info); err != nil {
				t.Fatal(err)
			}
			edit(&info)
			fields["command"], fields["who"] = info.Command, info.Who
			if raw, err = json.Marshal(fields); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	plans := func(edit func(*engine.Plan)) func(*testing.T, string) {
		return func(t *testing.T, dir string) { t.Helper(); replan(t, dir, edit) }
	}
	records := func(edit func([]string) []string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { t.Helper(); rewrite(t, dir, edit) }
	}
	for name, c := range map[string]struct {
		edit func(*testing.T, string)
		code string
	}{
		"another statement": {
			plans(func(p *engine.Plan) { p.Steps[2].Statements[0].Text = "SELECT raw" }), engine.CodePlanSeal,
		},
		"other parameters": {
			plans(func(p *engine.Plan) { p.Steps[2].Params = json.RawMessage(`{"raw":true}`) }), engine.CodePlanSeal,
		},
		"another order":     {plans(func(p *engine.Plan) { p.Steps[2].Needs = nil }), engine.CodePlanSeal},
		"something allowed": {plans(func(p *engine.Plan) { p.Allowed = engine.HazardNames() }), engine.CodePlanSeal},
		"the seal removed":  {plans(func(p *engine.Plan) { p.Seal = nil }), engine.CodePlanSeal},
		"no refreshes":      {plans(func(p *engine.Plan) { p.Refreshes, p.Seal = nil, nil }), engine.CodePlanSeal},
		"said to be an import": {
			plans(func(p *engine.Plan) { p.Only, p.Seal = engine.OnlyImport, nil }), engine.CodePlanSeal,
		},
		"another seal": {
			plans(func(p *engine.Plan) { p.Seal = &sealed.Seal{Keys: p.Seal.Keys, MAC: strings.Repeat("0", 64)} }),
			engine.CodePlanSeal,
		},
		"a step done": {
			records(func(l []string) []string {
				return append(l[:4], strings.Replace(l[4], "step_done", "step_failed", 1))
			}), engine.CodeJournalSeal,
		},
		"a record removed": {
			records(func(l []string) []string { return append(l[:2:2], l[3:]...) }), engine.CodeJournalSeal,
		},
		"the first removed": {records(func(l []string) []string { return l[1:] }), engine.CodeJournalSeal},
		"records reordered": {
			records(func(l []string) []string { l[1], l[3] = l[3], l[1]; return l }), engine.CodeJournalSeal,
		},
		"a record added": {
			records(func(l []string) []string { return append(l, strings.Replace(l[4], `"b"`, `"c"`, 1)) }),
			engine.CodeJournalSeal,
		},
		"another command":     {run(func(i *engine.RunInfo) { i.Command = "rollback" }), engine.CodeJournalSeal},
		"somebody else's run": {run(func(i *engine.RunInfo) { i.Who = "x@y" }), engine.CodeJournalSeal},
	} {
		t.Run(name, func(t *testing.T) {
			dir, r, _ := killed(t, keyed("k"))
			saved(t, r)
			c.edit(t, dir)
			runs, err := r.Store.Runs(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			_, err = engine.ReadRun(context.Background(), r.Store, runs[0], r.KeyOf)
			if err == nil || !strings.Contains(err.Error(), "is not sealed with secret.mask_key") {
				t.Errorf("it was taken: %v", err)
			}
		})
	}
}

// TestResumeGoesOnWithASealedRun through a kill that left half a line, and through an append whose answer was lost.
func TestResumeGoesOnWithASealedRun(t *testing.T) {
	dir, r, p := killed(t, keyed("k"))
	file := filepath.Join(dir, "runs", "1", "journal.jsonl")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(raw, `{"format_ver`...), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := r.Resume(context.Background(), saved(t, r), p)
	if err != nil || result.State != engine.RunDone {
		t.Errorf("%+v %v", result, err)
	}
	if run := saved(t, r); !run.Sealed || len(run.Records) < 9 {
		t.Errorf("the records of what was resumed are not sealed: %+v", run.Records)
	}
	if _, err := engine.ReadRun(context.Background(), r.Store, saved(t, r).Info, keyed("x")); err == nil {
		t.Error("another key opens it")
	}
}

// TestLostAnswer: a record that is in the journal although writing it failed does not make the journal look edited.
func TestLostAnswer(t *testing.T) {
	r := runner(t, &scripted{}, 1)
	r.KeyOf = keyed("k")
	r.Store = &losing{Store: r.Store, at: 3}
	p := plan(step("a"), step("b", "a"))
	p.Refreshes = []engine.Refresh{{Address: "refresh.r"}}
	if _, err := r.Apply(context.Background(), engine.RunInfo{ID: "1", Command: "apply"}, p); err == nil {
		t.Fatal("the run did not notice")
	}
	if run := saved(t, r); len(run.Records) != 4 {
		t.Errorf("%+v", run.Records)
	}
}

// losing is a store that writes one record and says that it failed.
type losing struct {
	engine.Store
	at int
}

func (l *losing) Begin(ctx context.Context, run engine.RunInfo, p *engine.Plan) (engine.Journal, error) {
	j, err := l.Store.Begin(ctx, run, p)
	return &losingJournal{j, l}, err
}

type losingJournal struct {
	engine.Journal
	of *losing
}

func (j *losingJournal) Append(ctx context.Context, r engine.Record) error {
	j.of.at--
	if err := j.Journal.Append(ctx, r); err != nil || j.of.at != 0 {
		return err
	}
	return context.DeadlineExceeded
}

// TestARunOfAnOlderShoji: its steps are not understood, so that neither resume nor recover may guess.
func TestARunOfAnOlderShoji(t *testing.T) {
	dir, r, _ := killed(t, nil)
	replan(t, dir, func(p *engine.Plan) { p.FormatVersion = "1.1" })
	_, err := engine.ReadRun(context.Background(), r.Store, engine.RunInfo{ID: "1"}, nil)
	if err == nil || !strings.Contains(err.Error(), "made by an older shoji") {
		t.Errorf("%v", err)
	}
}

// TestResumeComparesWithThePlanOfNow: a run goes on only with what would be done now; where no key seals its plan,
// with the steps made now.
func TestResumeComparesWithThePlanOfNow(t *testing.T) {
	for name, c := range map[string]struct {
		saved, fresh func(*engine.Plan)
		of           engine.KeyOf
		want         string
	}{
		"nothing moved": {nil, nil, nil, ""},
		"an edited statement": {
			func(p *engine.Plan) { p.Steps[2].Statements[0].Text = "SELECT raw" }, nil, nil,
			"the step c has different statements",
		},
		"a step added": {
			func(p *engine.Plan) { p.Steps = append(p.Steps, refreshStep("d")) }, nil, nil, "there is no step d now",
		},
		"a step removed": {
			func(p *engine.Plan) { p.Steps = p.Steps[:2] }, nil, nil, "the step c would be done now",
		},
		"the order edited": {func(p *engine.Plan) { p.Steps[2].Needs = nil }, nil, nil, ""},
		"another kind": {
			func(p *engine.Plan) { p.Steps[2].Kind = "other" }, nil, nil, "the step c has different statements",
		},
		"another spec": {
			func(p *engine.Plan) { p.SpecDigest = "" }, func(p *engine.Plan) { p.SpecDigest = "x" }, nil,
			"the spec's files changed",
		},
		"sealed, the source moved": {
			nil, func(p *engine.Plan) { p.Steps[2].Statements[0].Text = "SELECT more" }, keyed("k"),
			"the step c has different statements",
		},
		"sealed, a step more": {
			nil, func(p *engine.Plan) { p.Steps = append(p.Steps, refreshStep("d")) }, keyed("k"),
			"the step d would be done now",
		},
		"sealed, what was done has moved": {nil, func(p *engine.Plan) { p.Steps[0].Statements = nil }, keyed("k"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir, r, p := killed(t, c.of)
			if c.saved != nil {
				replan(t, dir, c.saved)
			}
			fresh := *p
			fresh.Steps = append([]engine.Step(nil), p.Steps...)
			for i := range fresh.Steps {
				fresh.Steps[i].Statements = append([]engine.Statement(nil), p.Steps[i].Statements...)
			}
			if c.fresh != nil {
				c.fresh(&fresh)
			}
			log := &scripted{}
			r.Providers = []engine.Provider{log}
			result, err := r.Resume(context.Background(), saved(t, r), &fresh)
			switch {
			case c.want == "" && (err != nil || result.State != engine.RunDone || strings.Join(log.log, " ") != "c"):
				t.Errorf("%+v %v %v", result.State, err, log.log)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || len(log.log) > 0):
				t.Errorf("%v %v", err, log.log)
			}
		})
	}
}

func refreshStep(id string) engine.Step {
	s := step(id)
	s.Address, s.Provider = "refresh.r", "scripted"
	return s
}

// TestResumeWantsTheSealOfNow: a plan that names no refresh needs no seal, but what would be done now does.
func TestResumeWantsTheSealOfNow(t *testing.T) {
	dir, r, p := killed(t, nil)
	replan(t, dir, func(p *engine.Plan) {
		p.Refreshes = nil
		p.Steps[0].PutBack = engine.PutBackNever
	})
	r.KeyOf = keyed("k")
	if _, err := r.Resume(context.Background(), saved(t, r), p); err == nil ||
		!strings.Contains(err.Error(), "not sealed") {
		t.Errorf("%v", err)
	}
}
