package swap

import (
	"context"
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
	"github.com/shoji-pg/shoji/providers/postgres/op"
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
	// workers is 4 unless set.
	workers int
}

// notes collects what steps report.
type notes struct {
	mu    sync.Mutex
	lines []string
}

func (n *notes) Progress(engine.Progress)      {}
func (n *notes) Effects([]engine.ColumnEffect) {}
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
	r := &refreshing{
		t:      t,
		source: source,
		server: server,
		user:   pgtest.Role(t, server, "CREATEDB"),
		names:  names,
		notes:  &notes{},
	}
	r.refresh = &spec.Refresh{
		Name:       "nightly",
		From:       &spec.Database{Name: "prod", URL: source},
		To:         &spec.Database{Name: "staging", URL: r.url(live), Maintenance: "postgres"},
		Mode:       spec.Swap,
		Jobs:       4,
		Disconnect: "terminate",
	}
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
	locale, err := catalog.ReadLocale(ctx, source)
	if err != nil {
		r.t.Fatal(err)
	}
	admin, err := r.maintenance(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = admin.Close(ctx) }()
	facts, err := Inspect(ctx, admin, r.names, r.refresh)
	if err != nil {
		r.t.Fatal(err)
	}
	in := Input{Refresh: r.refresh, Names: r.names, Source: cat, Locale: locale, Target: facts}
	in.Rows.Open, in.Verify = nothing{}, nothing{}
	for i := range cat.Tables {
		table := &cat.Tables[i]
		if table.Partitioned {
			continue
		}
		rows := copyRows{Database: in.inNext(), Schema: table.Schema, Table: table.Name}
		for _, c := range table.Columns {
			if c.Generated == "" {
				rows.Columns = append(rows.Columns, c.Name)
			}
		}
		in.Rows.Tables = append(in.Rows.Tables, TableRows{
			Table: &decide.Table{Source: table, Treatment: decide.Copy},
			Load:  rows,
		})
	}
	in.Grants = []engine.Step{op.Fill(engine.Step{ID: "grants"}, nothing{})}
	var selected diag.Diagnostics
	in.Script, _, selected = ddl.Select(r.dump(r.source), ddl.Selection{
		Extensions: cat.Extensions,
		Target:     facts.DDLTarget(),
	})
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
	pgtest.NeedsDump(r.t)
	p, err := ddl.SystemFinder().Find(context.Background(), 13)
	if err != nil {
		r.t.Fatal(err)
	}
	u, err := url.Parse(from)
	if err != nil {
		r.t.Fatal(err)
	}
	password, _ := u.User.Password()
	s, err := ddl.Dump(context.Background(), p,
		[]string{"PGHOST=" + u.Hostname(), "PGPORT=" + u.Port(), "PGUSER=" + u.User.Username(),
			"PGPASSWORD=" + password, "PGDATABASE=" + strings.TrimPrefix(u.Path, "/")}, ddl.Args{})
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// refreshNow plans and applies, and fails the test on any error.
func (r *refreshing) refreshNow(run string) Draft {
	r.t.Helper()
	draft, diags := r.plan()
	if diags.HasErrors() {
		r.t.Fatal(diags)
	}
	if err := r.apply(draft.Steps, op.Run{ID: run, Time: time.Unix(1700000000, 0)}, 1); err != nil {
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
