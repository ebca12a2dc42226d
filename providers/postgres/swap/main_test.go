package swap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// refreshing is a source, a target server, and a role there that may create databases and is
// no superuser.
type refreshing struct {
	t       testing.TB
	source  string // URL
	server  *pgserver.Server
	user    string
	names   Names
	refresh *spec.Refresh
	// adjust changes the selection before the plan is made.
	adjust func(*Input)
	notes  *notes
}

// notes collects what steps report.
type notes struct {
	mu    sync.Mutex
	lines []string
}

func (n *notes) Progress(engine.Progress) {}
func (n *notes) Note(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, text)
}
func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.lines, "\n")
}

func newRefreshing(t testing.TB, source, live string) *refreshing {
	t.Helper()
	server := pgtest.Server(t)
	return newRefreshingOn(t, server, source, live)
}

func newRefreshingOn(t testing.TB, server *pgserver.Server, source, live string) *refreshing {
	t.Helper()
	names, err := NewNames(live)
	if err != nil {
		t.Fatal(err)
	}
	r := &refreshing{t: t, source: source, server: server, user: pgtest.Role(t, server, "CREATEDB"), names: names, notes: &notes{}}
	r.refresh = &spec.Refresh{Name: "nightly", From: &spec.Database{Name: "prod"}, To: &spec.Database{Name: "staging"}, Mode: spec.Swap, Jobs: 4, Disconnect: "terminate"}
	t.Cleanup(func() {
		for _, n := range []string{names.Live, names.Next, names.Previous, names.Old} {
			pgtest.Exec(t, server.AdminURL("postgres"), "DROP DATABASE IF EXISTS "+sqltext.Ident(n)+" WITH (FORCE)")
		}
	})
	return r
}

// live makes the live copy as the user of the refresh, with one table that says who it is.
func (r *refreshing) live(content string) {
	r.t.Helper()
	pgtest.Exec(r.t, r.url("postgres"), "CREATE DATABASE "+sqltext.Ident(r.names.Live))
	pgtest.Exec(r.t, r.url(r.names.Live), "CREATE TABLE who AS SELECT "+sqltext.Literal(content)+" AS am_i")
}

func (r *refreshing) url(database string) string {
	return pgtest.As(r.t, r.server.AdminURL(database), r.user)
}

func (r *refreshing) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(r.url("postgres"))
	if err != nil {
		return nil, err
	}
	config.Database = database
	return pgx.ConnectConfig(ctx, config)
}

func (r *refreshing) maintenance(ctx context.Context) (*pgx.Conn, error) {
	return r.connect(ctx, "postgres")
}

// plan does what the provider does, with every ordinary table copied unmasked.
func (r *refreshing) plan() (Draft, diag.Diagnostics) {
	r.t.Helper()
	ctx := context.Background()
	source := pgtest.Connect(r.t, r.source)
	cat, err := catalog.Read(ctx, source)
	if err != nil {
		r.t.Fatal(err)
	}
	locale, err := ReadLocale(ctx, source)
	if err != nil {
		r.t.Fatal(err)
	}
	admin, err := r.maintenance(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = admin.Close(ctx) }()
	facts, err := Inspect(ctx, admin, r.names, r.refresh.Owner)
	if err != nil {
		r.t.Fatal(err)
	}
	in := Input{Refresh: r.refresh, Names: r.names, Source: cat, Locale: locale, Target: facts}
	for i := range cat.Tables {
		table := &cat.Tables[i]
		d := decide.Table{Source: table, Treatment: decide.Copy}
		if table.Partitioned {
			d.Treatment = decide.Partitioned
		}
		in.Tables = append(in.Tables, d)
	}
	in.Copy = func(t decide.Table, s engine.Step) engine.Step {
		var columns []string
		for _, c := range t.Source.Columns {
			if c.Generated == "" {
				columns = append(columns, c.Name)
			}
		}
		fill(&s, "test.copy", []string{t.Source.Schema, t.Source.Name}, "", "COPY "+sqltext.Ident(t.Source.Schema, t.Source.Name)+" ("+sqltext.Idents(columns)+")")
		return s
	}
	in.Verify = func(s engine.Step) engine.Step { s.Kind = "test.nothing"; return s }
	in.Grants = []engine.Step{{ID: "grants", Kind: "test.nothing"}}
	var selected diag.Diagnostics
	in.Script, _, selected = ddl.Select(r.dump(r.source), ddl.Selection{Extensions: cat.Extensions, Target: facts.DDLTarget()})
	if selected.HasErrors() {
		r.t.Fatal(selected)
	}
	if r.adjust != nil {
		r.adjust(&in)
	}
	return Build(in)
}

