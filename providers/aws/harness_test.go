package aws_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

const (
	prodAccount    = "111111111111"
	stagingAccount = "222222222222"
)

// accounts is a project in two accounts of a lab.
type accounts struct {
	t        testing.TB
	lab      *cloud.Cloud
	dir      string
	store    engine.Store
	profiles map[string]cloud.Credentials
	// keys are the secrets that the lab gave out: they must be found nowhere.
	keys []string

	mu    sync.Mutex
	notes []string
	stop  func(engine.Event) // looks at every event
}

// lab starts a lab and signs in to its two accounts as administrators, with the profiles prod and staging, and far for
// another region of prod's.
func lab(t testing.TB, c cloud.Config) *accounts {
	t.Helper()
	running, err := cloud.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Close() })
	a := &accounts{t: t, lab: running, dir: t.TempDir(), profiles: map[string]cloud.Credentials{}}
	for name, account := range map[string]string{"prod": prodAccount, "staging": stagingAccount, "far": prodAccount} {
		credentials, err := running.Credentials(account)
		if err != nil {
			t.Fatal(err)
		}
		a.signIn(name, credentials)
	}
	if a.store, err = engine.OpenDir(filepath.Join(a.dir, "journal"),
		engine.DirOptions{Now: time.Now, Random: zeros{}}); err != nil {
		t.Fatal(err)
	}
	return a
}

func setenv(t testing.TB, values map[string]string) {
	for k, v := range values {
		t.Setenv(k, v)
	}
}

// zeros gives IDs for leases, which these tests do not take.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

const blocks = `
project "shop" {}
variable "endpoint" {}
aws "prod" {
  account  = "111111111111"
  region   = "ap-northeast-1"
  profile  = "prod"
  endpoint = var.endpoint
  tags     = { team = "platform" }
}
aws "staging" {
  account  = "222222222222"
  region   = "ap-northeast-1"
  profile  = "staging"
  endpoint = var.endpoint
}
`

// project loads a spec: the two aws blocks and text.
func (a *accounts) project(text string) *spec.Project {
	a.t.Helper()
	if !strings.Contains(text, `aws "prod"`) {
		text = blocks + text
	}
	if err := os.WriteFile(filepath.Join(a.dir, "main.hcl"), []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
	p, ds := lang.Load(a.dir, lang.Options{
		Inputs:    []lang.Input{{Kind: lang.InputVar, Value: "endpoint=" + a.lab.URL()}},
		LookupEnv: os.LookupEnv,
	})
	if ds.HasErrors() {
		a.t.Fatalf("loading: %v", ds)
	}
	return p
}

func provider(p *spec.Project) *aws.Provider { return aws.New(p, signedIn(p), quick()) }

func signedIn(p *spec.Project) *aws.Accounts { return aws.NewAccounts(p) }

// quick are options for a stand-in.
func quick() aws.Options {
	return aws.Options{
		Poll:      20 * time.Millisecond,
		Patience:  5 * time.Second,
		Limit:     10 * time.Second,
		Slow:      20 * time.Millisecond,
		LongLimit: 10 * time.Second,
	}
}

// build plans a spec as the command does.
func (a *accounts) build(text string, targets ...string) (*engine.Plan, diag.Diagnostics) {
	a.t.Helper()
	p := a.project(text)
	var addresses []string
	for _, x := range aws.Objects(p) {
		addresses = append(addresses, x.Address())
	}
	needs := map[string][]string{}
	for _, r := range p.References {
		needs[r.From] = append(needs[r.From], r.To)
	}
	return engine.Build(context.Background(), []engine.Provider{provider(p)}, engine.BuildOptions{
		Project:    p.Name,
		SpecDigest: p.Digest,
		Addresses:  addresses,
		Needs:      needs,
		Selection:  engine.Selection{Targets: targets},
	})
}

// plan plans without a problem.
func (a *accounts) plan(text string, targets ...string) *engine.Plan {
	a.t.Helper()
	plan, ds := a.build(text, targets...)
	if ds.HasErrors() {
		a.t.Fatalf("planning: %v", ds)
	}
	a.secret(plan)
	return plan
}

// run executes a plan that went through its file.
func (a *accounts) run(plan *engine.Plan) engine.Result {
	a.t.Helper()
	file := filepath.Join(a.dir, "plan")
	if err := engine.WritePlan(file, plan); err != nil {
		a.t.Fatal(err)
	}
	plan, err := engine.ReadPlan(file)
	if err != nil {
		a.t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(a.dir, "main.hcl"))
	if err != nil {
		a.t.Fatal(err)
	}
	from := len(a.lab.Calls())
	runner := &engine.Runner{
		Providers:   []engine.Provider{provider(a.project(string(text)))},
		Store:       a.store,
		Parallelism: 4,
		Now:         time.Now,
		Events:      a.event,
	}
	runs, _ := a.store.Runs(context.Background())
	result, err := runner.Apply(context.Background(),
		engine.RunInfo{ID: fmt.Sprintf("20260101T0000%02dZ-000000", len(runs)), Command: "apply", Started: time.Now()},
		plan)
	if err != nil {
		a.t.Fatal(err)
	}
	planned := statements(plan)
	for _, c := range a.lab.Calls()[from:] {
		if changing(c) && !strings.Contains(planned, ": "+c.Service+":"+c.Operation+" ") {
			a.t.Errorf("%s:%s was called and is not in the plan", c.Service, c.Operation)
		}
	}
	for name, content := range a.files() {
		if name != file && !strings.HasSuffix(name, "credentials") {
			a.hidden(name, content)
		}
	}
	return result
}

func (a *accounts) event(e engine.Event) {
	a.mu.Lock()
	if e.Type == engine.StepNote {
		a.notes = append(a.notes, e.Text)
	}
	stop := a.stop
	a.mu.Unlock()
	if stop != nil {
		stop(e)
	}
}

// apply plans and runs without a problem, and finds nothing to do afterwards.
func (a *accounts) apply(text string) *engine.Plan {
	a.t.Helper()
	plan := a.plan(text)
	if r := a.run(plan); r.State != engine.RunDone {
		a.t.Fatalf("%s: %v\n%s", r.State, r.Diagnostics(), statements(plan))
	}
	a.settled(text)
	return plan
}

// settled finds nothing to do.
func (a *accounts) settled(text string) {
	a.t.Helper()
	if again := a.plan(text); again.HasChanges() {
		a.t.Fatalf("there is something to do after an apply:\n%s", describe(again))
	}
}

// refused plans with a problem that has all the parts.
func (a *accounts) refused(text string, parts ...string) {
	a.t.Helper()
	_, ds := a.build(text)
	if !ds.HasErrors() {
		a.t.Fatalf("nothing was refused; wanted %q", parts)
	}
	for _, d := range ds {
		if all := d.Summary + ": " +
			d.Detail; !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(all, p) }) {
			a.hidden("a diagnostic", all)
			return
		}
	}
	a.t.Fatalf("no problem has %q: %v", parts, ds)
}

