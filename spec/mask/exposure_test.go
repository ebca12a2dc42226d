package mask_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/spec/mask"
)

// TestExposes: what may show more of a value is said, part by part; what cannot is silent.
func TestExposes(t *testing.T) {
	for _, c := range []struct {
		was, is string
		want    []string
	}{
		{`token()`, `token({ length = 32 })`, nil},
		{`token()`, `uuid()`, nil},
		{`token()`, `keep()`, []string{`token() becomes keep() (raw, was pseudonym)`}},
		{`keep()`, `partial(4, "*", 4)`, nil},
		{`email()`, `null_value()`, nil},
		{`email()`, `token()`, []string{`email() becomes token() (pseudonym, was synthetic)`}},
		{`full_name("ja")`, `full_name("en", { by = ["id"] })`, nil},
		{
			`partial(1, "*", 0)`, `partial(4, "*", 0)`,
			[]string{`partial(1, "*", 0) becomes partial(4, "*", 0), which leaves more of the value`},
		},
		{`partial(4, "*", 0)`, `partial(1, "-", 0)`, nil},
		{
			`partial(1, "*", 0)`, `sql("left(v, 1)")`,
			[]string{
				`partial(1, "*", 0) becomes sql("left(v, 1)"): whether that leaves more of the value cannot be told`,
			},
		},
		{`sql("left(v, 1)")`, `sql("LEFT(v, 1)")`, nil},
		{
			`sql("left(v, 1)")`, `sql("left(v, 9)")`,
			[]string{
				`sql("left(v, 1)") becomes sql("left(v, 9)"): whether that leaves more of the value cannot be told`,
			},
		},
		{`sql("'x'")`, `sql("'y'")`, nil},
		{
			`regex("[0-9]", "#")`, `regex("zzz", "#", { unmatched = "keep" })`,
			[]string{
				`regex("[0-9]", "#") becomes regex("zzz", "#", { unmatched = "keep" }): whether that leaves more of ` +
					`the value cannot be told`,
			},
		},
		{
			`digits()`, `digits({ keep_last = 4 })`,
			[]string{`digits() becomes digits({ keep_last = 4 }), which leaves more of the value`},
		},
		{`digits({ keep_last = 4 })`, `credit_card({ keep_last = 4 })`, nil},
		{`token()`, `digits()`, []string{`token() becomes digits(), which leaves more of the value`}},
		{`token()`, `shape()`, []string{`token() becomes shape(), which leaves more of the value`}},
		{`digits()`, `shape()`, nil},
		{`partial(1, "*", 0)`, `shape()`, nil},
		{`partial(1, "*", 0)`, `token()`, nil},
		{`partial(1, "*", 0)`, `digits({ keep_last = 64 })`, []string{
			`partial(1, "*", 0) becomes digits({ keep_last = 64 }): whether that leaves more of the ` +
				`value cannot be told`}},
		{`sql("v / 100")`, `noise(0.00001)`, []string{
			`sql("v / 100") becomes noise(0.00001): whether that leaves more of the value cannot be told`}},
		{`keep()`, `noise(0.00001)`, nil},
		{
			`truncate("year")`, `truncate("day")`,
			[]string{`truncate("year") becomes truncate("day"), which leaves more of the value`},
		},
		{`truncate("day")`, `truncate("year")`, nil},
		{
			`truncate(100)`, `truncate(1)`,
			[]string{`truncate(100) becomes truncate(1): whether that leaves more of the value cannot be told`},
		},
		{`noise(0.5)`, `noise(0.01)`, []string{`noise(0.5) becomes noise(0.01), which leaves more of the value`}},
		{
			`jitter("30 days")`, `jitter("2 days")`,
			[]string{`jitter("30 days") becomes jitter("2 days"), which leaves more of the value`},
		},
		{`jitter("1 day")`, `jitter("24 hours")`, nil},
		{
			`bucket([0, 50])`, `bucket([0, 25, 50])`,
			[]string{`bucket([0, 50]) becomes bucket([0, 25, 50]), which leaves more of the value`},
		},
		{
			`ip_prefix(16)`, `ip_prefix(24)`,
			[]string{`ip_prefix(16) becomes ip_prefix(24), which leaves more of the value`},
		},

		{`when("staff", keep(), email())`, `when("staff", email(), email())`, nil},
		{`when("staff", keep(), email())`, `when("staff OR vip", keep(), email())`, []string{
			`its condition was "staff" and would be "staff OR vip"`}},
		{`when("staff", token(), token())`, `when("vip", token(), token())`, nil},
		{`when("staff", keep(), email())`, `token()`, []string{`email() becomes token() (pseudonym, was synthetic)`}},
		{`email()`, `when("staff", keep(), email())`, []string{`email() becomes keep() (raw, was synthetic)`}},

		{`json({ "$.a" = email() })`, `json({ "$.a" = email(), "$.b" = token() })`, nil},
		{
			`json({ "$.a" = email(), "$.b" = null_value() })`, `json({ "$.a" = email() })`,
			[]string{`$.b: null_value() becomes keep() (raw, was constant)`},
		},
		{
			`json({ "$.a" = email() }, { otherwise = "drop" })`, `json({ "$.a" = email() })`,
			[]string{`what it does not name: drop becomes keep() (raw, was constant)`},
		},
		{
			`json({ "$.a" = email() }, { otherwise = null_value() })`,
			`json({ "$.a" = email(), "$.b" = keep() }, { otherwise = null_value() })`,
			[]string{`$.b: null_value() becomes keep() (raw, was constant)`},
		},
		{
			`json({ "$.a" = partial(1, "*", 0) })`, `json({ "$.a" = partial(3, "*", 0) })`,
			[]string{`$.a: partial(1, "*", 0) becomes partial(3, "*", 0), which leaves more of the value`},
		},
		{`json({ "$..ssn" = null_value() })`, `json({ "$.person.ssn" = keep() })`, []string{
			`$..ssn: null_value() becomes keep() (raw, was constant)`,
			`$.person.ssn: null_value() becomes keep() (raw, was constant)`}},
		{`json({ "$..ssn" = null_value() })`, `json({ "$..ssn" = null_value(), "$.note" = lorem() })`, nil},
		{`null_value()`, `json({ "$.a" = email() })`, []string{
			`$.a: null_value() becomes email() (synthetic, was constant)`,
			`what it does not name: null_value() becomes keep() (raw, was constant)`}},
		{
			`hstore({ a = email() }, { otherwise = null_value() })`, `hstore({ a = email() })`,
			[]string{`what it does not name: null_value() becomes keep() (raw, was constant)`},
		},
		{
			`fields({ street = token(), zip = token() })`, `fields({ street = token() }, { keep = ["zip"] })`,
			[]string{`zip: token() becomes keep() (raw, was pseudonym)`},
		},
		{
			`fields({ street = token() })`, `fields({ street = token() }, { keep = ["zip"] })`,
			[]string{`zip is new and kept`},
		},
		{
			`array(email())`, `array(partial(3, "*", 0))`,
			[]string{`email() becomes partial(3, "*", 0) (partial, was synthetic)`},
		},
		{
			`range(jitter("9 days"))`, `range(jitter("1 day"))`,
			[]string{`jitter("9 days") becomes jitter("1 day"), which leaves more of the value`},
		},
		{
			`array(json({ "$.a" = null_value() }))`, `array(json({ "$.b" = null_value() }))`,
			[]string{`$.a: null_value() becomes keep() (raw, was constant)`},
		},
	} {
		t.Run(c.was+" then "+c.is, func(t *testing.T) {
			if d := cmp.Diff(c.want, texts(mustParse(t, c.is).Exposes(mustParse(t, c.was)))); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestExposureIsKnownOfEachMask: every mask of the catalogue can be compared with every other, none with itself exposes
// anything, all show no more than the value itself and no less than nothing.
func TestExposureIsKnownOfEachMask(t *testing.T) {
	calls := mask.CatalogueExamples()
	if len(calls) < 40 {
		t.Fatalf("only %d examples", len(calls))
	}
	raw, nothing := mustParse(t, "keep()"), mustParse(t, "null_value()")
	for _, call := range calls {
		m := mustParse(t, call)
		if got := m.Exposes(mustParse(t, call)); got != nil {
			t.Errorf("%s exposes more than itself: %v", call, got)
		}
		if got := m.Exposes(raw); got != nil {
			t.Errorf("%s exposes more than keep(): %v", call, got)
		}
		if got := nothing.Exposes(m); got != nil {
			t.Errorf("null_value() exposes more than %s: %v", call, got)
		}
		if got := raw.Exposes(m); (got == nil) != (m.Name == "keep") {
			t.Errorf("keep() after %s: %v", call, got)
		}
	}
}

// TestKeeps names what stays raw inside of a mask.
func TestKeeps(t *testing.T) {
	for call, want := range map[string][]string{
		`email()`:                    nil,
		`keep()`:                     {"all of it"},
		`when("a", keep(), email())`: {"all of it where a"},
		`json({ "$.a" = email() })`:  {"what it does not name"},
		`json({ "$.a" = keep(), "$.b" = token() }, { otherwise = "drop" })`: {"$.a"},
		`fields({ a = token() }, { keep = ["b"] })`:                         {"b"},
		`array(keep())`: {"all of it"},
	} {
		if d := cmp.Diff(want, mustParse(t, call).Keeps()); d != "" {
			t.Errorf("%s: %s", call, d)
		}
	}
}

// texts returns the words of exposures, and holds that they and the type agree on what cannot be told.
func texts(list []mask.Exposure) []string {
	var out []string
	for _, x := range list {
		if x.Unknown != strings.HasSuffix(x.Text, "cannot be told") {
			out = append(out, "NOT SAID: "+x.Text)
			continue
		}
		out = append(out, x.Text)
	}
	return out
}
