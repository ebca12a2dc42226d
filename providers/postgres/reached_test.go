package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
)

// foreign is the code of a user of the source. Each function leaves a mark when it runs: a sequence goes on.
const foreign = `CREATE SCHEMA mal;
CREATE SEQUENCE mal.ran;
CREATE FUNCTION mal.evil(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran'); RETURN $1;
END$$;
CREATE FUNCTION mal.test(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran');
RETURN true; END$$;
CREATE FUNCTION mal.inlined(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT mal.evil('c') || $1$$;
CREATE FUNCTION mal.second(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT $1 || mal.evil($2)$$;
CREATE FUNCTION mal.outer(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT mal.second($1, 'c')$$;
CREATE FUNCTION mal.harmless(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT lower($1) || 'x'$$;
CREATE FUNCTION mal.same(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran');
RETURN $1 = $2; END$$;
CREATE OPERATOR mal.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = mal.same);
CREATE FUNCTION mal.member(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran');
RETURN $1; END$$;
CREATE FUNCTION mal.apart(float8, float8) RETURNS float8
	LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran'); RETURN $2 - $1; END$$;
CREATE TYPE mal.mood AS ENUM ('sad', 'ok');
CREATE TYPE mal.temper AS ENUM ('sad', 'ok');
CREATE TYPE mal.span AS RANGE (subtype = float8, subtype_diff = mal.apart);
CREATE FUNCTION mal.word_of(mal.mood) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran');
RETURN 'x'; END$$;
CREATE FUNCTION mal.word_of(mal.temper) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran');
RETURN 'x'; END$$;
CREATE FUNCTION mal.json_of(mal.mood) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran');
RETURN '1'; END$$;
CREATE FUNCTION mal.mood_of(text) RETURNS mal.mood LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran');
RETURN 'ok'; END$$;
CREATE CAST (mal.mood AS text) WITH FUNCTION mal.word_of(mal.mood);
CREATE CAST (mal.mood AS json) WITH FUNCTION mal.json_of(mal.mood);
CREATE CAST (text AS mal.mood) WITH FUNCTION mal.mood_of(text);
CREATE CAST (mal.temper AS text) WITH FUNCTION mal.word_of(mal.temper) AS IMPLICIT;
CREATE DOMAIN mal.word AS text CHECK (mal.test(VALUE));
CREATE DOMAIN mal.longer AS mal.word;
CREATE TYPE mal.pair AS (w mal.word, t text);
CREATE TYPE mal.plain AS (m mal.mood, t text);
CREATE TABLE t (id int PRIMARY KEY, v text DEFAULT mal.evil('x'), m mal.mood, ms mal.mood[], temper mal.temper,
	w mal.word, l mal.longer,
	ws mal.word[], p mal.pair, pl mal.plain, s mal.span);
INSERT INTO t VALUES (1, 'a', 'ok', '{ok,sad}', 'ok', 'w', 'l', '{a,b}', '(a,b)', '(ok,b)', '[1,2)');
INSERT INTO t (id, v) VALUES (2, NULL);
`

