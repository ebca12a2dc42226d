package mask_test

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

func TestJSONPaths(t *testing.T) {
	b := newBench(t, "")
	doc := func(s string) string { return sqltext.Literal(s) }
	for _, c := range []struct{ mask, in, want string }{
		{`json({ "$.a.b" = fixed("M") })`, `{"a": {"b": "x", "c": 1}, "b": 2}`, `{"a": {"b": "M", "c": 1}, "b": 2}`},
		{`json({ "$.*" = fixed("M") })`, `{"a": {"b": "x"}, "b": 2, "c": []}`, `{"a": "M", "b": "M", "c": "M"}`},
		{`json({ "$.*.b" = fixed("M"), "$.c" = fixed("C") })`, `{"a": {"b": "x", "d": 1}, "b": 2, "c": {"b": 1}}`, ``},
		{
			`json({ "$.*.b" = fixed("M"), "$.c.b" = fixed("C") })`, `{"a": {"b": "x", "d": 1}, "b": 2, "c": {"b": 1}}`,
			`{"a": {"b": "M", "d": 1}, "b": 2, "c": {"b": "C"}}`,
		},
		{
			`json({ "$.a[*].b" = fixed("M"), "$.a[0].c" = fixed("C") })`,
			`{"a": [{"b": 1, "c": 2}, {"b": 3, "c": 4}, 5]}`, `{"a": [{"b": "M", "c": "C"}, {"b": "M", "c": 4}, 5]}`,
		},
		{
			`json({ "$.a[*].b" = fixed("M"), "$.a[*].d" = fixed("D"), "$.a[*].e[*]" = fixed("E") })`,
			`{"a": [{"b": 1, "d": 2, "e": [1, {}]}, {}, [], null]}`,
			`{"a": [{"b": "M", "d": "D", "e": ["E", "E"]}, {}, [], null]}`,
		},
		{`json({ "$[*].x" = fixed("M") })`, `[{"x": 1}, {"y": 1}]`, `[{"x": "M"}, {"y": 1}]`},
		{
			`json({ "$..email" = fixed("M") })`,
			`{"email": 1, "a": [{"email": {"deep": 1}, "b": {"email": "x", "k": [[{"email": 2}]]}}], "c": "email"}`,
			`{"email": "M", "a": [{"email": "M", "b": {"email": "M", "k": [[{"email": "M"}]]}}], "c": "email"}`,
		},
		{
			`json({ "$..a.b" = fixed("M"), "$.c.a.b" = fixed("C") })`,
			`{"a": {"b": 1, "a": {"b": 2}}, "c": {"a": {"b": 3}}, "b": 4}`,
			`{"a": {"b": "M", "a": {"b": "M"}}, "c": {"a": {"b": "C"}}, "b": 4}`,
		},
		{
			`json({ "$.a..b" = fixed("M"), "$.c" = fixed("C") })`, `{"a": [{"b": 1}], "b": 2, "c": 3}`,
			`{"a": [{"b": "M"}], "b": 2, "c": "C"}`,
		},
		{
			`json({ "$..[0]" = fixed("M") })`, `{"a": [1, [2, 3]], "b": [[1], 2]}`,
			`{"a": ["M", ["M", 3]], "b": ["M", 2]}`,
		},
		{
			`json({ "$['a b'].c" = fixed("M"), "$[\"q\\\"\\\\\"]" = fixed("Q"), "$['it\\'s']" = fixed("S"), ` +
				`"$[\"\"]" = fixed("E"), "$['[*]']" = fixed("B"), "$.氏名" = fixed("N"), "$['$']" = fixed("D"), ` +
				`"$['*']" = fixed("W") })`,
			`{"a b": {"c": 1}, "q\"\\": 1, "it's": 1, "": 1, "[*]": 1, "氏名": "山田", "$": 1, "*": 1, "x": [1]}`,
			`{"a b": {"c": "M"}, "q\"\\": "Q", "it's": "S", "": "E", "[*]": "B", "氏名": "N", "$": "D", ` +
				`"*": "W", "x": [1]}`,
		},
		{
			`json({ "$.a" = keep() }, { otherwise = fixed("R") })`,
			`{"a": {"deep": [1]}, "b": {"a": 2, "c": [], "d": {}}, "e": [1, null, true, "s"]}`,
			`{"a": {"deep": [1]}, "b": {"a": "R", "c": [], "d": {}}, "e": ["R", "R", "R", "R"]}`,
		},
		{
			`json({}, { otherwise = null_value() })`, `{"a": {"deep": [1]}, "b": "x"}`,
			`{"a": {"deep": [null]}, "b": null}`,
		},
		{`json({}, { otherwise = null_value() })`, `"scalar"`, `null`},
		{
			`json({ "$.a" = keep(), "$.b[*].c" = fixed("M") }, { otherwise = "drop" })`,
			`{"a": {"deep": [1]}, "b": [{"c": 1, "d": 2}, 3, {}], "e": "secret"}`,
			`{"a": {"deep": [1]}, "b": [{"c": "M"}, {}]}`,
		},
		{`json({ "$.a.b" = keep() }, { otherwise = "drop" })`, `{"a": "secret"}`, `{}`},
		{`json({ "$.a" = keep() }, { otherwise = "drop" })`, `["secret"]`, `null`},
		{`json({ "$.*" = fixed("M"), "$[*]" = fixed("E") }, { otherwise = "drop" })`, `["secret"]`, `["E"]`},
		// Types stay where the mask is for them.
		{
			`json({ "$.n" = truncate(10), "$.s" = truncate(2), "$.b" = fixed(true), "$.f" = fixed(0), ` +
				`"$.o" = truncate(3) })`, `{"n": 17.5, "s": "secret", "b": false, "f": 5, "o": {"a": 1}}`,
			`{"n": 10, "s": "se", "b": true, "f": 0, "o": "{\"a"}`,
		},
		{
			`json({ "$.a" = noise(0.5), "$.b" = noise(0.5), "$.c" = noise(0.5) })`,
			`{"a": "text", "b": null, "c": [1]}`, `{"a": null, "b": null, "c": null}`,
		},
		{
			`json({ "$.a" = truncate(1000), "$.b" = truncate(1000) })`,
			`{"a": 123456789012345678901234567890.5, "b": 1e300}`, ``,
		},
		{`json({ "$.a" = fixed("x") })`, `{"a": null}`, `{"a": "x"}`},
		{`json({ "$.a" = fixed("x", { keep_null = true }) })`, `{"a": null}`, `{"a": null}`},
		{
			`json({ "$.a" = sql("nr + 1"), "$.b" = when("k = 'k'", sql("i"), keep()) })`, `{"a": 1, "b": true}`,
			`{"a": "2", "b": "i"}`,
		},
		{`json({ "$..a" = when("s = 's' and d = 'd'", fixed("row"), fixed("no")) })`, `{"a": 1}`, `{"a": "row"}`},
	} {
		m, err := parse(c.mask)
		if c.want == "" && err != nil {
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.mask, err)
			continue
		}
		for _, typ := range []string{"jsonb", "json"} {
			table := b.table(typ, "NULL", doc(c.in))
			e, err := m.Compile(columnOf(t, b.conn, table))
			if err != nil {
				t.Fatalf("%s: %v", c.mask, err)
			}
			got := b.run(e, table, keyA)
			if got[0] != "NULL" || c.want != "" && !sameJSON(got[1], c.want) {
				t.Errorf("%s for %s: %s became\n     %s\nwant %s", c.mask, typ, c.in, got[1], c.want)
			}
		}
	}
}

