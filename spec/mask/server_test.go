package mask_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/mask"
)

var update = flag.Bool("update", false, "write the expected results anew")

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func parse(text string) (*mask.Mask, error) { return mask.Parse(text) }

func mustParse(t testing.TB, text string) *mask.Mask {
	t.Helper()
	m, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const (
	keyA = "00000000000000000000000000000000000000000000000000000000000000aa"
	keyB = "00000000000000000000000000000000000000000000000000000000000000bb"
)

// cases are masks with a type and values of it. Values are SQL literals.
var cases = []struct {
	mask, typ string
	values    []string
}{
	{`token()`, "text", textValues},
	{`token({ prefix = "c_", length = 8 })`, "character varying(20)", []string{"'a'", "'b'", "''"}},
	{`token()`, "bigint", []string{"1", "-1", "9223372036854775807"}},
	{`token()`, "integer", []string{"1", "-1", "2147483647"}},
	{`token()`, "uuid", []string{"'00000000-0000-0000-0000-000000000001'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"}},
	{`token()`, "bytea", []string{`'\x00ff'`, `'\x01'`, `''`}},
	{`hash()`, "text", textValues},
	{`email()`, "text", textValues},
	{`email({ domain = "a.example", length = 8 })`, "character varying(20)", []string{"'x@y.z'", "'X@Y.z'"}},
	{`first_name()`, "text", textValues},
	{`last_name("ja")`, "character varying(5)", []string{"'山田'", "'x'", "''"}},
	{`full_name("ja")`, "text", textValues},
	{`full_name()`, "character varying(12)", []string{"'Somebody X'", "'y'"}},
	{`digits()`, "text", append([]string{"'+81 90-1234-5678'", "'1'", "'４２'"}, textValues...)},
	{`digits({ keep_last = 4 })`, "text", []string{"'4111 1111 1111 1111'", "'123'"}},
	{`partial(2, "*", 1)`, "text", textValues},
	{`partial(0, "***", 0)`, "character varying(3)", []string{"'a'", "'abc'", "''"}},
	{`regex("[0-9]", "#")`, "text", textValues},
	{
		`regex("^(.).*$", "\\1…", { flags = "gi", unmatched = "keep" })`, "character varying(9)",
		[]string{"'secret'", "''"},
	},
	{`truncate("year")`, "date", []string{"'2001-05-06'", "'infinity'", "'-infinity'", "'0044-03-15 BC'"}},
	{
		`truncate("month")`, "timestamp without time zone",
		[]string{"'2001-05-06 07:08:09'", "'infinity'", "'0044-03-15 BC'"},
	},
	{`truncate("hour")`, "timestamp with time zone", []string{"'2001-05-06 07:08:09+09'", "'-infinity'"}},
	{`truncate(100)`, "integer", []string{"1234", "-1234", "-2147483648"}},
	{`truncate(0.5)`, "numeric", []string{"1.7", "'NaN'", "-0.2"}},
	{`truncate(10)`, "double precision", []string{"17.5", "'NaN'", "'Infinity'"}},
	{`truncate(3)`, "text", textValues},
	{`noise(0.1)`, "integer", []string{"100", "-2147483648", "2147483647", "0"}},
	{`noise(1)`, "smallint", []string{"32767", "-32768"}},
	{`noise(0.2)`, "numeric(6,2)", []string{"9999.99", "-9999.99", "'NaN'", "0.01"}},
	{`noise(0.2)`, "numeric", []string{"12345678901234567890.123", "'NaN'"}},
	{`noise(0.2)`, "double precision", []string{"1.5", "'NaN'", "'-Infinity'", "1.7e308"}},
	{`noise(0.5)`, "real", []string{"1.5", "3.4e38", "'NaN'"}},
	{`jitter("30 days")`, "date", []string{"'2001-05-06'", "'infinity'", "'0044-03-15 BC'"}},
	{
		`jitter("12 hours")`, "timestamp with time zone",
		[]string{"'2001-05-06 07:08:09+09'", "'infinity'", "'-infinity'"},
	},
	{`uuid()`, "uuid", []string{"'00000000-0000-0000-0000-000000000001'"}},
	{`uuid()`, "text", []string{"'00000000-0000-0000-0000-000000000001'", "'x'"}},
	{`ip()`, "inet", []string{"'192.168.1.1'", "'192.168.1.1/24'", "'2001:db8::1'"}},
	{`ip()`, "cidr", []string{"'192.168.1.0/24'", "'2001:db8::/32'"}},
	{`ip()`, "text", []string{"'1.2.3.4'", "'not an address'"}},
	{`one_of(["a", "b", "it's"])`, "text", textValues},
	{`one_of([1, 2])`, "integer", []string{"7", "8"}},
	{`one_of()`, "mood", []string{"'sad'", "'ok'"}},
	{`fixed("****")`, "text", textValues},
	{`fixed("ok")`, "mood", []string{"'sad'"}},
	{`fixed(0)`, "numeric(5,2)", []string{"1"}},
	{`fixed("x", { keep_null = true })`, "text", textValues},
	{`null_value()`, "integer[]", []string{"'{1,2}'"}},
	{`keep()`, "text", textValues},
	{`sql("left(v, 1) || '…'")`, "text", textValues},
	{`when("v like 'a%'", keep(), token())`, "text", textValues},
	{`email()`, "mail", []string{"'a@b.c'"}},
	{`array(email())`, "text[]", []string{"'{a@b.c,NULL,d@e.f}'", "'{}'", "'{{a,b},{c,d}}'"}},
	{`array(noise(0.5))`, "integer[]", []string{"'{1000,2000,NULL}'"}},
	{
		`json({ "$.contact.email" = email(), "$.ssn" = null_value(), "$.items[*].name" = token(), ` +
			`"$[\"a b\"]" = fixed("x"), "$.list[1]" = hash() })`, "jsonb",
		[]string{
			`'{"contact": {"email": "a@b.c", "n": 1}, "ssn": "1", "items": [{"name": "x", "k": 2}, {"other": 1}, 5], ` +
				`"a b": {"deep": true}, "list": ["p", "q"]}'`,
			`'{"contact": null, "items": {}}'`, `'[1]'`, `'"scalar"'`, `'null'`, `'{}'`,
			`'{"contact": {"email": null}}'`,
		},
	},
	{`json({ "$.a" = token() })`, "json", []string{`'{"a": 1, "b": 2}'`}},
}

var textValues = []string{
	"''", "'a'", "'abcdef'", "'山田 太郎'", "'😀😀😀😀'", `E'q''u"o\\te'`, "repeat('x', 10000)", "'a@b.c'", "'123-456'",
}

func TestMasksOnAServer(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url,
		`CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN mail AS varchar(40) CHECK (VALUE LIKE '%@%');`)
	ctx := context.Background()
	conn := pgtest.Connect(t, url)
	for i, c := range cases {
		t.Run(c.mask+" for "+c.typ, func(t *testing.T) {
			table := fmt.Sprintf("t%d", i)
			values := append([]string{"NULL"}, c.values...)
			pgtest.Exec(t, url, fmt.Sprintf("CREATE TABLE %s (n int, v %s)", table, c.typ))
			for n, v := range values {
				pgtest.Exec(t, url, fmt.Sprintf("INSERT INTO %s VALUES (%d, %s)", table, n, v))
			}
			e, err := mustParse(t, c.mask).Compile(columnOf(t, conn, table))
			if err != nil {
				t.Fatal(err)
			}
			run := func(key string) []*string {
				if _, err := conn.Exec(ctx, "SELECT set_config('shoji.key', $1, false)", key); err != nil {
					t.Fatal(err)
				}
				rows, err := conn.Query(ctx, fmt.Sprintf("SELECT (%s)::text FROM %s ORDER BY n", e.SQL, table))
				if err != nil {
					t.Fatal(err)
				}
				out, err := pgx.CollectRows(rows, pgx.RowTo[*string])
				if err != nil {
					t.Fatalf("%s: %v", e.SQL, err)
				}
				return out
			}
			first, again, other := run(keyA), run(keyA), run(keyB)
			checkNull(t, e, first)
			differs := false
			for n := range first {
				if show(first[n]) != show(again[n]) {
					t.Errorf("not deterministic: %s, %s", show(first[n]), show(again[n]))
				}
				differs = differs || show(first[n]) != show(other[n])
				if e.MaxLength >= 0 && first[n] != nil && utf8.RuneCountInString(*first[n]) > e.MaxLength {
					t.Errorf("%q is longer than %d", *first[n], e.MaxLength)
				}
			}
			if keyed := e.Keyed != mask.NotKeyed; keyed != differs && !(keyed && len(values) < 4) {
				t.Errorf("keyed %q, but another key changes the result: %v", e.Keyed, differs)
			}
			// The result loads into the column: the types fit, the checks hold.
			pgtest.Exec(t, url,
				fmt.Sprintf("CREATE TABLE %s_copy (v %s); SET shoji.key = '%s'; INSERT INTO %s_copy SELECT %s FROM %s",
					table, c.typ, keyA, table, e.SQL, table))
			checkUnchanged(t, conn, e, table)
		})
	}
}

