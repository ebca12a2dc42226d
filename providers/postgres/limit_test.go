package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// TestAPlanIsLimited: constants of a mask are computed while the source plans its SELECT. A plan must not keep
// production busy for as long as they like, and the user's own limit is not switched off for it; a run has all the time
// that it needs.
func TestAPlanIsLimited(t *testing.T) {
	m := newMoved(t, swapMode)
	pgtest.Exec(t, m.source, `CREATE TABLE people (id int PRIMARY KEY, name text)`)
	pgtest.Exec(t, m.source, `INSERT INTO people VALUES (1, 'Ada')`)
	pgtest.Exec(t, m.source,
		"ALTER DATABASE "+sqltext.Ident(databaseOf(t, m.source))+" SET statement_timeout = '300ms'")
	slow := "(factorial(32000) % 7)" + strings.Repeat(" + (factorial(32001) % 7)", 20)
	m.blocks = `
table "public" "people" {
  keep = ["id"]
  column "name" {
    mask = sql("(` + slow + `)::text")
  }
}
`
	begun := time.Now()
	_, ds := open(t, m.spec()).build()
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("the plan took %s", took)
	}
	said := text(ds)
	if !strings.Contains(said, "Planning the SELECT takes too long: public.people") ||
		!strings.Contains(said, "plan_timeout") {
		t.Errorf("the limit is not named: %s", said)
	}

	pgtest.Exec(t, m.source, `INSERT INTO people SELECT i, 'Ada' FROM generate_series(2, 3) i`)
	m.blocks = `
table "public" "people" {
  keep = ["id"]
  column "name" {
    mask = sql("(factorial(12000 + id) % 7)::text")
  }
}
`
	m.refresh()
}
