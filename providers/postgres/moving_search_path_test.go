package postgres_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// masksNames masks the columns that are called name, and keeps the others.
func (m *moved) masksNames() {
	m.blocks = `
rule "names" {
  match {
    column = "name"
  }
  mask = full_name()
}
rule "others" {
  match {
    column = ["id", "word", "code", "codes", "kind", "lat", "lng"]
  }
  mask = keep()
}
`
}

// before17 skips what no server from 17 on lets anybody make: an index on a function that searches.
func before17(t *testing.T) {
	t.Helper()
	if pgtest.Server(t).Installation.Major >= 17 {
		t.Skip("from 17 on, such an object cannot be made")
	}
}

// TestFunctionsThatSearch: a function that finds a table, a type or another function by the search_path of the
// application's sessions works in the copy's too, wherever it is called.
func TestFunctionsThatSearch(t *testing.T) {
	for name, c := range map[string]struct {
		structure, rows string
		// path is the setting of the source's database, ofRole that of a role in it.
		path, ofRole string
		maintained   bool // a server from 17 on does not make it
	}{
		"a CHECK that reads a table": {
			structure: `CREATE TABLE words (word text PRIMARY KEY);
				CREATE FUNCTION is_word(p text) RETURNS boolean LANGUAGE sql STABLE AS
					'SELECT EXISTS (SELECT FROM words WHERE word = p)';
				CREATE TABLE t (id int PRIMARY KEY, word text CHECK (is_word(word)), name text)`,
			rows: `INSERT INTO words VALUES ('a');
				INSERT INTO t SELECT i, 'a', 'Person ' || i FROM generate_series(1, 50) i`,
		},
		"a generated column": {
			structure: `CREATE FUNCTION inner_fold(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
					'BEGIN RETURN lower(t); END';
				CREATE FUNCTION fold(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
					'BEGIN RETURN inner_fold(t); END';
				CREATE TABLE t (id int PRIMARY KEY, name text, folded text GENERATED ALWAYS AS (fold(name)) STORED)`,
			rows: `INSERT INTO t SELECT i, 'Person ' || i FROM generate_series(1, 50) i`,
		},
		"a domain in an array, by the database's setting": {
			structure: `CREATE SCHEMA lib; CREATE SCHEMA app; CREATE TABLE lib.codes (code text);
				CREATE FUNCTION app.is_code(p text) RETURNS boolean LANGUAGE plpgsql STABLE AS
					'BEGIN RETURN EXISTS (SELECT FROM codes WHERE code = p); END';
				CREATE DOMAIN app.code AS text CHECK (app.is_code(VALUE));
				CREATE TABLE app.t (id int PRIMARY KEY, codes app.code[], name text)`,
			path: `lib, public`,
			rows: `SET search_path = lib; INSERT INTO lib.codes VALUES ('x');
				INSERT INTO app.t SELECT i, ARRAY['x']::app.code[], 'Person ' || i FROM generate_series(1, 50) i`,
		},
		"a partition key, by a role's setting": {
			structure: `CREATE SCHEMA lib; CREATE FUNCTION lib.half(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
					'BEGIN RETURN i / 2; END';
				CREATE FUNCTION part_of(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN half(i); END';
				CREATE TABLE t (id int, name text) PARTITION BY RANGE (part_of(id));
				CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (1000)`,
			ofRole: `lib`,
			rows: `SET search_path = public, lib;
				INSERT INTO t SELECT i, 'Person ' || i FROM generate_series(1, 50) i`,
		},
		"a materialized view": {
			structure: `CREATE TABLE t (id int PRIMARY KEY, name text);
				CREATE FUNCTION size() RETURNS bigint LANGUAGE plpgsql STABLE AS
					'BEGIN RETURN (SELECT count(*) FROM t); END';
				CREATE VIEW sized AS SELECT id, size() FROM t;
				CREATE MATERIALIZED VIEW seen AS SELECT * FROM sized WITH NO DATA`,
			rows: `INSERT INTO t SELECT i, 'Person ' || i FROM generate_series(1, 50) i;
				REFRESH MATERIALIZED VIEW seen`,
			maintained: true,
		},
		"an index that the planner looks into": {
			structure: `CREATE EXTENSION unaccent;
				CREATE FUNCTION f_unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE AS
					$$ SELECT unaccent('unaccent', $1) $$;
				CREATE TABLE t (id int PRIMARY KEY, name text, kind varchar(9) NOT NULL);
				CREATE INDEX t_name ON t (f_unaccent(name)) WHERE id > 0`,
			rows:       `INSERT INTO t SELECT i, 'Zoë ' || i, 'k' FROM generate_series(1, 50) i`,
			maintained: true,
		},
		"an index on an extension's function": {
			structure: `CREATE EXTENSION cube; CREATE EXTENSION earthdistance;
				CREATE TABLE t (id int PRIMARY KEY, name text, lat float8, lng float8);
				CREATE INDEX t_place ON t USING gist (ll_to_earth(lat, lng))`,
			rows:       `INSERT INTO t SELECT i, 'Person ' || i, i, i FROM generate_series(1, 50) i`,
			maintained: true,
		},
		"a type of an extension's schema in an index": {
			structure: `CREATE SCHEMA ext; CREATE SCHEMA app; CREATE EXTENSION citext SCHEMA ext;
				SET search_path = app, ext;
				CREATE FUNCTION app.slices(b ext.citext) RETURNS ext.citext[] LANGUAGE plpgsql IMMUTABLE AS $$
					DECLARE s citext[]; BEGIN FOR i IN 1..length(b::text) LOOP
					s := s || substr(b::text, i, 3)::citext; END LOOP;
					RETURN s; END $$;
				CREATE TABLE app.t (id int PRIMARY KEY, name text, code ext.citext);
				CREATE INDEX t_slices ON app.t USING gin (app.slices(code))`,
			rows: `SET search_path = app, ext; INSERT INTO app.t SELECT i, 'Person ' || i, 'c' || i FROM
				generate_series(1, 50) i`,
			maintained: true,
		},
		"statistics": {
			structure: `CREATE FUNCTION twice(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
					'BEGIN RETURN 2 * i; END';
				CREATE FUNCTION four(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT twice(twice(i))';
				CREATE TABLE t (id int PRIMARY KEY, name text);
				CREATE STATISTICS t_four ON (four(id)), (id % 2) FROM t`,
			rows:       `INSERT INTO t SELECT i, 'Person ' || i FROM generate_series(1, 50) i`,
			maintained: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.maintained {
				before17(t)
			}
			if name == "statistics" && pgtest.Server(t).Installation.Major < 14 {
				t.Skip("statistics have no expressions")
			}
			inBothModes(t, func(t *testing.T, mode string) {
				m := newMoved(t, mode)
				m.masksNames()
				m.arguments = `verify = "full"`
				m.both(c.structure)
				pgtest.Exec(t, m.source, c.rows)
				if c.path != "" {
					for _, url := range []string{m.source, m.target} {
						pgtest.Exec(t, url, `ALTER DATABASE `+sqltext.Ident(databaseOf(t, url))+` SET search_path = `+
							c.path)
					}
				}
				if c.ofRole != "" {
					prod, staging := pgtest.Pair(t)
					for i, server := range []string{m.source, m.target} {
						role := pgtest.Role(t, []*pgserver.Server{prod, staging}[i], "")
						pgtest.Exec(t, server,
							`ALTER ROLE `+role+` IN DATABASE `+sqltext.Ident(databaseOf(t, server))+
								` SET search_path = `+c.ofRole)
					}
				}
				m.refresh()
				schema := "public"
				if strings.Contains(c.structure, "app.t ") {
					schema = "app"
				}
				m.want(`SELECT count(*), count(*) FILTER (WHERE name LIKE 'Person %' OR name LIKE 'Zoë %') FROM `+
					schema+`.t`,
					"50|0")
			})
		})
	}
}

