package mask_test

import (
	"fmt"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// typeCase is a type with values of it: edges as literals, and an expression of n that gives another value for each
// number from 1 (with few, the same ones again and again).
type typeCase struct {
	sql       string
	edges     []string
	many      string
	few       bool
	constants []string // as a spec writes them, for fixed() and one_of()
}

const setup = `CREATE SCHEMA IF NOT EXISTS ext;
CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE public.pair AS (a int, b text);
CREATE DOMAIN public.d_text AS varchar(60);
CREATE DOMAIN public.d_int AS int4;
CREATE DOMAIN public.d_mood AS public.mood;
CREATE TYPE public.name AS (first text, last text);`

func typeCases() []typeCase {
	word := "'User ' || g || ' ' || (g * 7919 % 10007) || '@Mail.example'"
	texts := []string{"''", "'a'", "'1'", "'Ab-12'", "'山田 太郎'", `E'q''u"o\\te %s \x01'`, "'😀 é 한'", "'４２'"}
	cards := []string{
		"'4111 1111 1111 1111'", "'DE89 3704 0044 0532 0130 00'", "'192.168.1.77'",
		"'00000000-0000-0000-0000-0000000000Ff'", "'+81 90-1234-5678'",
	}
	return []typeCase{
		{
			sql:       "text",
			edges:     append(append([]string{"repeat('x1', 3000)", `E'tab\there'`}, texts...), cards...),
			many:      word,
			constants: []string{`"a"`, `"b"`},
		},
		{sql: "character varying(60)", edges: append(cards, texts...), many: word, constants: []string{`"a"`, `"b"`}},
		{sql: "character(60)", edges: append(cards, "'a'", "'ab  '"), many: word, constants: []string{`"a"`, `"b"`}},
		{sql: "ext.citext", edges: append(cards, texts...), many: word, constants: []string{`"a"`, `"b"`}},
		{
			sql:       "pg_catalog.name",
			edges:     []string{"''", "'a'", "'Some Name'"},
			many:      word,
			constants: []string{`"a"`, `"b"`},
		},
		{
			sql:       "smallint",
			edges:     []string{"0", "-1", "32767", "-32768"},
			many:      "(g * 13 - 6000)",
			constants: []string{"1", "2"},
		},
		{
			sql:       "integer",
			edges:     []string{"0", "-1", "2147483647", "-2147483648"},
			many:      "(g * 7919 - 3000000)",
			constants: []string{"1", "2"},
		},
		{
			sql:       "bigint",
			edges:     []string{"0", "-1", "9223372036854775807", "-9223372036854775808"},
			many:      "(g * 987654321987 - 400000000000000)",
			constants: []string{"1", "2"},
		},
		{
			sql:       "numeric",
			edges:     []string{"0", "'NaN'", "12345678901234567890.123", "-0.001", "1.50"},
			many:      "(g * 1.37)",
			constants: []string{"1", "2.5"},
		},
		{
			sql:       "numeric(8,2)",
			edges:     []string{"0", "'NaN'", "999999.99", "-999999.99", "0.01"},
			many:      "(g * 1.37)",
			constants: []string{"1", "2.5"},
		},
		{
			sql:       "real",
			edges:     []string{"0", "'-0'", "'NaN'", "'Infinity'", "3.4e38", "-1e-30"},
			many:      "(g * 1.5)",
			constants: []string{"1", "2.5"},
		},
		{
			sql:       "double precision",
			edges:     []string{"0", "'NaN'", "'-Infinity'", "1.7e308", "-1e-300"},
			many:      "(g * 1.37)",
			constants: []string{"1", "2.5"},
		},
		{
			sql:       "money",
			edges:     []string{"0::numeric", "-1.5::numeric", "92233720368547758.07::numeric"},
			many:      "(g * 1.25)::numeric",
			constants: []string{"1", "2.5"},
		},
		{
			sql:       "boolean",
			edges:     []string{"true", "false"},
			many:      "(g % 2 = 0)",
			few:       true,
			constants: []string{"true", "false"},
		},
		{
			sql:       "public.mood",
			edges:     []string{"'sad'", "'ok'", "'happy'"},
			many:      "(ARRAY['sad', 'ok', 'happy'])[1 + g % 3]::public.mood",
			few:       true,
			constants: []string{`"sad"`, `"ok"`},
		},
		{
			sql:       "date",
			edges:     []string{"'2001-05-06'", "'infinity'", "'-infinity'", "'0044-03-15 BC'"},
			many:      "'2000-01-01'::date + g::int",
			constants: []string{`"2001-01-01"`, `"2002-01-01"`},
		},
		{
			sql:       "time without time zone",
			edges:     []string{"'00:00'", "'23:59:59.999999'", "'24:00'"},
			many:      "time '00:00:00.5' + g * interval '7 seconds'",
			constants: []string{`"10:00"`, `"11:00"`},
		},
		{
			sql:       "time with time zone",
			edges:     []string{"'00:00+09'", "'23:59:59.999999-05'"},
			many:      "(time '00:00:00.5' + g * interval '7 seconds')::time::timetz",
			constants: []string{`"10:00+00"`, `"11:00+00"`},
		},
		{
			sql:       "timestamp without time zone",
			edges:     []string{"'2001-05-06 07:08:09.123'", "'infinity'", "'0044-03-15 BC'"},
			many:      "timestamp '2001-01-01' + g * interval '1 hour 1 second'",
			constants: []string{`"2001-01-01"`, `"2002-01-01"`},
		},
		{
			sql:       "timestamp with time zone",
			edges:     []string{"'2001-05-06 07:08:09+09'", "'-infinity'"},
			many:      "timestamptz '2001-01-01 00:00:00+00' + g * interval '1 hour 1 second'",
			constants: []string{`"2001-01-01"`, `"2002-01-01"`},
		},
		{
			sql:       "interval",
			edges:     []string{"'0'", "'1 mon 3 days 04:05:06.7'", "'-5 years'"},
			many:      "g * interval '3 hours 7 seconds'",
			constants: []string{`"1 day"`, `"2 days"`},
		},
		{
			sql: "uuid",
			edges: []string{
				"'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
				"'0190a6a0-0000-7000-8000-000000000001'",
			},
			many:      "md5(g::text)::uuid",
			constants: []string{`"00000000-0000-0000-0000-000000000001"`, `"00000000-0000-0000-0000-000000000002"`},
		},
		{
			sql:       "bytea",
			edges:     []string{`''`, `'\x00ff'`},
			many:      "int8send(g)",
			constants: []string{`"\\x01"`, `"\\x02"`},
		},
		{
			sql:       "bit(16)",
			edges:     []string{"B'0000000000000000'"},
			many:      "g::int::bit(16)",
			constants: []string{`"0000000000000001"`, `"0000000000000010"`},
		},
		{
			sql:       "bit varying(20)",
			edges:     []string{"B''", "B'1'"},
			many:      "g::int::bit(16)::varbit",
			constants: []string{`"1"`, `"10"`},
		},
		{
			sql:       "inet",
			edges:     []string{"'192.168.1.1'", "'192.168.1.1/24'", "'2001:db8::1'", "'0.0.0.0/0'"},
			many:      "inet '10.1.0.0' + g",
			constants: []string{`"10.0.0.1"`, `"10.0.0.2"`},
		},
		{
			sql:       "cidr",
			edges:     []string{"'192.168.1.0/24'", "'2001:db8::/32'", "'0.0.0.0/0'"},
			many:      "network(set_masklen(inet '10.1.0.0' + g * 256, 24))",
			constants: []string{`"10.0.0.0/8"`, `"10.1.0.0/16"`},
		},
		{
			sql:       "macaddr",
			edges:     []string{"'08:00:2b:01:02:03'"},
			many:      "lpad(to_hex(g * 7919), 12, '0')::macaddr",
			constants: []string{`"08:00:2b:01:02:03"`, `"08:00:2b:01:02:04"`},
		},
		{
			sql:       "macaddr8",
			edges:     []string{"'08:00:2b:01:02:03:04:05'"},
			many:      "lpad(to_hex(g * 7919), 16, '0')::macaddr8",
			constants: []string{`"08:00:2b:01:02:03:04:05"`, `"08:00:2b:01:02:03:04:06"`},
		},
		{
			sql:       "json",
			edges:     []string{`'{"a": 1}'`, "'null'", "'[]'"},
			many:      "json_build_object('a', 'x' || g, 'k', g)",
			constants: []string{`"{}"`, `"[]"`},
		},
		{
			sql:       "jsonb",
			edges:     []string{`'{"a": 1}'`, "'null'", "'[]'"},
			many:      "jsonb_build_object('a', 'x' || g, 'k', g)",
			constants: []string{`"{}"`, `"[]"`},
		},
		{
			sql:       "xml",
			edges:     []string{"'<a/>'"},
			many:      "('<a>' || g || '</a>')::xml",
			constants: []string{`"<a/>"`, `"<b/>"`},
		},
		{sql: "public.d_text", edges: append(cards, texts...), many: word, constants: []string{`"a"`, `"b"`}},
		{sql: "public.d_int", edges: []string{"0", "-5"}, many: "(g * 7919 - 3000000)", constants: []string{"1", "2"}},
		{
			sql:       "public.d_mood",
			edges:     []string{"'sad'"},
			many:      "(ARRAY['sad', 'ok', 'happy'])[1 + g % 3]::public.mood",
			few:       true,
			constants: []string{`"sad"`, `"ok"`},
		},
		{
			sql:       "text[]",
			edges:     []string{"'{}'", "'{a,NULL}'"},
			many:      "ARRAY['x' || g, 'y']",
			constants: []string{`"{a}"`, `"{b}"`},
		},
		{
			sql:       "integer[]",
			edges:     []string{"'{}'", "'{1,NULL}'"},
			many:      "ARRAY[g::int, 5]",
			constants: []string{`"{1}"`, `"{2}"`},
		},
		{
			sql:       "int4range",
			edges:     []string{"'empty'", "'(,)'"},
			many:      "int4range((g * 1000)::int, (g * 1000 + 500)::int)",
			constants: []string{`"[1,2)"`, `"[2,3)"`},
		},
		{
			sql:       "public.pair",
			edges:     []string{"ROW(1, NULL)"},
			many:      "ROW(g::int, 'x' || g)::public.pair",
			constants: []string{`"(1,a)"`, `"(2,b)"`},
		},
		{
			sql:       "public.name",
			edges:     []string{"ROW('a', 'b')"},
			many:      "ROW('f' || g, 'l')::public.name",
			constants: []string{`"(a,b)"`, `"(c,d)"`},
		},
		{
			sql:       "ext.hstore",
			edges:     []string{"''"},
			many:      "('a=>x' || g)::ext.hstore",
			constants: []string{`"a=>1"`, `"a=>2"`},
		},
		{sql: "oid", edges: []string{"1", "4294967295"}, many: "g::oid", constants: []string{`"1"`, `"2"`}},
		{
			sql:       "tsvector",
			edges:     []string{"''"},
			many:      "to_tsvector('pg_catalog.simple', 'w' || g)",
			constants: []string{`"a"`, `"b"`},
		},
		{sql: "point", edges: []string{"'(1,2)'"}, many: "point(g, g)", constants: []string{`"(1,2)"`, `"(3,4)"`}},
	}
}

// calls are ways to write each mask. Of the catalogue's classes each must accept at least one.
func calls(name string, c typeCase) []string {
	first, second := c.constants[0], c.constants[1]
	switch name {
	case "fixed":
		return []string{"fixed(" + first + ")", "fixed(" + first + ", { keep_null = true })"}
	case "one_of":
		return []string{
			"one_of([" + first + ", " + second + "])", "one_of([" + first + ", " + second + `], { by = ["n"] })`,
		}
	}
	return map[string][]string{
		"sql":   {`sql("v")`},
		"when":  {`when("n % 2 = 0", keep(), fixed(` + first + `, { keep_null = true }))`},
		"token": {`token()`, `token({ length = 32, prefix = "t_" })`, `token({ length = 6 })`},
		"hash":  {`hash()`, `hash({ length = 8 })`},
		"int_map": {
			`int_map()`, `int_map({ min = 1, max = 1000 })`, `int_map({ max = 20000 })`, `int_map({ min = -7 })`,
		},
		"email":      {`email()`, `email({ domain = "a.example", length = 8 })`, `email("ja", { by = ["n"] })`},
		"username":   {`username()`, `username("en", { length = 8 })`},
		"first_name": {`first_name()`, `first_name("ja")`, `first_name("ja", { form = "kana", by = ["n"] })`},
		"last_name":  {`last_name()`, `last_name("ja", { form = "romaji" })`},
		"full_name":  {`full_name()`, `full_name("ja")`, `full_name("ja", { form = "kana", by = ["n"] })`},
		"company": {
			`company()`, `company("ja")`, `company("ja", { form = "kana" })`, `company("ja", { form = "romaji" })`,
		},
		"phone":    {`phone()`, `phone("ja")`, `phone("ja", { style = "e164", by = ["n", "other"] })`},
		"street":   {`street()`, `street("ja")`},
		"city":     {`city()`, `city({ part = "region_code" })`, `city("ja", { part = "region", by = ["n"] })`},
		"postcode": {`postcode()`, `postcode("ja")`},
		"address":  {`address()`, `address("ja")`, `address("ja", { postcode = true, by = ["n"] })`},
		"country":  {`country()`, `country("ja")`, `country({ form = "code" })`},
		"lorem":    {`lorem()`, `lorem("ja")`, `lorem({ words = 3 })`, `lorem("ja", { words = 2, by = ["n"] })`},
		"digits": {
			`digits()`, `digits({ keep_first = 1, keep_last = 2 })`, `digits({ unmatched = "token" })`,
			`digits({ unmatched = "token", length = 6 })`,
		},
		"shape":       {`shape()`},
		"credit_card": {`credit_card()`, `credit_card({ keep_first = 6, keep_last = 4 })`},
		"iban":        {`iban()`},
		"partial":     {`partial(2, "*", 1)`, `partial(1, "***", 0)`},
		"regex":       {`regex("[0-9]", "#")`, `regex("^(.).*$", "\\1…", { flags = "gi", unmatched = "keep" })`},
		"url":         {`url()`},
		"domain":      {`domain()`, `domain({ domain = "test", length = 8 })`},
		"ip":          {`ip()`},
		"ip_prefix":   {`ip_prefix(24)`, `ip_prefix(16, 32)`},
		"mac":         {`mac()`},
		"truncate":    {`truncate("hour")`, `truncate("year")`, `truncate(100)`, `truncate(3)`, `truncate(0.5)`},
		"bucket": {
			`bucket([0, 18, 65])`, `bucket([0, 18], { labels = [` + first + `, ` + second + `] })`,
			`bucket(["1990-01-01", "2001-01-01"])`,
		},
		"noise":  {`noise(0.1)`, `noise(1)`},
		"jitter": {`jitter("30 days")`, `jitter("45 minutes")`},
		"enum":   {`enum()`, `enum({ by = ["n"] })`},
		"bool":   {`bool()`, `bool({ by = ["n"] })`},
		"json":   {`json({ "$.a" = token() })`},
		"array":  {`array(token())`, `array(int_map())`},
		"range":  {`range(noise(0.1))`},
		"fields": {
			`fields({ a = int_map() }, { keep = ["b"] })`, `fields({ first = first_name(), last = last_name() })`,
		},
		"hstore": {`hstore({ a = token() })`},
	}[name]
}

// prepare makes a table of each type that the server has, with NULL in the first row, the edges, and values by the
// hundreds.
func prepare(t *testing.T, url string) (tables map[string]string) {
	t.Helper()
	pgtest.Exec(t, url, setup)
	for _, extension := range []string{"citext", "hstore"} {
		if pgtest.Rows(t, url, "SELECT count(*) FROM pg_available_extensions WHERE name = '"+extension+"'")[0] == "1" {
			pgtest.Exec(t, url, "CREATE EXTENSION "+extension+" SCHEMA ext")
		}
	}
	tables = map[string]string{}
	for i, c := range typeCases() {
		if pgtest.Rows(t, url, fmt.Sprintf("SELECT to_regtype(%s) IS NOT NULL",
			sqltext.Literal(plainType(c.sql))))[0] == "f" {
			continue
		}
		name := fmt.Sprintf("t%d", i)
		sql := fmt.Sprintf("CREATE TABLE %s (n int PRIMARY KEY, other text, v %s DEFAULT %s); INSERT INTO "+
			"%s (n, v) VALUES (0, NULL);", name, c.sql, c.edges[0], name)
		for k, e := range c.edges {
			sql += fmt.Sprintf("INSERT INTO %s VALUES (%d, 'x', %s);", name, k+1, e)
		}
		sql += fmt.Sprintf("INSERT INTO %s SELECT 100 + g, 'y', %s FROM generate_series(1::bigint, 600) AS g; CREATE "+
			"TABLE %s_copy (n int, v %s)", name, c.many, name, c.sql)
		pgtest.Exec(t, url, sql)
		tables[c.sql] = name
	}
	return tables
}
