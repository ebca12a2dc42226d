package postgres_test

import (
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// rules decide the tables of recordedSource; what a test changes is replaced in it.
const rules = `
table "public" "people" {
  rows = "id < 100"
  keep = ["id"]
  column "email" {
    mask = email()
  }
  column "profile" {
    mask = json({ "$.name" = full_name() }, { otherwise = null_value() })
  }
}
table "public" "sessions" {
  data = false
}
`

const recordedSource = `CREATE TABLE people (id int PRIMARY KEY, email text, profile jsonb);
	CREATE TABLE sessions (id int PRIMARY KEY, token text);`

// recorded is a refresh that was done once.
func recorded(t *testing.T, mode string) *moved {
	t.Helper()
	m := newMoved(t, mode)
	m.both(recordedSource)
	pgtest.Exec(t,
		m.source, `INSERT INTO people VALUES (1, 'ann@raw.example', '{"name": "Ann", "ssn": "1"}'),
			(200, 'bob@raw.example', '{}');
		INSERT INTO sessions VALUES (1, 'secret')`)
	m.blocks = rules
	m.refresh()
	m.elsewhere()
	return m
}

// elsewhere goes on in another directory, with a journal that knows nothing: another machine.
func (m *moved) elsewhere() {
	m.t.Helper()
	m.journal, m.dir = m.t.TempDir(), m.t.TempDir()
}

// exposed are the reasons of the hazard EXPOSES_DATA.
func exposed(plan *engine.Plan) []string {
	var out []string
	for _, h := range plan.Hazards() {
		if h.Name == engine.ExposesData {
			out = append(out, h.Reason)
		}
	}
	return out
}

// TestWhatCrossesNowAndDidNotIsAHazard: each way in which more can cross, seen by a machine that never saw the refresh
// before.
func TestWhatCrossesNowAndDidNotIsAHazard(t *testing.T) {
	for _, mode := range []string{swapMode, replaceMode} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			m := recorded(t, mode)
			m.both("ALTER TABLE people ADD city text; CREATE TABLE added (id int PRIMARY KEY)")
			same := strings.Replace(rules, "keep = [\"id\"]",
				"keep = [\"id\"]\n  column \"city\" {\n    mask = null_value()\n  }", 1) +
				"table \"public\" \"added\" {\n  data = false\n}\n"
			for name, c := range map[string]struct{ old, new, want string }{
				"nothing":    {"", "", ""},
				"stronger":   {"email()", "null_value()", ""},
				"fewer rows": {`"id < 100"`, `"id < 100 AND email IS NOT NULL"`, ""},
				"a weaker mask": {
					"email()", `partial(2, "*", 0)`,
					`public.people: column email was email() (synthetic) and would be partial(2, "*", 0) (partial)`,
				},
				"a mask that keeps": {
					"email()", "keep()", "public.people: column email was email() (synthetic) and would be kept",
				},
				"a place of json": {
					"otherwise = null_value()", "otherwise = keep()",
					"public.people: column profile was json({ \"$.name\" = full_name() }, { otherwise = null_value() " +
						"}) (generalised) and would be json({ \"$.name\" = full_name() }, { " +
						"otherwise = keep() }) (partial)",
				},
				"no filter": {
					`rows = "id < 100"`, "", `public.people: only rows where "id < 100" crossed, and all would`,
				},
				"another filter": {
					"id < 100", "id < 1000",
					`public.people: only rows where "id < 100" crossed, and those where "id < 1000" would`,
				},
				"a new column": {
					`mask = null_value()`, "mask = keep()", "public.people: new columns are kept: city",
				},
				"rows of a table": {
					"\"sessions\" {\n  data = false", "\"sessions\" {\n  keep = [\"id\", \"token\"]",
					"public.sessions: no row of it crossed (data = false), and its rows would, 2 " +
						"of 2 columns raw: id, token",
				},
				"a new table": {
					"\"added\" {\n  data = false", "\"added\" {\n  keep = [\"id\"]",
					"public.added: it is new, and its rows would cross, 1 of 1 columns raw: id",
				},
				"a new table masked": {
					"\"added\" {\n  data = false", "\"added\" {\n  column \"id\" {\n    mask = int_map()\n  }", "",
				},
			} {
				m.blocks = same
				if c.old != "" {
					m.blocks = strings.Replace(same, c.old, c.new, 1)
				}
				if c.old != "" && m.blocks == same {
					t.Fatalf("%s changes nothing", name)
				}
				_, plan := m.plan()
				if got := strings.Join(exposed(plan), "\n"); got != c.want {
					t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
				}
				if !m.noted(plan, "compared with how ") {
					t.Errorf("%s: the plan does not say what it was compared with: %q", name, plan.Refreshes[0].Notes)
				}
			}
		})
	}
}

