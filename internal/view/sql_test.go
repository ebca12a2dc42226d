package view

import (
	"strings"
	"testing"
)

func TestShortSQL(t *testing.T) {
	long := strings.Repeat("ア", 100)
	for _, c := range []struct{ in, want string }{
		{`SELECT 'it''s', "a'b"`, `SELECT 'it''s', "a'b"`},
		{
			`SELECT substr('` + long + `', 3), 'x'`,
			`SELECT substr('` + strings.Repeat("ア", 24) + `…' /* 100 characters */, 3), 'x'`,
		},
		{`SELECT "` + long + `" FROM t`, `SELECT "` + long + `" FROM t`},
		{`'open`, `'open`},
	} {
		if got := shortSQL(c.in); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.in, got, c.want)
		}
	}
}
