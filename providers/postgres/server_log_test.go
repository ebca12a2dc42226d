package postgres_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// TestTargetLogHoldsNoRawValue: a source that fails in the middle says why, with a value of a row, and COPY would hand that text to the
// target, which logs it.
func TestTargetLogHoldsNoRawValue(t *testing.T) {
	prod, staging := pgtest.Own(t, nil), pgtest.Own(t, nil)
	for _, mask := range []string{`sql("s::int::text")`, `sql("to_tsquery(s)::text")`, `sql("public.deny(s)", { calls = ["public.deny"] })`} {
		for _, mode := range []string{swapMode, replaceMode} {
			m := newMovedOn(t, mode, prod, staging)
			m.both(`CREATE TABLE t (id int PRIMARY KEY, s text);
				CREATE FUNCTION deny(s text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'no right to see %', s USING ERRCODE = 'insufficient_privilege'; END $$`)
			pgtest.Exec(t, m.source, "INSERT INTO t VALUES (1, 'PLANTED one')")
			m.blocks = "table \"public\" \"t\" {\n  keep = [\"id\"]\n  column \"s\" {\n    mask = " + mask + "\n  }\n}\n"
			r, plan := m.plan()
			ds := m.fails(r, plan)
			if said := text(ds); strings.Contains(said, "PLANTED") || strings.Contains(said, "plant") {
				t.Errorf("%s in mode %s says %s", mask, mode, said)
			}
		}
	}
	if log := staging.Log(); strings.Contains(log, "PLANTED") || !strings.Contains(log, "COPY") {
		t.Errorf("the target's log holds a raw value:\n%s", log)
	}
}
