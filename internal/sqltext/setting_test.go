package sqltext_test

import (
	"testing"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

func TestSettings(t *testing.T) {
	for in, want := range map[[2]string]string{
		{"search_path", `"$user", public`}:   `"search_path" TO '$user', 'public'`,
		{"Search_Path", `"a, ""b", c`}:       `"Search_Path" TO 'a, "b', 'c'`,
		{"search_path", ``}:                  `"search_path" TO ''`,
		{"search_path", `""`}:                `"search_path" TO ''`,
		{"work_mem", `64MB`}:                 `"work_mem" TO '64MB'`,
		{"app.note", `it's`}:                 `"app"."note" TO 'it''s'`,
		{"app.path", `a\b`}:                  `"app"."path" TO E'a\\b'`,
		{"session_preload_libraries", `a,b`}: `"session_preload_libraries" TO 'a', 'b'`,
	} {
		if got := sqltext.Setting(in[0], in[1]); got != want {
			t.Errorf("%v: got %s, want %s", in, got, want)
		}
	}
}

func TestSameSettings(t *testing.T) {
	for _, c := range []struct {
		name, one, other string
		same             bool
	}{
		{"search_path", `"$user", public`, `$user,public`, true},
		{"search_path", `a, b`, `b, a`, false},
		{"datestyle", `ISO, DMY`, `ISO,DMY`, false}, // is no list of names
		{"work_mem", `64MB`, `64MB`, true},
	} {
		if got := sqltext.SameSetting(c.name, c.one, c.other); got != c.same {
			t.Errorf("%s = %s and %s: %t", c.name, c.one, c.other, got)
		}
	}
}
