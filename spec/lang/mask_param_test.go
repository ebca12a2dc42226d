package lang

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/spec/mask"
)

const teamMasks = `
mask "id_of" {
  param "prefix" {
    type    = string
    default = "x_"
  }
  param "length" {
    type    = number
    default = 16
  }
  value = token({ prefix = param.prefix, length = param.length })
}
mask "nullable" {
  param "of" {
    type = mask
  }
  value = when("code is null", keep(), param.of)
}
mask "customer_id" {
  value = nullable(id_of("c_"))
}
mask "options" {
  param "o" {
    type = object({ prefix = optional(string, "o_") })
  }
  value = token({ prefix = param.o.prefix })
}
mask "flagged" {
  param "hide" {
    type    = bool
    default = true
  }
  value = param.hide ? fixed("-") : keep()
}
mask "listed" {
  param "values" {
    type = list(string)
  }
  value = one_of([for v in param.values : upper(v)])
}
`

// TestTeamMasksWithParameters: what a call stands for, and how it is shown.
func TestTeamMasksWithParameters(t *testing.T) {
	for _, c := range []struct{ call, text, definition string }{
		{`id_of()`, `token({ length = 16, prefix = "x_" })`, `id_of`},
		{`mask.id_of`, `token({ length = 16, prefix = "x_" })`, `id_of`},
		{`id_of("c_")`, `token({ length = 16, prefix = "c_" })`, `id_of({ prefix = "c_" })`},
		{`id_of({ prefix = "c_" })`, `token({ length = 16, prefix = "c_" })`, `id_of({ prefix = "c_" })`},
		{`id_of("c_", { length = 8 })`, `token({ length = 8, prefix = "c_" })`, `id_of({ length = 8, prefix = "c_" })`},
		{
			`id_of({ length = "8", prefix = "c_" })`, `token({ length = 8, prefix = "c_" })`,
			`id_of({ length = 8, prefix = "c_" })`,
		},
		{`nullable(email())`, `when("code is null", keep(), email())`, `nullable({ of = email() })`},
		{
			`nullable({ of = id_of("n_") })`, `when("code is null", keep(), token({ length = 16, prefix = "n_" }))`,
			`nullable({ of = token({ length = 16, prefix = "n_" }) })`,
		},
		{`customer_id()`, `when("code is null", keep(), token({ length = 16, prefix = "c_" }))`, `customer_id`},
		{`mask.customer_id`, `when("code is null", keep(), token({ length = 16, prefix = "c_" }))`, `customer_id`},
		{`options({ prefix = "p_" })`, `token({ prefix = "p_" })`, `options({ o = { prefix = "p_" } })`},
		{`options({ o = {} })`, `token({ prefix = "o_" })`, `options({ o = { prefix = "o_" } })`},
		{`options({})`, `token({ prefix = "o_" })`, `options({ o = { prefix = "o_" } })`},
		{`flagged(false)`, `keep()`, `flagged({ hide = false })`},
		{`flagged()`, `fixed("-")`, `flagged`},
		{`listed(["a", "b"])`, `one_of(["A", "B"])`, `listed({ values = ["a", "b"] })`},
		{`array(id_of("e_"))`, `array(token({ length = 16, prefix = "e_" }))`, ``},
	} {
		m := columnMask(t, c.call)
		if m.Text != c.text || m.Definition != c.definition {
			t.Errorf("%s is %s (%s)\nwant %s (%s)", c.call, m.Text, m.Definition, c.text, c.definition)
		}
	}
}

// TestCallsOfOneExpansionAreTheSame: a foreign key may be masked by a call that is written otherwise than its key's.
func TestCallsOfOneExpansionAreTheSame(t *testing.T) {
	key := columnMask(t, `nullable(id_of("c_"))`)
	for _, call := range []string{
		`customer_id()`, `nullable({ of = id_of({ length = 16, prefix = "c_" }) })`,
		`when("code is null", keep(), token({ prefix = "c_", length = 16 }))`,
	} {
		if !columnMask(t, call).Same(key) {
			t.Errorf("%s is another mask than its expansion", call)
		}
	}
	if columnMask(t, `nullable(id_of("d_"))`).Same(key) {
		t.Error("calls with other arguments are the same")
	}
}

func columnMask(t *testing.T, call string) *mask.Mask {
	t.Helper()
	p := load(t, map[string]string{
		"main.hcl": teamMasks + "table \"public\" \"t\" {\n  column \"code\" {\n    mask = " + call + "\n  }\n}\n",
	}, Options{})
	return p.Tables[0].Columns[0].Mask
}

// TestManyCallsAreLoadedFast holds the time that a spec of many columns takes: each call is worked out once.
func TestManyCallsAreLoadedFast(t *testing.T) {
	var b strings.Builder
	b.WriteString(teamMasks)
	for i := range 300 {
		b.WriteString("table \"public\" \"t" + strings.Repeat("x", i) + "\" {\n")
		for _, c := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
			b.WriteString("  column \"" + c + "\" {\n    mask = id_of(\"" + c + "_\")\n  }\n")
		}
		b.WriteString("}\n")
	}
	p := load(t, map[string]string{"main.hcl": b.String()}, Options{})
	if len(p.Tables) != 300 || p.Tables[299].Columns[9].Mask.Definition != `id_of({ prefix = "j_" })` {
		t.Fatal("the masks were not read")
	}
	if p.Tables[0].Columns[0].Mask != p.Tables[1].Columns[0].Mask {
		t.Error("equal calls are worked out again")
	}
}
