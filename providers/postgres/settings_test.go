package postgres_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// bent are values of the pinned parameters that would change a copy.
var bent = map[string]string{
	"array_nulls":                   "off",
	"backslash_quote":               "off",
	"bytea_output":                  "escape",
	"client_encoding":               "LATIN1",
	"datestyle":                     "SQL, DMY",
	"default_text_search_config":    "pg_catalog.german",
	"default_transaction_isolation": "serializable",
	"extra_float_digits":            "-15",
	"gin_fuzzy_search_limit":        "1",
	"intervalstyle":                 "sql_standard",
	"lc_monetary":                   "de_DE.UTF-8",
	"lc_numeric":                    "de_DE.UTF-8",
	"lc_time":                       "de_DE.UTF-8",
	"quote_all_identifiers":         "on",
	"row_security":                  "on",
	"search_path":                   "other, public",
	"standard_conforming_strings":   "off",
	"synchronize_seqscans":          "on",
	"timezone":                      "Asia/Tokyo",
	"timezone_abbreviations":        "Australia",
	"transform_null_equals":         "on",
	"xmlbinary":                     "hex",
	"xmloption":                     "document",
}

// valuesSQL is a table whose rows, defaults and CHECKs show each of them. The composite type makes it cross as text.
const valuesSQL = `
CREATE SCHEMA other; CREATE TYPE pair AS (a text, n int); CREATE TABLE other.trap (id int);
CREATE TABLE everything (
	id int PRIMARY KEY, pair pair, tags text[] DEFAULT '{a,NULL}', raw bytea DEFAULT '\x00ff',
	day date DEFAULT '2020-02-01',
	at timestamptz DEFAULT '2020-02-01 10:00+00', span interval DEFAULT '-1 day 02:00',
	ratio float8 DEFAULT 0.1::float8 / 3,
	price money DEFAULT 1234.56::money, doc xml DEFAULT 'a <b/> c', note text DEFAULT E'C:\\temp ''x''',
	said text, told text, CHECK (note <> E'a\\b'));
INSERT INTO everything (id, pair, said, told) SELECT i, ROW('é', i)::pair, 'call 12-34', CASE i % 2 WHEN 0 THEN 'x' END
	FROM generate_series(1, 20) i;
INSERT INTO everything (id, tags, raw, day, at, span, ratio, price, doc, note) VALUES
	(100, ARRAY['NULL', NULL, 'ü'], '\x5c27', '0044-03-15 BC', 'infinity', '-1 year -2 days +3:04:05.678', 'NaN',
		'-0.07', '<?xml version="1.0"?><a/>', E'\\''"');
CREATE TABLE binary_form (id int PRIMARY KEY, price money, at timestamptz, tags text[]);
INSERT INTO binary_form SELECT id, price, at, tags FROM everything;`

const valuesMasks = `
table "public" "everything" {
  keep = ["id", "pair", "tags", "raw", "day", "at", "span", "ratio", "price", "doc", "note"]
  column "said" {
    mask = sql("regexp_replace(said, '\\d', '0', 'g')")
  }
  column "told" {
    mask = sql("CASE WHEN told = NULL THEN 'never' WHEN told IS NULL THEN 'null' ELSE to_char(1.5, '9D9') END")
  }
}
table "other" "trap" {
  keep = ["id"]
}
table "public" "binary_form" {
  keep = ["id", "price", "at", "tags"]
}
`

// bending is a refresh whose roles and source have parameters of their own.
type bending struct{ *moved }

func newBending(t *testing.T, mode string) bending {
	prod, staging := pgtest.Own(t, nil), pgtest.Own(t, nil)
	m := newMovedOn(t, mode, prod, staging)
	m.from = pgtest.As(t, m.source, pgtest.Role(t, prod, "SUPERUSER"))
	m.to = pgtest.As(t, m.target, pgtest.Role(t, staging, "SUPERUSER"))
	m.both(valuesSQL)
	if mode == replaceMode {
		pgtest.Exec(t, m.target, "TRUNCATE everything, binary_form")
	}
	m.arguments, m.blocks = "verify = \"full\"\n", valuesMasks
	return bending{m}
}

