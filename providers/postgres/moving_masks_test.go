package postgres_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// TestSameInputSameBytes: one key gives the same values in every refresh, another key others.
func TestSameInputSameBytes(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		m := newMoved(t, mode)
		m.both(`CREATE TABLE people (id int PRIMARY KEY, email text, name text, phone text, born date, salary numeric,
			address inet, code uuid, ref bigint)`)
		pgtest.Exec(t, m.source,
			`INSERT INTO people SELECT i, 'person' || i || '@secret.example', 'Name ' || i, '+81-90-' || 10000000 + i,
				date '1980-01-01' + i, 1000.50 + i, ('10.0.0.' || i % 250)::inet, md5(i::text)::uuid, i * 1000
				FROM generate_series(1, 200) i; ANALYZE people`)
		m.blocks = `table "public" "people" {
  keep = ["id"]
  column "email" { mask = email() }
  column "name" { mask = full_name("ja") }
  column "phone" { mask = digits({ keep_first = 2 }) }
  column "born" { mask = jitter("30 days") }
  column "salary" { mask = noise(0.1) }
  column "address" { mask = ip() }
  column "code" { mask = uuid() }
  column "ref" { mask = token() }
}`
		first := m.refresh()
		one := contents(t, m.target)
		second := m.refresh()
		if d := cmp.Diff(one, contents(t, m.target)); d != "" {
			t.Errorf("the second refresh gives other values: %s", d)
		}
		steps := func(p *engine.Plan) (out []string) {
			for _, s := range p.Steps {
				if s.Kind == copyStep || s.Kind == inPlace {
					out = append(out, s.ID+string(s.Params))
				}
			}
			return out
		}
		if d := cmp.Diff(steps(first), steps(second)); d != "" {
			t.Errorf("the second plan differs: %s", d)
		}
		m.key = "another key, as long as the first"
		m.refresh()
		for _, column := range []string{"email", "name", "phone", "born", "salary", "address", "code", "ref"} {
			same := 0
			for _, value := range pgtest.Rows(t, m.target, "SELECT "+column+" FROM people ORDER BY id") {
				if slices.ContainsFunc(one["public.people"], func(row string) bool {
					return strings.Contains(row, value)
				}) {
					same++
				}
			}
			if column != "born" && column != "name" && same > 20 { // dates and names are few
				t.Errorf("%d of 200 values of %s are as with the first key", same, column)
			}
		}
		if d := cmp.Diff(one, contents(t, m.target)); d == "" {
			t.Error("another key gives the same values")
		}
	})
}

// TestMaskThatFailsOnARow: the diagnostic is at the mask's line, and no value of the row is in it.
func TestMaskThatFailsOnARow(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		for name, c := range map[string]struct{ column, mask, said string }{
			"division by zero":  {"n", `sql("1/(id-5)")`, "division by zero"},
			"a cast of a value": {"n", `sql("note::int")`, "not valid for its type"},
			"out of range":      {"n", `sql("(n::bigint * 1000000000)::int")`, "out of range"},
		} {
			t.Run(name, func(t *testing.T) {
				m := newMoved(t, mode)
				m.both(`CREATE TABLE numbers (id int PRIMARY KEY, n int, note text)`)
				m.blocks = "table \"public\" \"numbers\" {\n  keep = [\"id\", \"note\"]\n  column \"n\" {\n" +
					"    mask = " + c.mask + "\n  }\n}\n"
				r, plan := m.plan()
				pgtest.Exec(t, m.source, // a plan would have tried them
					`INSERT INTO numbers SELECT i, 40000 + i, 'person1 of secret.example'
						FROM generate_series(1, 10) i`)
				ds := m.fails(r, plan)
				d := mentions(t, ds, "row_refused", c.said, "public.numbers.n")
				if got, want := line(d), "mask = "+c.mask; got != want {
					t.Errorf("it points at %q, not at %q", got, want)
				}
				noValues(t, text(ds))
				journalHasNoValues(t, m)
			})
		}
	})
}