func (a *accounts) secret(plan *engine.Plan) {
	a.t.Helper()
	raw, err := engine.EncodePlan(plan)
	if err != nil {
		a.t.Fatal(err)
	}
	a.hidden("the plan", string(raw))
}

// hidden fails where a text holds credentials.
func (a *accounts) hidden(what, text string) {
	a.t.Helper()
	for _, k := range a.keys {
		if strings.Contains(text, k) {
			a.t.Fatalf("%s holds credentials:\n%s", what, text)
		}
	}
}

func (a *accounts) files() map[string]string {
	out := map[string]string{}
	_ = filepath.WalkDir(a.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			content, _ := os.ReadFile(path)
			out[path] = string(content)
		}
		return err
	})
	return out
}

// calls are those that changed something since n, as "iam:CreateRole".
func (a *accounts) calls(from int) []string {
	var out []string
	for _, c := range a.lab.Calls()[from:] {
		if c.Error == "" && !strings.HasPrefix(c.Operation, "Get") && !strings.HasPrefix(c.Operation, "List") &&
			!strings.HasPrefix(c.Operation, "Describe") && !strings.HasPrefix(c.Operation, "Head") &&
			!strings.HasPrefix(c.Operation, "Simulate") && c.Service != "sts" {
			out = append(out, c.Service+":"+c.Operation)
		}
	}
	return out
}

func change(t testing.TB, p *engine.Plan, address string) engine.Change {
	t.Helper()
	for _, c := range p.Changes {
		if c.Address == address {
			return c
		}
	}
	t.Fatalf("the plan does nothing to %s:\n%s", address, describe(p))
	return engine.Change{}
}

func hazards(c engine.Change) string {
	var out []string
	for _, h := range c.Hazards {
		out = append(out, string(h.Name))
	}
	return strings.Join(out, " ")
}

func statements(p *engine.Plan) string {
	var b strings.Builder
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "%s (after %v)\n", s.ID, s.Needs)
		for _, x := range s.Statements {
			fmt.Fprintf(&b, "    %s: %s\n", x.On, x.Text)
		}
	}
	return b.String()
}

func describe(p *engine.Plan) string {
	var b strings.Builder
	for _, c := range p.Changes {
		before, _ := json.Marshal(c.Before)
		after, _ := json.Marshal(c.After)
		fmt.Fprintf(&b, "%s %s\n  before %s\n  after  %s\n  %v %v\n", c.Action, c.Address, before, after, c.Notes,
			c.Hazards)
	}
	return b.String() + statements(p)
}