// TestShadowedNames: where a table must be read with the application's search_path, nothing in its schemas can take the
// place of what a mask calls, although its arguments fit better.
func TestShadowedNames(t *testing.T) {
	before17(t)
	m := newMoved(t, swapMode)
	pgtest.Exec(t, m.source, `
		CREATE FUNCTION fold(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(t); END';
		CREATE FUNCTION folded(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT fold(t)';
		CREATE TABLE t (id int PRIMARY KEY, name varchar(40), kind varchar(9), note varchar(9));
		CREATE INDEX t_folded ON t (folded(name));
		INSERT INTO t SELECT i, 'Person ' || i, 'k', 'secret' FROM generate_series(1, 50) i;
		CREATE TABLE caught (key text);
		CREATE FUNCTION caught(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
			RAISE EXCEPTION 'caught %', current_setting('shoji.key', true); END $$;
		CREATE FUNCTION upper(varchar) RETURNS text LANGUAGE sql AS 'SELECT public.caught($1)';
		CREATE FUNCTION same(varchar, varchar) RETURNS boolean LANGUAGE sql AS 'SELECT public.caught($1) IS NULL';
		CREATE FUNCTION joined(varchar, varchar) RETURNS text LANGUAGE sql AS 'SELECT public.caught($1)';
		CREATE OPERATOR = (FUNCTION = same, LEFTARG = varchar, RIGHTARG = varchar);
		CREATE OPERATOR || (FUNCTION = joined, LEFTARG = varchar, RIGHTARG = varchar)`)
	m.arguments = `verify = "full"`
	m.blocks = `
table "public" "t" {
  rows = "kind IN ('k', 'l') AND upper(kind) = 'K'"
  keep = ["id", "kind"]
  column "name" { mask = full_name() }
  column "note" { mask = sql("CASE note WHEN name THEN 'x' ELSE upper(kind) || left(upper(note), 1) END") }
}
table "public" "caught" { keep = ["key"] }
`
	plan := m.refresh()
	m.want(`SELECT count(*), min(note), max(note) FROM t WHERE name NOT LIKE 'Person%'`, "50|KS|KS")
	i := slices.IndexFunc(plan.Steps, func(s engine.Step) bool { return s.ID == "refresh.r.copy[public.t]" })
	if sql := plan.Steps[i].Statements[0].Text; sql != `SET search_path = pg_catalog, "public"` {
		t.Errorf("the plan does not show the path: %s", sql)
	}
}

