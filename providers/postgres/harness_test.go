package postgres_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const (
	swapMode    = "swap"
	replaceMode = "replace"
	// testKey is the secret of every refresh that names no other.
	testKey = "a key of the tests, long enough"
	// keepAll decides whatever no table block decides.
	keepAll = `
rule "all" {
  match {
    column = "*"
  }
  mask = keep()
}
`
)

// moved is one refresh of a test: a source, a target, and the spec that joins them.
type moved struct {
	t    testing.TB
	mode string
	// source and target are URLs of superusers, for the test itself; the refresh connects to from and to.
	source, target string
	from, to       string
	staging        *pgserver.Server
	key            string
	// arguments are further lines of the refresh block, blocks the rest of the spec.
	arguments, blocks string
	journal           string
	dir               string
	// env is the environment that is chosen.
	env string
	// staged is the bucket that rows go through; nil where they go straight.
	staged *stagedIn
	half   engine.Half
	// event is told of everything that happens in a run.
	event func(engine.Event)

	mu    sync.Mutex
	notes []string
}

// newMoved makes two empty databases on the two servers.
func newMoved(t testing.TB, mode string) *moved {
	t.Helper()
	prod, staging := pgtest.Pair(t)
	return newMovedOn(t, mode, prod, staging)
}

func newMovedOn(t testing.TB, mode string, prod, staging *pgserver.Server) *moved {
	t.Helper()
	if mode == swapMode {
		pgtest.NeedsDump(t)
	}
	m := &moved{
		t:       t,
		mode:    mode,
		source:  pgtest.Database(t, prod),
		target:  pgtest.Database(t, staging),
		staging: staging,
		key:     testKey,
		blocks:  keepAll,
		journal: t.TempDir(),
		dir:     t.TempDir(),
	}
	m.from, m.to = m.source, m.target
	t.Cleanup(func() {
		conn, err := connect(staging.AdminURL("postgres"))
		if err != nil {
			return // the test crashed the server
		}
		defer func() { _ = conn.Close(context.Background()) }()
		for _, suffix := range []string{"__next", "__prev", "__old"} {
			_, _ = conn.Exec(context.Background(),
				"DROP DATABASE IF EXISTS "+sqltext.Ident(m.live()+suffix)+" WITH (FORCE)")
		}
	})
	return m
}

// live is the name of the target's database.
func (m *moved) live() string { return databaseOf(m.t, m.target) }

func databaseOf(t testing.TB, text string) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// on gives the superuser's URL of another database of the target's server.
func (m *moved) on(database string) string { return m.staging.AdminURL(database) }

// both runs a structure on the source, and on the target too where the mode does not bring it.
func (m *moved) both(sql string) {
	m.t.Helper()
	pgtest.Exec(m.t, m.source, sql)
	if m.mode == replaceMode {
		pgtest.Exec(m.t, m.target, sql)
	}
}

// spec writes the files and reads them as a project.
func (m *moved) spec() *spec.Project {
	m.t.Helper()
	text := fmt.Sprintf(`project "moving" {}

secret "prod" {
  env = "PROD_URL"
}
secret "staging" {
  env = "STAGING_URL"
}
secret "key" {
  env = "KEY"
}
database "prod" {
  url = secret.prod
}
database "staging" {
  url = secret.staging
}
refresh "r" {
  from = database.prod
  to   = database.staging
  key  = secret.key
  mode = %q
  %s
}
%s`, m.mode, m.arguments+m.staged.argument(), m.staged.blocks())
	for name, content := range map[string]string{"project.shoji.hcl": text, "tables.shoji.hcl": m.blocks} {
		if err := os.WriteFile(filepath.Join(m.dir, name), []byte(content), 0o600); err != nil {
			m.t.Fatal(err)
		}
	}
	environment := map[string]string{"PROD_URL": m.from, "STAGING_URL": m.to, "KEY": m.key}
	switch m.half { // neither half has the secrets of the other side
	case engine.OnlyExport:
		delete(environment, "STAGING_URL")
	case engine.OnlyImport:
		delete(environment, "PROD_URL")
		delete(environment, "KEY")
	}
	return loadIn(m.t, m.dir, m.env, environment)
}

func load(t testing.TB, dir string, environment map[string]string) *spec.Project {
	t.Helper()
	return loadIn(t, dir, "", environment)
}

func loadIn(t testing.TB, dir, env string, environment map[string]string) *spec.Project {
	t.Helper()
	p, ds := lang.Load(dir, lang.Options{
		Env:       env,
		Version:   "0.1.0",
		LookupEnv: func(name string) (string, bool) { v, ok := environment[name]; return v, ok },
	})
	if ds.HasErrors() {
		t.Fatalf("reading the spec: %s", text(ds))
	}
	return p
}

// refreshing is a loaded project with its provider, as a command has it.
type refreshing struct {
	project  *spec.Project
	provider *postgres.Provider
	options  postgres.Options
}

func open(t testing.TB, project *spec.Project) *refreshing {
	return openWith(t, project, func(*postgres.Options) {})
}