// exploits are masks, with what they ran before: naive is what SQL of that kind runs, of which the mark proves it.
var exploits = []struct {
	name, schema, block, naive string
	through, function          string // "" for what is not refused, because it does not run
}{
	{
		name:     "default",
		block:    `column "v" { mask = default() }`,
		naive:    `SELECT mal.evil('x') FROM t`,
		through:  "the call of mal.evil()",
		function: "mal.evil(text)",
	},
	{
		name:     "cast to text",
		block:    `column "m" { mask = sql("(m::text)::mal.mood") }`,
		naive:    `SELECT m::text FROM t`,
		through:  "the cast from mal.mood to pg_catalog.text",
		function: "mal.word_of(mal.mood)",
	},
	{
		name:     "cast of an array",
		block:    `column "ms" { mask = sql("(ms::text[])::text::mal.mood[]") }`,
		naive:    `SELECT ms::text[] FROM t`,
		through:  "the cast from mal.mood to pg_catalog.text",
		function: "mal.word_of(mal.mood)",
	},
	{
		name:     "cast from text",
		block:    `column "m" { mask = sql("lower('ok')::mal.mood") }`,
		naive:    `SELECT lower('ok')::mal.mood FROM t`,
		through:  "the cast from pg_catalog.text to mal.mood",
		function: "mal.mood_of(text)",
	},
	{
		name:     "cast of a field",
		block:    `column "pl" { mask = sql("ROW(lower('ok'), 'x')::mal.plain") }`,
		naive:    `SELECT ROW(lower('ok'), 'x')::mal.plain FROM t`,
		through:  "the cast from pg_catalog.text to mal.mood",
		function: "mal.mood_of(text)",
	},
	{
		name:     "concatenation",
		block:    `column "v" { mask = sql("'x' || m") }`,
		naive:    `SELECT 'x'::text || m FROM t`,
		through:  "the cast from mal.mood to pg_catalog.text",
		function: "mal.word_of(mal.mood)",
	},
	{
		name:     "quoting",
		block:    `column "v" { mask = sql("quote_nullable(m)") }`,
		naive:    `SELECT quote_nullable(m) FROM t`,
		through:  "the cast from mal.mood to pg_catalog.text",
		function: "mal.word_of(mal.mood)",
	},
	{
		name:     "json",
		block:    `column "v" { mask = sql("to_jsonb(m)::text") }`,
		naive:    `SELECT to_jsonb(m) FROM t`,
		through:  "the cast from mal.mood to pg_catalog.json",
		function: "mal.json_of(mal.mood)",
	},
	{
		name:     "json of a field",
		block:    `column "v" { mask = sql("row_to_json(pl)::text") }`,
		naive:    `SELECT row_to_json(pl) FROM t`,
		through:  "the cast from mal.mood to pg_catalog.json",
		function: "mal.json_of(mal.mood)",
	},
	{
		name:     "implicit cast",
		block:    `column "v" { mask = sql("lower(temper)") }`,
		naive:    `SELECT lower(temper) FROM t`,
		through:  "the cast from mal.temper to pg_catalog.text",
		function: "mal.word_of(mal.temper)",
	},
	{
		name:     "domain",
		block:    `column "v" { mask = sql("v::mal.word") }`,
		naive:    `SELECT v::mal.word FROM t`,
		through:  "a check of the type mal.word",
		function: "mal.test(text)",
	},
	{
		name:     "domain over a domain",
		block:    `column "l" { mask = sql("'x'::mal.longer") }`,
		naive:    `SELECT 'x'::mal.longer FROM t`,
		through:  "with mal.word",
		function: "mal.test(text)",
	},
	{
		name:     "domain by a constant",
		block:    `column "ws" { mask = sql("ws || '{a}'") }`,
		naive:    `SELECT ws || '{a}' FROM t`,
		through:  "a check of the type mal.word",
		function: "mal.test(text)",
	},
	{
		name:     "domain in a constant row",
		block:    `column "p" { mask = sql("coalesce(p, '(a,b)')") }`,
		naive:    `SELECT coalesce(p, '(a,b)') FROM t`,
		through:  "a check of the type mal.word",
		function: "mal.test(text)",
	},
	{
		name:     "domain in fields",
		block:    `column "p" { mask = fields({ w = token() }, { keep = ["t"] }) }`,
		naive:    `SELECT ROW(w::text, 'x')::mal.pair FROM t`,
		through:  "with mal.word",
		function: "mal.test(text)",
	},
	{
		name:     "operator",
		block:    `rows = "v OPERATOR(mal.===) 'x'"`,
		naive:    `SELECT FROM t WHERE v OPERATOR(mal.===) 'x'`,
		through:  "the operator mal.===",
		function: "mal.same(text, text)",
	},
	{
		name:     "condition",
		block:    `rows = "mal.test(v)"`,
		naive:    `SELECT FROM t WHERE mal.test(v)`,
		through:  "the call of mal.test()",
		function: "mal.test(text)",
	},
	{
		name:     "member of an extension",
		block:    `rows = "mal.member(v) = 'x'"`,
		naive:    `SELECT FROM t WHERE mal.member(v) = 'x'`,
		through:  "the call of mal.member()",
		function: "mal.member(text)",
	},
	{
		name:     "difference of a range",
		block:    `rows = "s && '[1,5)'"`,
		through:  "the planner's estimates",
		function: "mal.apart(double precision, double precision)",
	},
	{
		name:     "index predicate",
		schema:   `CREATE INDEX x ON %s (id) WHERE mal.evil('c') = v`,
		naive:    `SELECT id FROM %s`,
		through:  "index x",
		function: "mal.evil(text)",
	},
	{
		name:     "index on an operator",
		schema:   `CREATE INDEX x ON %s ((id = 1 AND 'a' OPERATOR(mal.===) 'b'))`,
		naive:    `SELECT id FROM %s`,
		through:  "index x",
		function: "mal.same(text, text)",
	},
	{
		name:     "index on a cast",
		schema:   `CREATE INDEX x ON %s ((v || lower('OK')::mal.mood::text))`,
		naive:    `SELECT id FROM %s`,
		through:  "index x",
		function: "mal.mood_of(text)",
	},
	{
		name:     "body of a function",
		schema:   `CREATE INDEX x ON %s (mal.inlined(v))`,
		naive:    `SELECT id FROM %s`,
		through:  "index x",
		function: "mal.evil(text)",
	},
	{
		name:     "body in a body",
		schema:   `CREATE INDEX x ON %s (mal.outer(v))`,
		naive:    `SELECT id FROM %s`,
		through:  "index x",
		function: "mal.evil(text)",
	},
	{
		name:     "statistics",
		schema:   `CREATE STATISTICS st ON (mal.evil('c') || v), id FROM %s`,
		naive:    `SELECT id FROM %s`,
		through:  "statistics st",
		function: "mal.evil(text)",
	},
	// What is no way: an index on a column's value is not computed by the planner, and the catalogue of masks casts
	// nothing.
	{
		name:   "index on a column",
		schema: `CREATE INDEX x ON %s (mal.evil(v)); CREATE INDEX y ON %s (mal.harmless(v)) WHERE mal.test(v)`,
		block:  `column "v" { mask = token() }`,
	},
	{name: "enum", block: `column "m" { mask = enum({ by = ["ms", "pl"] }) }`},
	{name: "array", block: `column "ms" { mask = array(enum()) }`},
	{
		name: "masked domains",
		block: `column "w" { mask = email() }` + "\n" + `column "l" { mask = fixed("x") }` + "\n" +
			`column "ws" { mask = array(token()) }`,
	},
	{name: "fields", block: `column "pl" { mask = fields({ t = token() }, { keep = ["m"] }) }`},
	{
		name: "written",
		block: `column "w" { mask = sql("upper(w)") }` + "\n" +
			`column "m" { mask = sql("CASE WHEN m = 'ok' THEN 'sad'::mal.mood END") }`,
	},
	{name: "named", block: `rows = "mal.test(v)"` + "\n" + `calls = ["mal.test"]`},
	{name: "named operator", block: `rows = "v OPERATOR(mal.===) 'x'"` + "\n" + `calls = ["mal.==="]`},
}