// TestRecordThatCannotBeTrusted: edited, of another key, of another run or gone: nothing is compared, and that is said.
// In a protected environment it is a hazard.
func TestRecordThatCannotBeTrusted(t *testing.T) {
	const ours = "FROM pg_largeobject_metadata m WHERE obj_description(m.oid, 'pg_largeobject') LIKE 'shoji: %'"
	for _, mode := range []string{swapMode, replaceMode} {
		for name, c := range map[string]struct {
			spoil func(m *moved)
			want  string
		}{
			"edited": {func(m *moved) {
				pgtest.Exec(m.t, m.target, "SELECT lo_put(m.oid, 100, 'x') "+ours)
			}, "cannot be verified: it was sealed with another key, or edited"},
			"emptied": {func(m *moved) {
				pgtest.Exec(m.t, m.target, "SELECT lo_truncate(lo_open(m.oid, 131072), 0) "+ours)
			}, "cannot be verified: it is damaged"},
			"another key": {
				func(m *moved) { m.key = "another key of the tests" },
				"cannot be verified: it was sealed with another key, or edited",
			},
			"unlinked": {
				func(m *moved) { pgtest.Exec(m.t, m.target, "SELECT lo_unlink(m.oid) "+ours) },
				"holds no record of how it was made",
			},
			"vacuumlo": {vacuumlo, "holds no record of how it was made"},
		} {
			t.Run(mode+"/"+name, func(t *testing.T) {
				t.Parallel()
				m := recorded(t, mode)
				c.spoil(m)
				m.blocks = strings.Replace(rules, "email()", "keep()", 1)
				_, plan := m.plan()
				want := "nothing to compare with: database " + m.live()
				if !m.noted(plan, want) || !m.noted(plan, c.want) || exposed(plan) != nil {
					t.Errorf("the notes are %q, the hazards %q", plan.Refreshes[0].Notes, exposed(plan))
				}
				m.env = "production"
				m.blocks += "env \"production\" {\n  protected = true\n}\n"
				_, plan = m.plan()
				if got := exposed(plan); len(got) != 1 || !strings.HasPrefix(got[0], want) ||
					!strings.HasSuffix(got[0], c.want) {
					t.Errorf("where protected, the hazards are %q", got)
				}
				if m.env = ""; name != "unlinked" {
					return
				}
				m.refresh() // and it is whole again
				if _, plan = m.plan(); !m.noted(plan, "compared with how ") {
					t.Errorf("after another refresh the notes are %q", plan.Refreshes[0].Notes)
				}
			})
		}
	}
}

func vacuumlo(m *moved) {
	m.t.Helper()
	program, err := ddl.SystemFinder().Client("vacuumlo")
	if err != nil {
		m.t.Skip(err)
	}
	if out, err := exec.Command(program, m.target).CombinedOutput(); err != nil {
		m.t.Fatalf("vacuumlo: %v %s", err, out)
	}
}

// TestFirstRefreshHasNothingToCompareWith: it is said, and is a hazard where protected.
func TestFirstRefreshHasNothingToCompareWith(t *testing.T) {
	t.Parallel()
	m := newMoved(t, swapMode)
	m.both(recordedSource)
	m.blocks = rules
	_, plan := m.plan() // the target is a database that no refresh has made
	if !m.noted(plan, "nothing to compare with: database "+m.live()+" holds no record of how it was made") ||
		exposed(plan) != nil {
		t.Errorf("the notes are %q, the hazards %q", plan.Refreshes[0].Notes, exposed(plan))
	}
	pgtest.Exec(t, m.on("postgres"), "DROP DATABASE "+m.live())
	_, plan = m.plan()
	if !m.noted(plan, "nothing to compare with: there is no copy yet") || exposed(plan) != nil {
		t.Errorf("the notes are %q, the hazards %q", plan.Refreshes[0].Notes, exposed(plan))
	}
	m.env = "production"
	m.blocks += "env \"production\" {\n  protected = true\n}\n"
	if _, plan = m.plan(); len(exposed(plan)) != 1 {
		t.Errorf("where protected, the hazards are %q", exposed(plan))
	}
}

