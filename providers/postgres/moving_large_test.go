package postgres_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/bench/large"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// TestALargePlanIsLinear: twice the tables and foreign keys make twice the plan. Its steps name a few others each, and
// its file has each list of words once.
func TestALargePlanIsLinear(t *testing.T) {
	size := func(tables int) (needs, bytesOf int) {
		m := newMoved(t, swapMode)
		d := large.Database{Tables: tables, ForeignKeys: tables * 12 / 10, Rows: 3}
		pgtest.Exec(t, m.source, d.Create())
		m.blocks = d.Spec()
		plan := m.refresh()
		m.want("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated", pgtest.Rows(t, m.source,
			"SELECT count(*) FROM pg_constraint WHERE contype = 'f'")...)
		for _, s := range plan.Steps {
			needs += len(s.Needs)
		}
		if each := float64(needs) / float64(len(plan.Steps)); each > 3.5 {
			t.Errorf("each of %d steps waits for %.1f others", len(plan.Steps), each)
		}
		raw, err := engine.EncodePlan(plan)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"Christopher", "Albuquerque", "Brightwater"} { // of names, cities, companies
			whole := 0
			for _, s := range plan.Steps {
				whole += strings.Count(string(s.Params), word)
			}
			if n := bytes.Count(raw, []byte(word)); n != 1 || whole < tables/20 {
				t.Errorf("%s stands %d times in the file, %d times in parameters of steps", word, n, whole)
			}
		}
		if each := len(raw) / d.Columns(); each > 4000 {
			t.Errorf("the file has %d bytes a column", each)
		}
		t.Logf("%d tables, %d steps, %d needs, %d bytes", tables, len(plan.Steps), needs, len(raw))
		return needs, len(raw)
	}
	needs, file := size(100)
	twice, doubled := size(200)
	if twice > needs*21/10 || doubled > file*21/10 {
		t.Errorf("of twice the tables: %d needs after %d, %d bytes after %d", twice, needs, doubled, file)
	}
}