// TestTargetRefusesAValue: the diagnostic is at the column's mask.
func TestTargetRefusesAValue(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		for name, c := range map[string]struct{ declaration, mask, said string }{
			"too long":      {"varchar(8)", `sql("note || note")`, "too long"},
			"a CHECK fails": {"text CHECK (length(v) < 8)", `sql("note || note")`, "CHECK"},
			"not NULL":      {"text NOT NULL", `sql("nullif(note, note)")`, "NULL"},
			"not unique":    {"text UNIQUE", `sql("left(note, 2)")`, "unique"},
		} {
			t.Run(name, func(t *testing.T) {
				m := newMoved(t, mode)
				m.both(`CREATE TABLE numbers (id int PRIMARY KEY, v ` + c.declaration + `, note text)`)
				m.blocks = "table \"public\" \"numbers\" {\n  keep = [\"id\", \"note\"]\n  column \"v\" {\n" +
					"    mask = " + c.mask + "\n  }\n}\n"
				r, plan, ds := m.tryPlan()
				pgtest.Exec(t, m.source, // a plan would have tried them
					`INSERT INTO numbers SELECT i, 'x' || i, 'person1' || i || 'secret.example'
						FROM generate_series(1, 10) i`)
				if !ds.HasErrors() { // what a plan can know is refused there
					ds = m.fails(r, plan)
				}
				d := mentions(t, ds, c.said)
				if got, want := line(d),
					"mask = "+c.mask; got != want && name != "a CHECK fails" && name != "not unique" {
					t.Errorf("it points at %q, not at %q: %s", got, want, text(ds))
				}
				noValues(t, text(ds))
				journalHasNoValues(t, m)
			})
		}
	})
}

// journalHasNoValues reads everything that the run wrote down.
func journalHasNoValues(t testing.TB, m *moved) {
	t.Helper()
	for name, content := range files(t, m.journal) {
		if strings.Contains(content, "person1") || strings.Contains(content, testKey) {
			t.Errorf("%s holds a value, or the key", name)
		}
	}
}

// TestRawValuesInTheCopy: verification looks at what arrived, not at what was to arrive. Raw values that somebody puts
// into the next copy keep it from going live.
func TestRawValuesInTheCopy(t *testing.T) {
	for _, verify := range []string{"sample", "full"} {
		for name, c := range map[string]struct{ declaration, plant string }{
			"beside their key": {
				"id int PRIMARY KEY", `UPDATE people SET email = 'person' || id || '@secret.example'`,
			},
			"without a key": {
				"id int", `UPDATE people SET email = 'person' || id || '@secret.example' WHERE id = 7`,
			},
			"in a generated copy": {
				"id int, g text GENERATED ALWAYS AS (email) STORED",
				`UPDATE people SET email = 'person' || id || '@secret.example' WHERE id < 9`,
			},
		} {
			t.Run(verify+"/"+name, func(t *testing.T) {
				t.Parallel()
				m := newMoved(t, swapMode)
				pgtest.Exec(t, m.source, `CREATE TABLE people (email text, `+c.declaration+`)`,
					`INSERT INTO people (id, email) SELECT i, 'person' || i || '@secret.example'
						FROM generate_series(1, 100) i`)
				pgtest.Exec(t, m.target, `CREATE TABLE people (email text)`)
				m.arguments = `verify = "` + verify + `"`
				m.blocks = "table \"public\" \"people\" {\n  keep = [\"id\"]\n  column \"email\" {\n" +
					"    mask = email()\n  }\n}\n"
				r, plan := m.plan()
				m.event = once(verifyStep, engine.StepStarted, func() {
					pgtest.Exec(t, m.on(m.live()+"__next"), c.plant)
				})
				d := mentions(t, m.fails(r, plan), "raw_value_arrived", "public.people.email")
				if line(d) != "mask = email()" {
					t.Errorf("it points at %q", line(d))
				}
				noValues(t, d.Error())
				m.event = nil
				m.refresh() // and without that, it passes
			})
		}
	}
}

