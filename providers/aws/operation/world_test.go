package operation_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/cloud/aurora"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/refresh"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const (
	prodAccount    = "111111111111"
	stagingAccount = "222222222222"
	region         = "ap-northeast-1"
)

// world is the lab with two accounts, whose clusters are servers: shop-prod in one, shop-staging in the other.
type world struct {
	t     testing.TB
	lab   *aurora.Lab
	dir   string
	store engine.Store
	// killed ends everything at once, as kill -9 does: nothing is called, recorded or put back any more.
	killed atomic.Pointer[switchable]
	blocks string
	// limit is how long a copy may take, where a test waits for the end of it.
	limit time.Duration
	// places are the aws blocks that a test works in.
	places []string
	// fresh is how old a parameter group has to be.
	fresh time.Duration
	// wrap puts something between the providers.
	wrap func(*aws.Provider) refresh.Accounts
	// origins puts something between sessions and accounts.
	origins func(*aws.Accounts) session.Origins
	// deaf is how often the servers let nobody in who asks for a setting.
	deaf atomic.Int64

	mu    sync.Mutex
	notes []string
}

// patience is how long a copy may take here.
const patience = 20 * time.Second

type switchable struct {
	mu   sync.Mutex
	dead bool
	kill context.CancelFunc
}

func (s *switchable) is() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dead
}

// ends says what a kill ends.
func (s *switchable) ends(cancel context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kill = cancel
}

func (s *switchable) now() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = true
	if s.kill != nil {
		s.kill()
	}
}

