package schemalock_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const nasty = `
CREATE SCHEMA "My Schema"; CREATE SCHEMA empty;
CREATE TYPE mood AS ENUM ('sad', 'ok, "fine"');
CREATE DOMAIN email AS varchar(40) CHECK (VALUE LIKE '%@%') NOT NULL;
CREATE DOMAIN tags AS varchar(12)[] CHECK (cardinality(VALUE) < 9);
CREATE TYPE pair AS (a numeric(5,1), b text, t tags, m mood[]);
CREATE TYPE "My Schema"."Odd [] (x)" AS (p public.pair);
CREATE TYPE span AS RANGE (subtype = timestamptz);
CREATE TYPE _mood2 AS ENUM ('a'); CREATE TYPE mood2 AS ENUM ('b');
CREATE TABLE "My Schema"."t.x" (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	"a ""b" varchar(7) NOT NULL DEFAULT E'<&>\\''"', m mood, ms mood[], e email, es varchar(9)[], em email[], tg tags,
		p pair, ps pair[], odd "My Schema"."Odd [] (x)",
	odds "My Schema"."Odd [] (x)"[], r int4range, sp span, m2 mood2[], b3 bit(3), vb bit varying(5), c1 char, bp bpchar,
		ch "char", nm name, iv interval day to second(3), iv2 interval(2),
	ts timestamp(3) with time zone, tt time(0), nums numeric(8,2)[], bits bit(2)[],
	n numeric(10,2), n0 numeric(4), total numeric GENERATED ALWAYS AS (n * 2) STORED, "select" text COLLATE "C",
		EXCLUDE USING gist (r WITH &&));
COMMENT ON TABLE "My Schema"."t.x" IS 'two
lines'; COMMENT ON COLUMN "My Schema"."t.x".m IS '{"json": ["{"]}';
CREATE UNIQUE INDEX low ON "My Schema"."t.x" (lower("select"), id) WHERE id > 3;
CREATE INDEX plain ON "My Schema"."t.x" (n);
CREATE TABLE parent (id int, k int, note text, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
COMMENT ON COLUMN parent.note IS 'free text';
CREATE TABLE parent_1 PARTITION OF parent FOR VALUES IN (1);
CREATE TABLE parent_2 PARTITION OF parent FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE parent_2a PARTITION OF parent_2 FOR VALUES FROM (1) TO (9);
CREATE TABLE parent_3 (k int NOT NULL, note text, id int NOT NULL);
ALTER TABLE parent ATTACH PARTITION parent_3 FOR VALUES IN (3);
CREATE TABLE child (id int, k int, up int REFERENCES child(id) DEFERRABLE, FOREIGN KEY (id, k) REFERENCES parent(id, k),
	UNIQUE (id));
ALTER TABLE child ADD CONSTRAINT later CHECK (k > 0) NOT VALID;
CREATE TABLE legacy (x int); CREATE TABLE legacy_1 (y int) INHERITS (legacy);
CREATE TABLE bare (); CREATE UNLOGGED TABLE fast (id int); ALTER TABLE fast ENABLE ROW LEVEL SECURITY;`

// database makes a database of the structure above, or another, and gives its URL.
func database(t *testing.T, sql string) string {
	t.Helper()
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, sql)
	return url
}

// read returns the catalog as a source's connection sees it: its search_path is pg_catalog.
func read(t *testing.T, url string) *catalog.Catalog {
	t.Helper()
	c := pgtest.Connect(t, url)
	if _, err := c.Exec(context.Background(), "SET search_path = pg_catalog"); err != nil {
		t.Fatal(err)
	}
	got, err := catalog.Read(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// stored writes a lock and reads it again.
func stored(t *testing.T, d *schemalock.Database) (*schemalock.Database, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), schemalock.FileName)
	f := &schemalock.File{Databases: map[string]*schemalock.Database{"database.prod": d}}
	if err := f.Write(path); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := schemalock.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return again.Databases["database.prod"], string(raw)
}

