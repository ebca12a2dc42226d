package draft

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/personal"
)

// TestPatterns asks a server what each value looks like. Numbers with check digits are the networks' and registries'
// own examples.
func TestPatterns(t *testing.T) {
	conn := pgtest.Connect(t, pgtest.Database(t, pgtest.Server(t)))
	for value, want := range map[string]string{
		"ann@example.com":                      "email email",
		" a.b+c@mail.example.co.jp ":           "email email",
		"write to ann@example.com or call her": "email free_text",
		"@ann":                                 "",
		"ann@localhost":                        "",
		"+81 3-1234-5678":                      "phone",
		"03-1234-5678":                         "phone",
		"09012345678":                          "phone",
		"(212) 555-0100":                       "phone",
		"2024-01-31":                           "",
		"12345":                                "",
		"4111 1111 1111 1111":                  "credit_card",
		"4111 1111 1111 1112":                  "",
		"378282246310005":                      "credit_card",
		"9111111111111111":                     "",
		"GB82 WEST 1234 5698 7654 32":          "iban free_text",
		"DE89370400440532013000":               "iban",
		"DE89370400440532013001":               "",
		"de89370400440532013000":               "iban",
		"1234 5678 9018":                       "national_id",
		"123456789018":                         "national_id",
		"123456789012":                         "",
		"078-05-1120":                          "national_id",
		"000-05-1120":                          "",
		"192.168.10.255":                       "ip",
		"192.168.10.256":                       "",
		"2001:db8::1":                          "ip",
		"12:30:45":                             "",
		"1.2.3":                                "",
		"00:1b:44:11:3a:b7":                    "mac",
		"https://example.com/u/ann":            "url",
		"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy": "password",
		"pbkdf2_sha256$260000$abc$def=":                                "password",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln":                    "token",
		"Mozilla/5.0 (X11; Linux x86_64)":                              "user_agent",
		"150-0001":                                                     "postcode",
		"SW1A 1AA":                                                     "postcode",
		"東京都千代田区丸の内1-1":                                                "address",
		"神奈川県横浜市西区":                                                    "address",
		"山田 太郎":                                                        "full_name",
		"ヤマダ タロウ":                                                      "kana",
		"商品A":                                                          "",
		"The customer called twice and was angry":                      "free_text",
		"active":                              "",
		"":                                    "",
		"'; DROP TABLE x; --":                 "",
		`$2a$ 山田`:                             "password",
		"40000000000000000000000000000000002": "",
		"XX00 0000 0000 0000 0000 0000 0000 0000": "free_text",
	} {
		var tests, got []string
		for _, p := range patterns() {
			tests = append(tests, p.test("v"))
		}
		var yes []bool
		if err := conn.QueryRow(context.Background(),
			"SELECT ARRAY["+strings.Join(tests, ", ")+"] FROM (SELECT "+sqltext.Literal(value)+"::text AS v) AS s").
			Scan(&yes); err != nil {
			t.Fatalf("%q: %v", value, err)
		}
		for i, p := range patterns() {
			if yes[i] {
				got = append(got, string(p.kind))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}

// structure is full of planted values, which must be seen nowhere.
const structure = `
CREATE TABLE people (id bigint PRIMARY KEY, mail text, note varchar(200), doc jsonb, list text[], card numeric(16,0),
	xml xml, c citext_like, made timestamptz, twice text GENERATED ALWAYS AS (mail || mail) STORED);
INSERT INTO people SELECT i, CASE WHEN i <= 60 THEN 'zebra-planted-value@nowhere.example' END,
	CASE WHEN i = 1 THEN 'zebra-planted-value@nowhere.example told us so' ELSE '' END,
	jsonb_build_object('zebra-planted-key', 'zebra-planted-value@nowhere.example'),
		ARRAY['zebra-planted-value@nowhere.example'], 4111111111111111, '<a>zebra-planted-value</a>', 'x', now()
		FROM generate_series(1, 100) i;
CREATE TABLE parts (k int, mail text) PARTITION BY LIST (k); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
INSERT INTO parts VALUES (1, 'zebra-planted-value@nowhere.example');
CREATE TABLE empty_one (mail text);
CREATE TABLE "Odd ""name" ("a ""b" text); INSERT INTO "Odd ""name" VALUES ('zebra-planted-value@nowhere.example');
CREATE TABLE numbers (n int);`

func database(t *testing.T, sql string) (string, *catalog.Catalog) {
	t.Helper()
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, sql)
	c, err := catalog.Read(context.Background(), pgtest.Connect(t, url))
	if err != nil {
		t.Fatal(err)
	}
	return url, c
}

func TestCounts(t *testing.T) {
	url, c := database(t, strings.ReplaceAll(structure, "citext_like", "varchar"))
	result, skipped, err := ReadSamples(context.Background(), pgtest.Connect(t, url), c, nil, SampleOptions{})
	if err != nil || len(skipped) > 0 {
		t.Fatal(err, skipped)
	}
	count := func(table, column string, kind personal.Kind, within bool) int64 {
		for i, p := range patterns() {
			if p.kind == kind && p.within == within {
				return result[catalog.Ref{Schema: "public", Name: table}][column].Matches[i]
			}
		}
		return -1
	}
	people := result[catalog.Ref{Schema: "public", Name: "people"}]
	if m := people["mail"]; m.Rows != 100 || m.Values != 60 || m.Distinct != 1 {
		t.Errorf("mail: %+v", m)
	}
	for _, got := range []struct {
		what  string
		n, is int64
	}{
		{"mail", count("people", "mail", personal.Email, false), 60},
		{"note", count("people", "note", personal.Email, true), 1},
		{"doc", count("people", "doc", personal.Email, true), 100},
		{"list", count("people", "list", personal.Email, true), 100},
		{"card", count("people", "card", personal.CreditCard, false), 100},
		{"partitioned", count("parts", "mail", personal.Email, false), 1},
		{"quoted", count(`Odd "name`, `a "b`, personal.Email, false), 1},
		{"empty", count("empty_one", "mail", personal.Email, false), 0},
	} {
		if got.n != got.is {
			t.Errorf("%s: %d, not %d", got.what, got.n, got.is)
		}
	}
	for _, none := range []string{"id", "made", "twice"} {
		if _, there := people[none]; there {
			t.Errorf("%s was looked at", none)
		}
	}
	if _, there := result[catalog.Ref{Schema: "public", Name: "parts_1"}]; there {
		t.Error("a partition was read besides its root")
	}
}

// TestOnlyCountsCross: a statement gives one row of one array of bigint, whatever the table holds, and is one SELECT.
func TestOnlyCountsCross(t *testing.T) {
	url, c := database(t, strings.ReplaceAll(structure, "citext_like", "varchar"))
	conn := pgtest.Connect(t, url)
	seen := 0
	for i := range c.Tables {
		sql, counters := sampleStatement(&c.Tables[i], candidates(&c.Tables[i]), 1000, true)
		if sql == "" {
			continue
		}
		seen++
		described, err := conn.Prepare(context.Background(), fmt.Sprint("s", i), sql)
		if err != nil {
			t.Fatal(err)
		}
		if len(described.Fields) != 1 || described.Fields[0].DataTypeOID != 1016 || len(described.ParamOIDs) != 0 {
			t.Errorf("%s gives %+v", c.Tables[i].Name, described.Fields)
		}
		if strings.Contains(sql, "planted") || !strings.HasPrefix(sql, "SELECT ARRAY[count(*)") ||
			!strings.Contains(sql, "LIMIT 1000") {
			t.Errorf("the statement of %s: %s", c.Tables[i].Name, sql)
		}
		var numbers []int64
		if err := conn.QueryRow(context.Background(), sql).Scan(&numbers); err != nil ||
			len(numbers) != len(counters)+1 {
			t.Errorf("%s: %d numbers for %d counters, %v", c.Tables[i].Name, len(numbers), len(counters), err)
		}
		for _, n := range numbers {
			if n < 0 || n > 100 {
				t.Errorf("%s gives %d, which is no count of its rows", c.Tables[i].Name, n)
			}
		}
	}
	if seen < 5 {
		t.Errorf("only %d statements", seen)
	}
}

// TestErrorsAreRedacted: what fails on the source is named without a value, is no failure of the run, and leaves the
// other tables.
func TestErrorsAreRedacted(t *testing.T) {
	url, _ := database(t, `
		CREATE FUNCTION tell(v text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'invalid value %', v;
		END $$;
		CREATE FUNCTION writes(v text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES (v);
		RETURN true; END $$;
		CREATE TABLE seen (v text); CREATE TABLE fine (mail text); CREATE TABLE hidden (mail text);
		CREATE TABLE telling (v text); CREATE TABLE slowly (v text); CREATE TABLE writing (v text);
		INSERT INTO telling VALUES ('zebra-planted-value@nowhere.example');
		INSERT INTO slowly VALUES ('zebra-planted-value@nowhere.example');
		INSERT INTO writing VALUES ('zebra-planted-value@nowhere.example');
		INSERT INTO fine VALUES ('zebra-planted-value@nowhere.example');
		ALTER TABLE telling ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON telling USING (tell(v));
		ALTER TABLE writing ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON writing USING (writes(v));`)
	role := pgtest.Role(t, pgtest.Server(t), "")
	pgtest.Exec(t, url, "GRANT SELECT ON fine, telling, slowly, writing, seen TO "+role+"; GRANT INSERT ON seen TO "+
		role)
	as := pgtest.Connect(t, pgtest.As(t, url, role))
	c, err := catalog.Read(context.Background(), as)
	if err != nil {
		t.Fatal(err)
	}
	locking := pgtest.Connect(t, url)
	if _, err := locking.Exec(context.Background(), "BEGIN; LOCK TABLE slowly IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	result, skipped, err := ReadSamples(context.Background(), as, c, nil, SampleOptions{
		Timeout: 500 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(skipped)
	want := []string{
		"public.hidden: the user may not read it",
		"public.slowly: it took longer than 500ms",
		"public.telling: row security hides rows of it", // its functions would run
		"public.writing: row security hides rows of it",
	}
	if !slices.Equal(skipped, want) {
		t.Errorf("skipped: %q, not %q", skipped, want)
	}
	if said := fmt.Sprintf("%+v %v", result, skipped); strings.Contains(said, "zebra") {
		t.Errorf("a value crossed: %s", said)
	}
	if len(result[catalog.Ref{Schema: "public", Name: "fine"}]) != 1 {
		t.Errorf("the other tables were not read: %+v", result)
	}
	if _, _, err := ReadSamples(cancelled(), as, c, nil, SampleOptions{}); err == nil {
		t.Error("an interrupt was not told")
	}
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// TestBounded: of a large table some blocks are read, of one with more columns than a SELECT may have all columns.
func TestBounded(t *testing.T) {
	var columns []string
	for i := range 300 {
		columns = append(columns, fmt.Sprintf("c%d text", i))
	}
	url, c := database(t, `CREATE TABLE big (id int PRIMARY KEY, mail text);
		INSERT INTO big SELECT i, 'u' || i || '@example.com' FROM generate_series(1, 100000) i; ANALYZE big;
		CREATE TABLE wide (`+strings.Join(columns, ", ")+`); INSERT INTO wide (c299) VALUES ('a@example.com')`)
	result, skipped, err := ReadSamples(context.Background(), pgtest.Connect(t, url), c, []string{"public"},
		SampleOptions{Rows: 500})
	if err != nil || len(skipped) > 0 {
		t.Fatal(err, skipped)
	}
	if m := result[catalog.Ref{Schema: "public", Name: "big"}]["mail"]; m.Rows != 500 || m.Matches[0] != 500 {
		t.Errorf("big: %+v", m)
	}
	if m := result[catalog.Ref{Schema: "public", Name: "wide"}]["c299"]; m.Matches[0] != 1 {
		t.Errorf("wide: %+v", m)
	}
	for _, table := range c.Tables {
		if sql, _ := sampleStatement(&table, candidates(&table), 500,
			true); strings.Contains(sql, "TABLESAMPLE SYSTEM (") != (table.Name == "big") {
			t.Errorf("%s: %s", table.Name, sql)
		}
	}
	if other, _, _ := ReadSamples(context.Background(), pgtest.Connect(t, url), c, []string{"other"},
		SampleOptions{}); len(other) > 0 {
		t.Error("another schema was read")
	}
}

var _ SampleSource = (*pgx.Conn)(nil)

// TestNoCodeOfAUserRuns leaves out tables of which reading a row, or only planning to, would run what a user wrote.
func TestNoCodeOfAUserRuns(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, `CREATE SCHEMA mal; CREATE SEQUENCE mal.ran;
		CREATE FUNCTION mal.evil(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran');
		RETURN $1; END$$;
		CREATE TYPE mal.citext AS ENUM ('a');
		CREATE FUNCTION mal.word(mal.citext) RETURNS text
			LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('mal.ran'); RETURN 'x'; END$$;
		CREATE CAST (mal.citext AS text) WITH FUNCTION mal.word(mal.citext);
		CREATE TABLE plain (v text); CREATE INDEX ON plain (mal.evil(v)); INSERT INTO plain VALUES ('a@example.com');
		CREATE TABLE typed (v mal.citext, vs mal.citext[]); INSERT INTO typed VALUES ('a', '{a}');
		CREATE TABLE whole (id int, v text) PARTITION BY RANGE (id);
		CREATE TABLE part PARTITION OF whole FOR VALUES FROM (1) TO (9);
		CREATE INDEX x ON part (id) WHERE mal.evil('c') = 'c'; INSERT INTO whole VALUES (1, 'b')`)
	const mark = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM mal.ran"
	before := pgtest.Rows(t, url, mark)
	conn := pgtest.Connect(t, url)
	if _, err := conn.Exec(context.Background(), "SET search_path = pg_catalog"); err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Read(context.Background(), conn)
	if err != nil {
		t.Fatal(err)
	}
	result, skipped, err := ReadSamples(context.Background(), conn, c, nil, SampleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if after := pgtest.Rows(t, url, mark); !slices.Equal(before, after) {
		t.Errorf("code of a user ran: %v, then %v", Before, after)
	}
	if len(skipped) != 1 || !strings.Contains(skipped[0], "public.whole: it would run mal.evil(text), owned by") {
		t.Errorf("skipped: %q", skipped)
	}
	if got := result[catalog.Ref{Schema: "public", Name: "plain"}]["v"]; got.Values != 1 {
		t.Errorf("of plain: %+v", got)
	}
}