// TestJSONKeepsTypes: where a mask is for numbers or booleans, the place stays one, and changes.
func TestJSONKeepsTypes(t *testing.T) {
	b := newBench(t, "")
	const in = `{"n": 12345, "f": 12.5, "b": true, "s": "12345", "z": null, "o": {"x": 1}, "h": 1e300}`
	for text, want := range map[string]string{
		`noise(0.5)`:  "number number null null null null number",
		`int_map()`:   "number null null null null null null",
		`bool()`:      "null null boolean null null null null",
		`token()`:     "number string string string null string string",
		`truncate(2)`: "number number string string null string number",
		`email()`:     "string string string string null string string",
	} {
		var paths []string
		for _, key := range []string{"n", "f", "b", "s", "z", "o", "h"} {
			paths = append(paths, fmt.Sprintf(`"$.%s" = %s`, key, text))
		}
		for _, otherwise := range []string{"", `, { otherwise = keep() }`} {
			table := b.table("jsonb", sqltext.Literal(in))
			e, err := b.compile("json({ "+strings.Join(paths, ", ")+" }"+otherwise+")", table)
			if err != nil {
				t.Fatal(err)
			}
			masked := b.run(e, table, keyA)[0]
			got := pgtest.Rows(t, b.url,
				fmt.Sprintf("SELECT string_agg(jsonb_typeof(x.d -> k), ' ' ORDER BY i) FROM (SELECT %s::jsonb AS d) "+
					"AS x, unnest('{n,f,b,s,z,o,h}'::text[]) WITH ORDINALITY AS u(k, i)", sqltext.Literal(masked)))[0]
			if got != want || strings.Contains(masked, "12345") {
				t.Errorf("%s: %s are %s, want %s", text, masked, got, want)
			}
		}
	}
}