func show(s *string) string {
	if s == nil {
		return "NULL"
	}
	return *s
}

func checkNull(t *testing.T, e mask.Expr, results []*string) {
	t.Helper()
	for n, r := range results {
		switch e.Null {
		case mask.NullAlways:
			if r != nil {
				t.Errorf("%q is not NULL", *r)
			}
		case mask.NullNever:
			if r == nil {
				t.Errorf("row %d is NULL", n)
			}
		case mask.NullKept:
			if (r == nil) != (n == 0) {
				t.Errorf("row %d: %s", n, show(r))
			}
		}
	}
}

// checkUnchanged holds masks to their word that no raw value comes through.
func checkUnchanged(t *testing.T, conn *pgx.Conn, e mask.Expr, table string) {
	t.Helper()
	if e.MayEqualRaw {
		return
	}
	var same int
	if err := conn.QueryRow(context.Background(),
		fmt.Sprintf("SELECT count(*) FROM %s WHERE (%s)::text = v::text AND v::text <> ''", table, e.SQL)).
		Scan(&same); err != nil {
		t.Fatal(err)
	}
	if same > 0 {
		t.Errorf("%d values came through as they were", same)
	}
}

// columnsOf returns the column v of tables, read once.
func columnsOf(t testing.TB, conn *pgx.Conn, tables map[string]string) map[string]mask.Column {
	t.Helper()
	c, err := catalog.Read(context.Background(), conn)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]mask.Column{}
	for _, tbl := range c.Tables {
		column := mask.Column{Schema: tbl.Schema, Table: tbl.Name, Keys: [][]string{{"n"}}}
		for _, col := range tbl.Columns {
			column.Siblings = append(column.Siblings, col.Name)
			if col.Name == "v" {
				column.Name, column.Type, column.NotNull, column.Default = col.Name, col.Type, col.NotNull, col.Default
			}
		}
		out[tbl.Name] = column
	}
	return out
}

