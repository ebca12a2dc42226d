package mask_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/spec/mask"
)

// reaching are expressions that would see or do more than their row, each in a form of its own.
var reaching = map[string]string{
	// Sub-selects, in every place of an expression.
	`(SELECT v FROM secrets)`:                             "sub-select",
	`coalesce(v, (SELECT 'x'))`:                           "sub-select",
	`v = ANY (SELECT s FROM secrets)`:                     "sub-select",
	`v IN (SELECT s FROM secrets)`:                        "sub-select",
	`EXISTS (SELECT 1)`:                                   "sub-select",
	`ARRAY(SELECT s FROM secrets)`:                        "sub-select",
	`CASE WHEN true THEN (SELECT 1) END`:                  "sub-select",
	`('{1,2}'::int[])[(SELECT 1)]`:                        "sub-select",
	`ROW((SELECT 1))`:                                     "sub-select",
	`lower(VARIADIC ARRAY[(SELECT s FROM secrets)])`:      "sub-select",
	`string_agg(v, ',') FILTER (WHERE EXISTS (SELECT 1))`: "sub-select",
	`JSON_ARRAY(SELECT s FROM secrets)`:                   "sub-select",
	`xmlelement(name x, (SELECT s FROM secrets))`:         "sub-select",
	`(SELECT 1) COLLATE "C"`:                              "sub-select",
	`(SELECT 1)::text`:                                    "sub-select",
	`$$x$$ || (SELECT $q$y$q$)`:                           "sub-select",
	// Other statements, and what stands behind an expression.
	`1; DROP TABLE x`:                    "more than one statement",
	`1 FROM secrets`:                     "more than an expression",
	`1 UNION SELECT s FROM secrets`:      "more than an expression",
	`1 INTO x`:                           "more than an expression",
	`1 ORDER BY 1`:                       "more than an expression",
	`1 LIMIT 1`:                          "more than an expression",
	`1 FOR UPDATE`:                       "more than an expression",
	`1) FROM secrets --`:                 "not a SQL expression",
	`1 /* */ ; /* */ SELECT 1`:           "more than one statement",
	`DISTINCT v`:                         "more than an expression",
	`'a' -- '` + "\n" + `; DROP TABLE x`: "more than one statement",
	`$x$ $x$; SELECT $y$ $y$`:            "more than one statement",
	`E'\''; SELECT '`:                    "not a SQL expression",
	`U&"\0076"; SELECT 1`:                "more than one statement",
	// The catalog, by types whose text is looked up.
	`'secrets'::regclass`:                       "reads the catalog",
	`regclass 'secrets'`:                        "reads the catalog",
	`CAST('lower' AS pg_catalog.regproc)::text`: "reads the catalog",
	`regclass('secrets')`:                       "never allowed",
	`'{secrets}'::regclass[]`:                   "reads the catalog",
	`'{secrets}'::_regclass`:                    "reads the catalog",
	`'x'::regrole::oid`:                         "reads the catalog",
	`to_regclass('secrets')::text`:              "never allowed",
	`array_in('{secrets}', 2205, -1)::text`:     "never allowed",
	`format_type(25, -1)`:                       "never allowed",
	// The whole row.
	`t.*`:           "all columns",
	`ROW(t.*)`:      "all columns",
	`(v).*`:         "all fields",
	`to_jsonb(t.*)`: "all columns",
	// The modifiers of a type, which are expressions to the grammar.
	`v::numeric((SELECT 1))`:                      "modifier of a type",
	`'1'::numeric((SELECT 1))`:                    "modifier of a type",
	`'1'::pg_catalog.numeric(pg_sleep(1))`:        "modifier of a type",
	`numeric(1 + 1) '1'`:                          "modifier of a type",
	`'{1}'::numeric(lower('x'))[]`:                "modifier of a type",
	`CAST(NULL AS public.geometry(public.f(1)))`:  "modifier of a type",
	`xmlserialize(CONTENT v AS numeric(now()))`:   "modifier of a type",
	`JSON_VALUE(v, '$' RETURNING numeric(now()))`: "modifier of a type",
	// Functions, however they are called.
	`pg_catalog.pg_read_file('/etc/passwd')`:                     "never allowed",
	`"pg_catalog"."pg_read_file"('/etc/passwd')`:                 "never allowed",
	`U&"pg\005fread\005ffile"('/etc/passwd')`:                    "never allowed",
	`('/etc/passwd'::text).pg_read_file`:                         "never allowed",
	`(ROW(1)).current_query`:                                     "never allowed",
	`public.leak(v)`:                                             `say { calls = ["public.leak"] }`,
	`db.public.leak(v)`:                                          `say { calls = ["public.leak"] }`,
	`v OPERATOR(public.->) 'x'`:                                  `say { calls = ["public.->"] }`,
	`v OPERATOR(public.=) ANY (ARRAY['x'])`:                      `say { calls = ["public.="] }`,
	`aws_s3.query_export_to_s3('SELECT 1', 'b', 'k')`:            "never allowed",
	`(aws_s3.query_export_to_s3('SELECT 1', 'b')).rows_uploaded`: "never allowed",
	`aws_lambda.invoke('x', '{}')`:                               "never allowed",
	`cron.schedule('* * * * *', 'SELECT 1')`:                     "never allowed",
	`information_schema._pg_truetypid(NULL, NULL)`:               "never allowed",
	`query_to_xml('SELECT 1', true, true, '')`:                   "never allowed",
	`database_to_xmlschema(true, true, '')`:                      "never allowed",
	`ts_stat('SELECT 1')`:                                        "never allowed",
	`public.dblink('x', 'SELECT 1')`:                             "never allowed",
	`current_setting('shoji.key', true)`:                         "never allowed",
	`CURRENT_USER`:                                               "never allowed",
	`SESSION_USER`:                                               "never allowed",
	`CURRENT_CATALOG`:                                            "never allowed",
	`current_database()`:                                         "never allowed",
	`lo_get(1)`:                                                  "never allowed",
	// Other rows, and other times.
	`unnest(ARRAY[v, v])`:     "other rows",
	`count(*)`:                "aggregate",
	`public.mine(DISTINCT v)`: "aggregate",
	`percentile_cont(0.5) WITHIN GROUP (ORDER BY v)`: "aggregate",
	`lag(v) OVER ()`:             "other rows",
	`JSON_ARRAYAGG(v)`:           "look at other rows",
	`GROUPING(v)`:                "look at other rows",
	`generate_series(1, 2)`:      "other rows",
	`age(v::timestamp)`:          "counts from today",
	`'now'::timestamptz`:         "another time",
	`timestamp 'tomorrow 12:00'`: "another time",
	`v::date < 'today'`:          "another time",
	`CURRENT_DATE`:               "changes from run to run",
	`gen_random_uuid()`:          "another result",
}

