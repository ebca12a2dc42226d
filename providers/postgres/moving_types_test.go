package postgres_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
)

// types are values of every kind, with their edges. What has no binary form that is the same everywhere crosses as
// text: a composite column in the table makes all of its columns do so.
func types() []moving {
	const plain = `id int, i2 smallint, i8 bigint, f4 real, f8 float8, n numeric, n2 numeric(12,3), b bool, t text,
		v varchar(10), c char(5), c1 "char", nm name, by bytea, u uuid, d date, tm time, tz timetz, ts timestamp,
		tstz timestamptz, iv interval, m money, bi bit(5), vb varbit, ip inet, ci cidr, ma macaddr, ma8 macaddr8,
		j json, jb jsonb, jp jsonpath, tv tsvector, tq tsquery, ir int4range, nr numrange, dr tstzrange, p point,
		bx box, ph path, pg polygon, ci2 circle, o oid, lsn pg_lsn, ia int[], ta text[][], rc regclass`
	const values = `(1, -32768, 9223372036854775807, '-infinity', 'NaN', 'NaN', -999999999.999, true,
			E'tab\there\nline\\ \\N', 'ten chars!', 'ab', 'x', 'a name', '\x00ff5c4e',
			'00000000-0000-0000-0000-000000000000', 'infinity', '24:00:00', '23:59:59.999999+15:59', 'infinity',
			'-infinity', '-178000000 years 11 mons -3 days 04:05:06.789', '-92233720368547758.08', B'10110', B'',
			'10.0.0.1/8', '::ffff:0:0/96', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '{"a":  1, "a": 2}',
			'{"b": 1.10, "a": [null, "\u00e9"]}', '$.a[*] ? (@ > 1)', '''a b'':1A fat:2B,3', 'a & !(b | c:*)',
			'[1,10)', 'empty', '(,"2024-01-01 00:00:00+00"]', '(1.5,-0)', '(1,1),(0,0)', '[(0,0),(1,1)]',
			'((0,0),(1,0),(1,1))', '<(0,0),5>', 4294967295, '16/B374D848', '{1,NULL,3}', '{{a,"b \"c"},{NULL,"NULL"}}',
			'pg_class'),
		(2, 32767, -9223372036854775808, 'NaN', '-0', 0.000000000000000000000000000001, 0.001, false, '', '', '', '',
			'', '', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '4713-01-01 BC', '00:00:00.000001', '00:00:00-15:59',
			'4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999999+00', '0', '92233720368547758.07', B'00000', B'1',
			'::1', '0.0.0.0/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00', 'null', '"\\ \" \u2028"', '$', '', '',
			'empty', '[NaN,NaN]', '[,]', '(infinity,nan)', '(0,0),(0,0)', '((0,0))', '((0,0))', '<(0,0),0>', 0, '0/0',
			'{}', '[5:6][0:0]={{x},{y}}', '-'),
		(3, 0, 0, 3.4028235e38, 1.7976931348623157e308,
			12345678901234567890123456789012345678901234567890.12345678901234567890, NULL, NULL, '日本語 🎌', 'あいうえおかきくけこ',
			'é', E'\\377', NULL, NULL, NULL, '5874897-12-31', '12:00', '12:00+00', '0001-01-01 00:00:00 BC',
			'1883-11-18 12:03:57.999999-07:52:58', '1 mon -1 day', '0', NULL, NULL, 'fe80::1/64', '10.1.2.0/24', NULL,
			NULL, '[1, 2]', '12345678901234567890.123456789', '$."odd key"', 'x', '''it''''s''', '(,)', '(,0]', NULL,
			NULL, NULL, NULL, NULL, NULL, 1, 'FFFFFFFF/FFFFFFFF', '[0:2]={7,8,9}', '{"","\\","{}",","}', NULL),
		(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
			NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
			NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`
	textual := strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(values, "(1, -32768", "('(1,x)', 1, -32768"),
		"(2, 32767", "('(,)', 2, 32767"), "(3, 0, 0, 3.4", "(NULL, 3, 0, 0, 3.4")
	textual = strings.ReplaceAll(textual, "(4, NULL, NULL", `('(5,"""q"" , \\")', 4, NULL, NULL`)
	return []moving{
		{
			name:   "values of every type",
			schema: `CREATE TABLE every (` + plain + `)`,
			rows:   `INSERT INTO every VALUES ` + values,
			check:  crossesAs("every", "text"),
		},
		{
			name:   "values of every type as text",
			schema: `CREATE TYPE pair AS (a int, b text); CREATE TABLE every (pair pair, ` + plain + `)`,
			rows:   `INSERT INTO every VALUES ` + textual,
			check:  crossesAs("every", "text"),
		},
		{
			name: "values of binary types",
			schema: `CREATE TABLE every (id int, i2 smallint, i8 bigint, f4 real, f8 float8, n numeric, b bool, t text,
				v varchar(10), c char(5), by bytea, u uuid, d date, ts timestamp, tstz timestamptz, iv interval,
				m money, vb varbit, ip inet, j json, jb jsonb, tv tsvector, ir int4range, ia int[], ta text[][])`,
			rows: `INSERT INTO every VALUES (1, -32768, 9223372036854775807, '-infinity', 'NaN', 'NaN', true,
				E'tab\there\nline\\ \\N', 'ten chars!', 'ab', '\x00ff5c4e', '00000000-0000-0000-0000-000000000000',
				'infinity', 'infinity', '-infinity', '-178000000 years 11 mons -3 days 04:05:06.789',
				'-92233720368547758.08', B'', '10.0.0.1/8',
				'{"a":  1, "a": 2}', '{"b": 1.10}', '''a b'':1A fat:2B,3', '[1,10)', '{1,NULL,3}',
					'{{a,"b \"c"},{NULL,"NULL"}}'), (2, NULL, NULL, 'NaN', '-0', 1e-300, false, '', '', '', '', NULL,
					'4713-01-01 BC', '4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999999+00', '0', '0', B'1', '::1',
					'null', 'null', '', 'empty', '{}', '[5:6][0:0]={{x},{y}}')`,
			check: crossesAs("every", "binary"),
		},
		{
			name: "enum",
			schema: `CREATE TYPE mood AS ENUM ('sad', 'so so', 'O''Hara', '日');
				ALTER TYPE mood ADD VALUE 'first' BEFORE 'sad'; CREATE TABLE e (id int, m mood, ms mood[])`,
			rows: `INSERT INTO e VALUES (4, 'first', '{first}'), (1, 'sad', '{sad,"so so"}'), (2, 'O''Hara', '{}'),
				(3, '日', NULL); `,
		},
		{
			name:   "enum that crosses as binary",
			schema: `CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE e (id int, m mood)`,
			rows:   `INSERT INTO e VALUES (1, 'sad'), (2, 'ok'), (3, NULL)`,
			check:  crossesAs("e", "binary"),
		},
		{
			name: "domain",
			schema: `CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%'); CREATE DOMAIN strict AS email NOT NULL;
				CREATE DOMAIN list AS int[] CHECK (array_length(VALUE, 1) < 5);
				CREATE TABLE d (id int PRIMARY KEY, e email, s strict, l list, es email[])`,
			rows: `INSERT INTO d VALUES (1, 'a@secret', 'b@secret', '{1,2}', '{c@x,NULL}'),
				(2, NULL, 'c@secret', NULL, NULL)`,
			blocks: `table "public" "d" {
  keep = ["id", "l", "es"]
  column "e" { mask = email() }
  column "s" { mask = email() }
}`,
			but: []string{"public.d"},
			check: func(t *testing.T, m *moved, _ *engine.Plan) {
				m.sameAnswer(`SELECT id, l, es, e IS NULL FROM d ORDER BY 1`)
				m.want(`SELECT count(*) FROM d WHERE s LIKE '%@example.com'`, "2")
			},
		},
		{
			name: "composite",
			schema: `CREATE TYPE pair AS (a int, b text); CREATE TYPE nested AS (p pair, ps pair[], n numeric);
				CREATE TABLE c (id int, p pair, n nested, ps pair[]); CREATE TABLE typed OF pair`,
			rows: `INSERT INTO c VALUES (1, '(1,"a ""b"" , \\")',
				ROW(ROW(2, NULL)::pair, ARRAY[ROW(3, '')::pair, NULL], 1.5)::nested, ARRAY[ROW(4, '(")')::pair]),
				(2, '(,)', NULL, '{}'), (3, NULL, NULL, NULL); INSERT INTO typed VALUES (1, 'x')`,
		},
		{
			name: "array",
			schema: `CREATE TABLE a (id int PRIMARY KEY, emails text[], m int[][], ts timestamptz[], ip inet[],
				by bytea[], vc varchar(3)[], j jsonb[])`,
			rows: `INSERT INTO a VALUES (1, '{anna@secret,NULL,""}', '{{1,2},{3,4}}',
				'{infinity,"2024-01-01 00:00+09"}', '{10.0.0.1,::1}', ARRAY['\x00'::bytea, ''], '{abc,"",NULL}',
				ARRAY['{"a": 1}'::jsonb]), (2, '{}', '[2:3]={1,2}', NULL, NULL, NULL, NULL, NULL),
				(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
			blocks: `table "public" "a" {
  keep = ["id", "m", "ts", "ip", "by", "vc", "j"]
  column "emails" { mask = array(email()) }
}`,
			but: []string{"public.a"},
			check: func(t *testing.T, m *moved, _ *engine.Plan) {
				m.sameAnswer(`SELECT id, m, ts, ip, by, vc, j, cardinality(emails), emails[2], emails[3] FROM a
					ORDER BY 1`)
				m.want(`SELECT emails[1] LIKE '%@example.com' FROM a WHERE id = 1`, "t")
			},
		},
		{
			name: "range",
			schema: `CREATE TYPE floats AS RANGE (subtype = float8, subtype_diff = float8mi);
				CREATE TABLE r (id int, i int4range, n numrange, t tstzrange, f floats, fs floats[])`,
			rows: `INSERT INTO r VALUES (1, '[1,5]', '(,1.5]', '[2024-01-01,infinity)', '[1.5,2)', '{"[0,1)"}'),
				(2, 'empty', '[1,1]', '(,)', 'empty', '{}'), (3, NULL, NULL, NULL, NULL, NULL)`,
		},
		{
			name:   "multirange",
			major:  14,
			schema: `CREATE TABLE r (id int, m int4multirange, t tstzmultirange, ms int4multirange[])`,
			rows:   `INSERT INTO r VALUES (1, '{[1,2),[5,)}', '{}', '{"{[1,2)}"}'), (2, '{}', NULL, '{}')`,
		},
		{
			name:   "numeric Infinity",
			major:  14,
			schema: `CREATE TABLE n (id int, n numeric, r numrange)`,
			rows: `INSERT INTO n VALUES (1, 'Infinity', '[1,Infinity]'), (2, '-Infinity', '(-Infinity,0)'),
				(3, 'NaN', NULL)`,
		},
		{
			name:   "interval infinity",
			major:  17,
			schema: `CREATE TABLE n (id int, i interval)`,
			rows:   `INSERT INTO n VALUES (1, 'infinity'), (2, '-infinity')`,
		},
		{
			name:   "xml",
			schema: `CREATE TABLE documents (id int, doc xml)`,
			rows: `INSERT INTO documents VALUES (1, '<a b="ü">text &amp; more</a>'), (2, 'no root, <b/> and '),
				(3, XMLPARSE(DOCUMENT '<?xml version="1.0"?><!DOCTYPE d [<!ELEMENT d ANY>]><d/>')), (4, ''), (5, NULL)`,
		},
		{
			name:      "hstore",
			extension: "hstore",
			schema:    `CREATE EXTENSION hstore; CREATE TABLE h (id int, h hstore, hs hstore[])`,
			rows: `INSERT INTO h VALUES (1, '"a b"=>"c\"d", n=>NULL, ""=>""', ARRAY['a=>1'::hstore]),
				(2, '', '{}'), (3, NULL, NULL)`,
		},
		{
			name:      "citext",
			extension: "citext",
			schema: `CREATE EXTENSION citext;
				CREATE TABLE c (id int PRIMARY KEY, email citext UNIQUE, kept citext, list citext[])`,
			rows: `INSERT INTO c VALUES (1, 'Anna@Secret.example', 'MiXed', '{A,b}'), (2, NULL, NULL, NULL)`,
			blocks: `table "public" "c" {
  keep = ["id", "kept", "list"]
  column "email" { mask = email() }
}`,
			but: []string{"public.c"},
			check: func(t *testing.T, m *moved, _ *engine.Plan) {
				m.sameAnswer(`SELECT id, kept, list FROM c ORDER BY 1`)
				m.want(`SELECT id, email LIKE '%@example.com' FROM c ORDER BY 1`, "1|t", "2|NULL")
			},
		},
		{
			name:      "extensions with types of their own",
			extension: "ltree",
			schema: `CREATE EXTENSION ltree; CREATE EXTENSION IF NOT EXISTS cube;
				CREATE TABLE l (id int, p ltree, c cube)`,
			rows: `INSERT INTO l VALUES (1, 'Top.Science', '(1,2),(3,4)'), (2, '', NULL)`,
		},
		{
			name: "NULL versus ''",
			schema: `CREATE TYPE pair AS (a int, b text);
				CREATE TABLE binary_way (id int PRIMARY KEY, t text, v varchar, c char(3), b bytea, a text[],
					masked text);
				CREATE TABLE text_way (id int PRIMARY KEY, p pair, t text, v varchar, c char(3), b bytea, a text[],
					masked text)`,
			rows: `INSERT INTO binary_way VALUES (1, NULL, NULL, NULL, NULL, NULL, NULL), (2, '', '', '', '', '{}', ''),
				(3, 'NULL', '\N', '\.', '\x5c4e', '{NULL,"NULL",""}', 'x'), (4, ' ', E'\\N\n', E'\r\n', '\x00', '{""}',
				' ');
				INSERT INTO text_way SELECT id, '(,"")', t, v, c, b, a, masked FROM binary_way`,
			blocks: keepRule("id", "t", "v", "c", "b", "a", "p") + `
rule "masked" {
  match {
    column = "masked"
  }
  mask = hash()
}`,
			but: []string{"public.binary_way", "public.text_way"},
			check: func(t *testing.T, m *moved, _ *engine.Plan) {
				m.sameAnswer(`SELECT b.id, t, v, c, b, a, masked IS NULL FROM binary_way b ORDER BY 1`)
				m.sameAnswer(`SELECT id, p, t, v, c, b, a, masked IS NULL FROM text_way ORDER BY 1`)
			},
		},
	}
}

// crossesAs checks the form that a table crosses in.
func crossesAs(table, format string) func(*testing.T, *moved, *engine.Plan) {
	return func(t *testing.T, m *moved, plan *engine.Plan) {
		for _, s := range plan.Steps {
			for _, st := range s.Statements {
				if strings.HasPrefix(st.Text, `COPY "public"."`+table+`"`) &&
					!strings.Contains(st.Text, "FORMAT "+format) {
					t.Errorf("%s crosses otherwise: %s", table, st.Text)
				}
			}
		}
	}
}

// names are those that a careless writer of SQL stumbles over.
func names() []moving {
	long := strings.Repeat("n", 63)
	wide := strings.Repeat("名", 21) // 63 bytes
	return []moving{
		{name: "names with capitals, spaces, quotes, dots, unicode, 63 bytes, reserved words",
			schema: `CREATE SCHEMA "My ""Schema"".x";
				CREATE TABLE "My ""Schema"".x"."Order by; DROP" (
					"Id" int PRIMARY KEY, "a b" text, "a.b" text, "a""b" text, "it's" text, "select" text,
					"user" text, "名前" text, "` + long + `" text, "` + wide + `" text, "E\n" text,
					"$1" text, "%s" text, "back\slash" text);
				CREATE TABLE "` + long + `" ("` + long + `" int GENERATED ALWAYS AS IDENTITY); CREATE TABLE "` + wide +
				`" ("` + wide +
				`" serial, "group" text UNIQUE); CREATE TABLE "user" ("table" int PRIMARY KEY);
				CREATE TABLE "select" ("from" int REFERENCES "user", "where" text);
				CREATE TYPE "My Enum" AS ENUM ('A b'); CREATE TABLE "T" (e "My Enum", "E" "My Enum"[]);
				CREATE MATERIALIZED VIEW "M v" AS SELECT * FROM "user"; CREATE SEQUENCE "My ""Schema"".x"."S 'q'";
				CREATE TABLE t (T int, "T" int)`,
			rows: `INSERT INTO "My ""Schema"".x"."Order by; DROP" SELECT i, 'anna' || i, 'dot', 'quote', 'its',
					'secret' || i, 'bert' || i, 'n', 'l', 'w', 'e', 'd', 'p', 'b' FROM generate_series(1, 3) i;
				INSERT INTO "` + long + `" SELECT FROM generate_series(1, 2);
				INSERT INTO "` + wide + `" ("group") VALUES ('g');
				INSERT INTO "user" VALUES (1); INSERT INTO "select" VALUES (1, 'x');
				INSERT INTO "T" VALUES ('A b', '{"A b"}');
				SELECT nextval('"My ""Schema"".x"."S ''q''"'); INSERT INTO t VALUES (1, 2);
				REFRESH MATERIALIZED VIEW "M v"`,
			blocks: keepAll + `
table "My \"Schema\".x" "Order by; DROP" {
  keep = ["Id", "a.b", "it's", "名前", "` + long + `", "` + wide + `", "E\\n", "$1", "%s", "back\\slash"]
  column "a b" { mask = token() }
  column "a\"b" {
    mask        = sql("\"a b\" || \"a\"\"b\" || '''' ")
    min_changed = 0
  }
  column "select" { mask = hash() }
  column "user" { mask = email() }
}`, but: []string{`"My ""Schema"".x"."Order by; DROP"`},
			check: func(t *testing.T, m *moved, _ *engine.Plan) {
				m.sameAnswer(`SELECT "Id", "a.b", "it's", "名前", "` + long +
					`", "E\n", "$1", "%s", "back\slash", "a b" IS NOT NULL
					FROM "My ""Schema"".x"."Order by; DROP" ORDER BY 1`)
				m.want(`SELECT count(*) FROM "My ""Schema"".x"."Order by; DROP" WHERE "a b" LIKE 'anna%'
					OR "user" LIKE 'bert%' OR "select" LIKE 'secret%'`, "0")
				m.sameAnswer(`SELECT last_value, is_called FROM "My ""Schema"".x"."S 'q'"`)
			}},
	}
}
