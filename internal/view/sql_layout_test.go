package view

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLayoutSQL(t *testing.T) {
	for sql, want := range map[string]string{
		`"email"`:                  `"email"`,
		`upper("a") || lower("b")`: `upper("a") || lower("b")`,
		`CASE WHEN "email" IS NULL THEN NULL ` +
			`ELSE substr(encode(sha256("key" || convert_to("email", 'UTF8')), 'hex'), 1, 16) END`: `CASE
  WHEN "email" IS NULL THEN NULL
  ELSE substr(
    encode(
      sha256(
        "key" || convert_to("email", 'UTF8')
      ),
      'hex'
    ),
    1,
    16
  )
END`,
		`coalesce("a", 'a text, with (brackets and) '' quotes that is long', 'b')`: `coalesce(
  "a",
  'a text, with (brackets and) '' quotes that is long',
  'b'
)`,
		`"first" = 'somebody' AND "second" = 'somebody else' OR "third"`: `"first" = 'somebody'
  AND "second" = 'somebody else'
  OR "third"`,
		`'a word that is long' || "column" || 'another word'`: `'a word that is long'
  || "column"
  || 'another word'`,
		`(ARRAY['one', 'two', 'three', 'four', 'five'])[1 + ("x" % 5)]`: `(
  ARRAY['one', 'two', 'three', 'four', 'five']
)[1 + ("x" % 5)]`,
	} {
		got := strings.Join(layoutSQL(sql, 50), "\n")
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s:\n%s", sql, d)
		}
	}
}

// FuzzLayoutSQL: nothing but white space changes, whatever the text.
func FuzzLayoutSQL(f *testing.F) {
	f.Add(`CASE WHEN f(a, (b)) THEN 'x y' ELSE "y" || z END`)
	f.Add(`)]([`)
	f.Add(`'`)
	f.Fuzz(func(t *testing.T, sql string) {
		if len(sql) > 300 {
			return
		}
		bare := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if got := strings.Join(layoutSQL(sql, 10), "\n"); bare(got) != bare(sql) {
			t.Errorf("%q became %q", sql, got)
		}
	})
}
