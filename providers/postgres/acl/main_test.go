package acl

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var worlds atomic.Int64

// world is a database of its own, a user who manages it, and names of roles that no other test has.
type world struct {
	t        testing.TB
	server   *pgserver.Server
	admin    string // URL of the superuser
	url      string // URL of who manages
	user     string
	database string
	suffix   string
	project  string
	spec     *spec.Database
	declared []*spec.Role // in the last plan
	password string       // of all roles that have one
}

// newWorld makes one. attributes are those of the managing role, "" makes the superuser the manager; the
// manager owns the database.
func newWorld(t testing.TB, attributes string) *world {
	return newWorldOn(t, pgtest.Server(t), attributes)
}

func newWorldOn(t testing.TB, server *pgserver.Server, attributes string) *world {
	t.Helper()
	n := worlds.Add(1)
	w := &world{
		t:       t,
		server:  server,
		suffix:  fmt.Sprintf("_w%d", n),
		project: fmt.Sprintf("p%d", n),
		spec:    &spec.Database{Name: "staging", Range: diag.Range{Filename: "db.hcl"}},
	}
	t.Cleanup(w.dropRoles)
	w.admin = pgtest.Database(t, server)
	w.url, w.user = w.admin, pgserver.Admin
	w.database = databaseOf(t, w.admin)
	if attributes != "" {
		w.user = "manager" + w.suffix
		w.exec(fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD %s %s", sqltext.Ident(w.user), sqltext.Literal(w.user),
			attributes))
		w.exec("ALTER DATABASE " + sqltext.Ident(w.database) + " OWNER TO " + sqltext.Ident(w.user))
		w.url = pgtest.As(t, w.admin, w.user)
	}
	w.spec.URL = w.url
	return w
}

func databaseOf(t testing.TB, text string) string {
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

// dropRoles ends what a test leaves on the server.
func (w *world) dropRoles() {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, w.server.AdminURL("postgres"))
	if err != nil {
		return
	}
	defer func() { _ = c.Close(ctx) }()
	rows, err := c.Query(ctx, "SELECT rolname::text FROM pg_roles WHERE rolname LIKE '%' || $1",
		strings.ReplaceAll(w.suffix, "_", `\_`))
	if err != nil {
		w.t.Error(err)
		return
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.t.Error(err)
	}
	for _, n := range names {
		_, _ = c.Exec(ctx, "DROP OWNED BY "+sqltext.Ident(n)+" CASCADE")
	}
	for range 2 { // grantors of memberships last
		for _, n := range names {
			_, _ = c.Exec(ctx, "DROP ROLE IF EXISTS "+sqltext.Ident(n))
		}
	}
}

func (w *world) exec(statements ...string)   { w.t.Helper(); pgtest.Exec(w.t, w.admin, statements...) }
func (w *world) execAs(statements ...string) { w.t.Helper(); pgtest.Exec(w.t, w.url, statements...) }
func (w *world) rows(query string) []string  { w.t.Helper(); return pgtest.Rows(w.t, w.admin, query) }
func (w *world) name(role string) string     { return role + w.suffix }
func (w *world) ident(role string) string    { return sqltext.Ident(role + w.suffix) }
func (w *world) at(database string) string {
	return strings.Replace(w.url, "/"+w.database+"?", "/"+database+"?", 1)
}
func (w *world) connect(text string) *pgx.Conn { w.t.Helper(); return pgtest.Connect(w.t, text) }
func (w *world) version() int                  { return w.inspect().VersionNum }

// role returns a declared role; f completes it.
func (w *world) role(label string, f func(*spec.Role)) *spec.Role {
	r := &spec.Role{
		Label:    label,
		Name:     w.name(label),
		In:       w.spec,
		Mode:     "additive",
		OnRemove: "disable",
		Range:    diag.Range{Filename: "roles.hcl", Start: diag.Pos{Line: 1}},
	}
	if f != nil {
		f(r)
	}
	return r
}

func (w *world) inspect() *State {
	w.t.Helper()
	return inspectAt(w.t, w.url)
}

