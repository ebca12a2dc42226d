package postgres_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

const moods = `CREATE TYPE mood AS ENUM ('sad', 'glad');`

// everybody is a table with values of many kinds to mask, filled where it is the source's.
func everybody(name string, filled bool) string {
	sql := fmt.Sprintf(
		`CREATE TABLE %s (id int PRIMARY KEY, email text, note varchar(200), code char(12), amount numeric,
		born date, mood mood, doc jsonb, raw json, tags text[], staff boolean, scan bytea);`, name)
	if filled {
		sql += fmt.Sprintf(
			`INSERT INTO %s SELECT i, 'Person' || i || '@Secret.Example', 'note number ' || i, 'AB' || i, i * 1.10,
			date '1970-01-01' + i, 'glad', jsonb_build_object('email', 'p' || i), json_build_object('b', i, 'a', 'x'),
			ARRAY['tag' || i], true, convert_to('scan ' || i, 'UTF8') FROM generate_series(1, 60) i;`, name)
	}
	return sql
}

// masksOnly masks one column of such a table and keeps the rest.
func masksOnly(table, column, mask, arguments string) string {
	var kept []string
	for _, name := range []string{
		"id", "email", "note", "code", "amount", "born", "mood", "doc", "raw", "tags", "staff",
		"scan",
	} {
		if name != column {
			kept = append(kept, fmt.Sprintf("%q", name))
		}
	}
	return fmt.Sprintf("table \"public\" %q {\n  keep = [%s]\n  column %q {\n    mask = %s\n    %s\n  }\n}\n", table,
		strings.Join(kept, ", "), column, mask, arguments)
}

// TestAMaskThatChangesNothing: what a mask leaves alone crosses raw, however masked it looks in the spec. The run fails
// before anybody sees the copy, and points at the mask.
func TestAMaskThatChangesNothing(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ column, mask, arguments string }{
		"an empty text added":          {"email", `sql("email || ''")`, ""},
		"reversed twice":               {"email", `sql("reverse(reverse(email))")`, ""},
		"a pattern that never fits":    {"email", `regex("zzz", "y", { unmatched = "keep" })`, ""},
		"a condition that is true":     {"email", `when("true", keep(), token())`, ""},
		"a condition true of all":      {"email", `when("staff", keep(), token())`, ""},
		"another case":                 {"email", `sql("upper(email)")`, ""},
		"blanks":                       {"note", `sql("note || '  '")`, ""},
		"blanks of a char":             {"code", `sql("rtrim(code)::char(12)")`, ""},
		"something before it":          {"email", `sql("'masked: ' || email")`, ""},
		"a number of another form":     {"amount", `sql("amount * 1.000")`, ""},
		"a day cut to the day":         {"born", `sql("date_trunc('day', born)::date")`, ""},
		"no path of the document":      {"doc", `json({ "$.ssn" = null_value() })`, ""},
		"no path of a json document":   {"raw", `json({ "$.ssn" = null_value() })`, ""},
		"every element kept":           {"tags", `array(regex("zzz", "y", { unmatched = "keep" }))`, ""},
		"something beside a document":  {"doc", `sql("doc || '{\"masked\": true}'::jsonb")`, ""},
		"something around a document":  {"raw", `sql("json_build_array(raw)")`, ""},
		"an element beside the others": {"tags", `sql("'x'::text || tags")`, ""},
		"a number of less precision":   {"amount", `sql("amount::double precision::numeric + 0.0000001")`, ""},
		"bytes behind the others":      {"scan", `sql("scan || 'x'::bytea")`, ""},
		"less than the share that is":  {"email", `when("id > 6", keep(), token())`, "min_changed = 0.2"},
	}
	m := newMoved(t, swapMode)
	m.blocks = ""
	pgtest.Exec(t, m.source, moods)
	for i, name := range slices.Sorted(maps.Keys(cases)) {
		c, table := cases[name], fmt.Sprintf("people%d", i)
		pgtest.Exec(t, m.source, everybody(table, true))
		m.blocks += masksOnly(table, c.column, c.mask, c.arguments)
	}
	r, plan := m.plan()
	ds := m.fails(r, plan)
	for i, name := range slices.Sorted(maps.Keys(cases)) {
		t.Run(name, func(t *testing.T) {
			d := mentions(t, ds, "mask_without_effect", fmt.Sprintf("public.people%d.%s", i, cases[name].column))
			if line(d) != "mask = "+cases[name].mask {
				t.Errorf("it points at %q", line(d))
			}
		})
	}
	noValues(t, text(ds))
	if strings.Contains(text(ds), "Person") {
		t.Errorf("a value is told: %s", text(ds))
	}
}

// TestAMaskThatChangesNothingInPlace is the same where the rows are live as soon as they are committed.
func TestAMaskThatChangesNothingInPlace(t *testing.T) {
	t.Parallel()
	m := newMoved(t, replaceMode)
	m.both(moods)
	pgtest.Exec(t, m.source, everybody("people", true))
	pgtest.Exec(t, m.target, everybody("people", false))
	m.blocks = masksOnly("people", "email", `sql("email || ''")`, "")
	r, plan := m.plan()
	mentions(t, m.fails(r, plan), "mask_without_effect", "public.people.email")
}

