package mask_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/spec/mask"
)

func TestReadExpression(t *testing.T) {
	for text, want := range map[string]mask.Expression{
		"email": {Reads: []string{"email"}, Column: "email"},
		"((people.email)::citext)::text": {
			Reads:  []string{"email"},
			Column: "email",
			Casts:  []string{"citext", "text"},
		},
		"md5(lower(email) || App.Salt(id))": {
			Reads:     []string{"email", "id"},
			Functions: []string{"app.salt", "lower", "md5"},
		},
		"'x' || 'y'":                              {Constant: true},
		"current_date":                            {},
		"case when staff then name else 'x' end":  {Reads: []string{"name", "staff"}},
		`coalesce("E Mail", '')`:                  {Reads: []string{"E Mail"}},
		"name COLLATE \"C\"":                      {Reads: []string{"name"}},
		"created_at > now() - interval '2 years'": {Reads: []string{"created_at"}, Functions: []string{"now"}},
	} {
		got, err := mask.ReadExpression(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
	for _, text := range []string{"email ||", "a, b", ""} {
		if _, err := mask.ReadExpression(text); err == nil {
			t.Errorf("%q was read as one expression", text)
		}
	}
}

func TestPartsAndArguments(t *testing.T) {
	m := mustParse(t, `when("is_staff", keep(), json({ "$.b" = partial(2, "*", 0), "$.a" = email({ length = 8 }) }))`)
	var names []string
	for p := range m.Parts() {
		names = append(names, p.Name)
	}
	if d := cmp.Diff([]string{"when", "keep", "json", "email", "partial"}, names); d != "" {
		t.Error(d)
	}
	got := mustParse(t, `fixed("x", { keep_null = true })`).Arguments()
	if d := cmp.Diff([]any{"x", map[string]any{"keep_null": true}}, got); d != "" {
		t.Error(d)
	}
	got = mustParse(t, `one_of([1, 2.5])`).Arguments()
	if d := cmp.Diff([]any{[]any{1.0, 2.5}}, got); d != "" {
		t.Error(d)
	}
}