func TestTheLockOfALocksCatalogIsThatLock(t *testing.T) {
	live := read(t, database(t, nasty))
	for name, schemas := range map[string][]string{
		"all schemas":                nil,
		"one schema":                 {"My Schema"},
		"a schema that is not there": {"public", "nope"},
	} {
		t.Run(name, func(t *testing.T) {
			x := schemalock.FromCatalog(live, schemas)
			file, text := stored(t, x)
			if d := cmp.Diff(x, file); d != "" {
				t.Errorf("written and read: %s", d)
			}
			again := schemalock.FromCatalog(file.Catalog(), schemas)
			if d := cmp.Diff(x, again); d != "" {
				t.Error(d)
			}
			if _, second := stored(t, again); second != text {
				t.Error("its bytes differ")
			}
			if found := schemalock.Compare(x, again); len(found) != 0 {
				t.Errorf("it compares as different: %v", found)
			}
		})
	}
}

func TestALocksCatalogHasTheTypesOfTheSource(t *testing.T) {
	live := read(t, database(t, nasty))
	lock, _ := stored(t, schemalock.FromCatalog(live, nil))
	locked := map[string]catalog.Table{}
	for _, table := range lock.Catalog().Tables {
		locked[table.FullName()] = table
	}
	for _, table := range live.Tables {
		got := locked[table.FullName()]
		for i := range table.Columns {
			table.Columns[i].Number = i + 1 // the lock counts without dropped ones
		}
		ignore := cmpopts.IgnoreFields(catalog.Column{}, "Comment") // a partition has its parent's
		if d := cmp.Diff(table.Columns, got.Columns, cmpopts.EquateEmpty(), ignore); d != "" {
			t.Errorf("%s: %s", table.FullName(), d)
		}
		unique := func(list []catalog.Index) (out []string) {
			for _, i := range list {
				if i.Unique {
					out = append(out, strings.Join(i.Columns, ",")+" "+i.Constraint)
				}
			}
			return out
		}
		if d := cmp.Diff(unique(table.Indexes), unique(got.Indexes), cmpopts.EquateEmpty()); d != "" &&
			table.PartitionOf == "" {
			t.Errorf("unique indexes of %s: %s", table.FullName(), d)
		}
	}
}

// Every type of PostgreSQL's own that a table can have is known by its name: a column of a new type then adds one line
// to the lock. (The category of "char" changed with 15, so an older server's is written out.)
func TestBuiltinTypesAreKnownByName(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, `DO $$ DECLARE columns text; BEGIN
		SELECT string_agg(format('c%s %s', t.oid, format_type(t.oid, -1)), ', ') INTO columns FROM pg_type t
		JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
		WHERE n.nspname = 'pg_catalog' AND t.typtype IN ('b', 'r', 'm') AND coalesce(e.typtype, 'b') IN ('b', 'r', 'm')
			AND t.typname !~ '^_?(char$|pg_brin|pg_dep|pg_mcv|pg_ndis|pg_node|gtsv)';
		EXECUTE 'CREATE TABLE types (' || columns || ')'; END $$`)
	lock := schemalock.FromCatalog(read(t, url), nil)
	if n := len(lock.Tables["public"]["types"].Columns); n < 100 {
		t.Fatalf("only %d types were tried", n)
	}
	for name := range lock.Types {
		t.Errorf("%s is written out", name)
	}
}