// TestMasksThatMayMeetTheirValues: no false alarm where a mask and a value agree by chance, by coarseness, or because
// somebody said so.
func TestMasksThatMayMeetTheirValues(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		column, mask, arguments, change string
	}{
		"a pick of two labels, one row": {"mood", `one_of()`, "", `DELETE FROM people WHERE id > 1`},
		"a pick of two labels":          {"mood", `one_of()`, "", ""},
		"a constant that is there":      {"note", `fixed("note")`, "", `UPDATE people SET note = 'note'`},
		"NULL alone":                    {"note", `sql("note || ''")`, "", `UPDATE people SET note = NULL`},
		"empty texts alone":             {"note", `sql("note || ''")`, "", `UPDATE people SET note = ''`},
		"empty documents": {
			"doc", `json({ "$.ssn" = null_value() })`, "", `UPDATE people SET doc = '{}'`,
		},
		"no rows":                       {"email", `sql("email || ''")`, "", `DELETE FROM people`},
		"a date that is coarse already": {"born", `truncate("year")`, "", `UPDATE people SET born = '1970-01-01'`},
		"half of the values":            {"email", `when("id > 30", keep(), token())`, "min_changed = 0.5", ""},
		"what somebody said":            {"email", `sql("email || ''")`, "min_changed = 0", ""},
		"short values within results":   {"note", `sql("note || 'x'")`, "", `UPDATE people SET note = 'abc'`},
		"a document without the path": {
			"doc", `json({ "$.ssn" = null_value() })`, "", `DELETE FROM people WHERE id > 2`,
		},
		"rows that a condition keeps": {
			"email", `when("staff", keep(), token())`, "", `DELETE FROM people WHERE id > 2`,
		},
		"digits in a text without any": {"note", `digits()`, "", `UPDATE people SET note = NULL WHERE id > 5`},
	}
	m := newMoved(t, swapMode)
	m.blocks = ""
	pgtest.Exec(t, m.source, moods)
	for i, name := range slices.Sorted(maps.Keys(cases)) {
		c, table := cases[name], fmt.Sprintf("people%d", i)
		pgtest.Exec(t, m.source, everybody(table, true))
		if c.change != "" {
			pgtest.Exec(t, m.source, strings.Replace(c.change, "people", table, 1))
		}
		m.blocks += masksOnly(table, c.column, c.mask, c.arguments)
	}
	m.refresh()
}

// TestAMaskOfPartitions: what a mask does is judged over all partitions of a table, since one can hold nothing to mask.
func TestAMaskOfPartitions(t *testing.T) {
	t.Parallel()
	m := newMoved(t, swapMode)
	for _, name := range []string{"good", "bad"} {
		pgtest.Exec(t, m.source,
			strings.ReplaceAll(`CREATE TABLE parts_x (id int PRIMARY KEY, doc jsonb) PARTITION BY RANGE (id);
			CREATE TABLE parts_x_1 PARTITION OF parts_x FOR VALUES FROM (1) TO (11);
			CREATE TABLE parts_x_2 PARTITION OF parts_x FOR VALUES FROM (11) TO (21);
			INSERT INTO parts_x SELECT i, jsonb_build_object(CASE WHEN i > 10 THEN 'ssn' ELSE 'n' END, i)
				FROM generate_series(1, 20) i`,
				"x", name))
	}
	const block = `table "public" "parts_%s" {
  keep = ["id"]
  column "doc" { mask = json({ "$.%s" = null_value() }) }
}
`
	m.blocks = fmt.Sprintf(block, "good", "ssn") + fmt.Sprintf(block, "bad", "nothing")
	r, plan := m.plan()
	ds := m.fails(r, plan)
	mentions(t, ds, "mask_without_effect", "The mask of public.parts_bad.doc changes too little")
	if len(ds) != 1 {
		t.Errorf("%d errors: %s", len(ds), text(ds))
	}
}

// TestWhatMasksDidIsSaid: the step that verifies says of each masked column how many values changed, were NULL, and
// were the constant already.
func TestWhatMasksDidIsSaid(t *testing.T) {
	t.Parallel()
	m := newMoved(t, swapMode)
	pgtest.Exec(t, m.source, moods, everybody("people", true),
		`UPDATE people SET email = NULL WHERE id <= 10; UPDATE people SET note = '****' WHERE id <= 20`)
	m.blocks = masksOnly("people", "email", "email()", "") + `
rule "notes" {
  match {
    column = "note"
  }
  mask = fixed("****")
}
`
	m.blocks = strings.Replace(m.blocks, `"note", `, "", 1)
	var got []engine.ColumnEffect
	m.event = func(e engine.Event) {
		if e.Type == engine.StepEffects {
			got = e.Effects
		}
	}
	m.refresh()
	want := []engine.ColumnEffect{
		{Schema: "public", Table: "people", Column: "email", Mask: "email()", Sampled: 60, Null: 10, Changed: 50},
		{
			Schema:    "public",
			Table:     "people",
			Column:    "note",
			Mask:      `fixed("****")`,
			Sampled:   60,
			Changed:   40,
			Unchanged: 20,
			Constant:  20,
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
