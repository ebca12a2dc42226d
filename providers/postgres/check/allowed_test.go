package check_test

import (
	"slices"
	"testing"

	"github.com/shoji-pg/shoji/providers/postgres/check"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
)

// TestAllowed: what can be read of a CHECK is enough to choose a value that it allows.
func TestAllowed(t *testing.T) {
	for condition, want := range map[string]check.Allowed{
		`char_length(x) <= 20`:                                 {Longest: 20},
		`octet_length((x)::text) < 20 AND x <> ''::text`:       {Longest: 19},
		`char_length(x) = 3`:                                   {Longest: 3, Example: "***", Known: true},
		`x = ANY (ARRAY['a'::text, 'b'::text])`:                {Values: []string{"a", "b"}, Example: "a", Known: true},
		`x IS NULL OR x IN (1, 2)`:                             {Values: []string{"1", "2"}, Example: "1", Known: true},
		`(x)::text ~ '^[A-Z]{2}-[0-9]+$'::text`:                {Example: "AA-1", Known: true},
		`x ~~ 'DE_%'::text`:                                    {Example: "DEa", Known: true},
		`x ~ '^[0-9]{10,11}$'::text`:                           {Longest: 11, Example: "1111111111", Known: true},
		`x >= 18 AND x < 130`:                                  {Example: "18", Known: true},
		`x < 0`:                                                {Example: "-1", Known: true},
		`jsonb_typeof(x) = 'array'::text`:                      {Example: "[]", Known: true},
		`jsonb_typeof(x) = ANY (ARRAY['object', 'null'])`:      {Example: "{}", Known: true},
		`y > 3 OR x < y OR lower(x) = 'a' OR f(x) OR x ~ '\m'`: {},
	} {
		n, err := sqltree.Expression(condition)
		if err != nil {
			t.Fatal(err)
		}
		got := check.AllowedBy("x", n)
		if got.Longest != want.Longest || got.Example != want.Example || got.Known != want.Known ||
			!slices.Equal(got.Values, want.Values) {
			t.Errorf("%s: %+v, not %+v", condition, got, want)
		}
	}
}