func TestJSONPathsRefused(t *testing.T) {
	for source, want := range map[string]string{
		`json({ "$" = keep() })`:                           "name a place",
		`json({ "$." = keep() })`:                          "cannot be read",
		`json({ "$.." = keep() })`:                         "cannot be read",
		`json({ "$...a" = keep() })`:                       "cannot be read",
		`json({ "$.a[-1]" = keep() })`:                     "cannot be read",
		`json({ "$.a[99999999999]" = keep() })`:            "cannot be read",
		`json({ "$[\"\\u0000\"]" = keep() })`:              "cannot be read",
		`json({ "$.a b" = keep() })`:                       "cannot be read",
		`json({ "$.*" = keep(), "$.a.b" = keep() })`:       `"$.a.b" goes on below a place that "$.*" masks whole`,
		`json({ "$..a" = keep(), "$.x.a.b" = keep() })`:    `"$.x.a.b" goes on below a place that "$..a" masks whole`,
		`json({ "$.l[*]" = keep(), "$.l[0].b" = keep() })`: `"$.l[0].b" goes on below`,
		`json({ "$.a" = keep(), "$['a']" = keep() })`:      "the same place",
		`json({})`:              "must be an object",
		`json({ "$.a" = "x" })`: `"$.a" must be a mask`,
		`json({ "$..a" = keep() }, { otherwise = "drop" })`: "goes with otherwise = null_value()",
		`json({ "$.a" = keep() }, { otherwise = "keep" })`:  `or "drop"`,
		`json({ "$.a" = keep() }, { default = keep() })`:    "no option",
	} {
		if _, err := parse(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", source, err, want)
		}
	}
}