func openWith(t testing.TB, project *spec.Project, change func(*postgres.Options)) *refreshing {
	o := postgres.Options{Random: rand.Reader, Now: time.Now, Dump: ddl.SystemFinder()}
	change(&o)
	sessions := session.New(project, session.Options{Only: o.Only})
	p := postgres.New(project, sessions, o)
	t.Cleanup(p.Close)
	return &refreshing{project, p, o}
}

func (r *refreshing) build() (*engine.Plan, diag.Diagnostics) {
	needs := map[string][]string{}
	for _, ref := range r.project.References {
		needs[ref.From] = append(needs[ref.From], ref.To)
	}
	var addresses []string
	for _, one := range r.project.Refreshes {
		addresses = append(addresses, one.Address())
	}
	for _, role := range r.project.Roles {
		addresses = append(addresses, role.Address())
	}
	return engine.Build(context.Background(), []engine.Provider{r.provider}, engine.BuildOptions{
		ShojiVersion:    "0.1.0",
		Project:         r.project.Name,
		SpecDigest:      r.project.Digest,
		VariablesDigest: r.project.VariablesDigest,
		Only:            r.options.Only,
		Manifest:        r.options.Manifest,
		Addresses:       addresses,
		Needs:           needs,
	})
}

// tryPlan makes the plan of the refresh, with what is wrong with it.
func (m *moved) tryPlan() (*refreshing, *engine.Plan, diag.Diagnostics) {
	m.t.Helper()
	r := openWith(m.t, m.spec(), m.staged.options(m))
	plan, ds := r.build()
	return r, plan, ds
}

// plan makes the plan; what is wrong ends the test.
func (m *moved) plan() (*refreshing, *engine.Plan) {
	m.t.Helper()
	r, plan, ds := m.tryPlan()
	if ds.HasErrors() {
		m.t.Fatalf("planning: %s", text(ds))
	}
	return r, plan
}