// TestCodeThatPlanningReaches: what the planner would run of a function's body, as the application's search_path finds
// it, is asked for by name, before it can run.
func TestCodeThatPlanningReaches(t *testing.T) {
	before17(t)
	m := newMoved(t, swapMode)
	m.masksNames()
	pgtest.Exec(t, m.source, `
		CREATE FUNCTION evil(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
			IF current_setting('shoji.key', true) <> '' THEN RAISE EXCEPTION 'caught'; END IF; RETURN t; END $$;
		CREATE FUNCTION folded(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT t || evil('x') $$;
		CREATE TABLE t (id int PRIMARY KEY, name text);
		CREATE INDEX t_folded ON t (folded(name));
		INSERT INTO t SELECT i, 'Person ' || i FROM generate_series(1, 50) i`)
	_, _, ds := m.tryPlan()
	mentions(t, ds, "Reading public.t runs code", "evil(t text)", "index t_folded")
}

// TestFunctionsThatFindNothing: what cannot be read, and what the target's version cannot make, is known at plan, with
// the object and the function.
func TestFunctionsThatFindNothing(t *testing.T) {
	before17(t)
	prepare := func(t *testing.T, body string) *moved {
		m := newMoved(t, swapMode)
		m.masksNames()
		pgtest.Exec(t, m.source, `CREATE SCHEMA elsewhere;
			CREATE FUNCTION elsewhere.fold(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
				'BEGIN RETURN lower(t); END';
			SET search_path = public, elsewhere;
			CREATE FUNCTION folded(t text) RETURNS text LANGUAGE sql IMMUTABLE AS '`+body+`';
			CREATE TABLE t (id int PRIMARY KEY, name text);
			CREATE INDEX t_folded ON t (folded(name));
			INSERT INTO t SELECT i, 'Person ' || i FROM generate_series(1, 50) i`)
		return m
	}
	t.Run("to read", func(t *testing.T) {
		m := prepare(t, "SELECT fold(t)")
		_, _, ds := m.tryPlan()
		d := mentions(t, ds, "[search_path]", "public.t cannot be read", "index public.t_folded (public.folded(text))",
			"fold, which function public.folded uses; the search_path does not lead to elsewhere.fold",
			"ALTER FUNCTION public.folded(text) SET search_path")
		if n := countErrors(ds); n != 1 {
			t.Errorf("%d errors instead of one: %s", n, text(ds))
		}
		noValues(t, d.Detail)
	})
	t.Run("to read a mask that cannot be written in full", func(t *testing.T) {
		m := prepare(t, "SELECT fold(t)")
		pgtest.Exec(t, m.source,
			`ALTER DATABASE `+sqltext.Ident(databaseOf(t, m.source))+` SET search_path = elsewhere, public`)
		m.blocks = `table "public" "t" {
  keep = ["id"]
  column "name" { mask = sql("CASE WHEN name BETWEEN SYMMETRIC 'a' AND 'z' THEN 'x' END") }
}`
		_, _, ds := m.tryPlan()
		mentions(t, ds, "public.t cannot be read", "the mask of name: BETWEEN SYMMETRIC")
	})
}

func countErrors(ds diag.Diagnostics) int {
	n := 0
	for _, d := range ds {
		if d.Severity == diag.Error {
			n++
		}
	}
	return n
}

// TestCheckThatReadsAnotherTable: a table whose CHECK calls a function that may read others is filled after them.
func TestCheckThatReadsAnotherTable(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		m := newMoved(t, mode)
		m.both(`CREATE TABLE a_first (id int PRIMARY KEY); CREATE TABLE words (word text PRIMARY KEY);
			CREATE FUNCTION is_word(p text) RETURNS boolean LANGUAGE sql SET search_path = public AS
				'SELECT EXISTS (SELECT FROM words WHERE word = p)';
			ALTER TABLE a_first ADD word text CHECK (is_word(word));
			INSERT INTO words VALUES ('a'); INSERT INTO a_first SELECT i, 'a' FROM generate_series(1, 50) i;
			ANALYZE`)
		plan := m.refresh()
		m.want(`SELECT count(*) FROM a_first`, "50")
		for _, s := range plan.Steps {
			if s.ID == "refresh.r.copy[public.a_first]" && !slices.Contains(s.Needs, "refresh.r.copy[public.words]") {
				t.Errorf("it does not wait: %q", s.Needs)
			}
		}
	})
}