func TestTheFileIsLaidOutForDiffs(t *testing.T) {
	live := read(t, database(t, `CREATE TYPE mood AS ENUM ('sad', 'ok');
		CREATE TABLE people (id bigint PRIMARY KEY, email varchar(40) NOT NULL DEFAULT '<none>', m mood);
		CREATE UNIQUE INDEX one ON people (lower(email));
		CREATE TABLE orders (id int, by bigint REFERENCES people); CREATE TABLE bare ();`))
	_, text := stored(t, schemalock.FromCatalog(live, []string{"public"}))
	want := `{
  "format": 3,
  "databases": {
    "database.prod": {
      "server": SERVER,
      "selected": ["public"],
      "schemas": ["public"],
      "types": {
        "public.mood": {"kind": "enum", "schema": "public", "name": "mood", "category": "E", "labels": ["sad", "ok"]}
      },
      "tables": {
        "public": {
          "bare": {},
          "orders": {
            "columns": [
              {"name": "id", "type": "integer"},
              {"name": "by", "type": "bigint"}
            ],
            "constraints": [
              {"name": "orders_by_fkey", "kind": "foreign key", "columns": ["by"], "ref_schema": "public", ` +
		`"ref_table": "people", "ref_columns": ["id"], "definition": "FOREIGN KEY (by) REFERENCES public.people(id)"}
            ]
          },
          "people": {
            "columns": [
              {"name": "id", "type": "bigint", "not_null": true},
              {"name": "email", "type": "character varying(40)", "not_null": true, ` +
		`"default": "'<none>'::character varying"},
              {"name": "m", "type": "public.mood"}
            ],
            "constraints": [
              {"name": "people_pkey", "kind": "primary key", "columns": ["id"], "definition": "PRIMARY KEY (id)"}
            ],
            "unique_indexes": [
              {"name": "one", "columns": [""], ` +
		`"definition": "CREATE UNIQUE INDEX one ON public.people USING btree (lower((email)::text))"}
            ]
          }
        }
      }
    }
  }
}
`
	major := schemalock.FromCatalog(live, nil).Server
	if d := cmp.Diff(strings.Replace(want, "SERVER", string(rune('0'+major/10))+string(rune('0'+major%10)), 1),
		text); d != "" {
		t.Error(d)
	}
}

// What a day of work does to a database changes no byte of its lock.
func TestWhatChangesByItselfIsNotInTheLock(t *testing.T) {
	url := database(t, nasty)
	before := schemalock.FromCatalog(read(t, url), nil)
	_, text := stored(t, before)
	pgtest.Exec(t,
		url, `INSERT INTO parent SELECT i, 1, 'x' FROM generate_series(1, 1000) i; ANALYZE;
			CREATE INDEX tuning ON parent (note); DROP INDEX "My Schema".plain;
		ALTER TABLE child ADD gone int; ALTER TABLE child DROP gone; GRANT SELECT ON child TO PUBLIC;
		REINDEX TABLE child`)
	if _, now := stored(t, schemalock.FromCatalog(read(t, url), nil)); now != text {
		t.Error(cmp.Diff(text, now))
	}
	pgtest.Exec(t, url,
		`CREATE TABLE parent_4 PARTITION OF parent FOR VALUES IN (4); ALTER TABLE parent DETACH PARTITION parent_1;
			DROP TABLE parent_1`)
	if found := schemalock.Compare(before, schemalock.FromCatalog(read(t, url), nil)); len(found) != 0 {
		t.Errorf("partitions that come and go are told: %v", found)
	}
}