// alter sets or resets a parameter for both roles and the source's database.
func (b bending) alter(what string) {
	pgtest.Exec(b.t, b.source, "ALTER DATABASE "+sqltext.Ident(databaseOf(b.t, b.source))+" "+what)
	for admin, url := range map[string]string{b.source: b.from, b.target: b.to} {
		user, _, _ := strings.Cut(strings.TrimPrefix(url, "postgres://"), ":")
		pgtest.Exec(b.t, admin, "ALTER ROLE "+sqltext.Ident(user)+" "+what)
	}
}

// set bends one parameter.
func (b bending) set(name string) {
	value := sqltext.Literal(bent[name])
	if name == "search_path" {
		value = bent[name]
	}
	b.alter("SET " + name + " = " + value)
}

// unbent returns the URL of a session whose parameters nobody has bent.
func unbent(at string) string {
	for _, s := range conn.Pinned() {
		at += "&" + s.Name + "=" + url.PathEscape(s.Value)
	}
	return at
}

// rows reads the tables.
func (b bending) rows(at, masked string) []string {
	at = unbent(at)
	return append(pgtest.Rows(b.t, at, `SELECT id, pair, tags, tags[2] IS NULL, raw, day, at, span,
		ratio, price::numeric, doc, note, `+masked+` FROM public.everything ORDER BY id`),
		pgtest.Rows(b.t, at, `SELECT id, price::numeric, at, tags FROM public.binary_form ORDER BY id`)...)
}

// compare holds the copy against the source, rows and defaults.
func (b bending) compare(t *testing.T) {
	t.Helper()
	want := b.rows(b.source, `regexp_replace(said, '\d', '0', 'g'), CASE WHEN told IS NULL THEN 'null' ELSE ' 1.5' END`)
	if d := cmp.Diff(want, b.rows(b.on(b.live()), "said, told")); d != "" {
		t.Errorf("the copy differs (-source +copy):\n%s", d)
	}
	const defaults = `SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN pg_attribute a
		ON a.attrelid = d.adrelid AND a.attnum = d.adnum ORDER BY 1, 2`
	if d := cmp.Diff(pgtest.Rows(t, unbent(b.source), defaults),
		pgtest.Rows(t, unbent(b.on(b.live())), defaults)); d != "" {
		t.Errorf("the defaults of the copy differ (-source +copy):\n%s", d)
	}
}

// TestNoSettingChangesACopy bends each pinned parameter on both sides.
func TestNoSettingChangesACopy(t *testing.T) {
	pgtest.Locales(t, "de_DE")
	b := newBending(t, swapMode)
	for _, s := range conn.Pinned() {
		t.Run(s.Name, func(t *testing.T) {
			if bent[s.Name] == "" {
				t.Fatal("the parameter has no other value here")
			}
			defer func(of testing.TB) { b.t = of }(b.t)
			b.t = t
			b.set(s.Name)
			defer b.alter("RESET " + s.Name)
			b.refresh()
			b.compare(t)
		})
	}
}

// TestAllSettingsTogether bends all parameters at once, in both modes, also on the way through a bucket.
func TestAllSettingsTogether(t *testing.T) {
	pgtest.Locales(t, "de_DE")
	for name, prepare := range map[string]func(*testing.T) bending{
		"swap":    func(t *testing.T) bending { return newBending(t, swapMode) },
		"replace": func(t *testing.T) bending { return newBending(t, replaceMode) },
		"staged": func(t *testing.T) bending {
			b := newBending(t, swapMode)
			b.stage()
			return b
		},
		"staged by servers": func(t *testing.T) bending {
			b := newBending(t, replaceMode)
			byServer("export = \"server\"\n  import = \"server\"\n", 0)(b.moved)
			return b
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := prepare(t)
			for _, s := range slices.Backward(conn.Pinned()) { // what reads the next statement comes last
				b.set(s.Name)
			}
			b.refresh()
			b.compare(t)
		})
	}
}

