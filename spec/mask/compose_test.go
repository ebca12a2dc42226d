package mask_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/spec/mask"
)

// bench is a database in which masks run as a refresh runs them: with nothing but pg_catalog on the path.
type bench struct {
	t      testing.TB
	url    string
	conn   *pgx.Conn
	tables int
}

func newBench(t testing.TB, schema string) *bench {
	t.Helper()
	url := pgtest.Database(t, pgtest.Server(t))
	if schema != "" {
		pgtest.Exec(t, url, schema)
	}
	conn := pgtest.Connect(t, url)
	b := &bench{t: t, url: url, conn: conn}
	b.exec("SET search_path = pg_catalog; SET jit = off")
	return b
}

func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.conn.Exec(context.Background(), sql, args...); err != nil {
		b.t.Fatalf("%s: %v", sql, err)
	}
}

// table makes a table with the column v and others that have the names of what masks might call their own.
func (b *bench) table(typ string, values ...string) string {
	b.t.Helper()
	b.tables++
	name := fmt.Sprintf("item%d", b.tables)
	b.exec(fmt.Sprintf(`CREATE TABLE public.%s (nr int, "i" text DEFAULT 'i', k text DEFAULT 'k', d text DEFAULT 'd',
		s text DEFAULT 's', b text DEFAULT 'b', item text DEFAULT 'item', v %s)`, name, typ))
	for n, value := range values {
		b.exec(fmt.Sprintf("INSERT INTO public.%s (nr, v) VALUES (%d, %s)", name, n, value))
	}
	return name
}

func (b *bench) compile(text, table string) (mask.Expr, error) {
	b.t.Helper()
	return mustParse(b.t, text).Compile(columnOf(b.t, b.conn, table))
}

// run returns the masked values in the order of the rows.
func (b *bench) run(e mask.Expr, table, key string) []string {
	b.t.Helper()
	b.exec("SELECT set_config('shoji.key', $1, false)", key)
	rows, err := b.conn.Query(context.Background(),
		fmt.Sprintf("SELECT (%s)::text FROM ONLY public.%s ORDER BY nr", e.SQL, table))
	if err != nil {
		b.t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[*string])
	if err != nil {
		b.t.Fatalf("%v\n%s", err, e.SQL)
	}
	out := make([]string, len(got))
	for i, s := range got {
		out[i] = show(s)
	}
	return out
}

// masked compiles a mask for a column of typ, proves what holds for every mask, and gives the results.
func (b *bench) masked(text, typ string, values ...string) []string {
	b.t.Helper()
	table := b.table(typ, append([]string{"NULL"}, values...)...)
	e, err := b.compile(text, table)
	if err != nil {
		b.t.Fatalf("%s for %s: %v", text, typ, err)
	}
	got := b.run(e, table, keyA)
	if e.Null != mask.NullKept || got[0] != "NULL" || slices.Contains(got[1:], "NULL") {
		b.t.Errorf("%s for %s: NULL is %s, and it gives %v", text, typ, e.Null, got)
	}
	if again := b.run(e, table, keyA); !slices.Equal(got, again) {
		b.t.Errorf("%s for %s is not deterministic: %v, %v", text, typ, got, again)
	}
	if other := b.run(e, table, keyB); slices.Equal(got, other) != (e.Keyed == mask.NotKeyed) {
		b.t.Errorf("%s for %s is keyed %q, and gives %v and %v", text, typ, e.Keyed, got, other)
	}
	var same bool
	if err := b.conn.QueryRow(context.Background(),
		fmt.Sprintf("SELECT pg_typeof(x) = pg_typeof(v) OR pg_typeof(v)::text LIKE 'public.%%' FROM (SELECT v, %s AS "+
			"x FROM ONLY public.%s LIMIT 1) AS t", e.SQL, table)).Scan(&same); err != nil || !same {
		b.t.Errorf("%s for %s gives another type (%v)", text, typ, err)
	}
	b.exec(fmt.Sprintf("CREATE TABLE public.%s_copy (v %s); INSERT INTO public.%s_copy SELECT %s FROM ONLY public.%s",
		table, typ, table, e.SQL, table))
	return got[1:]
}

func (b *bench) expect(text, typ string, cases ...[2]string) {
	b.t.Helper()
	var values []string
	for _, c := range cases {
		values = append(values, c[0])
	}
	for i, got := range b.masked(text, typ, values...) {
		if got != cases[i][1] {
			b.t.Errorf("%s for %s: %s became\n     %s\nwant %s", text, typ, cases[i][0], got, cases[i][1])
		}
	}
}