func TestCompareNamesWhatMoved(t *testing.T) {
	url := database(t, nasty)
	before := schemalock.FromCatalog(read(t, url), nil)
	pgtest.Exec(t, url, `ALTER TYPE mood ADD VALUE 'glad'`,
		`CREATE SCHEMA more; DROP TABLE legacy CASCADE; CREATE TABLE fresh (id int);
		ALTER TABLE "My Schema"."t.x" ADD "s s" text; ALTER TABLE "My Schema"."t.x" DROP c1;
		ALTER TABLE "My Schema"."t.x" ALTER "a ""b" TYPE varchar(8);
		ALTER TABLE "My Schema"."t.x" ALTER n DROP NOT NULL, ALTER n0 SET NOT NULL; DROP INDEX "My Schema".low;
		CREATE UNIQUE INDEX now ON child (up);
		ALTER TABLE child VALIDATE CONSTRAINT later; ALTER TABLE child DROP CONSTRAINT child_up_fkey;
		ALTER TABLE fast DISABLE ROW LEVEL SECURITY;
		ALTER TABLE parent_1 ADD CONSTRAINT own CHECK (id > 0); COMMENT ON TABLE child IS 'c';
		ALTER TABLE bare ADD a int, ADD b int`)
	now := schemalock.FromCatalog(read(t, url), nil)
	var words []string
	for _, d := range schemalock.Compare(before, now) {
		words = append(words, string(d.Change)+" "+d.Words)
	}
	want := []string{
		`added schema more was added`,
		`changed type public.mood: labels was ["sad","ok, \"fine\""] and is ["sad","ok, \"fine\"","glad"]`,
		`changed column "My Schema"."t.x"."a ""b": type was "character varying(7)" and is "character varying(8)"`,
		`removed column "My Schema"."t.x".c1 (character(1)) is gone`,
		`changed column "My Schema"."t.x".n0: not null is true now`,
		`added column "My Schema"."t.x"."s s" (text) was added`,
		`removed unique index "My Schema"."t.x".low is gone`,
		`added column public.bare.a (integer) was added`,
		`added column public.bare.b (integer) was added`,
		`changed table public.child: comment is "c" now`,
		`removed constraint public.child.child_up_fkey, FOREIGN KEY (up) REFERENCES public.child(id) ` +
			`DEFERRABLE, is gone`,
		`changed constraint public.child.later: definition was "CHECK ((k > 0)) NOT VALID" and is "CHECK ((k > 0))"; ` +
			`not valid was true`,
		`added unique index public.child.now was added`,
		`changed table public.fast: row security was true`,
		`added table public.fresh was added`,
		`removed table public.legacy is gone`,
		`removed table public.legacy_1 is gone`,
		`changed table public.parent_1 was like public.parent, and now has columns or constraints of its own`,
	}
	// The way back names the same places.
	if d := cmp.Diff(want, words); d != "" {
		t.Error(d)
	}
	for _, d := range schemalock.Compare(now, before) {
		if !slices.ContainsFunc(want, func(w string) bool { return strings.Contains(w, d.Where) }) {
			t.Errorf("the way back has %v", d)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, tt := range []struct{ name, text, says string }{
		{"a newer format", `{"format": 4, "databases": {}, "new": 1}`, "newer version"},
		{"what a merge left", "<<<<<<< HEAD\n{}", "not JSON"},
		{"a list", `[]`, "not written by shoji inspect"},
		{"no format", `{"databases": {}}`, "not written by shoji inspect"},
		{"an unknown field", `{"format": 1, "databases": {}, "extra": 1}`, "not written by shoji inspect"},
		{"a name twice", `{"format": 1, "databases": {}, "databases": {}}`, `"databases" stands twice`},
		{"an empty database", `{"format": 1, "databases": {"database.prod": null}}`, "database.prod is empty"},
		{
			"an empty table",
			`{"format": 1, "databases": {"database.prod": {"server": 15, "tables": {"public": {"t": null}}}}}`,
			"table public.t",
		},
		{
			"a type that nothing describes",
			`{"format": 1, "databases": {"database.prod": {"server": 15, "tables": {"public": {"t": {"columns": ` +
				`[{"name": "a", "type": "public.mood[]"}]}}}}}}`, "public.mood",
		},
		{
			"a type that is made of itself",
			`{"format": 1, "databases": {"database.prod": {"server": 15, "types": {"x": {"kind": "domain", ` +
				`"schema": "s", "name": "x", "category": "S", "base": "x"}}, "tables": {"public": {"t": {"columns": ` +
				`[{"name": "a", "type": "x"}]}}}}}}`, "",
		},
		{
			"a partition of itself",
			`{"format": 1, "databases": {"database.prod": {"server": 15, "tables": {"public": {"t": ` +
				`{"partition_of": "public.t"}}}}}}`, "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), schemalock.FileName)
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := schemalock.Read(path)
			if tt.says == "" && err == nil {
				return // it is nonsense, but ends
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := schemalock.Read(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