func (r *refreshing) dump(from string) *ddl.Script {
	r.t.Helper()
	p, err := ddl.SystemFinder().Find(context.Background(), 13)
	if err != nil {
		r.t.Fatal(err)
	}
	u, err := url.Parse(from)
	if err != nil {
		r.t.Fatal(err)
	}
	password, _ := u.User.Password()
	s, err := ddl.Dump(context.Background(), p, []string{"PGHOST=" + u.Hostname(), "PGPORT=" + u.Port(), "PGUSER=" + u.User.Username(),
		"PGPASSWORD=" + password, "PGDATABASE=" + strings.TrimPrefix(u.Path, "/")}, ddl.Args{})
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// execute runs one step as the provider does.
func (r *refreshing) execute(ctx context.Context, s engine.Step, run Run) error {
	decode := func(into any) {
		if err := json.Unmarshal(s.Params, into); err != nil {
			panic(err)
		}
	}
	on := func(database string, f func(*pgx.Conn) error) error {
		c, err := r.connect(ctx, database)
		if err != nil {
			return err
		}
		defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
		return f(c)
	}
	switch s.Kind {
	case KindCreateDatabase:
		var p CreateParams
		decode(&p)
		return on("postgres", func(c *pgx.Conn) error { return CreateDatabase(ctx, c, r.connect, p, s.Statements, run, r.notes) })
	case KindStatements:
		var p GroupParams
		decode(&p)
		return on(p.Database, func(c *pgx.Conn) error { return Statements(ctx, c, p, s.Statements, run, r.notes) })
	case KindPostData:
		var p PostParams
		decode(&p)
		return on(p.Database, func(c *pgx.Conn) error { return PostData(ctx, c, p, s.Statements, r.notes) })
	case KindRefreshView, KindAnalyze:
		var p PlainParams
		decode(&p)
		return on(p.Database, func(c *pgx.Conn) error { return RefreshView(ctx, c, p, s.Statements, r.notes) })
	case KindSettings:
		var p PlainParams
		decode(&p)
		return on(p.Database, func(c *pgx.Conn) error { return Settings(ctx, c, p, s.Statements) })
	case KindSequences:
		var p SequencesParams
		decode(&p)
		return on(p.Database, func(c *pgx.Conn) error {
			source, err := pgx.Connect(ctx, r.source)
			if err != nil {
				return err
			}
			defer func() { _ = source.Close(ctx) }()
			return Sequences(ctx, source, c, p)
		})
	case KindSwap:
		var p SwapParams
		decode(&p)
		return Swap(ctx, r.maintenance, p, run, 20*time.Second, r.notes)
	case "test.copy":
		return on(r.names.Next, func(c *pgx.Conn) error { return r.copy(ctx, c, s) })
	case "test.nothing":
		return nil
	}
	return fmt.Errorf("no such kind: %s", s.Kind)
}

func (r *refreshing) copy(ctx context.Context, c *pgx.Conn, s engine.Step) error {
	source, err := pgx.Connect(ctx, r.source)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close(ctx) }()
	var name []string
	if err := json.Unmarshal(s.Params, &name); err != nil {
		return err
	}
	list := s.Statements[0].Text[strings.LastIndex(s.Statements[0].Text, " ("):]
	if list == " ()" {
		return nil
	}
	columns := strings.TrimSuffix(strings.TrimPrefix(list, " ("), ")")
	reader, writer := io.Pipe()
	go func() {
		_, err := source.PgConn().CopyTo(ctx, writer, "COPY (SELECT "+columns+" FROM ONLY "+sqltext.Ident(name...)+") TO STDOUT")
		writer.CloseWithError(err)
	}()
	if _, err := c.Exec(ctx, "BEGIN"); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, "TRUNCATE ONLY "+sqltext.Ident(name...)); err != nil {
		return err
	}
	if _, err := c.PgConn().CopyFrom(ctx, reader, "COPY "+sqltext.Ident(name...)+list+" FROM STDIN"); err != nil {
		return err
	}
	_, err = c.Exec(ctx, "COMMIT")
	return err
}

// apply walks the steps with four workers, as the engine does. Each step is run times over.
func (r *refreshing) apply(steps []engine.Step, run Run, times int) error {
	const workers = 4
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	known := map[string]bool{}
	for _, s := range steps {
		if known[s.ID] {
			return fmt.Errorf("two steps are called %s", s.ID)
		}
		known[s.ID] = true
	}
	for _, s := range steps {
		for _, n := range s.Needs {
			if !known[n] {
				return fmt.Errorf("%s needs %s, which is no step", s.ID, n)
			}
		}
	}
	done, running, held := map[string]bool{}, map[string]bool{}, map[string]bool{}
	type result struct {
		step engine.Step
		err  error
	}
	results := make(chan result)
	var failed error
	for {
		for _, s := range steps {
			ready := failed == nil && !done[s.ID] && !running[s.ID] && len(running) < workers
			for _, n := range s.Needs {
				ready = ready && done[n]
			}
			for _, c := range s.Contends {
				ready = ready && !held[c]
			}
			if !ready {
				continue
			}
			running[s.ID] = true
			for _, c := range s.Contends {
				held[c] = true
			}
			go func() {
				var err error
				for range times {
					if err == nil {
						err = r.execute(ctx, s, run)
					}
				}
				results <- result{s, err}
			}()
		}
		if len(running) == 0 {
			if failed == nil && len(done) < len(steps) {
				return errors.New("the steps wait for each other")
			}
			return failed
		}
		res := <-results
		delete(running, res.step.ID)
		for _, c := range res.step.Contends {
			delete(held, c)
		}
		if res.err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", res.step.ID, res.err)
		}
		done[res.step.ID] = res.err == nil
	}
}

// refreshNow plans and applies, and fails the test on any error.
func (r *refreshing) refreshNow(run string) Draft {
	r.t.Helper()
	draft, diags := r.plan()
	if diags.HasErrors() {
		r.t.Fatal(diags)
	}
	if err := r.apply(draft.Steps, Run{ID: run, Time: time.Unix(1700000000, 0)}, 1); err != nil {
		r.t.Fatal(err)
	}
	return draft
}

func (r *refreshing) status() Status {
	r.t.Helper()
	c, err := r.maintenance(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	s, err := ReadStatus(context.Background(), c, r.names)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}