func columnOf(t testing.TB, conn *pgx.Conn, table string) mask.Column {
	t.Helper()
	c, err := catalog.Read(context.Background(), conn)
	if err != nil {
		t.Fatal(err)
	}
	for _, tbl := range c.Tables {
		if tbl.Name != table {
			continue
		}
		column := mask.Column{Schema: tbl.Schema, Table: tbl.Name}
		for _, col := range tbl.Columns {
			column.Siblings = append(column.Siblings, col.Name)
			if col.Name == "v" {
				column.Name, column.Type, column.NotNull, column.Default = col.Name, col.Type, col.NotNull, col.Default
			}
		}
		return column
	}
	t.Fatalf("no table %s", table)
	return mask.Column{}
}

func TestPartialNeverPassesAShortValue(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	e, err := mustParse(t, `partial(2, "*", 2)`).Compile(textColumn("v", 0, false))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"a", "ab", "abc", "abcd"} {
		got := pgtest.Rows(t, url, fmt.Sprintf("SELECT %s FROM (SELECT '%s'::text AS v) t", e.SQL, v))[0]
		if strings.Trim(got, "*") != "" || len(got) != len(v) {
			t.Errorf("%s became %s", v, got)
		}
	}
}

// TestAdversarialArgumentsStayData puts text that would end a literal, or a comment, wherever a mask takes a string,
// and the same into the values and the names of columns. sql() and when() take SQL, and have tests of their own.
func TestAdversarialArgumentsStayData(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, "CREATE TABLE victim ()")
	conn := pgtest.Connect(t, url)
	// What a mask decides by the server's setting must hold for both.
	for _, conforming := range []string{"on", "off"} {
		for _, evil := range []string{
			`'; DROP TABLE victim; --`, `\'; DROP TABLE victim; --`, `$$ || $x$`, `" /* `, "-- \n", `%s%d %1$s`, `\\`,
			`\`, `E'`, `'' || 'x`, "a\x00b", `{},"'`,
		} {
			column := textColumn(evil, 0, false)
			column.Siblings = append(column.Siblings, evil)
			for name := range mask.Functions() {
				source := []string{name + "()"}
				switch name {
				case "sql", "when", "keep", "default":
					continue
				case "fixed":
					source = []string{`fixed(%q)`}
				case "partial":
					source = []string{`partial(1, %q, 1)`}
				case "token":
					source = append(source, `token({ prefix = %q })`)
				case "one_of":
					source = []string{`one_of([%q, "b"])`}
				case "regex":
					source = []string{`regex("x", %q)`, `regex(%q, "x")`, `regex("x", "y", { flags = %q })`}
				case "bucket":
					source = []string{`bucket([0], { labels = [%q] })`, `bucket([%q])`}
				case "truncate":
					source = []string{`truncate(%q)`, `truncate(2)`}
				case "jitter":
					source = []string{`jitter(%q)`}
				case "noise":
					source = []string{`noise(0.1)`}
				case "ip_prefix":
					source = []string{`ip_prefix(24)`}
				case "json":
					source = []string{`json({ "$.a" = fixed(%q) })`}
				case "array":
					source = []string{`array(fixed(%q))`}
				case "range", "fields", "hstore":
					continue // of types that their own tests make
				case "email", "domain", "url":
					source = append(source, name+`({ domain = %q })`, name+`({ by = [%q] })`)
				case "phone":
					source = append(source, `phone({ style = %q })`, `phone({ by = [%q] })`)
				case "hash", "int_map", "uuid", "digits", "shape", "credit_card", "iban", "ip", "mac", "null_value":
				default: // names and places
					source = append(source, name+`(%q)`, name+`({ by = [%q] })`)
				}
				for _, s := range source {
					if strings.Contains(s, "%q") {
						s = strings.ReplaceAll(s, "%q", strconv.Quote(evil))
					}
					m, err := parse(strings.ReplaceAll(s, "${", "$${"))
					if err != nil {
						continue
					}
					for _, typ := range []mask.Type{
						column.Type, {Schema: "pg_catalog", Name: "jsonb", Formatted: "jsonb", Kind: 'b'},
						{
							Schema:    "pg_catalog",
							Name:      "_text",
							Formatted: "text[]",
							Kind:      'b',
							Category:  'A',
							Elem:      &column.Type,
						},
					} {
						c := column
						c.Type = typ
						e, err := m.Compile(c)
						if err != nil {
							continue
						}
						value := map[string]string{
							"jsonb": `jsonb_build_object('a', $1::text)`,
							"_text": `ARRAY[$1::text]`,
						}[typ.Name]
						if value == "" {
							value = "$1::text"
						}
						if _, err := conn.Exec(context.Background(),
							"SET shoji.key = '"+keyA+"'; SET standard_conforming_strings = "+conforming+
								"; SET escape_string_warning = off"); err != nil {
							t.Fatal(err)
						}
						// no fault of the quoting
						if _, err := conn.Exec(context.Background(),
							fmt.Sprintf("SELECT %s FROM (SELECT %s AS %s) AS t", e.SQL, value, sqltext.Ident(evil)),
							pgx.QueryExecModeDescribeExec, strings.ReplaceAll(evil, "\x00", "")); err != nil &&
							!strings.Contains(err.Error(), "regular expression") &&
							!strings.Contains(err.Error(), "malformed array") {
							t.Errorf("%s with standard_conforming_strings %s: %v\n%s", s, conforming, err, e.SQL)
						}
					}
				}
			}
		}
	}
	if n := pgtest.Rows(t, url, "SELECT count(*) FROM pg_class WHERE relname = 'victim'")[0]; n != "1" {
		t.Fatal("the victim is gone")
	}
}

