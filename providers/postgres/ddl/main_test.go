package ddl

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// environ returns the PG* variables of a connection URL.
func environ(t *testing.T, text string) []string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	return []string{"PGHOST=" + u.Hostname(), "PGPORT=" + u.Port(), "PGUSER=" + u.User.Username(),
		"PGPASSWORD=" + password, "PGDATABASE=" + strings.TrimPrefix(u.Path, "/"), "PGSSLMODE=disable"}
}

// program returns a pg_dump for the test's server.
func program(t *testing.T) Program {
	t.Helper()
	pgtest.NeedsDump(t)
	p, err := SystemFinder().Find(context.Background(), 13)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func dump(t *testing.T, url string, args Args) *Script {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := Dump(ctx, program(t), environ(t, url), args)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// nasty returns a database with everything that makes structure hard to copy.
func nasty(t *testing.T) string {
	t.Helper()
	sql, err := os.ReadFile("testdata/nasty.sql")
	if err != nil {
		t.Fatal(err)
	}
	if pgtest.Server(t).Installation.Major < 14 { // bodies that are parsed came with 14
		sql = bytes.Replace(sql, []byte("BEGIN ATOMIC SELECT i + 1; SELECT i + 2; END;"), []byte("AS 'SELECT i + 2';"),
			1)
	}
	u := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, u, string(sql))
	return u
}