func inspectAt(t testing.TB, text string) *State {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, text)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	s, err := Inspect(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) input(roles ...*spec.Role) Input {
	w.t.Helper()
	w.declared = roles
	return Input{Project: w.project, Database: w.spec, Roles: roles, Declared: roles, Live: w.inspect()}
}

// plan returns a draft that must have no errors.
func (w *world) plan(roles ...*spec.Role) Draft {
	w.t.Helper()
	draft, diags := Diff(w.input(roles...))
	if diags.HasErrors() {
		w.t.Fatalf("planning: %v", diags)
	}
	return draft
}

// errors returns the diagnostics of a plan that must fail.
func (w *world) errors(roles ...*spec.Role) string {
	w.t.Helper()
	_, diags := Diff(w.input(roles...))
	if !diags.HasErrors() {
		w.t.Fatal("the plan has no errors")
	}
	return diags.Error()
}

func (w *world) run(step engine.Step) error {
	w.t.Helper()
	o, err := Kinds().Decode(step)
	if err != nil {
		return err
	}
	project := &spec.Project{
		Databases: []*spec.Database{w.spec},
		Roles:     w.declared,
		LookupEnv: func(string) (string, bool) { return w.password, true },
	}
	return o.Run(context.Background(), &op.Env{
		Project:  project,
		Sessions: session.New(project, session.Options{}),
		Random:   rand.Reader,
	})
}

// runAll runs steps in the order that their needs ask for.
func (w *world) runAll(steps []engine.Step) {
	w.t.Helper()
	ids, done := map[string]bool{}, map[string]bool{}
	for _, s := range steps {
		ids[s.ID] = true
	}
	for len(done) < len(steps) {
		before := len(done)
		for _, s := range steps {
			ready := !done[s.ID]
			for _, n := range s.Needs {
				ready = ready && (done[n] || !ids[n])
			}
			if !ready {
				continue
			}
			if err := w.run(s); err != nil {
				w.t.Fatalf("running %s: %v", s.ID, err)
			}
			done[s.ID] = true
		}
		if len(done) == before {
			w.t.Fatalf("the steps wait for each other: %v", ids)
		}
	}
}

// apply plans, runs, and plans again: the second plan must be empty (promise 8).
func (w *world) apply(roles ...*spec.Role) Draft {
	w.t.Helper()
	draft := w.plan(roles...)
	w.runAll(draft.Steps)
	again := w.plan(roles...)
	if len(again.Changes)+len(again.Steps) > 0 {
		w.t.Fatalf("a plan after the apply is not empty:\n%s", text(again))
	}
	return draft
}

// text returns a draft's statements, notes and hazards for comparing.
func text(d Draft) string {
	var b strings.Builder
	for _, c := range d.Changes {
		fmt.Fprintf(&b, "%s %s\n", c.Action, c.Address)
		for _, n := range c.Notes {
			fmt.Fprintf(&b, "  # %s\n", n)
		}
		for _, s := range c.Statements {
			fmt.Fprintf(&b, "  %s\n", s.Text)
		}
		for _, h := range c.Hazards {
			fmt.Fprintf(&b, "  ! %s: %s\n", h.Name, h.Reason)
		}
	}
	return b.String()
}

func yes() *bool { v := true; return &v }
func no() *bool  { v := false; return &v }

func on(kind, schema, name string) spec.Selector {
	return spec.Selector{Kind: kind, Schema: schema, Name: name}
}
func all(kind, schema string) spec.Selector {
	return spec.Selector{Kind: kind, Schema: schema, All: true}
}

func grant(on spec.Selector, privileges ...string) spec.Grant {
	return spec.Grant{
		On:         on,
		Privileges: privileges,
		Range:      diag.Range{Filename: "roles.hcl", Start: diag.Pos{Line: 7}},
	}
}

// contains fails unless every part is in the text.
func contains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%q is not in:\n%s", p, text)
		}
	}
}

// notContains fails if a part is in the text.
func notContains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(text, p) {
			t.Errorf("%q is in:\n%s", p, text)
		}
	}
}