// TestRecordIsNobodyElsesBusiness: other roles cannot read it, and what they leave beside it changes nothing.
func TestRecordIsNobodyElsesBusiness(t *testing.T) {
	t.Parallel()
	m := recorded(t, swapMode)
	role := pgtest.Role(t, m.staging, "")
	pgtest.Exec(t, m.target, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
	as := pgtest.As(t, m.target, role)
	c, err := connect(as)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	read := "SELECT lo_get(oid) FROM pg_largeobject_metadata"
	if _, err := c.Exec(context.Background(), read); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("another role reads the record: %v", err)
	}
	pgtest.Exec(t, as, "SELECT lo_from_bytea(4711, 'shoji-copy 1.0 -\nx')",
		"COMMENT ON LARGE OBJECT 4711 IS 'shoji: how this copy was made'")
	m.blocks = strings.Replace(rules, "email()", "keep()", 1)
	if _, plan := m.plan(); len(exposed(plan)) != 1 {
		t.Errorf("with a false record beside the true one, the hazards are %q", exposed(plan))
	}
}

// TestRecordOfAnotherRunIsNotTheCopys: what was true of an older copy is not put in place of what is true of this one.
func TestRecordOfAnotherRunIsNotTheCopys(t *testing.T) {
	t.Parallel()
	m := recorded(t, swapMode)
	raw := pgtest.Rows(t, m.target, "SELECT encode(lo_get(oid), 'hex') FROM pg_largeobject_metadata")
	m.blocks = strings.Replace(rules, "email()", "null_value()", 1)
	m.refresh()
	pgtest.Exec(t, m.target, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata",
		"SELECT lo_from_bytea(4712, decode('"+raw[0]+"', 'hex'))",
		"COMMENT ON LARGE OBJECT 4712 IS 'shoji: how this copy was made'")
	_, plan := m.plan()
	if !m.noted(plan, "cannot be verified: it is of run ") {
		t.Errorf("the notes are %q", plan.Refreshes[0].Notes)
	}
}

// TestPlanIsBoundToTheRecord: what a plan was compared with is part of what it was made for.
func TestPlanIsBoundToTheRecord(t *testing.T) {
	t.Parallel()
	m := recorded(t, replaceMode)
	_, before := m.plan()
	pgtest.Exec(t, m.target, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
	_, after := m.plan()
	mentions(t, engine.Stale(before, after), "how the live copy of database.staging was made")
}

// TestRecordIsNotPartOfTheStructure: pg_dump -s of a copy does not show it, and there is one however often the copy is
// made.
func TestRecordIsNotPartOfTheStructure(t *testing.T) {
	for _, mode := range []string{swapMode, replaceMode} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			m := recorded(t, mode)
			m.refresh()
			m.want("SELECT count(*) FROM pg_largeobject_metadata", "1")
			dump, err := ddl.SystemFinder().Client("pg_dump")
			if err != nil {
				t.Skip(err)
			}
			out, err := exec.Command(dump, "-s", m.target).Output()
			if err != nil {
				t.Fatal(err)
			}
			if text := strings.ToLower(string(out)); strings.Contains(text, "large object") ||
				strings.Contains(text, "blob") {
				t.Errorf("pg_dump -s shows it:\n%s", out)
			}
		})
	}
}

// TestRecordInHalves: the half that imports compares with what the target says, and records without the key of the
// masks.
func TestRecordInHalves(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{swapMode, replaceMode} {
		t.Run(mode, func(t *testing.T) {
			m := newMoved(t, mode)
			m.both(recordedSource)
			pgtest.Exec(t, m.source, `INSERT INTO people VALUES (1, 'ann@raw.example', '{}')`)
			m.blocks = rules
			m.stage()
			m.only(engine.OnlyImport, m.exported())
			m.refresh()
			m.blocks = strings.Replace(rules, "email()", "keep()", 1)
			m.only(engine.OnlyExport, "")
			_, plan := m.plan()
			if exposed(plan) != nil ||
				!m.noted(plan, "what crosses now and did not is compared by the half that imports") {
				t.Errorf("the export says %q, %q", plan.Refreshes[0].Notes, exposed(plan))
			}
			m.only(engine.OnlyImport, m.exported())
			_, plan = m.plan()
			if got := exposed(plan); !slices.Equal(got, []string{
				"public.people: column email was email() (synthetic) and would be kept",
			}) || !m.noted(plan, "no key vouches for its record") {
				t.Errorf("the import says %q, %q", plan.Refreshes[0].Notes, got)
			}
		})
	}
}