// reachedBy makes a source with a table for each exploit, and the blocks that decide them.
func reachedBy(t *testing.T, m *moved) (owner string) {
	t.Helper()
	pgtest.Exec(t, m.source, foreign)
	owner = pgtest.Role(t, pgtest.Server(t), "")
	for _, f := range pgtest.Rows(t, m.source,
		`SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'mal'::regnamespace AND prolang <> 12`) {
		pgtest.Exec(t, m.source, `ALTER FUNCTION `+f+` OWNER TO `+owner)
	}
	if pgtest.Rows(t, m.source, `SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'`)[0] == "1" {
		pgtest.Exec(t, m.source, `CREATE EXTENSION citext`, `ALTER EXTENSION citext ADD FUNCTION mal.member(text)`)
	}
	blocks := ""
	for i, e := range exploits {
		table := fmt.Sprintf("e%d", i)
		pgtest.Exec(t, m.source, `CREATE TABLE `+table+` (LIKE t INCLUDING ALL)`,
			`INSERT INTO `+table+` SELECT * FROM t`)
		if e.schema != "" {
			pgtest.Exec(t, m.source, named(e.schema, i))
		}
		blocks += fmt.Sprintf("table \"public\" %q {\n%s\n}\n", table, e.block)
	}
	m.blocks = keepAll + blocks
	return owner
}

// named gives a statement the table and the names of the exploit of some number.
func named(sql string, i int) string {
	n := fmt.Sprint(i)
	return strings.NewReplacer("%s", "e"+n, "INDEX x", "INDEX x"+n, "INDEX y", "INDEX y"+n, "index x", "index x"+n).
		Replace(sql)
}

// marked reports whether a function of the user's ran.
func marked(t *testing.T, url string, do func()) bool {
	t.Helper()
	const count = `SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM mal.ran`
	before := pgtest.Rows(t, url, count)[0]
	do()
	return pgtest.Rows(t, url, count)[0] != before
}

