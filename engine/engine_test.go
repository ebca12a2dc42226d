package engine_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/engine/storetest"
	"github.com/shoji-pg/shoji/internal/diag"
)

func TestDirStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	storetest.Run(t, func(t *testing.T, now func() time.Time) engine.Store { return openDir(t, dir, now) })
}

func openDir(t *testing.T, dir string, now func() time.Time) engine.Store {
	t.Helper()
	s, err := engine.OpenDir(dir, engine.DirOptions{Now: now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestDirStoreHalfALine: a run killed in the middle of a write leaves a journal that reads and goes on.
func TestDirStoreHalfALine(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	s := openDir(t, dir, time.Now)
	j, err := s.Begin(ctx, engine.RunInfo{ID: "r"}, &engine.Plan{FormatVersion: engine.FormatVersion})
	if err != nil {
		t.Fatal(err)
	}
	rec := engine.Record{FormatVersion: engine.JournalVersion, Kind: engine.StepIntent, Step: "a"}
	if err := j.Append(ctx, rec); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	file := filepath.Join(dir, "runs", "r", "journal.jsonl")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(raw, raw[:10]...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, records, err := s.Read(ctx, "r"); err != nil || len(records) != 1 {
		t.Fatalf("%+v %v", records, err)
	}
	j, err = s.Continue(ctx, "r")
	if err != nil {
		t.Fatal(err)
	}
	rec.Step = "b"
	if err := j.Append(ctx, rec); err != nil {
		t.Fatal(err)
	}
	_ = j.Close()
	if _, records, err := s.Read(ctx, "r"); err != nil || len(records) != 2 || records[1].Step != "b" {
		t.Fatalf("%+v %v", records, err)
	}
	newer := bytes.ReplaceAll(raw, []byte(`"format_version":"1.1"`), []byte(`"format_version":"2.0"`))
	if err := os.WriteFile(file, newer, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Read(ctx, "r"); err == nil || !strings.Contains(err.Error(), "newer shoji") {
		t.Errorf("a newer journal: %v", err)
	}
	twice := bytes.ReplaceAll(raw, []byte(`"step":"a"`), []byte(`"step":"a","step":"b"`))
	if err := os.WriteFile(file, twice, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Read(ctx, "r"); err == nil || !strings.Contains(err.Error(), `"step" stands twice`) {
		t.Errorf("a journal that says a name twice: %v", err)
	}
}

func TestPlanFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.plan")
	plan := &engine.Plan{
		FormatVersion: engine.FormatVersion,
		Project:       "shop",
		Steps:         []engine.Step{{ID: "a", Params: []byte(`{"x":"<&>"}`)}},
		Refreshes:     []engine.Refresh{{Address: "refresh.a"}},
	}
	if err := engine.WritePlan(file, plan); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	got, err := engine.ReadPlan(file)
	if err != nil || got.Project != "shop" {
		t.Fatalf("%+v %v", got, err)
	}
	first, _ := os.ReadFile(file)
	if err := engine.WritePlan(file, got); err != nil {
		t.Fatal(err)
	}
	if second, _ := os.ReadFile(file); !bytes.Equal(first, second) {
		t.Errorf("writing it again gives other bytes:\n%s\n%s", first, second)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"edited":      {`"shop"`, `"shap"`, "was changed"},
		"a new field": {`"project"`, `"more": 1, "project"`, "was changed"},
		"newer major": {`"format_version":"3.0"`, `"format_version":"4.0"`, "newer shoji"},
		"older major": {`"format_version":"3.0"`, `"format_version":"2.0"`, "older shoji"},
		"newer minor": {`"format_version":"3.0"`, `"format_version":"3.9"`, "newer shoji"},
		"no version":  {`"format_version":"3.0",`, ``, "no format version"},
		"empty":       {string(first), "", "truncated"},
		"truncated":   {string(first[len(first)/2:]), "", "truncated"},
		"not JSON":    {string(first), "hello", "not a plan"},
	} {
		if err := os.WriteFile(file, bytes.Replace(first, []byte(c.old), []byte(c.new), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := engine.ReadPlan(file)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestChangesReadAsTerraforms: tools for resource_changes find actions, before and after where they look for them.
func TestChangesReadAsTerraforms(t *testing.T) {
	c := engine.Change{
		Address:   "role.a",
		Type:      "role",
		Name:      "a",
		Action:    engine.Replace,
		Before:    map[string]any{"login": true},
		After:     map[string]any{"login": false, "password": "(sensitive value)"},
		Sensitive: []string{"password"},
		Unknown:   []string{"oid"},
	}
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"change":{"actions":["delete","create"],"before":{"login":true}`, `"after_unknown":{"oid":true}`,
		`"after_sensitive":{"password":true}`, `"before_sensitive":{}`, `"mode":"managed"`,
	} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s is not in %s", want, raw)
		}
	}
	var back engine.Change
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(c, back); d != "" {
		t.Error(d)
	}
}

func TestStaleNamesWhatMoved(t *testing.T) {
	saved := &engine.Plan{SpecDigest: "a", Endpoints: []engine.Endpoint{{Address: "database.prod", Host: "one"}},
		Observed: []engine.Fingerprint{
			{"refresh.a", "table public.t", "1"},
			{"refresh.a", "table public.gone", "1"},
			{"refresh.a", "table public.same", "1"},
		}}
	fresh := &engine.Plan{SpecDigest: "b", Endpoints: []engine.Endpoint{{Address: "database.prod", Host: "two"}},
		Observed: []engine.Fingerprint{
			{"refresh.a", "table public.t", "2"},
			{"refresh.a", "table public.new", "1"},
			{"refresh.a", "table public.same", "1"},
		}}
	text := engine.Stale(saved, fresh).Error()
	for _, want := range []string{
		"spec's files changed", "database.prod was", "table public.t changed", "table public.gone is gone",
		"table public.new was added",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not named in\n%s", want, text)
		}
	}
	if strings.Contains(text, "same") {
		t.Errorf("what did not move is named:\n%s", text)
	}
	if ds := engine.Stale(saved, saved); len(ds) != 0 {
		t.Errorf("a plan is stale against itself: %v", ds)
	}
}

// TestEditedPlanNeverRuns: somebody who changes a statement or a parameter and makes a new checksum gains nothing.
func TestEditedPlanNeverRuns(t *testing.T) {
	fresh := plan(step("a"), step("b", "a"))
	fresh.Steps[0].Statements = []engine.Statement{{On: "x", Text: "SELECT mask(email) FROM t"}}
	fresh.Steps[0].Params = []byte(`{"sql":"mask(email)"}`)
	saved := *fresh
	saved.Steps = slices.Clone(fresh.Steps)
	saved.Steps[0].Params = []byte(`{"sql":"email"}`)
	run, ds := resolve(t, &saved, fresh, nil)
	if ds.HasErrors() || string(run.Steps[0].Params) != `{"sql":"mask(email)"}` {
		t.Errorf("%s %v", run.Steps[0].Params, ds)
	}
	saved.Steps[0].Statements = []engine.Statement{{On: "x", Text: "SELECT email FROM t"}}
	_, ds = resolve(t, &saved, fresh, nil)
	if !strings.Contains(ds.Error(), "the step a has different statements") {
		t.Errorf("%v", ds)
	}
	saved.Steps = saved.Steps[1:]
	if _, ds := resolve(t, &saved, fresh, nil); !strings.Contains(ds.Error(), "the step a is missing") {
		t.Errorf("%v", ds)
	}
}

// resolve compares a saved plan with one made now.
func resolve(t *testing.T, saved, fresh *engine.Plan, providers engine.Providers) (*engine.Plan, diag.Diagnostics) {
	t.Helper()
	reviewed, err := engine.NewSavedPlan(saved, providers)
	if err != nil {
		t.Fatal(err)
	}
	return reviewed.Resolve(fresh, providers)
}

// lenient is a provider to which two steps of a kind are the same.
type lenient struct{ scripted }

func (*lenient) Essence(*engine.Step) ([]engine.Statement, error) { return nil, nil }

// TestProviderComparesItsSteps: what of a statement may differ is for its provider to say.
func TestProviderComparesItsSteps(t *testing.T) {
	fresh := plan(step("a"))
	saved := *fresh
	saved.Steps = slices.Clone(fresh.Steps)
	saved.Steps[0].Statements = []engine.Statement{{On: "x", Text: "SELECT 5 of 100"}}
	providers := engine.Providers{&lenient{}}
	if _, ds := resolve(t, &saved, fresh, providers); ds.HasErrors() {
		t.Error(ds)
	}
	saved.Steps[0].Kind = "other"
	if _, ds := resolve(t, &saved, fresh, providers); !ds.HasErrors() {
		t.Error("a step of another kind was taken")
	}
}

func TestSelection(t *testing.T) {
	known := []string{"refresh.a", "role.ro", `role.user["x"]`, `role.user["y"]`}
	needs := map[string][]string{"role.user": {"role.ro"}}
	for _, c := range []struct {
		sel  engine.Selection
		want string
	}{
		{engine.Selection{}, `refresh.a role.ro role.user["x"] role.user["y"]`},
		{engine.Selection{Targets: []string{`role.user["x"]`}}, `role.ro role.user["x"]`},
		{engine.Selection{Targets: []string{"role.user"}}, `role.ro role.user["x"] role.user["y"]`},
		{engine.Selection{Excludes: []string{"role.ro"}}, `refresh.a`},
		{engine.Selection{Excludes: []string{"refresh.a"}}, `role.ro role.user["x"] role.user["y"]`},
	} {
		s, ds := c.sel.Resolve(known, needs)
		var got []string
		for _, k := range known {
			if s.Has(k) {
				got = append(got, k)
			}
		}
		if ds.HasErrors() || strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %v %v", c.sel, got, ds)
		}
	}
	if _, ds := (engine.Selection{Targets: []string{"role.rp"}}).Resolve(known,
		needs); !strings.Contains(ds.Error(), `Did you mean "role.ro"?`) {
		t.Errorf("%v", ds)
	}
	if _, ds := (engine.Selection{Targets: []string{"role.ro"}, Excludes: []string{"refresh.a"}}).Resolve(known,
		needs); !ds.HasErrors() {
		t.Error("-target and -exclude together")
	}
}

// TestGraphLabels: a name is a label and nothing else, whatever it holds.
func TestGraphLabels(t *testing.T) {
	g := engine.Graph{Nodes: []engine.Node{{ID: "a\"]\nclick n0 `%%{init}%%` <b> #quot; \\"}}}
	var dot, mermaid bytes.Buffer
	if err := errors.Join(g.WriteDOT(&dot), g.WriteMermaid(&mermaid)); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		dot.String():     `  "a\"]\\nclick n0 ` + "`%%{init}%%` <b> #quot; " + `\\" [label = `,
		mermaid.String(): `  n0["a#quot;]\\nclick n0 #96;#37;#37;{init}#37;#37;#96; #lt;b#gt; #35;quot; \"]`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
}

func TestGraphWithACycle(t *testing.T) {
	g := engine.Graph{
		Nodes: []engine.Node{{ID: "a"}, {ID: "b"}, {ID: `c"x`}},
		Edges: []engine.Edge{{From: "a", To: "b", At: "m.hcl:1"}, {From: "b", To: "a"}, {From: `c"x`, To: "a"}},
	}
	if got := strings.Join(g.Cycle(), ">"); got != "a>b>a" {
		t.Errorf("cycle %s", got)
	}
	var dot, mermaid, js bytes.Buffer
	if err := errors.Join(g.WriteDOT(&dot), g.WriteMermaid(&mermaid), g.WriteJSON(&js)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{dot.String(), `"a" -> "b" [color = "red", label = "m.hcl:1"]`},
		{dot.String(), `"c\"x"`},
		{mermaid.String(), "n0 --> n1"},
		{mermaid.String(), "linkStyle 0,1 stroke:red"},
		{js.String(), `"cycle": [`},
	} {
		if !strings.Contains(c.text, c.want) {
			t.Errorf("%s is not in\n%s", c.want, c.text)
		}
	}
}

func TestHazards(t *testing.T) {
	p := plan()
	p.Changes = []engine.Change{{
		Address: "role.x",
		Action:  engine.Update,
		Hazards: []engine.Hazard{{engine.LosesAccess, "no login"}},
	}}
	p.Refreshes = []engine.Refresh{{Address: "refresh.r", Hazards: []engine.Hazard{{engine.DeletesData, "empties"}}}}
	if ds := p.CheckHazards([]engine.HazardName{engine.LosesAccess}); len(ds) != 1 ||
		!strings.Contains(ds.Error(), "-allow DELETES_DATA") {
		t.Errorf("%v", ds)
	}
	all, err := engine.ParseHazards("all")
	if err != nil || p.CheckHazards(all).HasErrors() {
		t.Errorf("%v", err)
	}
	if _, err := engine.ParseHazards("DELETE_DATA"); err == nil || !strings.Contains(err.Error(), "DELETES_DATA") {
		t.Errorf("%v", err)
	}
}

// TestHoldIsExclusive: the second run waits, says whose the lock is, and gets it when the first is done.
func TestHoldIsExclusive(t *testing.T) {
	ctx := context.Background()
	s := openDir(t, t.TempDir(), time.Now)
	_, release, err := engine.Hold(ctx, ctx, s, "database.x",
		engine.Holder{Who: "a@h1", PID: 5, Operation: "apply", Since: time.Now()}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := engine.Hold(ctx, ctx, s, "database.x", engine.Holder{Who: "b@h2", PID: 6}, 0, nil); err == nil ||
		!strings.Contains(err.Error(), "a@h1") {
		t.Fatalf("two held it: %v", err)
	}
	told := make(chan string, 1)
	go func() {
		<-told
		release()
	}()
	_, again, err := engine.Hold(ctx, ctx, s, "database.x", engine.Holder{Who: "b@h2", PID: 6}, time.Minute,
		func(e *engine.HeldError) { told <- e.Holder.Who })
	if err != nil {
		t.Fatal(err)
	}
	again()
}
