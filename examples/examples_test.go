// Package examples_test holds the examples against real databases: every one is read, every table and
// column of its source is decided, and the server accepts every mask.
package examples_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/lab/shop"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/lang"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestShop(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	if _, err := shop.Fill(context.Background(), pgtest.Connect(t, url), shop.Options{Scale: 0.02}); err != nil {
		t.Fatal(err)
	}
	decided := tables(t, "shop", url)
	for name, want := range map[string]decide.Treatment{
		"audit.log":           decide.Structure,
		"public.sessions":     decide.Structure,
		"public.events":       decide.Partitioned,
		"public.events_other": decide.Copy,
	} {
		if got := decided[name].Treatment; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestAurora holds the spec in two accounts to the tables of the shop's: one directory has both. That it plans and
// applies is held by internal/e2e.
func TestAurora(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	if _, err := shop.Fill(context.Background(), pgtest.Connect(t, url), shop.Options{Scale: 0.02}); err != nil {
		t.Fatal(err)
	}
	if got, want := tables(t, "aurora", url), tables(t, "shop", url); len(got) != len(want) {
		t.Errorf("%d tables, want %d", len(got), len(want))
	}
	for _, name := range []string{"customers", "internal", "masks", "orders", "roles"} {
		own, err := os.ReadFile("aurora/" + name + ".shoji.hcl")
		if err != nil {
			t.Fatal(err)
		}
		shared, err := os.ReadFile("shop/" + name + ".shoji.hcl")
		if err != nil {
			t.Fatal(err)
		}
		if string(own) != string(shared) {
			t.Errorf("%s.shoji.hcl is not the shop's any more: make them the same again", name)
		}
	}
}

func TestTenants(t *testing.T) {
	text, err := os.ReadFile("tenants/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, string(text))
	decided := tables(t, "tenants", url)
	if len(decided) != 14 {
		t.Errorf("%d tables, want 14", len(decided))
	}
	for name, want := range map[string]string{"tenant_acorn.documents": "keep", "tenant_birch.documents": "mask"} {
		for _, c := range decided[name].Columns {
			if c.Name == "title" && string(c.Decision) != want {
				t.Errorf("%s.title: %s, want %s", name, c.Decision, want)
			}
		}
	}
	// A tenant who joins is masked by the rules alone.
	pgtest.Exec(t, url,
		`CREATE SCHEMA tenant_elm; CREATE TABLE tenant_elm.users (LIKE tenant_acorn.users INCLUDING ALL)`)
	if u := tables(t, "tenants", url)["tenant_elm.users"]; u.Treatment != decide.Copy ||
		!strings.Contains(u.Select(), "sha256") {
		t.Errorf("the new tenant's users: %s %s", u.Treatment, u.Select())
	}
}

// TestChinook reads Chinook's own script where it is present: the file that CHINOOK_SQL names, or
// .cache/chinook.sql. It is not part of this repository.
func TestChinook(t *testing.T) {
	path := os.Getenv("CHINOOK_SQL")
	if path == "" {
		path = "../.cache/chinook.sql"
		if _, err := os.Stat(path); err != nil {
			t.Skip("neither CHINOOK_SQL nor .cache/chinook.sql is there: the script is Chinook_PostgreSql.sql of " +
				"github.com/lerocha/chinook-database")
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// The script begins with making a database and connecting to it, which this test did already.
	_, tablesAndRows, found := strings.Cut(string(text), `\c chinook;`)
	if !found {
		t.Fatalf("%s does not look like Chinook's script", path)
	}
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, tablesAndRows)
	if decided := tables(t, "chinook", url); len(decided) != 11 {
		t.Errorf("%d tables, want 11", len(decided))
	}
}

// tables reads an example, decides the tables of its source and has the server describe the masks.
func tables(t *testing.T, dir, url string) map[string]decide.Table {
	t.Helper()
	p, ds := lang.Load(dir, lang.Options{Version: "0.1.0"})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	ctx := context.Background()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["search_path"] = "pg_catalog"
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	source, err := catalog.Read(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	decided, ds := decide.Resolve(decide.Input{
		Refresh: p.Refreshes[0],
		Tables:  p.Tables,
		Rules:   p.Rules,
		Links:   p.Links,
		Source:  source,
		Snippet: p.Snippet,
	})
	if ds.Append(decide.Open(decided)...); len(ds) > 0 {
		t.Fatal(ds)
	}
	if ds, err = decide.Describe(ctx, c, pointers(decided)); err != nil || len(ds) > 0 {
		t.Fatal(ds, err)
	}
	byName := map[string]decide.Table{}
	for _, table := range decided {
		byName[table.Source.FullName()] = table
	}
	return byName
}

func TestFormatted(t *testing.T) {
	files, err := filepath.Glob("*/*.hcl")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		formatted, ds := lang.Format(text, name)
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		if string(formatted) != string(text) {
			t.Errorf("%s is not as shoji fmt writes it:\n%s", name, lang.Diff(text, formatted, name))
		}
	}
}

func pointers(tables []decide.Table) []*decide.Table {
	out := make([]*decide.Table, len(tables))
	for i := range tables {
		out[i] = &tables[i]
	}
	return out
}