func textColumn(name string, length int, notNull bool) mask.Column {
	typ := mask.Type{Schema: "pg_catalog", Name: "text", Formatted: "text", Kind: 'b', Category: 'S'}
	if length > 0 {
		typ.Name, typ.Formatted, typ.MaxLength = "varchar", fmt.Sprintf("character varying(%d)", length), length
	}
	return mask.Column{
		Schema:   "public",
		Table:    "t",
		Name:     name,
		Type:     typ,
		NotNull:  notNull,
		Siblings: []string{name, "is_staff", "email"},
	}
}

func typed(name string) mask.Column {
	return mask.Column{
		Schema: "public",
		Table:  "t",
		Name:   "v",
		Type:   mask.Type{Schema: "pg_catalog", Name: name, Formatted: name, Kind: 'b'},
	}
}

func TestStaticChecks(t *testing.T) {
	for text, c := range map[string]struct {
		column mask.Column
		want   string
	}{
		`null_value()`:      {textColumn("v", 0, true), "NOT NULL"},
		`fixed("too long")`: {textColumn("v", 3, false), "8 characters"},
		`token()`: {
			textColumn("v", 6, false),
			"holds 6; token({ length = 6 }) fits, under which two values meet by a chance of 24 bits",
		},
		`token({ length = 20, prefix = "ab" })`: {
			textColumn("v", 10, false), "token({ length = 8, prefix = … }) fits",
		},
		`token({ length = 8 })`: {textColumn("v", 5, false), "shape() is as long as the value"},
		`digits({ unmatched = "token" })`: {
			textColumn("v", 6, false), "digits({ unmatched = \"token\", length = 6 }) fits",
		},
		`email()`: {
			textColumn("v", 20, false), "28 characters, but the column holds 20; take a mask that gives less",
		},
		`sql("lower(emial)")`:               {textColumn("v", 0, false), `Did you mean "email"?`},
		`noise(0.1)`:                        {textColumn("v", 0, false), "for smallint"},
		`json({ "$.a" = email() })`:         {textColumn("v", 0, false), "for json"},
		`array(email())`:                    {textColumn("v", 0, false), "for array"},
		`default()`:                         {textColumn("v", 0, false), "no default"},
		`when("x is null", keep(), keep())`: {textColumn("v", 0, false), `no column "x"`},
		`phone()`:                           {textColumn("v", 9, false), "10 characters"},
		`postcode("ja")`:                    {textColumn("v", 6, false), "7 characters"},
		`int_map()`:                         {textColumn("v", 0, false), "use token(), hash(), uuid()"},
		`email({ length = 32 })`: {
			typed("uuid"), "use token(), hash(), uuid(), fixed() or null_value()",
		},
		`token({ length = 9 })`: {typed("int2"), "use int_map()"},
		`fixed(1000)`: {
			mask.Column{
				Name: "v",
				Type: mask.Type{
					Schema:    "pg_catalog",
					Name:      "numeric",
					Formatted: "numeric(5,2)",
					Kind:      'b',
					Precision: 5,
					Scale:     2,
				},
			}, "more digits",
		},
		`one_of([1, 40000])`:                      {typed("int2"), "out of the type's range"},
		`int_map({ min = 1, max = 40000 })`:       {typed("int2"), "-32768 to 32767"},
		`truncate("day")`:                         {typed("date"), "changes nothing"},
		`truncate(1)`:                             {typed("int4"), "leaves every value as it is"},
		`truncate("year")`:                        {typed("time"), "cut it to the second, minute or hour"},
		`jitter("1 hour")`:                        {typed("date"), "whole days"},
		`jitter("1 day")`:                         {typed("time"), "12 hours"},
		`bucket(["2001-01-01"])`:                  {typed("int4"), "numbers are numbers"},
		`bucket([1, 2], { labels = ["a", "b"] })`: {typed("int4"), "not a number"},
		`enum()`: {typed("int4"), "for enum"},
		`hash()`: {
			mask.Column{Name: "v", Type: mask.Type{Schema: "app", Name: "uuid", Formatted: "app.uuid", Kind: 'c'}},
			"for text",
		},
		`null_value() `: {
			mask.Column{
				Name: "v",
				Type: mask.Type{
					Name:      "outer",
					Formatted: "outer",
					Kind:      'd',
					Base: &mask.Type{Name: "inner", Formatted: "inner", Kind: 'd', NotNull: true,
						Base: &mask.Type{Schema: "pg_catalog", Name: "int4", Formatted: "integer", Kind: 'b'}},
				},
			}, "NOT NULL",
		},
	} {
		_, err := mustParse(t, text).Compile(c.column)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", text, err, c.want)
		}
	}
}