// TestJSONThatJSONBCannotHold: json keeps its text, whatever jsonb thinks of it; such a document must not stop a copy.
func TestJSONThatJSONBCannotHold(t *testing.T) {
	b := newBench(t, "")
	for in, want := range map[string]string{
		`{"a": "\u0000", "b": "secret"}`:         `null`,
		`{"a": "\ud83d", "b": "secret"}`:         `null`,
		`{"a": "\ude00 \ud83d", "b": "secret"}`:  `null`,
		`{"a": "3f9e12345-1e99999", "b": "x"}`:   `{"a": "3f9e12345-1e99999", "b": "M"}`,
		`[-12.5E+0100000]`:                       `null`,
		`{"b": 1e999999}`:                        `null`,
		`{"b": 1, "b": 2}`:                       `{"b": "M"}`,
		`{"a": "\ud83d\ude00", "b": "x"}`:        `{"a": "😀", "b": "M"}`,
		`{"a": "\\u0000", "b": "x"}`:             `null`,
		`{"a": "C:\\users", "b": "x", "c": 1e9}`: `{"a": "C:\\users", "b": "M", "c": 1000000000}`,
	} {
		table := b.table("json", sqltext.Literal(in))
		e, err := b.compile(`json({ "$.b" = fixed("M") })`, table)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.run(e, table, keyA)[0]; !sameJSON(got, want) {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// TestJSONAgainstAModel masks random documents along random paths and compares with what a few lines of Go make of
// them.
func TestJSONAgainstAModel(t *testing.T) {
	b := newBench(t, "")
	r := rand.New(rand.NewSource(7))
	tried := 0
	for range 60 {
		paths := map[string][]string{}
		for range 1 + r.Intn(4) {
			steps, text := randomPath(r)
			paths[text] = steps
		}
		var texts []string
		for text := range paths {
			texts = append(texts, strconv.Quote(text)+` = fixed("M")`)
		}
		slices.Sort(texts)
		for _, otherwise := range []string{``, `, { otherwise = fixed("R") }`, `, { otherwise = "drop" }`} {
			source := "json({ " + strings.Join(texts, ", ") + " }" + otherwise + ")"
			m, err := parse(source)
			if err != nil {
				continue
			}
			tried++
			var docs []any
			var values []string
			for range 15 {
				doc := randomDocument(r, 4)
				raw, err := json.Marshal(doc)
				if err != nil {
					t.Fatal(err)
				}
				docs, values = append(docs, doc), append(values, sqltext.Literal(string(raw)))
			}
			table := b.table("jsonb", values...)
			e, err := m.Compile(columnOf(t, b.conn, table))
			if err != nil {
				t.Fatal(err)
			}
			for i, got := range b.run(e, table, keyA) {
				want, ok := model(docs[i], nil, paths, otherwise)
				if !ok {
					want = nil
				}
				raw, _ := json.Marshal(want)
				if !sameJSON(got, string(raw)) {
					t.Fatalf("%s: %s became\n     %s\nwant %s\n%s", source, values[i], got, raw, e.SQL)
				}
			}
		}
	}
	if tried < 60 {
		t.Errorf("only %d masks could be tried", tried)
	}
}

var keysTried = []string{"a", "b", "email", "", "a.b", "*", "$", `q"'\`, "日本", "[0]"}

func randomDocument(r *rand.Rand, depth int) any {
	kind := r.Intn(8)
	if depth == 0 {
		kind = r.Intn(5)
	}
	switch kind {
	case 0:
		return nil
	case 1:
		return r.Intn(2) == 0
	case 2:
		return float64(r.Intn(1000)) / 4
	case 3:
		return `"}],{'\ ` + strconv.Itoa(r.Intn(10))
	case 4:
		return keysTried[r.Intn(len(keysTried))]
	case 5:
		list := make([]any, r.Intn(4))
		for i := range list {
			list[i] = randomDocument(r, depth-1)
		}
		return list
	}
	object := map[string]any{}
	for range r.Intn(5) {
		object[keysTried[r.Intn(len(keysTried))]] = randomDocument(r, depth-1)
	}
	return object
}

// randomPath returns a path as steps ("." and a key, "[" and a number, "*", "[*]", "..") and as text.
func randomPath(r *rand.Rand) (steps []string, text string) {
	text = "$"
	for range 1 + r.Intn(3) {
		if r.Intn(5) == 0 {
			steps, text = append(steps, ".."), text+".."
		}
		dot := "."
		if strings.HasSuffix(text, "..") {
			dot = ""
		}
		switch r.Intn(6) {
		case 0:
			steps, text = append(steps, "*"), text+dot+"*"
		case 1:
			steps, text = append(steps, "[*]"), text+"[*]"
		case 2:
			steps, text = append(steps, "[1"), text+"[1]"
		default:
			key := keysTried[r.Intn(len(keysTried))]
			steps, text = append(steps, "."+key), text+"["+strconv.Quote(key)+"]"
		}
	}
	return steps, text
}

func matches(steps []string, at []any) bool {
	if len(steps) == 0 {
		return len(at) == 0
	}
	if steps[0] == ".." {
		for i := range at {
			if matches(steps[1:], at[i:]) {
				return true
			}
		}
		return false
	}
	if len(at) == 0 {
		return false
	}
	fits := false
	switch step := at[0].(type) {
	case string:
		fits = steps[0] == "*" || steps[0] == "."+step
	case int:
		fits = steps[0] == "[*]" || steps[0] == fmt.Sprintf("[%d", step)
	}
	return fits && matches(steps[1:], at[1:])
}

func model(doc any, at []any, paths map[string][]string, otherwise string) (masked any, stays bool) {
	for _, steps := range paths {
		if matches(steps, at) {
			return "M", true
		}
	}
	drop := strings.Contains(otherwise, "drop")
	switch d := doc.(type) {
	case map[string]any:
		if drop && !leads(paths, at, "") {
			return nil, false
		}
		out := map[string]any{}
		for key, value := range d {
			if v, ok := model(value, append(slices.Clone(at), key), paths, otherwise); ok {
				out[key] = v
			}
		}
		return out, true
	case []any:
		if drop && !leads(paths, at, 0) {
			return nil, false
		}
		out := []any{}
		for i, value := range d {
			if v, ok := model(value, append(slices.Clone(at), i), paths, otherwise); ok {
				out = append(out, v)
			}
		}
		return out, true
	}
	switch {
	case drop:
		return nil, false
	case otherwise != "":
		return "R", true
	}
	return doc, true
}

// leads reports whether a path without .. goes on below a place, by a key or by a number.
func leads(paths map[string][]string, at []any, by any) bool {
	for _, steps := range paths {
		if len(steps) > len(at) && matches(steps[:len(at)], at) {
			_, key := by.(string)
			if step := steps[len(at)]; key == (step == "*" || step[0] == '.') {
				return true
			}
		}
	}
	return false
}
