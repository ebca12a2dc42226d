package engine_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
)

// words is a mask's list of words, with what JSON escapes; mask is an expression that holds it.
var (
	words = strings.Repeat("O'Neill \"Jr\" \\ <é> \n\x01 Müller ", 10)
	masks = "(CASE WHEN name IS NOT NULL THEN substr('" + words + "', 1, 10) END)::text"
)

// sharing is a plan with n steps whose statements and parameters have a mask in common.
func sharing(n int) *engine.Plan {
	p := plan()
	p.Texts = []string{"short", words, masks}
	p.Refreshes = []engine.Refresh{{
		Address: "refresh.a",
		Tables:  []engine.RefreshTable{{Schema: "public", Name: "t", SQL: "SELECT " + masks + " FROM t"}},
	}}
	for i := range n {
		s := step(fmt.Sprintf("copy[%d]", i))
		sql := fmt.Sprintf("SELECT %s, %s, \"t%d\" FROM t", masks, words, i)
		s.Params = engine.EncodeParams(map[string]string{"sql": sql, "mask": masks, "words": words})
		s.Statements = []engine.Statement{{On: "database.prod", Text: sql}, {On: "database.prod", Text: words + masks}}
		p.Steps = append(p.Steps, s)
	}
	return p
}

func encoded(t *testing.T, p *engine.Plan) []byte {
	t.Helper()
	raw, err := engine.EncodePlan(p)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestAPlanFileStoresATextOnce: however many steps and tables share a text, the file has it once, and what is read is
// the plan that was written.
func TestAPlanFileStoresATextOnce(t *testing.T) {
	p := sharing(20)
	raw := encoded(t, p)
	if !json.Valid(raw) {
		t.Errorf("not JSON: %s", raw)
	}
	for _, once := range []string{"Müller", "CASE WHEN name"} {
		want := bytes.Count(encoded(t, &engine.Plan{Project: once}), []byte(once)) // 1, as JSON spells it
		if once == "Müller" {
			want *= 10
		}
		if n := bytes.Count(raw, []byte(once)); n != want {
			t.Errorf("%q stands %d times in\n%s", once, n, raw)
		}
	}
	got, err := engine.DecodePlan(raw, "p.plan")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p.Steps, got.Steps); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(p.Refreshes, got.Refreshes); d != "" {
		t.Error(d)
	}
	if again := encoded(t, got); !bytes.Equal(raw, again) {
		t.Errorf("writing it again gives other bytes:\n%s\n%s", raw, again)
	}
	one, two := len(encoded(t, sharing(1))), len(encoded(t, sharing(2)))
	if two-one > 700 {
		t.Errorf("a further step takes %d bytes", two-one)
	}
}

// TestEditedTextsAreRefused: a file whose texts are cut, joined or named otherwise is not read, although its checksum
// is made again.
func TestEditedTextsAreRefused(t *testing.T) {
	raw := string(encoded(t, sharing(2)))
	keys := regexp.MustCompile(`(?m)^"([0-9a-f]{16})":`).FindAllStringSubmatch(raw, -1)
	if len(keys) != 2 {
		t.Fatalf("the texts are %v in\n%s", keys, raw)
	}
	first, second := keys[0][1], keys[1][1]
	for name, edit := range map[string]func(string) string{
		"another name": func(s string) string { return strings.ReplaceAll(s, first, "0123456789abcdef") },
		"a missing text": func(s string) string {
			return strings.Replace(s, `"`+first+`"`, `"0123456789abcdef"`, 1)
		},
		"exchanged": func(s string) string {
			s = strings.ReplaceAll(s, first, "-")
			return strings.ReplaceAll(strings.ReplaceAll(s, second, first), "-", second)
		},
		"a text that holds itself": func(s string) string {
			return strings.Replace(s, `"`+first+`":`, `"`+first+`":{"$text":["","`+first+`",""]},"x":`, 1)
		},
		"texts that hold each other": func(s string) string {
			return strings.Replace(s, `"texts":{`, fmt.Sprintf(
				`"texts":{"%s":{"$text":["","%s",""]},"%s":{"$text":["","%s",""]},"x":"","y":{}},"t":{`,
				first, second, second, first), 1)
		},
		"a list of none": func(s string) string {
			return strings.Replace(s, `{"$text":["SELECT "`, `{"$text":[],"x":["SELECT "`, 1)
		},
		"an even list":   func(s string) string { return strings.Replace(s, `{"$text":[`, `{"$text":["",`, 1) },
		"no list":        func(s string) string { return strings.Replace(s, `{"$text":[`, `{"$text":{"a":[`, 1) },
		"written whole":  func(s string) string { return strings.Replace(s, `"on":"database.prod"`, `"on":"x"`, 1) },
		"more behind it": func(s string) string { return s + " " },
		"other spacing":  func(s string) string { return strings.Replace(s, `,"`, `, "`, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			edited := edit(raw)
			if edited == raw {
				t.Fatal("nothing was edited")
			}
			if at := strings.LastIndex(edited, ",\n\"checksum\""); at > 0 {
				rest := edited[at:]
				edited = edited[:at] + rest[:len(",\n\"checksum\":\"")] +
					fmt.Sprintf("%x", sha256.Sum256([]byte(edited[:at]))) + rest[len(",\n\"checksum\":\"")+64:]
			}
			if edited == raw {
				t.Fatal("nothing is left of the edit")
			}
			p, err := engine.DecodePlan([]byte(edited), "p.plan")
			// Whoever has the key could make another plan; here it is only refused what no plan is written as.
			if name == "written whole" {
				if err != nil || p.Steps[0].Statements[0].On != "x" {
					t.Errorf("a plan with another checksum: %v", err)
				}
				return
			}
			if err == nil {
				t.Errorf("it was read:\n%s", edited)
			}
		})
	}
}

// TestTextsThatGrow: texts that hold others many times are not expanded without end.
func TestTextsThatGrow(t *testing.T) {
	var texts []string
	for i := range 12 {
		parts := make([]string, 0, 2001)
		for range 1000 {
			parts = append(parts, `""`, fmt.Sprintf(`"%d"`, i+1))
		}
		texts = append(texts, fmt.Sprintf(`"%d":{"$text":[%s]}`, i, strings.Join(append(parts, `""`), ",")))
	}
	raw := fmt.Sprintf(`{"format_version":%q,"texts":{%s,"12":"xxxxxxxxxx"}}`, engine.FormatVersion,
		strings.Join(texts, ","))
	if _, err := engine.DecodePlan([]byte(raw), "p.plan"); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("got %v", err)
	}
}

// TestALargePlanIsPacked: one of more than four megabytes is written with gzip, and read as others are.
func TestALargePlanIsPacked(t *testing.T) {
	p := sharing(1)
	for i := range 50_000 {
		p.Steps = append(p.Steps, step(fmt.Sprintf("a step with a name of some length, number %d", i)))
	}
	file := filepath.Join(t.TempDir(), "p.plan")
	if err := engine.WritePlan(file, p); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil || !bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) || len(raw) > 1<<20 {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	got, err := engine.ReadPlan(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(p.Steps, got.Steps); d != "" {
		t.Error(d)
	}
	for _, damaged := range [][]byte{raw[:len(raw)/2], append(bytes.Clone(raw), 'x'), raw[:5]} {
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := engine.ReadPlan(file); err == nil {
			t.Error("a damaged file was read")
		}
	}
}
