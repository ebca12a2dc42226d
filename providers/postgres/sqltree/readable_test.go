package sqltree_test

import (
	"testing"

	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
)

func TestReadable(t *testing.T) {
	for text, want := range map[string]string{
		"n":                                "n",
		"(n)::varchar::text":               "n",
		"n || ''":                          "n",
		"'masked: ' || n":                  "n",
		"concat(n, '.')":                   "n",
		"coalesce(n, n)":                   "n",
		"coalesce(nullif(n, ''), 'none')":  "n",
		"reverse(reverse(n))":              "n",
		"upper(trim(n))":                   "n",
		"CASE WHEN a THEN n ELSE lower(n)": "",
		"CASE WHEN a THEN n ELSE n END":    "n",
		"n + 0":                            "n",
		"1 * n":                            "n",
		"n COLLATE \"C\"":                  "n",
		"format('%s', n)":                  "n",
		"n + 1":                            "",
		"0 - n":                            "",
		"reverse(n)":                       "",
		"n || m":                           "",
		"left(n, 3)":                       "",
		"concat(n, m)":                     "",
		"md5(n)":                           "",
		"'x'":                              "",
		"CASE WHEN a THEN n END":           "",
		"not an expression (":              "",
	} {
		if got := sqltree.ReadableColumn(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
