package mask_test

import (
	"testing"

	"github.com/shoji-pg/shoji/spec/mask"
)

// TestCost: a mask costs what was measured of it, else what was measured of one that is near.
func TestCost(t *testing.T) {
	text := mask.Type{Schema: "pg_catalog", Name: "text", Formatted: "text", Kind: 'b', Category: 'S'}
	bigint := mask.Type{Schema: "pg_catalog", Name: "int8", Formatted: "bigint", Kind: 'b', Category: 'N'}
	domain := mask.Type{Schema: "public", Name: "d", Formatted: "d", Kind: 'd', Base: &bigint}
	for _, c := range []struct {
		call     string
		of       mask.Type
		measured string
		typ      string
	}{
		{"token()", text, "token()", "text"},
		{"token()", bigint, "token()", "bigint"},
		{"token()", domain, "token()", "bigint"},
		{"digits({ keep_last = 4 })", text, "digits()", "text"},
		{`when("a", keep(), token())`, text, `when("active", keep(), email())`, "text"},
	} {
		got, ok := mustParse(t, c.call).Cost(c.of)
		if !ok || got.Mask != c.measured || got.Type != c.typ || got.Nanoseconds <= 0 {
			t.Errorf("%s of %s: %+v %v", c.call, c.of.Formatted, got, ok)
		}
	}
	for _, name := range []string{"keep()", "null_value()", `sql("v")`, `regex("a", "b")`, "lorem()"} {
		if _, ok := mustParse(t, name).Cost(text); !ok {
			t.Errorf("nothing was measured of %s", name)
		}
	}
}