// TestNoCodeOfTheSourceRuns plans masks that reach a user's functions in every way that is known: each is an error that
// names the function and its owner, and none runs.
func TestNoCodeOfTheSourceRuns(t *testing.T) {
	m := newMoved(t, swapMode)
	owner := reachedBy(t, m)
	for i, e := range exploits {
		if e.naive == "" {
			continue
		}
		sql := named(e.naive, i)
		if !marked(t, m.source, func() {
			pgtest.Exec(t, m.source, "SET search_path = pg_catalog, public; EXPLAIN ANALYZE "+sql)
		}) {
			t.Errorf("%s: %s runs nothing: the test proves nothing", e.name, sql)
		}
	}
	var ds diag.Diagnostics
	if marked(t, m.source, func() { _, _, ds = m.tryPlan() }) {
		t.Error("planning ran code of the source")
	}
	for i, e := range exploits {
		table := fmt.Sprintf("public.e%d", i)
		var about []diag.Diagnostic
		for _, d := range ds {
			if strings.Contains(strings.NewReplacer(".", " . ", " ", "  ").Replace(d.Summary)+" ",
				strings.ReplaceAll(table, ".", " . ")+" ") {
				about = append(about, d)
			}
		}
		switch {
		case e.function == "" && len(about) > 0:
			t.Errorf("%s is refused: %s: %s", e.name, about[0].Summary, about[0].Detail)
		case e.function == "":
		case len(about) == 0:
			t.Errorf("%s is not refused", e.name)
		default:
			d := about[0]
			through := named(e.through, i)
			if d.Code != reach.CodeReached || d.Range == nil ||
				!strings.Contains(d.Detail, e.function+", owned by "+owner) || !strings.Contains(d.Detail, through) {
				t.Errorf("%s: %+v", e.name, d)
			}
		}
	}
	for _, d := range ds {
		if d.Code != reach.CodeReached && d.Severity == diag.Error {
			t.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
}

// tempers is a source whose types bring a user's code with them, and masks that do not reach it.
const tempers = `CREATE SCHEMA mal;
CREATE SEQUENCE mal.ran;
CREATE FUNCTION mal.test(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran');
RETURN true; END$$;
CREATE TYPE mal.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN mal.word AS text CHECK (mal.test(VALUE));
CREATE FUNCTION mal.word_of(mal.mood) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran');
RETURN 'x'; END$$;
CREATE TABLE t (id int PRIMARY KEY, m mal.mood, ms mal.mood[], w mal.word, ws mal.word[]);
CREATE INDEX ON t (mal.test(w));`

const moodRows = `INSERT INTO t SELECT i, (ARRAY['sad', 'ok'])[1 + i % 2]::mal.mood, '{ok,sad}', 'secret' || i,
	ARRAY['a' || i, NULL]::text[] FROM generate_series(1, 50) i`

const moodBlocks = `table "public" "t" {
  keep = ["id"]
  column "m" { mask = enum({ by = ["id", "m"] }) }
  column "ms" { mask = array(enum()) }
  column "w" { mask = email() }
  column "ws" { mask = array(token()) }
}
`

// TestMasksOfUsersTypesRun refreshes columns of types that have a user's casts and checks: verification compares them
// too, and nothing of the user's runs on the source.
func TestMasksOfUsersTypesRun(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		m := newMoved(t, mode)
		m.both(tempers)
		pgtest.Exec(t, m.source, moodRows, `CREATE CAST (mal.mood AS text) WITH FUNCTION mal.word_of(mal.mood)`)
		m.blocks = moodBlocks
		if marked(t, m.source, func() { m.refresh() }) {
			t.Error("the run ran code of the source")
		}
		m.want(`SELECT count(*), count(*) FILTER (WHERE w LIKE '%@example.com'),
			count(*) FILTER (WHERE length(ws[1]) < 10 OR ws[2] IS NOT NULL) FROM t`, "50|50|0")
	})
}

// TestCodeThatComesAfterThePlanStopsTheRun makes a cast, and replaces a function that the spec names, between plan and
// apply.
func TestCodeThatComesAfterThePlanStopsTheRun(t *testing.T) {
	for name, change := range map[string]struct{ blocks, sql, want string }{
		"a cast": {
			moodBlocks, `CREATE CAST (mal.mood AS text) WITH FUNCTION mal.word_of(mal.mood)`,
			"the cast from mal.mood to pg_catalog.text now runs mal.word_of",
		},
		"an index": {
			moodBlocks, `CREATE INDEX late ON t (id) WHERE mal.test('x')`,
			"index late of public.t now runs mal.test(text)",
		},
		"a function": {
			strings.Replace(moodBlocks, "keep =", "rows = \"mal.test(w)\"\n  calls = [\"mal.test\"]\n  keep =", 1),
			`CREATE OR REPLACE FUNCTION mal.test(text) RETURNS boolean
				LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN false; END$$`,
			"the function mal.test changed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoved(t, swapMode)
			m.both(tempers)
			pgtest.Exec(t, m.source, moodRows)
			m.blocks = change.blocks
			r, plan := m.plan()
			if calls := plan.Refreshes[0].Tables[0].Calls; name == "a function" && fmt.Sprint(calls) != "[mal.test]" {
				t.Errorf("the plan shows the calls %v", calls)
			}
			pgtest.Exec(t, m.source, change.sql)
			if ds := m.fails(r, plan); !strings.Contains(text(ds), change.want) {
				t.Errorf("%s; want %q", text(ds), change.want)
			}
		})
	}
}