func TestNothingReachesBeyondTheRow(t *testing.T) {
	for sql, want := range reaching {
		for _, source := range []string{"sql(" + Quote(sql) + ")", "when(" + Quote(sql) + ", keep(), keep())"} {
			if _, err := parse(source); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v; want %q", source, err, want)
			}
		}
	}
	for source, want := range map[string]string{
		`sql("public.f(v)", { calls = ["public.f", "public.g"] })`: `"public.g", ` +
			`which the expression does not call`,
		`sql("aws_s3.f(v)", { calls = ["aws_s3.f"] })`:                       "never allowed",
		`sql("public.pg_read_file(v)", { calls = ["public.pg_read_file"] })`: "never allowed",
		`sql("CURRENT_USER", { volatile = true })`:                           "never allowed",
		`sql("v", { calls = "public.f" })`:                                   "list of strings",
	} {
		if _, err := parse(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", source, err, want)
		}
	}
}

func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, `${`, `$${`, `%{`, `%%{`).Replace(s) + `"`
}

// TestTheWholeRowIsNoColumn: the name of a table is its row, which would bring every column in, named by nobody.
func TestTheWholeRowIsNoColumn(t *testing.T) {
	b := newBench(t, "")
	table := b.table("text")
	for _, sql := range []string{
		table, table + "::text", "format('%s', " + table + ")", "to_json(" + table + ")::text", "(" + table + ").v",
		`"` + table + `"::text`, "xmlforest(" + table + ")::text",
		table + "." + table, "text(" + table + ")", table + " IS NULL", "ROW(" + table + ")::text", table + ".to_json",
		"concat(v, " + table + ")", "ctid::text", "tableoid::text", "item1.ctid::text",
	} {
		if _, err := b.compile("sql("+Quote(sql)+")", table); err == nil ||
			!strings.Contains(err.Error(), "whole row") && !strings.Contains(err.Error(), "no column") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	for _, source := range []string{`sql("other.v")`, `sql("public.item1.v")`, `array(sql("item_.v"))`} {
		m, err := parse(source)
		if err == nil {
			_, err = m.Compile(columnOf(t, b.conn, table))
		}
		if err == nil {
			t.Errorf("%s is allowed", source)
		}
	}
}

// TestWhatIsAllowedRuns: hardening must not take away what teams write.
func TestWhatIsAllowedRuns(t *testing.T) {
	b := newBench(t,
		`CREATE FUNCTION public.shout(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(x)';
			CREATE OPERATOR public.|> (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.textcat)`)
	table := b.table("text", "'Some Value'")
	for source, want := range map[string]string{
		`sql("upper(left(v, 2)) || '. ' || $$it's$$ || E'\\n' || ` +
			`U&'\\0041' -- a comment")`: "SO. it's\nA",
		`sql("item1.v /* ; DROP TABLE x */ COLLATE \"C\"")`:           "Some Value",
		`sql("v OPERATOR(pg_catalog.||) 'x'")`:                        "Some Valuex",
		`sql("public.shout(v)", { calls = ["public.shout"] })`:        "SOME VALUE",
		`sql("v OPERATOR(public.|>) 'x'", { calls = ["public.|>"] })`: "Some Valuex",
		`when("public.shout(v) = 'SOME VALUE'", fixed("yes"), fixed("no"), ` +
			`{ calls = ["public.shout"] })`: "yes",
		`sql("CASE WHEN v LIKE 'S%' AND v !~ '^x' AND nr BETWEEN 0 AND 5 THEN ` +
			`coalesce(nullif(v, ''), 'x') ELSE NULL END")`: "Some Value",
		`sql("regexp_replace(v, '[a-z]', '*', 'g')")`: "S*** V****",
		`sql("extract(year FROM timestamp '2020-05-06')::text || overlay(v PLACING 'XX' FROM 1 FOR 2) || ` +
			`substring(v FROM 1 FOR 1) || position('o' IN v)")`: "2020XXme ValueS2",
		`sql("(ARRAY['a', 'b'])[1 + length(v) % 2] || (jsonb_build_object('k', v) ->> 'k') || ` +
			`greatest('a', 'b') || (v IS NOT NULL)::text")`: "aSome Valuebtrue",
		`sql("to_char(timestamp '2020-01-02' AT TIME ZONE 'UTC' + interval '1 day', 'YYYY') || 'now'::text || ` +
			`format('%s-%s', v, nr)")`: "2020nowSome Value-0",
		`sql("trim(both ' ' from v) || (v, nr)::text || ('{\"a\": 1}'::json)::text || ` +
			`(NOT (v ILIKE ANY (ARRAY['x%'])))::text")`: `Some Value("Some Value",0){"a": 1}true`,
		`sql("random()::text", { volatile = true })`: "*",
	} {
		e, err := b.compile(source, table)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if got := b.run(e, table, keyA)[0]; got != want && want != "*" {
			t.Errorf("%s gives %q, want %q", source, got, want)
		}
	}
}

// TestListsKnowTheServersFunctions holds the lists of names against pg_proc: whatever looks at other rows, makes rows,
// or returns another result each time is refused.
func TestListsKnowTheServersFunctions(t *testing.T) {
	b := newBench(t, "")
	rows, err := b.conn.Query(context.Background(),
		`SELECT DISTINCT proname::text FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
		AND (prokind IN ('a', 'w') OR proretset OR provolatile = 'v' OR proname ~ '^(to_)?reg(class|proc|type|role)')
		AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
			AND NOT 'internal'::regtype = ANY (proargtypes) ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(list) < 200 {
		t.Fatalf("%d functions, %v", len(list), err)
	}
	for _, name := range list {
		if _, err := parse(`sql("` + name + `(v)")`); err == nil ||
			!regexp.MustCompile("never allowed|other rows|another result|aggregate").MatchString(err.Error()) {
			t.Errorf("%s() is allowed: %v", name, err)
		}
	}
}

// TestConditionsMaySayWhen: the time of a run is one for all rows; what differs from row to row has no place in a
// condition.
func TestConditionsMaySayWhen(t *testing.T) {
	for text, want := range map[string]string{
		"created_at > now() - interval '2 years'": "created_at > (now() - '2 years'::interval)",
		"born < CURRENT_DATE -- a comment":        "born < current_date",
		"at > 'yesterday'::date":                  "at > 'yesterday'::date",
	} {
		got, reads, err := mask.ParseCondition(text)
		if err != nil || len(reads) != 1 || !strings.EqualFold(got, want) {
			t.Errorf("%s became %q, reads %v, %v", text, got, reads, err)
		}
	}
	for _, text := range []string{
		"random() < 0.1", "clock_timestamp() > at", "id IN (SELECT 1)", "true) UNION SELECT (true",
	} {
		if _, _, err := mask.ParseCondition(text); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