func TestArraysKeepTheirForm(t *testing.T) {
	b := newBench(t,
		`CREATE DOMAIN mail AS varchar(40) CHECK (VALUE LIKE '%@%'); CREATE TYPE mood AS ENUM ('sad', 'ok');
			CREATE TYPE pair AS (a text, n int);`)
	b.expect(`array(regex("[0-9]", "#"))`, "text[]", [2]string{`'{}'`, `{}`},
		[2]string{`'{a1,NULL,b2}'`, `{a#,NULL,b#}`}, [2]string{`'{{a1,b2},{c3,NULL}}'`, `{{a#,b#},{c#,NULL}}`},
		[2]string{`'[0:1][-1:0]={{a1,b2},{c3,"x 4"}}'`, `[0:1][-1:0]={{a#,b#},{c#,"x #"}}`},
		[2]string{`'[3:4]={a1,b2}'`, `[3:4]={a#,b#}`},
		[2]string{`'{{{"q\"1","b\\2"}},{{"","{3}"}}}'`, `{{{"q\"#","b\\#"}},{{"","{#}"}}}`},
		[2]string{`'{{"NULL1",NULL},{"null","a,b"}}'`, `{{NULL#,NULL},{****,***}}`})
	b.expect(`array(truncate(10))`, "integer[]", [2]string{`'{{11,22},{33,NULL}}'`, `{{10,20},{30,NULL}}`})
	b.expect(`array(fixed("ok"))`, "public.mood[]", [2]string{`'{sad,NULL}'`, `{ok,NULL}`}, [2]string{
		`'{{sad},{ok}}'`, `{{ok},{ok}}`,
	})
	b.expect(`array(partial(1, "*", 0))`, "character varying(4)[]", [2]string{`'{abcd,NULL}'`, `{a***,NULL}`})
	b.expect(`array(fixed("x@y.z"))`, "public.mail[]", [2]string{`'{a@b.c,NULL}'`, `{x@y.z,NULL}`})
	b.expect(`array(fields({ a = partial(1, "*", 0) }, { keep = ["n"] }))`, "public.pair[]",
		[2]string{`ARRAY['(abc,1)', NULL, '("x""\y,",)', '(,)']::public.pair[]`, `{"(a**,1)",NULL,"(x***,)","(,)"}`},
		[2]string{
			`ARRAY[ARRAY['(abc,1)', NULL], ARRAY['(d,2)', '(,)']]::public.pair[]`, `{{"(a**,1)",NULL},{"(*,2)","(,)"}}`,
		})
	b.expect(`array(when("i = 'i' and item = 'item'", fixed("row"), fixed("element")))`, "text[]",
		[2]string{`'{a,b}'`, `{row,row}`}, [2]string{`'{{a},{b}}'`, `{{row},{row}}`})
	for _, got := range b.masked(`array(token())`, "text[]", `'{"secret one",NULL,"se\"cret"}'`,
		`'[2:3]={"secret one",secret}'`) {
		if strings.Contains(got, "cret") {
			t.Errorf("a raw element came through: %s", got)
		}
	}
}

