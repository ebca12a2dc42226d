// Package pgtest gives tests real PostgreSQL servers: one or two a test binary, started when the first
// test asks and stopped when the binary ends.
package pgtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// servers are those of this test binary. It is the one place of package-level state: a test binary
// has no other owner that outlives a test.
var servers struct {
	sync.Mutex
	dir     string
	running map[string]*pgserver.Server
	guard   *exec.Cmd
}

var databases atomic.Int64

// Main runs the tests of a binary and then stops its servers; call it from TestMain:
// os.Exit(pgtest.Main(m)).
func Main(m *testing.M) int {
	defer stopAll()
	return m.Run()
}

// Runner is Main for testscript.Main.
func Runner(m *testing.M) interface{ Run() int } { return runner{m} }

type runner struct{ m *testing.M }

func (r runner) Run() int { return Main(r.m) }

// Server gives the test binary's first server.
func Server(t testing.TB) *pgserver.Server { t.Helper(); return named(t, "prod", nil) }

// Pair gives two independent servers: production and staging.
func Pair(t testing.TB) (prod, staging *pgserver.Server) {
	t.Helper()
	return named(t, "prod", nil), named(t, "staging", nil)
}

// Own gives a server for one test alone, stopped when it ends: for tests that crash it or read its log.
func Own(t testing.TB, settings map[string]string) *pgserver.Server {
	t.Helper()
	s := named(t, fmt.Sprintf("own%d", databases.Add(1)), settings)
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

func named(t testing.TB, name string, settings map[string]string) *pgserver.Server {
	t.Helper()
	NeedsServer(t)
	servers.Lock()
	defer servers.Unlock()
	if s := servers.running[name]; s != nil {
		return s
	}
	installation, err := pgserver.Find(os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	if servers.dir == "" {
		if servers.dir, err = MkdirTemp("shoji-test-"); err != nil {
			t.Fatal(err)
		}
		servers.running = map[string]*pgserver.Server{}
		startGuard(t)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, err := pgserver.Start(ctx, pgserver.Config{
		Installation: installation,
		Dir:          servers.dir + "/" + name,
		Settings:     settings,
	})
	if err != nil {
		t.Fatal(err)
	}
	servers.running[name] = s
	return s
}

// startGuard leaves a shell behind that stops the servers when this process ends in whatever way, kill -9
// included: its standard input closes then.
func startGuard(t testing.TB) {
	const script = `cat >/dev/null
for d in "$0"/*/data; do
  [ -f "$d/postmaster.pid" ] && kill -QUIT "$(head -n 1 "$d/postmaster.pid")" 2>/dev/null
done
sleep 1
rm -rf "$0"`
	guard := exec.Command("sh", "-c", script, servers.dir)
	guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := guard.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := guard.Start(); err != nil {
		t.Fatal(err)
	}
	servers.guard = guard
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		os.Exit(1) // the guard stops the servers
	}()
}

func stopAll() {
	servers.Lock()
	defer servers.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, s := range servers.running {
		_ = s.Stop(ctx)
	}
	servers.running = nil
}

// Database makes an empty database on s, dropped when the test ends, and gives the superuser's URL.
func Database(t testing.TB, s *pgserver.Server) string {
	t.Helper()
	name := fmt.Sprintf("t%d", databases.Add(1))
	admin := s.AdminURL("postgres")
	Exec(t, admin, "CREATE DATABASE "+sqltext.Ident(name))
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), admin)
		if err != nil {
			return // the test crashed the server
		}
		defer func() { _ = conn.Close(context.Background()) }()
		_, _ = conn.Exec(context.Background(), "DROP DATABASE IF EXISTS "+sqltext.Ident(name)+" WITH (FORCE)")
	})
	return s.AdminURL(name)
}

// Role makes a role that may log in, with attributes such as "CREATEDB", dropped when the test ends where
// it owns nothing any more. It gives the name; its password is the name.
func Role(t testing.TB, s *pgserver.Server, attributes string) string {
	t.Helper()
	name := fmt.Sprintf("r%d", databases.Add(1))
	Exec(t, s.AdminURL("postgres"),
		fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD %s %s", sqltext.Ident(name), sqltext.Literal(name), attributes))
	return name
}

// As gives url with another user, as Role made it.
func As(t testing.TB, url, role string) string {
	t.Helper()
	return strings.Replace(url, pgserver.Admin+":"+pgserver.Password+"@", role+":"+role+"@", 1)
}

// Connect gives a connection, closed when the test ends.
func Connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Exec runs statements, several in one text too.
func Exec(t testing.TB, url string, statements ...string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, st := range statements {
		if _, err := conn.PgConn().Exec(ctx, st).ReadAll(); err != nil {
			t.Fatalf("running %s: %v", st, err)
		}
	}
}

// Rows gives the rows of a query as text, columns joined with |, NULL as "NULL".
func Rows(t testing.TB, url, query string) []string {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	results, err := conn.PgConn().Exec(ctx, query).ReadAll()
	if err != nil {
		t.Fatalf("running %s: %v", query, err)
	}
	var rows []string
	for _, r := range results {
		for _, row := range r.Rows {
			cells := make([]string, len(row))
			for i, c := range row {
				if cells[i] = string(c); c == nil {
					cells[i] = "NULL"
				}
			}
			rows = append(rows, strings.Join(cells, "|"))
		}
	}
	return rows
}