// TestMoneyKeepsItsValue: what is stored is a whole number, and a locale says what of.
func TestMoneyKeepsItsValue(t *testing.T) {
	pgtest.Locales(t, "ja_JP", "de_DE")
	m := newMovedOn(t, swapMode, pgtest.Own(t, nil), pgtest.Own(t, nil))
	locale := func(url, name string) {
		pgtest.Exec(t, url, "ALTER DATABASE "+sqltext.Ident(databaseOf(t, url))+" SET lc_monetary = '"+name+"'")
	}
	locale(m.source, "ja_JP.UTF-8")
	pgtest.Exec(t, m.source, `CREATE TYPE pair AS (a text, price money);
		CREATE TABLE pay (id int PRIMARY KEY, amount money DEFAULT '125', pair pair, list money[], bonus money);
		INSERT INTO pay VALUES (1, '125', ROW('a', '7'), '{3,5}', '10')`)
	const masked = `
table "public" "pay" {
  keep = ["id", "amount", "pair", "list"]
  column "bonus" {
    mask = %s
  }
}
`
	plan := func(mask string) string {
		m.blocks = strings.Replace(masked, "%s", mask, 1)
		_, _, ds := m.tryPlan()
		return text(ds)
	}
	// Another unit on the other side.
	said := plan("null_value()")
	for _, want := range []string{"public.pay.amount is money", "public.pay.pair is money", "public.pay.list is money",
		`"ja_JP.UTF-8" on database.prod, with no decimals, and "C" on database.staging, with 2 decimals`} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said:\n%s", want, said)
		}
	}
	if strings.Contains(said, "bonus") {
		t.Errorf("a column without values is named:\n%s", said)
	}
	// One unit on both sides, but not that of the masks.
	locale(m.target, "ja_JP.UTF-8")
	if said := plan("truncate(100)"); !strings.Contains(said, "public.pay.bonus is money with no decimals") {
		t.Errorf("a mask that computes with cents is not refused: %q", said)
	}
	plan("null_value()")
	m.refresh()
	const query = "SELECT amount, amount::numeric, pair, list FROM public.pay"
	if d := cmp.Diff(pgtest.Rows(t, m.source, query), pgtest.Rows(t, m.on(m.live()), query)); d != "" {
		t.Errorf("the amounts differ (-source +copy):\n%s", d)
	}
	// As many decimals in other forms.
	locale(m.source, "de_DE.UTF-8")
	locale(m.target, "C")
	plan("truncate(1)")
	m.refresh()
	if got := pgtest.Rows(t, m.on(m.live()),
		"SELECT amount::numeric, bonus::numeric FROM public.pay"); !slices.Equal(got,
		pgtest.Rows(t, m.source, "SELECT amount::numeric, floor(bonus::numeric)::numeric(9, 2) FROM public.pay")) {
		t.Errorf("the copy has %v", got)
	}
}

// TestTextSearchOfTheSource: what a copy computes has the words that the source's database finds.
func TestTextSearchOfTheSource(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		m := newMovedOn(t, mode, pgtest.Own(t, nil), pgtest.Own(t, map[string]string{
			"default_text_search_config": "pg_catalog.german",
		}))
		m.both(`CREATE FUNCTION words(text) RETURNS tsvector IMMUTABLE LANGUAGE sql AS 'SELECT to_tsvector($1)';
			CREATE TABLE docs (id int PRIMARY KEY, body text, w tsvector GENERATED ALWAYS AS (words(body)) STORED);
			CREATE MATERIALIZED VIEW found AS SELECT id, to_tsvector(body) AS w FROM docs`)
		pgtest.Exec(t, m.source, `INSERT INTO docs VALUES (1, 'the cats are running')`,
			`REFRESH MATERIALIZED VIEW found`)
		m.refresh()
		queries := []string{"SELECT w FROM docs"}
		if mode == swapMode {
			queries = append(queries, "SELECT w FROM found")
		}
		for _, query := range queries {
			if d := cmp.Diff(pgtest.Rows(t, m.source, query), pgtest.Rows(t, m.on(m.live()), query)); d != "" {
				t.Errorf("%s differs (-source +copy):\n%s", query, d)
			}
		}
	})
}