// TestVerifyInPlace is the same for the rows of mode replace, which nobody else can reach before they are committed.
func TestVerifyInPlace(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	m := newMoved(t, replaceMode)
	const structure = `CREATE TABLE people (id int PRIMARY KEY, email text)`
	m.both(structure)
	m.both(`INSERT INTO people SELECT i, 'person' || i || '@secret.example' FROM generate_series(1, 100) i`)
	column := transfer.Column{Name: "email", Mask: "email()", SQL: "pg_catalog.md5(email)", Check: "row"}
	for _, check := range []string{"row", "value"} {
		column.Check = check
		table := transfer.Table{
			Schema:  "public",
			Name:    "people",
			Columns: []transfer.Column{{Name: "id", Key: true}, column},
		}
		err := transfer.Verify(ctx, withVerifyKey(t, m.source), withVerifyKey(t, m.target), []transfer.Table{table},
			transfer.SampleSize, silent{})
		if err == nil || !strings.Contains(err.Error(), "Raw values of public.people.email are in the copy") {
			t.Errorf("check %q: %v", check, err)
		}
	}
	pgtest.Exec(t, m.target, `UPDATE people SET email = md5(email)`)
	table := transfer.Table{
		Schema:  "public",
		Name:    "people",
		Columns: []transfer.Column{{Name: "id", Key: true}, column},
	}
	if err := transfer.Verify(ctx, withVerifyKey(t, m.source), withVerifyKey(t, m.target), []transfer.Table{table},
		transfer.SampleSize, silent{}); err != nil {
		t.Error(err)
	}
}

func withVerifyKey(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	c := pgtest.Connect(t, url)
	if _, err := c.Exec(context.Background(), "SET "+transfer.VerifySetting+" = 'abc'"); err != nil {
		t.Fatal(err)
	}
	return c
}

type silent struct{}

func (silent) Progress(engine.Progress) {}
func (silent) Note(string)              {}

func (silent) Effects([]engine.ColumnEffect) {}

// TestReadBack: verify = "full" reads back what was written and compares the bytes; a target that changes rows on their
// way in is found out.
func TestReadBack(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	m := newMoved(t, replaceMode)
	m.both(`CREATE TABLE people (id int PRIMARY KEY, email text, n numeric(10,2), c char(5))`)
	pgtest.Exec(t, m.source, `INSERT INTO people SELECT i, 'person' || i, i / 7.0, 'c' FROM generate_series(1, 100) i`)
	table := transfer.Table{
		Schema:  "public",
		Name:    "people",
		Select:  `SELECT id, email, n, c FROM ONLY people`,
		CopyIn:  `COPY people (id, email, n, c) FROM STDIN (FORMAT binary)`,
		Format:  "binary",
		Exact:   true,
		Columns: []transfer.Column{{Name: "id"}, {Name: "email"}, {Name: "n"}, {Name: "c"}},
	}
	copyOnce := func() error {
		export, err := transfer.Open(ctx,
			func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, m.source) }, transfer.Scope{
				Shapes: shapesOf(t, m.source),
				Jobs:   1,
			})
		if err != nil {
			t.Fatal(err)
		}
		defer export.Close()
		c, err := connect(m.target)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close(ctx) }()
		if _, err := c.Exec(ctx, "BEGIN"); err != nil {
			t.Fatal(err)
		}
		n, err := export.Copy(ctx, &table, c, transfer.Options{ReadBack: true}, silent{})
		if err == nil && n != 100 {
			t.Errorf("%d rows", n)
		}
		return err
	}
	if err := copyOnce(); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, m.target,
		`CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.id = 50 THEN new.email := 'other';
			END IF; RETURN new; END $$;
			CREATE TRIGGER change BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION change()`)
	if err := copyOnce(); err == nil ||
		!strings.Contains(err.Error(), "what the target holds is not what the source sent") {
		t.Errorf("a changed row: %v", err)
	}
	// A target that drops a row is found by the counts alone: dropped rows are a failure.
	pgtest.Exec(t, m.target,
		`CREATE OR REPLACE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$
			BEGIN IF new.id = 50 THEN RETURN NULL; END IF; RETURN new; END $$`)
	if err := copyOnce(); err == nil ||
		!strings.Contains(err.Error(), "the source sent 100 rows, but the target took 99") {
		t.Errorf("a dropped row: %v", err)
	}
}

