package catalog_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

const searching = `
CREATE SCHEMA lib; CREATE SCHEMA ext; CREATE SCHEMA app; CREATE SCHEMA "Of Role"; CREATE EXTENSION citext SCHEMA ext;
SET check_function_bodies = off;
CREATE FUNCTION lib.fold(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower($1); END';
CREATE FUNCTION lib.good(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
CREATE FUNCTION lib.fixed(text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = lib AS 'SELECT lower($1)';
CREATE FUNCTION lib.noticed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE DOMAIN lib.code AS text CHECK (lib.good(VALUE));
CREATE DOMAIN lib.short_code AS lib.code;
CREATE VIEW app.folded AS SELECT lib.fold('x') AS f;
CREATE TABLE app.plain (id int PRIMARY KEY, name text DEFAULT lib.fold('x'), mail ext.citext UNIQUE);
CREATE INDEX plain_fixed ON app.plain (lib.fixed(name));
CREATE TABLE app.t (id int PRIMARY KEY, name text, c lib.short_code[], folded text
	GENERATED ALWAYS AS (lib.fold(name)) STORED, CONSTRAINT named_well CHECK (lib.good(name)));
CREATE INDEX t_fold ON app.t (lib.fold(name)) WHERE lib.good(name);
CREATE TRIGGER notice BEFORE INSERT ON app.t FOR EACH ROW EXECUTE FUNCTION lib.noticed();
CREATE TABLE app.parted (id int, name text) PARTITION BY LIST (lib.fold(name));
CREATE TABLE app.part PARTITION OF app.parted FOR VALUES IN ('a') PARTITION BY RANGE (id);
CREATE TABLE app.part_1 PARTITION OF app.part FOR VALUES FROM (1) TO (9);
CREATE MATERIALIZED VIEW app.seen AS SELECT * FROM app.folded;
`

// TestSearching: what runs a function with a body that is looked up by name is found through domains, arrays, operators
// and views, and nothing is that names all in full.
func TestSearching(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, searching)
	c, err := catalog.Read(t.Context(), pgtest.Connect(t, url))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range c.Searching {
		got = append(got, s.Object()+": "+s.Function)
	}
	want := []string{
		"the partition key of app.parted: lib.fold(text)",
		"materialized view app.seen: lib.fold(text)",
		"constraint named_well of app.t: lib.good(text)",
		"domain lib.code in app.t: lib.good(text)",
		"generated column folded of app.t: lib.fold(text)",
		"index app.t_fold: lib.fold(text)",
		"index app.t_fold: lib.good(text)",
		"trigger notice of app.t: lib.noticed()",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("what searches (-want +got):\n%s", d)
	}
	if n := len(c.OnRows(catalog.Ref{Schema: "app", Name: "part_1"})); n != 1 {
		t.Errorf("a partition of a partition has %d, not the key", n)
	}
	if got := c.OnRows(catalog.Ref{Schema: "app", Name: "seen"}); got != nil {
		t.Errorf("a view has rows of its own: %v", got)
	}
}

// TestSearchPath: the setting of the database comes first, then those of roles, then where things are. PostgreSQL's own
// schema is not among them: it comes before all, whatever a setting says.
func TestSearchPath(t *testing.T) {
	server := pgtest.Server(t)
	url := pgtest.Database(t, server)
	pgtest.Exec(t, url, searching)
	path := func() []string {
		c, err := catalog.Read(t.Context(), pgtest.Connect(t, url))
		if err != nil {
			t.Fatal(err)
		}
		return c.PathOf(catalog.Ref{Schema: "app", Name: "t"})
	}
	if d := cmp.Diff([]string{"public", "app", "lib", "ext"}, path()); d != "" {
		t.Errorf("without a setting (-want +got):\n%s", d)
	}
	role := pgtest.Role(t, server, "")
	database := pgtest.Rows(t, url, `SELECT current_database()`)[0]
	pgtest.Exec(t, url, `ALTER ROLE `+role+` IN DATABASE `+sqltext.Ident(database)+` SET search_path = "Of Role", gone`)
	if d := cmp.Diff([]string{"public", "Of Role", "app", "lib", "ext"}, path()); d != "" {
		t.Errorf("with that of a role (-want +got):\n%s", d)
	}
	pgtest.Exec(t, url, `ALTER DATABASE `+sqltext.Ident(database)+` SET search_path = lib, pg_catalog, "$user"`,
		`CREATE SCHEMA `+role+`; ALTER TABLE app.t OWNER TO `+role)
	t.Cleanup(func() { pgtest.Exec(t, url, `DROP OWNED BY `+role+` CASCADE`) })
	if d := cmp.Diff([]string{"lib", role, "Of Role", "app", "ext"}, path()); d != "" {
		t.Errorf("with that of the database (-want +got):\n%s", d)
	}
	if got := sqltext.SetPath(path()...); !slices.Contains([]string{
		`SET search_path = pg_catalog, "lib", "` + role + `", "Of Role", "app", "ext"`}, got) {
		t.Error(got)
	}
}
