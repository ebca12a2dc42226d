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
