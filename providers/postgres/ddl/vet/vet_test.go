package vet_test

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/ddl/vet"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// dumped returns what pg_dump writes of a database that files have made.
func dumped(t *testing.T, files ...string) *ddl.Script {
	t.Helper()
	pgtest.NeedsDump(t)
	major := pgtest.Server(t).Installation.Major
	database := pgtest.Database(t, pgtest.Server(t))
	for _, file := range files {
		sql, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if major < 14 { // bodies that are parsed came with 14
			sql = bytes.Replace(sql, []byte("BEGIN ATOMIC SELECT i + 1; SELECT i + 2; END;"),
				[]byte("AS 'SELECT i + 2';"), 1)
		}
		if major < 15 {
			sql = bytes.Replace(sql, []byte("CREATE UNLOGGED SEQUENCE"), []byte("CREATE SEQUENCE"), 1)
		}
		pgtest.Exec(t, database, string(sql))
	}
	program, err := ddl.SystemFinder().Find(context.Background(), major)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	script, err := ddl.Dump(context.Background(), program, []string{"PGHOST=" + u.Hostname(), "PGPORT=" + u.Port(),
		"PGUSER=" + u.User.Username(), "PGPASSWORD=" + password, "PGDATABASE=" + strings.TrimPrefix(u.Path, "/"),
		"PGSSLMODE=disable"}, ddl.Args{})
	if err != nil {
		t.Fatal(err)
	}
	return script
}

var extensions = []catalog.Extension{{Name: "plpgsql"}, {Name: "pg_trgm"}, {Name: "btree_gist"}}

// TestEverythingThatIsDumpedIsTaken: no object that PostgreSQL has is refused because of how pg_dump writes it.
func TestEverythingThatIsDumpedIsTaken(t *testing.T) {
	files := []string{"../testdata/nasty.sql", "testdata/rare.sql"}
	if pgtest.Server(t).Installation.Major >= 18 {
		files = append(files, "testdata/rare18.sql")
	}
	script := dumped(t, files...)
	for _, d := range vet.Script(script, extensions, nil) {
		t.Errorf("%s", d.Detail)
	}
	if t.Failed() || testing.Verbose() {
		for _, e := range script.Entries {
			t.Logf("%s (%s): %s", e.Object(), e.AccessMethod, e.SQL)
		}
	}
}