func TestRangesStayRanges(t *testing.T) {
	b := newBench(t,
		`CREATE TYPE textrange AS RANGE (subtype = text, collation = "C"); CREATE SCHEMA "odd ""s";
			CREATE TYPE "odd ""s"."float r" AS RANGE (subtype = float8);`)
	b.expect(`range(truncate(10))`, "int4range", [2]string{`'[11,25)'`, `[10,20)`}, [2]string{`'empty'`, `empty`},
		[2]string{`'[11,)'`, `[10,)`}, [2]string{`'(,)'`, `(,)`}, [2]string{`'[12,13)'`, `[10,11)`},
		[2]string{`'(,-3]'`, `(,-10)`})
	b.expect(`range(fixed(2147483647))`, "int4range", [2]string{`'[1,5)'`, `[2147483646,2147483647)`})
	b.expect(`range(fixed(9223372036854775807))`, "int8range", [2]string{
		`'[1,5)'`, `[9223372036854775806,9223372036854775807)`,
	})
	b.expect(`range(truncate("year"))`, "daterange", [2]string{`'[2001-05-01,2003-01-01)'`, `[2001-01-01,2003-01-01)`},
		[2]string{`'[2001-05-01,2001-06-01)'`, `[2001-01-01,2001-01-02)`}, [2]string{
			`'[2001-05-01,infinity)'`, `[2001-01-01,infinity)`,
		})
	b.expect(`range(truncate(1))`, "numrange", [2]string{`'(1.5,2.5]'`, `(1,2]`}, [2]string{`'(1.5,1.7)'`, `[1,1]`})
	b.expect(`range(keep())`, "tstzrange", [2]string{`'["2001-01-01 00:00:00+00",]'`, `["2001-01-01 00:00:00+00",)`})
	b.expect(`range(partial(0, "*", 1))`, "public.textrange", [2]string{`'[ab,ba)'`, `[*a,*b)`},
		[2]string{`'[a9,b1)'`, `[*1,*9)`}, [2]string{`'[A,a)'`, `[*,*]`})
	b.expect(`range(truncate(2))`, `"odd ""s"."float r"`, [2]string{`'[1.5,9)'`, `[0,8)`})
	b.expect(`range(truncate(10))`, "int4multirange", [2]string{`'{[1,5),[21,35),[36,40)}'`, `{[0,1),[20,40)}`},
		[2]string{`'{}'`, `{}`}, [2]string{`'{(,5),[100,)}'`, `{(,0),[100,)}`})
	b.expect(`array(range(truncate(10)))`, "int4range[]", [2]string{`'{"[1,25)",NULL,empty}'`, `{"[0,20)",NULL,empty}`})
	for _, text := range []string{`range(noise(0.5))`, `range(jitter("400 days"))`} {
		typ, values := "int8range", []string{"'[100,101)'", "'[1000,9223372036854775807)'", "'(,5000)'", "'[-5,5]'"}
		if strings.Contains(text, "jitter") {
			typ, values = "daterange", []string{"'[2001-01-01,2001-01-02)'", "'[2001-01-01,2001-12-31]'"}
		}
		for i, got := range b.masked(text, typ, values...) {
			if got == strings.Trim(values[i], "'") || got == "empty" {
				t.Errorf("%s: %s became %s", text, values[i], got)
			}
		}
	}
}