func TestSQLIsOneExpression(t *testing.T) {
	for text, want := range map[string]string{
		`sql("")`:         "empty",
		`sql("a, b")`:     "more than an expression",
		`sql("a from b")`: "more than an expression",
		`sql("(select raw from secrets limit 1)")`:                "sub-select",
		`sql("1; drop table x")`:                                  "more than one statement",
		`sql("a) from x; --")`:                                    "not a SQL expression",
		`sql("random()")`:                                         "volatile",
		`sql("pg_read_file('/etc/passwd')", { volatile = true })`: "never allowed",
		`sql("set_config('shoji.key', '', false)")`:               "never allowed",
		`sql("current_setting('shoji.key')")`:                     "never allowed",
		`sql("(pg_show_all_settings())::text")`:                   "never allowed",
		`sql("version()")`:                                        "never allowed",
		`sql("'now'::timestamp")`:                                 "another time",
		`sql("count(*)")`:                                         "other rows",
		`sql("$1")`:                                               "parameters",
		`sql("*")`:                                                "all columns",
		`sql("row_number() over ()")`:                             "other rows",
		`sql("x as y")`:                                           "no name",
		`sql("1", { volatil = true })`:                            "no option",
		`partial(2, "")`:                                          "must not be empty",
		`truncate("yaer")`:                                        "no unit",
		`full_name("xx")`:                                         "no names",
		`json({ "a" = email() })`:                                 "must begin with $",
		`json({ "$.a" = email(), "$.a.b" = email() })`:            "goes on below",
		`email({ domain = "a b" })`:                               "not a domain",
		`fixed(null)`:                                             "null_value()",
		`jitter("a while")`:                                       "span of time",
		`noise(2)`:                                                "up to 1",
		`token({ length = 4 })`:                                   "from 6 to 32",
		`hash({ length = 6 })`:                                    "from 8 to 32",
		`digits({ length = 6 })`:                                  `goes with unmatched = "token"`,
		`digits({ unmatched = "token", length = 5 })`:             "from 6 to 32",
		`keep(1)`:                                  "too many",
		`int_map({ min = 5, max = 5 })`:            "below max",
		`int_map({ max = 1.5 })`:                   "whole number",
		`bucket([5, 1])`:                           "above the one before",
		`bucket([1, "2001-01-01"])`:                "all numbers, or all dates",
		`bucket([1, 2], { labels = ["a"] })`:       "1 labels for 2 buckets",
		`last_name({ form = "kana" })`:             "no option",
		`last_name("ja", { form = "kan" })`:        `"kanji", "kana" or "romaji"`,
		`email({ by = "id" })`:                     "list of columns",
		`email({ by = ["id", "id"] })`:             "twice",
		`digits({ unmatched = "keep" })`:           `"hide" or "token"`,
		`lorem({ words = 3, keep_length = true })`: "either",
		`credit_card({ keep_first = 7 })`:          "from 0 to 6",
		`ip_prefix(32)`:                            "from 1 to 31",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
	if m := mustParse(t, `sql("lower(t.email) /* a comment ( */ -- another")`); m == nil {
		t.Error("a comment is allowed")
	}
}

func TestEveryMaskIsDocumentedAndItsExamplesHold(t *testing.T) {
	doc := mask.Markdown()
	for name := range mask.Functions() {
		if !strings.Contains(doc, "#### `"+name+"(") {
			t.Errorf("%s() is not in the documentation", name)
		}
	}
	examples := 0
	for _, line := range strings.Split(doc, "\n") {
		_, rest, ok := strings.Cut(line, "For example `")
		if !ok {
			continue
		}
		for _, example := range strings.Split(strings.TrimSuffix(rest, "`."), "`, `") {
			examples++
			if _, err := parse(example); err != nil {
				t.Errorf("%s: %v", example, err)
			}
		}
	}
	if examples < len(mask.Functions()) {
		t.Errorf("only %d examples", examples)
	}
}
