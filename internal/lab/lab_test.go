package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/lab/shop"
)

// place gives a directory that a server's user can reach, and clears a lab in it at the end.
func place(t *testing.T) string {
	t.Helper()
	parent, err := pgtest.MkdirTemp("shoji-lab-")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "lab")
	t.Cleanup(func() {
		_ = Down(context.Background(), dir)
		_ = os.RemoveAll(parent)
	})
	return dir
}

func installation(t *testing.T) pgserver.Installation {
	t.Helper()
	pgtest.NeedsServer(t)
	i, err := pgserver.Find(os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func env(l *Lab) map[string]string {
	values := map[string]string{}
	for _, line := range l.Env() {
		k, v, _ := strings.Cut(line, "=")
		values[k] = v
	}
	return values
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func TestUpUseDown(t *testing.T) {
	ctx := context.Background()
	dir := place(t)
	var notes []string
	made, err := Up(ctx, Options{
		Dir:          dir,
		Installation: installation(t),
		Shop:         &shop.Options{Scale: 0.02},
		Note:         func(s string) { notes = append(notes, s) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) < 3 {
		t.Errorf("notes: %q", notes)
	}
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(l.Env()), fmt.Sprint(made.Env()); got != want {
		t.Errorf("opened again the lab says %s, not %s", got, want)
	}
	if info, err := os.Stat(filepath.Join(dir, stateFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the state: %v, %v", info.Mode(), err)
	}
	values := env(l)
	if len(values) != 3 || len(values["SHOJI_MASK_KEY"]) < 32 {
		t.Errorf("environment: %v", values)
	}
	masker := connect(t, values["SHOJI_PROD_URL"])
	for query, want := range map[string]string{
		"SELECT count(*) > 100 FROM customers":                                                             "true",
		"SELECT count(*) > 10 FROM support.tickets":                                                        "true",
		"SELECT rolcreatedb AND rolcreaterole AND NOT rolsuper FROM pg_roles WHERE rolname = CURRENT_USER": "true",
		"SELECT has_table_privilege('customers', 'INSERT, UPDATE, DELETE, TRUNCATE')":                      "false",
		"SELECT count(*) = 0 FROM pg_class WHERE pg_has_role(relowner, 'USAGE')":                           "true",
	} {
		var got bool
		if err := masker.QueryRow(ctx, query).Scan(&got); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, %v", query, got, err)
		}
	}
	for _, statement := range []string{"CREATE DATABASE mine", "CREATE ROLE somebody LOGIN"} {
		if _, err := masker.Exec(ctx, statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	// A table that the shop gets later can be read too.
	admin := connect(t, l.ProductionAdminURL(Database))
	if err := run(ctx, admin, []string{"SET ROLE shop_owner", "CREATE TABLE later (x int)"}); err != nil {
		t.Fatal(err)
	}
	if _, err := masker.Exec(ctx, "SELECT * FROM later"); err != nil {
		t.Error(err)
	}
	// Staging has no copy yet; its user can make one.
	if _, err := pgx.Connect(ctx, values["SHOJI_STAGING_URL"]); err == nil ||
		!strings.Contains(err.Error(), "does not exist") {
		t.Errorf("staging before the first refresh: %v", err)
	}
	refresher := connect(t, strings.Replace(values["SHOJI_STAGING_URL"], "/"+Database+"?", "/postgres?", 1))
	for _, statement := range []string{"CREATE DATABASE shop", "CREATE ROLE somebody LOGIN"} {
		if _, err := refresher.Exec(ctx, statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	connect(t, values["SHOJI_STAGING_URL"])
	// The password that every server begins with opens nothing here.
	if _, err := pgx.Connect(ctx, l.state.Production.AdminURL("postgres")); err == nil {
		t.Error("the superuser's password is the one that everybody knows")
	}

	if _, err := Up(ctx, Options{Dir: dir, Installation: installation(t)}); err == nil ||
		!strings.Contains(err.Error(), "already") {
		t.Errorf("a second lab in one directory: %v", err)
	}
	if err := connect(t, values["SHOJI_PROD_URL"]).Ping(ctx); err != nil {
		t.Errorf("the refused Up touched the first lab: %v", err)
	}
	if err := l.Down(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory is still there: %v", err)
	}
	if _, err := pgx.Connect(ctx, values["SHOJI_PROD_URL"]); err == nil {
		t.Error("the server still runs")
	}
	if err := l.Down(ctx); err == nil || !strings.Contains(err.Error(), "no lab") {
		t.Errorf("Down twice: %v", err)
	}
}

func TestDownLeavesWhatIsNotItsOwn(t *testing.T) {
	ctx := context.Background()
	dir := place(t)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(dir, "thesis.txt")
	if err := os.WriteFile(own, []byte("years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Down(ctx, dir); err == nil || !strings.Contains(err.Error(), "no lab") {
		t.Errorf("Down of a directory that is no lab: %v", err)
	}
	if _, err := Up(ctx, Options{Dir: dir, Installation: installation(t)}); err == nil ||
		!strings.Contains(err.Error(), "not empty") {
		t.Errorf("Up in a directory that is not empty: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, stateFile), []byte(`{"kind":"somebody's"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Down(ctx, dir); err == nil || !strings.Contains(err.Error(), "not a lab's") {
		t.Errorf("Down of another program's directory: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, stateFile)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(own); err != nil {
		t.Fatal(err)
	}
	l, err := Up(ctx, Options{Dir: dir, Installation: installation(t)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, []byte("years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Down(ctx); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left in the directory: %v, %v", left, err)
	}
	if text, err := os.ReadFile(own); err != nil || string(text) != "years of work" {
		t.Errorf("the file: %q, %v", text, err)
	}
}

func TestInterruptedUpLeavesNothing(t *testing.T) {
	for _, after := range []time.Duration{0, 300 * time.Millisecond, 1200 * time.Millisecond, 2 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			dir := place(t)
			ctx, cancel := context.WithTimeout(context.Background(), after)
			defer cancel()
			l, err := Up(ctx, Options{Dir: dir, Installation: installation(t), Shop: &shop.Options{}})
			if err == nil {
				t.Skipf("the lab was up sooner: %v", l.Down(context.Background()))
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the directory is still there: %v", err)
			}
		})
	}
}

// What a killed Up leaves is cleared by Down: nothing started, one server running, a stale process id.
func TestDownAfterKill(t *testing.T) {
	ctx := context.Background()
	t.Run("before anything", func(t *testing.T) {
		dir := place(t)
		if _, err := claim(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := Up(ctx, Options{Dir: dir, Installation: installation(t)}); err == nil ||
			!strings.Contains(err.Error(), "already") {
			t.Errorf("Up over an unfinished lab: %v", err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "not finished") {
			t.Errorf("Open of an unfinished lab: %v", err)
		}
		if err := Down(ctx, dir); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the directory is still there: %v", err)
		}
	})
	t.Run("one server running, one crashed", func(t *testing.T) {
		dir := place(t)
		l, err := Up(ctx, Options{Dir: dir, Installation: installation(t)})
		if err != nil {
			t.Fatal(err)
		}
		l.state.Ready = false
		if err := l.state.write(dir); err != nil {
			t.Fatal(err)
		}
		pidFile := filepath.Join(stagingDir(dir), "data", "postmaster.pid")
		text, err := os.ReadFile(pidFile)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.state.Staging.Stop(ctx); err != nil {
			t.Fatal(err)
		}
		// The number in a stale file can be another process's by now: here it is this test's.
		_, rest, _ := strings.Cut(string(text), "\n")
		if err := os.WriteFile(pidFile, []byte(fmt.Sprintf("%d\n%s", os.Getpid(), rest)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Down(ctx, dir); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the directory is still there: %v", err)
		}
		if _, err := pgx.Connect(ctx, env(l)["SHOJI_PROD_URL"]); err == nil {
			t.Error("production still runs")
		}
	})
}

func TestRootNeedsAReachableDirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("not root: servers run as this user")
	}
	closed := filepath.Dir(place(t))
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Up(context.Background(), Options{Dir: filepath.Join(closed, "lab"), Installation: installation(t)})
	if err == nil || !strings.Contains(err.Error(), "cannot enter "+closed) {
		t.Fatalf("error %v", err)
	}
}