func TestFieldsOfComposites(t *testing.T) {
	b := newBench(t, `CREATE SCHEMA "odd s"; CREATE TYPE place AS (zip varchar(5), "odd ""field" text, "Ünï $" int);
		CREATE TYPE "odd s"."Person ""x""" AS (name text, home place, tags text[]);
		CREATE TABLE row_of (a int, gone text, b text); ALTER TABLE row_of DROP COLUMN gone;
		CREATE DOMAIN dplace AS place;`)
	const home = `fields({ zip = partial(1, "*", 0), "odd \"field" = fixed("x", { keep_null = true }) }, ` +
		`{ keep = ["Ünï $"] })`
	b.expect(home, "public.place", [2]string{`ROW('12345', 'secret', 7)`, `(1****,x,7)`},
		[2]string{`ROW(NULL, NULL, NULL)`, `(,,)`}, [2]string{`ROW('1', NULL, NULL)`, `(*,,)`})
	b.expect(home, "public.dplace", [2]string{`ROW('12345', 'secret', 7)`, `(1****,x,7)`})
	b.expect(`fields({ name = null_value(), home = `+home+`, tags = array(fixed("t")) })`, `"odd s"."Person ""x"""`,
		[2]string{`ROW('Anna', ROW('12345', 'secret', 7), ARRAY['a','b'])`, `(,"(1****,x,7)","{t,t}")`}, [2]string{
			`ROW('Anna', NULL, NULL)`, `(,,)`,
		})
	b.expect(`fields({ b = fixed("x") }, { keep = ["a"] })`, "public.row_of", [2]string{`ROW(1, 'secret')`, `(1,x)`})
	table := b.table("public.place")
	for text, want := range map[string]string{
		`fields({ zip = token({ length = 8 }), "odd \"field" = hash() }, ` +
			`{ keep = ["Ünï $"] })`: `field "zip": token on v (character varying(5)): the result can have 8 characters`,
		`fields({ zipp = fixed("1") }, ` +
			`{ keep = ["zip"] })`: `no field "zipp". Did you mean "zip"?; nobody decided "odd \"field", "Ünï $"`,
		`fields({}, { keep = ["zip"] })`: `nobody decided`,
	} {
		if _, err := b.compile(text, table); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

func TestHstoreWithoutItsSchemaOnThePath(t *testing.T) {
	b := newBench(t, `CREATE SCHEMA "ext s"; CREATE EXTENSION hstore SCHEMA "ext s"`)
	const typ = `"ext s".hstore`
	const value = `'email=>a@b.c, n=>1, "k''\"y\\"=>secret, x=>NULL, ""=>empty'`
	b.expect(`hstore({ email = fixed("e"), "k'\"y\\" = fixed("k"), "" = fixed("s"), x = partial(1, "*", `+
		`1), none = keep() })`, typ, [2]string{value, `""=>"s", "n"=>"1", "x"=>NULL, "email"=>"e", "k'\"y\\"=>"k"`},
		[2]string{`''`, ``})
	b.expect(`hstore({ email = keep() }, { otherwise = null_value() })`, typ, [2]string{
		value, `""=>NULL, "n"=>NULL, "x"=>NULL, "email"=>"a@b.c", "k'\"y\\"=>NULL`,
	})
	b.expect(`hstore({ n = keep(), none = keep() }, { otherwise = "drop" })`, typ, [2]string{value, `"n"=>"1"`},
		[2]string{`'a=>b'`, ``})
	b.expect(`hstore({}, { otherwise = when("k = 'k'", fixed("row"), fixed("key")) })`, typ,
		[2]string{`'a=>b'`, `"a"=>"row"`})
	for _, got := range b.masked(`hstore({ email = email() }, { otherwise = hash() })`, typ, value) {
		if strings.Contains(got, "secret") || strings.Contains(got, "a@b.c") {
			t.Errorf("a raw value came through: %s", got)
		}
	}
}

func TestWhenNestsAndReadsOtherColumns(t *testing.T) {
	b := newBench(t, "")
	table := b.table("text", "'secret'", "'other'", "NULL")
	e,
		err := b.compile(`when("k = 'x'", fixed("a"), when("d = 'd' and v like 's%'", fixed("b"), when("s is null", `+
		`fixed("c"), sql("upper(b) || i"))))`, table)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.run(e, table, keyA); !slices.Equal(got, []string{"b", "Bi", "Bi"}) || e.Null != mask.NullUnknown {
		t.Errorf("%v, NULL is %s", got, e.Null)
	}
	if want := []string{"b", "d", "i", "k", "s", "v"}; !slices.Equal(e.Reads, want) {
		t.Errorf("it reads %v, want %v", e.Reads, want)
	}
}

// TestPartsAreMaskedAsColumnsAre: a mask gives an element, a key of a document or a field what it gives a column of
// that value, whatever the columns of the table are called.
func TestPartsAreMaskedAsColumnsAre(t *testing.T) {
	b := newBench(t, `CREATE EXTENSION hstore; CREATE TYPE one AS (v text)`)
	values := []string{"'anna@secret.example'", "'4111 1111 1111 1111'", "'山田 太郎'", "'DE89370400440532013000'", "''"}
	column := b.table("text", values...)
	for _, text := range []string{
		`token()`, `hash()`, `uuid()`, `one_of(["a", "b"])`, `email()`, `username()`, `full_name("ja")`, `company()`,
		`phone()`, `street()`, `city("ja")`, `postcode()`, `address()`, `country()`, `lorem()`, `digits()`, `shape()`,
		`credit_card()`, `iban()`, `partial(1, "*", 1)`, `regex("[0-9]", "#")`, `url()`, `domain()`, `ip()`, `mac()`,
		`truncate(3)`, `sql("upper(k) || i || d")`, `when("s = 's' and b = 'b'", hash(), keep())`,
	} {
		e, err := b.compile(text, column)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		want := b.run(e, column, keyA)
		for typ, forms := range map[string][3]string{
			"text[]": {"array(%s)", "ARRAY[%s]", "(%s)[1]"},
			"jsonb": {
				`json({ "$..v" = %s })`, "jsonb_build_object('x', ARRAY[jsonb_build_object('v', %s::text)])",
				"(%s) #>> '{x,0,v}'",
			},
			"json": {
				`json({ "$.v" = %s }, { otherwise = null_value() })`, "json_build_object('v', %s::text)",
				"(%s) ->> 'v'",
			},
			"public.one":    {"fields({ v = %s })", "ROW(%s)::public.one", "(%s).v"},
			"public.hstore": {"hstore({ v = %s })", "public.hstore('v', %s)", "(%s) OPERATOR(public.->) 'v'"},
		} {
			var parts []string
			for _, v := range values {
				parts = append(parts, fmt.Sprintf(forms[1], v))
			}
			table := b.table(typ, parts...)
			e, err := b.compile(fmt.Sprintf(forms[0], text), table)
			if err != nil {
				t.Errorf("%s in %s: %v", text, typ, err)
				continue
			}
			e.SQL = fmt.Sprintf(forms[2], e.SQL)
			if got := b.run(e, table, keyA); !slices.Equal(got, want) {
				t.Errorf("%s in %s gives %v, a column of the same values %v", text, typ, got, want)
			}
		}
	}
}

// TestComposedPropertiesAreHonest: what is said of the whole holds for each part.
func TestComposedPropertiesAreHonest(t *testing.T) {
	b := newBench(t, `CREATE TYPE pair AS (a text, n int)`)
	jsonb, pair := b.table("jsonb"), b.table("public.pair")
	for text, want := range map[string]struct {
		table    string
		strength mask.Strength
		keyed    mask.Keyed
	}{
		`json({ "$.a" = keep() })`:                                       {jsonb, mask.Raw, mask.NotKeyed},
		`json({ "$.a" = null_value() })`:                                 {jsonb, mask.Partial, mask.NotKeyed},
		`json({ "$.a" = token() }, { otherwise = null_value() })`:        {jsonb, mask.Generalised, mask.Strong},
		`json({ "$.a" = keep() }, { otherwise = hash() })`:               {jsonb, mask.Partial, mask.Strong},
		`json({ "$.a" = partial(1, "*", 1) }, { otherwise = "drop" })`:   {jsonb, mask.Partial, mask.NotKeyed},
		`json({}, { otherwise = null_value() })`:                         {jsonb, mask.Generalised, mask.NotKeyed},
		`fields({ a = token() }, { keep = ["n"] })`:                      {pair, mask.Partial, mask.Strong},
		`fields({ a = token(), n = noise(0.1) })`:                        {pair, mask.Generalised, mask.Strong},
		`fields({ a = null_value(), n = null_value() })`:                 {pair, mask.Constant, mask.NotKeyed},
		`when("true", fields({ a = keep(), n = keep() }), null_value())`: {pair, mask.Raw, mask.NotKeyed},
	} {
		e, err := b.compile(text, want.table)
		if err != nil || e.Strength != want.strength || e.Keyed != want.keyed || e.Unique != mask.Lossy ||
			!e.MayEqualRaw {
			t.Errorf("%s: %v, %+v", text, err, e.Properties)
		}
	}
}

func TestComposedMasksRefuse(t *testing.T) {
	b := newBench(t, `CREATE TYPE pair AS (a text, n int)`)
	ranges, arrays, pair, text := b.table("int4range"), b.table("int[]"), b.table("public.pair"), b.table("text")
	for source, c := range map[string][2]string{
		`range(null_value())`:                  {ranges, "infinite bound"},
		`range(sql("nr"))`:                     {ranges, "infinite bound"},
		`range(token({ prefix = "x" }))`:       {ranges, "prefix is for text only"},
		`range(keep())`:                        {arrays, "for range and multirange"},
		`array(keep())`:                        {ranges, "for array"},
		`array(email())`:                       {arrays, "email on v (integer)"},
		`fields({ a = keep(), n = keep() })`:   {text, "for composite"},
		`fields({ a = email(), n = email() })`: {pair, `field "n": email on v (integer)`},
		`hstore({ a = keep() })`:               {text, "for hstore"},
		`json({ "$.a" = keep() })`:             {text, "for json"},
	} {
		if _, err := b.compile(source, c[0]); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v; want %q", source, err, c[1])
		}
	}
	for source, want := range map[string]string{
		`fields({ a = keep() }, { keep = ["a"] })`:    "stands in keep",
		`fields({ a = 1 })`:                           "must be a mask",
		`fields({ a = keep() }, { keep = "b" })`:      "list of strings",
		`fields({})`:                                  "nobody",
		`hstore({})`:                                  "must be an object",
		`hstore({ a = keep() }, { otherwise = "x" })`: `or "drop"`,
		`array("x")`:                                  "must be a mask",
	} {
		if m, err := parse(source); err == nil {
			_, err = m.Compile(columnOf(t, b.conn, pair))
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v; want %q", source, err, want)
			}
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", source, err, want)
		}
	}
}
