package postgres_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// warned are the warnings of a plan about columns that look personal.
func warned(plan *engine.Plan) []string {
	var out []string
	for _, d := range plan.Diagnostics {
		if d.Severity == diag.Warning && strings.HasSuffix(d.Code, "_kept") {
			out = append(out, d.Summary+". "+d.Detail)
		}
	}
	return out
}

// TestPlanShowsWhatStays: each kept column that looks personal is marked, and is a warning, a line for each table; a
// comment with a reason acknowledges it, as in lint.
func TestPlanShowsWhatStays(t *testing.T) {
	for _, mode := range []string{swapMode, replaceMode} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			m := newMoved(t, mode)
			m.both("CREATE TABLE people (id int PRIMARY KEY, email text, password_hash text, phone text, city_id int)")
			m.blocks = `
table "public" "people" {
  keep = ["id", "city_id", "email", "password_hash"]
  # shoji:ignore personal_kept all numbers are those of the office
  column "phone" { mask = keep() }
}
`
			_, plan := m.plan()
			got := warned(plan)
			if len(got) != 1 ||
				!strings.HasPrefix(got[0],
					"Columns of public.people that look personal are kept. They cross "+
						"raw: password_hash (a password") ||
				!strings.Contains(got[0], "email (an e-mail address)") ||
				!strings.Contains(got[0], "credential_kept or personal_kept") || strings.Contains(got[0], "phone") {
				t.Errorf("the warnings are %q", got)
			}
			looks := map[string]string{}
			for _, c := range plan.Refreshes[0].Tables[0].Columns {
				looks[c.Name] = c.LooksLike + "|" + c.Acknowledged
			}
			if looks["email"] != "an e-mail address|" ||
				looks["phone"] != "a phone number|all numbers are those of the office" || looks["id"] != "|" {
				t.Errorf("the columns look like %q", looks)
			}
			if raw, all := plan.Refreshes[0].Raw(); raw != 5 || all != 5 {
				t.Errorf("%d of %d columns are raw", raw, all)
			}
			m.blocks = strings.Replace(m.blocks, `"email", "password_hash"]`, `]
  column "email" { mask = email() }
  column "password_hash" { mask = null_value() }`, 1)
			if _, plan = m.plan(); warned(plan) != nil || exposed(plan) != nil {
				t.Errorf("masked, the warnings are %q, the hazards %q", warned(plan), exposed(plan))
			}
		})
	}
}

// TestWarningsOfManyTablesAreFew: two hundred tables do not flood the plan, and none is left unsaid.
func TestWarningsOfManyTablesAreFew(t *testing.T) {
	t.Parallel()
	m := newMoved(t, replaceMode)
	var sql, blocks strings.Builder
	for i := range 200 {
		fmt.Fprintf(&sql, "CREATE TABLE t%03d (email text);\n", i)
		fmt.Fprintf(&blocks, "table \"public\" \"t%03d\" {\n  keep = [\"email\"]\n}\n", i)
	}
	m.both(sql.String())
	m.blocks = blocks.String()
	_, plan := m.plan()
	if got := warned(plan); len(got) != 11 ||
		!strings.Contains(strings.Join(got, "\n"), "190 columns of 190 more tables that look personal are kept") {
		t.Errorf("%d warnings: %q", len(got), got)
	}
}

// TestRuleThatKeepsEverythingIsAHazard: nobody sees what stays where a pattern keeps it. Types that hold no text,
// names, and a reason in a comment are another thing.
func TestRuleThatKeepsEverythingIsAHazard(t *testing.T) {
	t.Parallel()
	m := newMoved(t, replaceMode)
	m.both("CREATE TABLE people (id int PRIMARY KEY, email text, city text, born date); CREATE TABLE items (id int " +
		"PRIMARY KEY, label text)")
	pgtest.Exec(t, m.source, "INSERT INTO items VALUES (1, 'x')")
	for name, c := range map[string]struct{ blocks, want string }{
		"everything": {
			"rule \"all\" {\n  match {}\n  mask = keep()\n}\n",
			"rule.all keeps 6 of 6 columns of 2 tables by a pattern",
		},
		"every name": {
			"rule \"all\" {\n  match {\n    column = \"*\"\n  }\n  mask = keep()\n}\n",
			"rule.all keeps 6 of 6 columns of 2 tables by a pattern",
		},
		"most": {
			"table \"public\" \"people\" {\n  column \"email\" { mask = email() }\n}\nrule \"rest\" {\n  match {}\n" +
				"  mask = keep()\n}\n", "rule.rest keeps 5 of 6 columns of 2 tables by a pattern",
		},
		"with a reason": {
			"# shoji:ignore broad_keep this database holds made-up rows only\nrule \"all\" {\n  match {}\n" +
				"  mask = keep()\n}\n", "",
		},
		"without a reason": {
			"# shoji:ignore broad_keep\nrule \"all\" {\n  match {}\n  mask = keep()\n}\n",
			"rule.all keeps 6 of 6 columns",
		},
		"switched off": {
			"lint {\n  disable = [\"broad_keep\"]\n}\nrule \"all\" {\n  match {}\n  mask = keep()\n}\n",
			"rule.all keeps 6 of 6 columns",
		},
		"types without text": {
			"rule \"numbers\" {\n  match {\n    type = [\"integer\", \"date\"]\n  }\n  mask = keep()\n}\n" +
				"rule \"text\" {\n  match {\n    type = \"text\"\n  }\n  mask = token()\n}\n", "",
		},
		"tables by name": {
			"rule \"all\" {\n  match {\n    table = \"public.{people,items}\"\n  }\n  mask = keep()\n}\n", "",
		},
		"by name": {
			"rule \"all\" {\n  match {\n    column = [\"id\", \"email\", \"city\", \"born\", \"label\"]\n  }\n" +
				"  mask = keep()\n}\n", "",
		},
	} {
		m.blocks = c.blocks
		_, plan := m.plan()
		got := strings.Join(exposed(plan), "\n")
		if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: the hazards are %q", name, got)
		}
	}
}
