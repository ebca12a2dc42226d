package postgres_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/secret"
)

// TestTargetLogHoldsNoRawValue: a source that fails in the middle says why, with a value of a row, and COPY would hand
// that text to the target, which logs it.
func TestTargetLogHoldsNoRawValue(t *testing.T) {
	prod, staging := pgtest.Own(t, nil), pgtest.Own(t, nil)
	for _, mask := range []string{
		`sql("s::int::text")`, `sql("to_tsquery(s)::text")`, `sql("public.deny(s)", { calls = ["public.deny"] })`,
	} {
		for _, mode := range []string{swapMode, replaceMode} {
			m := newMovedOn(t, mode, prod, staging)
			m.both(`CREATE TABLE t (id int PRIMARY KEY, s text);
				CREATE FUNCTION deny(s text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
					BEGIN RAISE EXCEPTION 'no right to see %', s USING ERRCODE = 'insufficient_privilege'; END $$`)
			m.blocks = "table \"public\" \"t\" {\n  keep = [\"id\"]\n  column \"s\" {\n    mask = " + mask +
				"\n  }\n}\n"
			r, plan := m.plan()
			pgtest.Exec(t, m.source, "INSERT INTO t VALUES (1, 'PLANTED one')") // a plan would have tried it
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

// TestNoLogHoldsAKey: a run on servers that log every statement with its parameters leaves neither the subkey nor the
// key of verification there.
func TestNoLogHoldsAKey(t *testing.T) {
	everything := map[string]string{
		"log_statement":              "all",
		"log_duration":               "on",
		"log_min_duration_statement": "0",
		"log_parameter_max_length":   "-1",
		"debug_print_parse":          "on",
		"log_min_messages":           "debug2",
	}
	prod, staging := pgtest.Own(t, everything), pgtest.Own(t, everything)
	for _, mode := range []string{swapMode, replaceMode} {
		m := newMovedOn(t, mode, prod, staging)
		m.both("CREATE TABLE t (id int PRIMARY KEY, s text)")
		pgtest.Exec(t, m.source, "INSERT INTO t SELECT n, 'value ' || n FROM generate_series(1, 50) n")
		m.blocks = "table \"public\" \"t\" {\n  keep = [\"id\"]\n  column \"s\" {\n    mask = token()\n  }\n}\n"
		m.refresh()
	}
	key := secret.New(testKey)
	for name, log := range map[string]string{"source": prod.Log(), "target": staging.Log()} {
		for _, s := range []string{testKey, key.Derive("shoji mask key v1 moving").Reveal()} {
			if strings.Contains(log, s) {
				t.Errorf("the log of the %s holds %s", name, s)
			}
		}
		// That of verification is 64 digits that nobody knows afterwards: no text of that length is set by a statement.
		if m := regexp.MustCompile(`shoji\.(verify|key)[^\n]{0,40}[0-9a-f]{64}`).FindString(log); m != "" {
			t.Errorf("the log of the %s holds a key: %s", name, m)
		}
		if !strings.Contains(log, `fastpath function call: "set_config"`) {
			t.Errorf("the %s was told nothing, or its log is none", name)
		}
	}
}
