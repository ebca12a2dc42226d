package mask_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/spec/mask"
)

// TestEqualUnderACollation holds what a mask computes from against what PostgreSQL takes for equal, for every character
// and for pairs of letters that some character stands for.
func TestEqualUnderACollation(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	for _, locale := range []string{
		"und-u-ks-level2", "en-US-u-ks-level2", "und-u-ks-level1", "tr-u-ks-level2", "da-u-ks-level2",
		"und-u-ka-shifted-ks-level2", "und-u-kn-ks-level2", "und-u-ks-identic",
	} {
		name := `public."` + locale + `"`
		pgtest.Exec(t, url, "CREATE COLLATION "+name+" (provider = icu, locale = '"+locale+"', deterministic = false)")
		c := mask.Column{
			Name: "v",
			Type: mask.Type{
				Schema:    "pg_catalog",
				Name:      "text",
				Formatted: "text",
				Kind:      'b',
				Category:  'S',
				Collation: mask.NewCollation(name, locale, "", "UTF8"),
			},
		}
		characters := "n NOT BETWEEN 55296 AND 57343"
		if c.Type.Collation.CaseOnly { // where symbols and rare scripts count as what they are: see Collation.same
			characters = `n BETWEEN 1 AND x'17f'::int OR n BETWEEN x'370'::int AND x'52f'::int
				OR n BETWEEN x'600'::int AND x'6ff'::int OR n BETWEEN x'900'::int AND x'9ff'::int
				OR n BETWEEN x'e00'::int AND x'e7f'::int OR n BETWEEN x'1e00'::int AND x'1ef9'::int
				OR n BETWEEN x'1f00'::int AND x'206f'::int
				OR n BETWEEN x'3000'::int AND x'3006'::int OR n BETWEEN x'3031'::int AND x'30ff'::int
				OR n BETWEEN x'4e00'::int AND x'9fff'::int OR n BETWEEN x'ac00'::int AND x'd7a3'::int
				OR n BETWEEN x'ff01'::int AND x'ffef'::int`
		}
		e, err := mustParse(t, "token()").Compile(c)
		if err != nil {
			t.Fatal(err)
		}
		got := pgtest.Rows(t, url, `SET search_path = pg_catalog; SET shoji.key = '`+keyA+`';
			WITH v AS MATERIALIZED (SELECT v COLLATE `+name+` AS v FROM (
				SELECT 'x' || chr(n) || 'y' AS v FROM generate_series(1, 65533) AS n WHERE `+characters+`
				UNION SELECT 'x' || chr(a) || chr(b) || 'y' FROM generate_series(33, 126) AS a,
					generate_series(33, 126) AS b
				UNION SELECT 'xy') AS v),
			m AS MATERIALIZED (SELECT v, `+e.SQL+` AS m FROM v)
			SELECT 'one has many masks: ' || string_agg(v COLLATE "C", ' ') FROM m GROUP BY v
				HAVING count(DISTINCT m) > 1
			UNION ALL SELECT 'many have one mask: ' || string_agg(v COLLATE "C", ' ') FROM m GROUP BY m
				HAVING count(DISTINCT v) > 1`)
		if len(got) > 0 {
			t.Errorf("%s: %d, such as %s", locale, len(got), strings.Join(got[:min(len(got), 12)], "\n"))
		}
	}
}

// TestMasksUnderACollation runs the masks of texts, whose functions PostgreSQL has for deterministic collations alone,
// and holds that other spellings of a value become other spellings of one result.
func TestMasksUnderACollation(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	const name, locale = "public.alike", "und-u-ks-level2"
	pgtest.Exec(t, url, "CREATE COLLATION "+name+" (provider = icu, locale = '"+locale+"', deterministic = false)",
		"CREATE TABLE public.t (n int, v text COLLATE "+name+")",
		`INSERT INTO public.t VALUES (1, 'User-12@Mail.example'), (1, 'USER-12@mail.EXAMPLE'),
			(2, 'GB29NWBK60161331926819'),
			(2, 'gb29nwbk60161331926819'), (3, '8F14E45F-CEEA-467F-9F8B-0242AC120002'),
			(3, '8f14e45f-ceea-467f-9f8b-0242ac120002'), (4, 'FE80::1'), (4, 'fe80::1'), (5, 'Ärger'), (5, 'ÄRGER'),
			(6, '')`)
	typ := mask.Type{Schema: "pg_catalog", Name: "text", Formatted: "text", Kind: 'b', Category: 'S'}
	plain := typ
	typ.Collation = mask.NewCollation(name, locale, "", "UTF8")
	for _, call := range []string{
		"email()", `email("ja")`, "username()", "token()", "hash()", "uuid()", "domain()", "url()", "shape()",
		"lorem()",
		"digits()", `digits({ unmatched = "token" })`, "full_name()", "phone()", "street()", "postcode()", "company()",
		"iban()", "credit_card()", "ip()", "mac()", `partial(1, "*", 1)`, `regex("[a-z]", "x", { unmatched = "keep" })`,
		"truncate(3)", `one_of(["a", "b"])`, `when("n > 0", token(), email())`,
	} {
		for _, c := range []mask.Column{
			{Name: "v", Type: typ, Siblings: []string{"n", "v"}},
			{Name: "v", Type: typ, Domain: &plain, Siblings: []string{"n", "v"}}, // refers to a key of plain text
		} {
			e, err := mustParse(t, call).Compile(c)
			if err != nil {
				t.Errorf("%v", err)
				continue
			}
			rows := pgtest.Rows(t, url, "SET search_path = pg_catalog; SET shoji.key = '"+keyA+
				"'; SELECT n, "+e.SQL+" FROM public.t")
			if len(rows) != 11 {
				t.Errorf("%s gives %d rows", call, len(rows))
			}
			apart := pgtest.Rows(t, url, "SET search_path = pg_catalog; SET shoji.key = '"+keyA+
				"'; SELECT n, string_agg(m, ' ') FROM (SELECT n, ("+e.SQL+") COLLATE "+name+
				" AS m FROM public.t OFFSET 0) AS s GROUP BY n HAVING count(DISTINCT m) > 1")
			if c.Domain == nil && len(apart) > 0 && !strings.HasPrefix(call, "regex") {
				t.Errorf("%s tells spellings apart: %q", call, apart)
			}
		}
	}
}