// run applies a plan with the real runner and a journal in a directory.
func (m *moved) run(r *refreshing, plan *engine.Plan) (engine.Result, diag.Diagnostics) {
	m.t.Helper()
	store, err := engine.OpenDir(m.journal, engine.DirOptions{Now: time.Now, Random: rand.Reader})
	if err != nil {
		m.t.Fatal(err)
	}
	runner := &engine.Runner{
		Providers:   []engine.Provider{watched{r.provider, m.happened}},
		Store:       store,
		Parallelism: 4,
		Now:         time.Now,
		Events: func(e engine.Event) {
			if e.Type == engine.StepNote {
				m.mu.Lock()
				m.notes = append(m.notes, e.Text)
				m.mu.Unlock()
			}
			m.happened(e)
		},
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	result, err := runner.Apply(ctx,
		engine.RunInfo{
			ID:      fmt.Sprintf("run-%d", time.Now().UnixNano()),
			Command: "apply",
			Who:     "test",
			Started: time.Now(),
			Project: r.project.Name,
		}, plan)
	if err != nil {
		m.t.Fatalf("the journal: %v", err)
	}
	r.provider.Close()
	return result, r.project.WithSnippets(result.Diagnostics())
}

// happened calls the hook of the test, in a goroutine of its own: one that fails the test must not take the step's with
// it.
func (m *moved) happened(e engine.Event) {
	if m.event != nil {
		done := make(chan struct{})
		go func() { defer close(done); m.event(e) }()
		<-done
	}
}

// rowsMove is the state of a step that reports progress. The step waits for a hook.
const rowsMove engine.EventType = "rows move"

// watched is a provider that tells of the progress of its steps as they report it.
type watched struct {
	engine.Provider
	tell func(engine.Event)
}

func (w watched) Execute(ctx context.Context, s engine.Step, report engine.Reporter) error {
	return w.Provider.Execute(ctx, s, telling{report, func() { w.tell(engine.Event{Type: rowsMove, Step: &s}) }})
}

type telling struct {
	engine.Reporter
	tell func()
}

func (t telling) Progress(p engine.Progress) {
	t.Reporter.Progress(p)
	t.tell()
}

// refresh plans and applies; anything but success ends the test.
func (m *moved) refresh() *engine.Plan {
	m.t.Helper()
	r, plan := m.plan()
	result, ds := m.run(r, plan)
	if result.State != engine.RunDone || len(ds) > 0 {
		m.t.Fatalf("the run is %s: %s", result.State, text(ds))
	}
	return plan
}

// fails applies a plan that must fail, and gives the diagnostics. Whatever failed, the live copy is as it was and no
// leftover is there.
func (m *moved) fails(r *refreshing, plan *engine.Plan) diag.Diagnostics {
	m.t.Helper()
	before := m.state()
	result, ds := m.run(r, plan)
	if result.State != engine.RunFailed || !ds.HasErrors() {
		m.t.Fatalf("the run is %s, not failed: %s", result.State, text(ds))
	}
	if d := cmp.Diff(before, m.state()); d != "" {
		m.t.Errorf("the live copy is not as it was (-before +after):\n%s", d)
	}
	m.noLeftovers()
	return ds
}

func (m *moved) noLeftovers() {
	m.t.Helper()
	left := pgtest.Rows(m.t, m.on("postgres"),
		"SELECT datname FROM pg_database WHERE datname IN ("+sqltext.Literal(m.live()+"__next")+", "+
			sqltext.Literal(m.live()+"__old")+")")
	if len(left) > 0 {
		m.t.Errorf("left over: %v", left)
	}
}

// state is everything that a failed run must not change on the live copy: its identity, its rows and its triggers.
func (m *moved) state() map[string][]string {
	m.t.Helper()
	out := map[string][]string{
		"database": pgtest.Rows(m.t, m.target, "SELECT oid FROM pg_database WHERE datname = current_database()"),
		"triggers": pgtest.Rows(m.t, m.target,
			"SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"),
		"keys": pgtest.Rows(m.t, m.target,
			"SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1::text, 2"),
		"sequences": pgtest.Rows(m.t, m.target,
			"SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2"),
	}
	for name, rows := range contents(m.t, m.target) {
		out[name] = rows
	}
	return out
}

// contents gives the rows of every table and materialised view of a database as sorted text.
func contents(t testing.TB, url string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, name := range tables(t, url) {
		out[name] = pgtest.Rows(t, url, "SELECT x::text FROM ONLY "+name+" x ORDER BY 1")
	}
	return out
}

// tables lists what holds rows, quoted.
func tables(t testing.TB, url string) []string {
	t.Helper()
	return pgtest.Rows(t, url,
		`SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated) AND n.nspname !~ '^pg_'
			AND n.nspname <> 'information_schema' ORDER BY 1`)
}

// same compares the rows of every table on both sides, but for those that the test speaks of itself.
func (m *moved) same(but ...string) {
	m.t.Helper()
	source, target := contents(m.t, m.source), contents(m.t, m.target)
	for _, name := range but {
		delete(source, name)
		delete(target, name)
	}
	if d := cmp.Diff(source, target); d != "" {
		if len(d) > 4000 {
			d = d[:4000] + "…"
		}
		m.t.Errorf("the rows differ (-source +target):\n%s", d)
	}
}

// sameAnswer holds a query's answer on the target against the source's.
func (m *moved) sameAnswer(query string) {
	m.t.Helper()
	if d := cmp.Diff(pgtest.Rows(m.t, m.source, query), pgtest.Rows(m.t, m.target, query)); d != "" {
		m.t.Errorf("%s (-source +target):\n%s", query, d)
	}
}

// want holds a query's answer on the target against what is said.
func (m *moved) want(query string, rows ...string) {
	m.t.Helper()
	if got := pgtest.Rows(m.t, m.target, query); !slices.Equal(got, rows) {
		m.t.Errorf("%s:\ngot  %q\nwant %q", query, got, rows)
	}
}

// noted reports whether the run or the plan said something.
func (m *moved) noted(plan *engine.Plan, part string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	notes := append([]string(nil), m.notes...)
	for _, r := range plan.Refreshes {
		notes = append(notes, r.Notes...)
	}
	return slices.ContainsFunc(notes, func(s string) bool { return strings.Contains(s, part) })
}

// text gives diagnostics whole: what a person would read.
func text(ds diag.Diagnostics) string {
	var b strings.Builder
	for _, d := range ds {
		at := ""
		if d.Range != nil {
			at = d.Range.String() + ": "
		}
		fmt.Fprintf(&b, "\n%s%s [%s] %s: %s", at, d.Severity, d.Code, d.Summary, d.Detail)
	}
	return b.String()
}

// mentions fails the test unless one diagnostic has all the parts.
func mentions(t testing.TB, ds diag.Diagnostics, parts ...string) diag.Diagnostic {
	t.Helper()
	for _, d := range ds {
		whole := text(diag.Diagnostics{d})
		if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(whole, p) }) {
			return d
		}
	}
	t.Fatalf("no diagnostic has %q:%s", parts, text(ds))
	return diag.Diagnostic{}
}

// line gives the source line that a diagnostic points at.
func line(d diag.Diagnostic) string {
	if d.Snippet == nil {
		return ""
	}
	return strings.TrimSpace(d.Snippet.Code)
}

// once makes a hook that runs when the first step of a kind is in a state.
func once(kind string, when engine.EventType, f func()) func(engine.Event) {
	var done sync.Once
	return func(e engine.Event) {
		if e.Step != nil && e.Step.Kind == kind && e.Type == when {
			done.Do(f)
		}
	}
}

func connect(url string) (*pgx.Conn, error) { return pgx.Connect(context.Background(), url) }

// files gives the content of every file below a directory.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		out[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func shapesOf(t testing.TB, url string) map[string]string {
	t.Helper()
	shapes, err := catalog.Shapes(context.Background(), pgtest.Connect(t, url), nil)
	if err != nil {
		t.Fatal(err)
	}
	return shapes
}
