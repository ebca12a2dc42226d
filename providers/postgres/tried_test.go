package postgres_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// TestTriedMasks: what a constraint would refuse at the end of a run is an error of the plan, found by a user with
// nothing but SELECT, who has one connection; what masked rows satisfy is a note and no warning.
func TestTriedMasks(t *testing.T) {
	for _, mode := range []string{swapMode, replaceMode} {
		t.Run(mode, func(t *testing.T) {
			m := newMoved(t, mode)
			m.both(`CREATE TABLE people (id int PRIMARY KEY, code text CONSTRAINT short CHECK (octet_length(code) < 12),
				mail text UNIQUE)`)
			pgtest.Exec(t, m.source, `INSERT INTO people SELECT n, 'secret' || n, n || '@x.example' FROM
				generate_series(1, 200) n`)
			m.blocks = "table \"public\" \"people\" {\n  keep = [\"id\"]\n  column \"mail\" {\n    mask = email()\n" +
				"  }\n" +
				"  column \"code\" {\n    mask = sql(\"code || 'more'\")\n  }\n}\n"
			_, _, ds := m.tryPlan()
			d := mentions(t, ds, "short of public.people", "octet_length", "Of 200 rows", "on code")
			if d.Code != "check_fails" || d.Range == nil || d.Snippet == nil {
				t.Errorf("the error has no code or place: %+v", d)
			}
			if strings.Contains(text(ds), "secret") {
				t.Errorf("a value is in %s", text(ds))
			}
			m.blocks = strings.Replace(m.blocks, "code || 'more'", "left(code, 7) || 'more'", 1)
			_, plan, ds := m.tryPlan()
			if len(ds) > 0 || !m.noted(plan, "2 constraints that masks might violate were tried") {
				t.Errorf("what holds for all rows: %s", text(ds))
			}
		})
	}
}

// TestTriedByFewRights: a plan tries masks with one connection of a user who may read and nothing else.
func TestTriedByFewRights(t *testing.T) {
	prod, staging := pgtest.Pair(t)
	m := newMovedOn(t, replaceMode, prod, staging)
	m.both("CREATE TABLE t (n text CHECK (md5(n) <> md5('a')))")
	pgtest.Exec(t, m.source, "INSERT INTO t VALUES ('b')")
	role := pgtest.Role(t, prod, "CONNECTION LIMIT 1")
	pgtest.Exec(t, m.source, "GRANT SELECT ON t TO "+role)
	m.from = pgtest.As(t, m.source, role)
	m.blocks = "table \"public\" \"t\" {\n  column \"n\" {\n    mask = sql(\"left(n || 'a', 1)\")\n  }\n}\n"
	// That a run takes more connections is all there is to say.
	if _, _, ds := m.tryPlan(); len(ds) != 1 || ds[0].Summary != "Too few connections" {
		t.Errorf("what holds: %s", text(ds))
	}
	pgtest.Exec(t, m.source, "INSERT INTO t VALUES ('')")
	if _, _, ds := m.tryPlan(); len(ds) != 2 {
		t.Errorf("what does not: %s", text(ds))
	}
}