// TestVerifyFull goes the whole way with it, over every kind of column.
func TestVerifyFull(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		m := newMoved(t, mode)
		m.arguments = `verify = "full"`
		m.both(`CREATE TABLE people (id int PRIMARY KEY, email varchar(60), code char(40), amount numeric(8,2),
			bits bit(4), born timestamp(0), doubled int GENERATED ALWAYS AS (id * 2) STORED);
			CREATE TYPE pair AS (a int, b text); CREATE TABLE pairs (p pair, note text); CREATE TABLE nothing (id int)`)
		pgtest.Exec(t, m.source,
			`INSERT INTO people SELECT i, 'person' || i, 'code' || i, i / 3.0, B'1010', '2024-01-01 00:00:00.6'
				FROM generate_series(1, 1000) i; INSERT INTO pairs VALUES ('(1,x)', 'person1'), (NULL, NULL)`)
		m.blocks = keepRule("p", "id", "bits", "born") + `
table "public" "people" {
  keep = ["id", "bits"]
  column "email" { mask = email() }
  column "code" { mask = hash() }
  column "amount" { mask = noise(0.5) }
  column "born" { mask = truncate("year") }
}
table "public" "pairs" {
  keep = ["p"]
  column "note" { mask = token() }
}`
		plan := m.refresh()
		m.want(`SELECT count(*), count(DISTINCT email) FROM people`, "1000|1000")
		if !m.noted(plan, "counted, not compared") {
			t.Error("nobody says that people was counted only")
		}
	})
}

// TestColumnWithoutDecision: what nobody decides stops the plan, for tables and for columns.
func TestColumnWithoutDecision(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		m := newMoved(t, mode)
		m.both(`CREATE TABLE people (id int, email text); CREATE TABLE other (x int)`)
		m.blocks = "table \"public\" \"people\" {\n  keep = [\"id\"]\n}\n"
		_, plan, ds := m.tryPlan()
		mentions(t, ds, "undecided", "email (text)")
		mentions(t, ds, "undecided", "public.other")
		if len(plan.Steps) > 0 {
			t.Errorf("and still the plan has %d steps", len(plan.Steps))
		}
	})
}

// TestSecretsAppearNowhere: neither the key nor a password is in a plan, a journal or a server's statement.
func TestSecretsAppearNowhere(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		m := newMoved(t, mode)
		manyPeople(t, m)
		pgtest.Exec(t, m.source, `CREATE TABLE seen (q text)`)
		m.blocks += "\ntable \"public\" \"seen\" {\n  skip = true\n}\n"
		m.event = once(copying(mode), rowsMove, func() {
			pgtest.Exec(t, m.source,
				`INSERT INTO seen SELECT query || application_name FROM pg_stat_activity WHERE query IS NOT NULL`)
		})
		m.refresh()
		project := m.spec()
		derived, err := project.ReadKey(project.Refreshes[0])
		if err != nil {
			t.Fatal(err)
		}
		secrets := []string{testKey, "lab-only", derived.Reveal(), derived.Derive("shoji mask key v1 moving").Reveal()}
		for name, content := range files(t, m.journal) {
			for _, s := range secrets {
				if strings.Contains(content, s) {
					t.Errorf("%s holds a secret", name)
				}
			}
		}
		for _, q := range pgtest.Rows(t, m.source, `SELECT q FROM seen`) {
			for _, s := range secrets {
				if strings.Contains(q, s) && !strings.Contains(q, "ROLE") {
					t.Errorf("a statement holds a secret: %.200s", q)
				}
			}
		}
	})
}