func newWorld(t testing.TB, c cloud.Config) *world {
	t.Helper()
	installation, dir := pgtest.Installed(t)
	lab, err := aurora.Start(context.Background(), c, aurora.Config{
		Dir:          filepath.Join(dir, "lab"),
		Installation: installation,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{
		t:       t,
		lab:     lab,
		dir:     t.TempDir(),
		blocks:  blocks,
		limit:   patience,
		places:  []string{"prod", "staging"},
		wrap:    func(p *aws.Provider) refresh.Accounts { return p },
		origins: func(a *aws.Accounts) session.Origins { return a },
	}
	w.killed.Store(&switchable{})
	w.signIn(map[string]cloud.Credentials{"prod": w.admin(prodAccount), "staging": w.admin(stagingAccount)})
	if w.store, err = engine.OpenDir(filepath.Join(w.dir, "journal"), engine.DirOptions{
		Now:    time.Now,
		Random: rand.Reader,
	}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) admin(account string) cloud.Credentials {
	c, err := w.lab.Credentials(account)
	w.ok(err)
	return c
}

// signIn writes the profiles that aws blocks name.
func (w *world) signIn(profiles map[string]cloud.Credentials) {
	variables, err := cloud.SignIn(w.dir, profiles)
	w.ok(err)
	for k, v := range variables {
		w.t.(*testing.T).Setenv(k, v)
	}
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// rds is RDS as an administrator of an account sees it: prod or staging.
func (w *world) rds(name string) *rds.Client {
	w.t.Helper()
	p := w.load("")
	a, err := w.open(p).accounts.Account(context.Background(), "aws."+name)
	w.ok(err)
	return a.RDS
}

// cluster makes a cluster with an instance and a database shop, and gives its superuser's URL.
func (w *world) cluster(account, name string, change ...func(*rds.CreateDBClusterInput)) string {
	w.t.Helper()
	in := &rds.CreateDBClusterInput{
		DBClusterIdentifier: &name,
		EngineVersion:       awssdk.String("15.10"),
		MasterUsername:      awssdk.String("app"),
		MasterUserPassword:  awssdk.String("password"),
		DatabaseName:        awssdk.String("shop"),
	}
	for _, f := range change {
		f(in)
	}
	_, err := cloud.CreateCluster(context.Background(), w.rds(account), in, 1)
	w.ok(err)
	return w.url(account, name)
}

func arn(account, kind, name string) string {
	return "arn:aws:rds:" + region + ":" + map[string]string{"prod": prodAccount, "staging": stagingAccount}[account] +
		":" + kind + ":" + name
}

func (w *world) url(account, name string) string {
	url, err := w.lab.AdminURL(arn(account, "cluster", name), "shop")
	w.ok(err)
	return url
}

func (w *world) status(account, name string) string {
	out, err := w.rds(account).DescribeDBClusters(context.Background(),
		&rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	w.ok(err)
	return *out.DBClusters[0].Status
}

func (w *world) until(done func() bool) {
	w.t.Helper()
	for range 500 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.t.Fatal("it takes too long")
}

const blocks = `
project "shop" {}
variable "endpoint" {}
aws "prod" {
  account  = "111111111111"
  region   = "ap-northeast-1"
  profile  = "prod"
  endpoint = var.endpoint
}
aws "staging" {
  account  = "222222222222"
  region   = "ap-northeast-1"
  profile  = "staging"
  endpoint = var.endpoint
}
rule "all" {
  match { column = "*" }
  mask = keep()
}
`

// refresh is a refresh from shop-prod to shop-staging with more arguments.
func (w *world) refresh(arguments, more string) string {
	return fmt.Sprintf(`
cluster "prod" {
  in         = aws.prod
  identifier = "shop-prod"
}
cluster "staging" {
  in         = aws.staging
  identifier = "shop-staging"
}
secret "prod" { env = "PROD_URL" }
secret "staging" { env = "STAGING_URL" }
database "prod" {
  url     = secret.prod
  cluster = cluster.prod
}
database "staging" {
  url     = secret.staging
  cluster = cluster.staging
}
refresh "nightly" {
  from = database.prod
  to   = database.staging
  mode = "replace"
  %s
}
%s`, arguments, more)
}

func (w *world) load(text string) *spec.Project {
	w.t.Helper()
	w.ok(os.WriteFile(filepath.Join(w.dir, "main.hcl"), []byte(w.blocks+text), 0o600))
	p, ds := lang.Load(w.dir, lang.Options{
		Inputs:    []lang.Input{{Kind: lang.InputVar, Value: "endpoint=" + w.lab.URL()}},
		LookupEnv: os.LookupEnv,
	})
	if ds.HasErrors() {
		w.t.Fatalf("loading: %v", ds)
	}
	return p
}

// opened is a project with its providers, as a command has them.
type opened struct {
	project  *spec.Project
	accounts *aws.Accounts
	aws      *aws.Provider
	postgres *postgres.Provider
}

func (w *world) open(p *spec.Project) opened {
	o := opened{project: p, accounts: aws.NewAccounts(p)}
	sessions := session.New(p, session.Options{Clusters: o.accounts, Origins: w.origins(o.accounts)})
	o.aws = aws.New(p, o.accounts, aws.Options{
		Poll:      10 * time.Millisecond,
		Slow:      10 * time.Millisecond,
		Patience:  2 * time.Second,
		Limit:     20 * time.Second,
		LongLimit: w.limit,
		Fresh:     w.fresh,
		Setting: func(ctx context.Context, database, host string, port int, name string) (string, error) {
			if w.deaf.Add(-1) >= 0 {
				return "", errors.New("it restarts")
			}
			return sessions.Setting(ctx, database, host, port, name)
		},
	})
	o.postgres = postgres.New(p, sessions, postgres.Options{
		Random:   rand.Reader,
		Now:      time.Now,
		Dump:     ddl.SystemFinder(),
		Accounts: w.wrap(o.aws),
	})
	w.t.Cleanup(o.postgres.Close)
	return o
}

func (w *world) build(text string) (*engine.Plan, diag.Diagnostics) {
	w.t.Helper()
	o := w.open(w.load(text))
	addresses := []string{"refresh.nightly"}
	for _, x := range aws.Objects(o.project) {
		addresses = append(addresses, x.Address())
	}
	needs := map[string][]string{}
	for _, r := range o.project.References {
		needs[r.From] = append(needs[r.From], r.To)
	}
	return engine.Build(context.Background(), []engine.Provider{o.postgres, o.aws}, engine.BuildOptions{
		Project:    o.project.Name,
		SpecDigest: o.project.Digest,
		Addresses:  addresses,
		Needs:      needs,
	})
}

func (w *world) plan(text string) *engine.Plan {
	w.t.Helper()
	plan, ds := w.build(text)
	if ds.HasErrors() {
		w.t.Fatalf("planning: %v", ds)
	}
	return plan
}

// refused plans with a problem that has all the parts.
func (w *world) refused(text string, parts ...string) {
	w.t.Helper()
	_, ds := w.build(text)
	if !ds.HasErrors() {
		w.t.Fatalf("nothing was refused; wanted %q", parts)
	}
	mentions(w.t, fmt.Sprint(ds), parts...)
}

func mentions(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in:\n%s", p, text)
		}
	}
}

// mortal is a provider that a kill ends.
type mortal struct {
	engine.Provider
	killed *switchable
}

var errKilled = errors.New("killed")

func (m mortal) Execute(ctx context.Context, s engine.Step, r engine.Reporter) error {
	if m.killed.is() {
		return errKilled
	}
	return m.Provider.Execute(ctx, s, r)
}

func (m mortal) PutBack(ctx context.Context, s engine.Step, r engine.Reporter) error {
	if m.killed.is() {
		return errKilled
	}
	return m.Provider.PutBack(ctx, s, r)
}

// mortalStore is a journal that nothing is written to any more after a kill.
type mortalStore struct {
	engine.Store
	killed *switchable
}

func (m mortalStore) Begin(ctx context.Context, run engine.RunInfo, plan *engine.Plan) (engine.Journal, error) {
	j, err := m.Store.Begin(ctx, run, plan)
	return mortalJournal{j, m.killed}, err
}

type mortalJournal struct {
	engine.Journal
	killed *switchable
}

func (m mortalJournal) Append(ctx context.Context, r engine.Record) error {
	if m.killed.is() {
		return errKilled
	}
	return m.Journal.Append(ctx, r)
}

func (w *world) runner() *engine.Runner {
	text, err := os.ReadFile(filepath.Join(w.dir, "main.hcl"))
	w.ok(err)
	o := w.open(w.load(strings.TrimPrefix(string(text), w.blocks)))
	killed := w.killed.Load()
	return &engine.Runner{
		Providers:   []engine.Provider{mortal{o.postgres, killed}, mortal{o.aws, killed}},
		Store:       mortalStore{w.store, killed},
		Parallelism: 4,
		Now:         time.Now,
		Events: func(e engine.Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if e.Type == engine.StepNote {
				w.notes = append(w.notes, e.Text)
			}
		},
	}
}

// saved reads a run.
func (w *world) saved(id string) *engine.SavedRun {
	w.t.Helper()
	run, err := engine.ReadRun(context.Background(), w.store, engine.RunInfo{ID: id}, nil)
	w.ok(err)
	return run
}

// run executes a plan that went through its file, and gives the run's ID.
func (w *world) run(plan *engine.Plan) (engine.Result, string) {
	w.t.Helper()
	file := filepath.Join(w.dir, "plan")
	w.ok(engine.WritePlan(file, plan))
	plan, err := engine.ReadPlan(file)
	w.ok(err)
	runs, err := w.store.Runs(context.Background())
	w.ok(err)
	id := fmt.Sprintf("20260101T0000%02dZ-00abcd", len(runs))
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	w.killed.Load().ends(cancel)
	result, err := w.runner().Apply(ctx, engine.RunInfo{ID: id, Command: "apply", Started: time.Now()}, plan)
	if err != nil && !w.killed.Load().is() {
		w.t.Fatal(err)
	}
	return result, id
}

// done runs a plan without a problem.
func (w *world) done(plan *engine.Plan) string {
	w.t.Helper()
	result, id := w.run(plan)
	if result.State != engine.RunDone {
		w.t.Fatalf("%s: %v\n%s", result.State, result.Diagnostics(), statements(plan))
	}
	return id
}

// failed runs a plan that must fail with all the parts, and leaves nothing.
func (w *world) failed(plan *engine.Plan, parts ...string) {
	w.t.Helper()
	result, _ := w.run(plan)
	if result.State != engine.RunFailed {
		w.t.Fatalf("the run is %s: %v", result.State, result.Diagnostics())
	}
	mentions(w.t, fmt.Sprint(result.Diagnostics()), parts...)
	w.clean()
}

// clean finds nothing that a run made.
func (w *world) clean() {
	w.t.Helper()
	if left := w.made(); len(left) > 0 {
		w.t.Errorf("left behind: %v", left)
	}
}

// made lists what runs made in all places and is there.
func (w *world) made() []string {
	w.t.Helper()
	var out []string
	ctx := context.Background()
	for _, place := range w.places {
		c := w.rds(place)
		clusters, err := c.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{})
		w.ok(err)
		for _, x := range clusters.DBClusters {
			out = append(out, *x.DBClusterIdentifier)
		}
		instances, err := c.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{})
		w.ok(err)
		for _, x := range instances.DBInstances {
			out = append(out, *x.DBInstanceIdentifier)
		}
		snapshots, err := c.DescribeDBClusterSnapshots(ctx, &rds.DescribeDBClusterSnapshotsInput{})
		w.ok(err)
		for _, x := range snapshots.DBClusterSnapshots {
			out = append(out, *x.DBClusterSnapshotIdentifier)
		}
		alone, err := c.DescribeDBSnapshots(ctx, &rds.DescribeDBSnapshotsInput{})
		w.ok(err)
		for _, x := range alone.DBSnapshots {
			out = append(out, *x.DBSnapshotIdentifier)
		}
	}
	return slices.DeleteFunc(append(out, w.shares()...), func(name string) bool {
		return !strings.HasPrefix(name, "shoji-")
	})
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
