package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// circle are two tables that refer to each other.
const circle = `CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
	ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b`

const circleRows = `INSERT INTO a VALUES (1, NULL), (2, NULL); INSERT INTO b VALUES (1, 2), (2, 1); UPDATE a SET b = id`

// noCircle are two tables of which one refers to the other, named so that the order of names is the wrong one.
const noCircle = `CREATE TABLE z_parents (id int PRIMARY KEY);
	CREATE TABLE a_children (id int PRIMARY KEY, p int NOT NULL REFERENCES z_parents)`

const noCircleRows = `INSERT INTO z_parents SELECT generate_series(1, 50);
	INSERT INTO a_children SELECT i, 1 + i % 50 FROM generate_series(1, 100) i`

// TestForeignKeysInPlace: every treatment fills the tables, says why in the plan, and leaves the keys as they were.
// Keys that do not hold are found with each.
func TestForeignKeysInPlace(t *testing.T) {
	for _, c := range []struct{ treatment, structure, rows, says string }{
		{"auto", noCircle, noCircleRows, "parents are filled before their children"},
		{
			"auto", circle, circleRows,
			"not checked while loading (session_replication_role = replica in this session), then checked by a query " +
				"for each, because the tables public.a -> public.b -> public.a refer to each other",
		},
		{"order", noCircle, noCircleRows, "parents are filled before their children"},
		{"constraints", noCircle, noCircleRows, "dropped and added again"},
		{"constraints", circle, circleRows, "dropped and added again"},
		{"replica", circle, circleRows, "session_replication_role = replica"},
		{"replica", noCircle, noCircleRows, "session_replication_role = replica"},
	} {
		name := "without a circle"
		if c.structure == circle {
			name = "in a circle"
		}
		t.Run(c.treatment+"/"+name, func(t *testing.T) {
			t.Parallel()
			m := newMoved(t, replaceMode)
			m.arguments = `foreign_keys = "` + c.treatment + `"`
			m.both(c.structure)
			m.both(c.rows)
			keys := `SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
				FROM pg_constraint ORDER BY 1, 2`
			before := pgtest.Rows(t, m.target, keys)
			plan := m.refresh()
			m.same()
			m.want(keys, before...)
			if !m.noted(plan, c.says) {
				t.Errorf("the plan says %q", plan.Refreshes[0].Notes)
			}
		})
		t.Run(c.treatment+"/"+name+", and a key does not hold", func(t *testing.T) {
			t.Parallel()
			m := newMoved(t, replaceMode)
			m.arguments = `foreign_keys = "` + c.treatment + `"`
			m.both(c.structure)
			m.both(c.rows)
			// Only a part of the referenced rows crosses.
			child, parent := "a_children", "z_parents"
			if c.structure == circle {
				child, parent = "b", "a"
			}
			m.blocks = keepAll + "\ntable \"public\" \"" + parent + "\" {\n  rows = \"id = 1\"\n  keep = [" +
				map[bool]string{true: `"id", "b"`, false: `"id"`}[parent == "a"] + "]\n}\n"
			r, plan := m.plan()
			mentions(t, m.fails(r, plan), child)
		})
	}
}

// TestOrderAsked: order where there is none is an error of the plan.
func TestOrderAsked(t *testing.T) {
	t.Parallel()
	m := newMoved(t, replaceMode)
	m.arguments = `foreign_keys = "order"`
	m.both(circle)
	_, _, ds := m.tryPlan()
	mentions(t, ds, "There is no order of loading", "public.a -> public.b -> public.a")
}

// TestNotTheOwner: whoever owns nothing on the target can still replace rows with grants alone, and is told all that is
// missing at once.
func TestNotTheOwner(t *testing.T) {
	prepare := func(t *testing.T, structure, rows string) (*moved, string) {
		t.Parallel()
		m := newMoved(t, replaceMode)
		m.both(structure)
		m.both(rows)
		_, staging := pgtest.Pair(t)
		role := pgtest.Role(t, staging, "")
		t.Cleanup(func() { pgtest.Exec(t, m.target, `DROP OWNED BY `+role) })
		m.to = pgtest.As(t, m.target, role)
		return m, role
	}
	t.Run("no rights", func(t *testing.T) {
		m, role := prepare(t, noCircle, noCircleRows)
		_, _, ds := m.tryPlan()
		d := mentions(t, ds, "Not enough privileges on the target",
			`GRANT TRUNCATE, INSERT, SELECT ON TABLE "public"."a_children" TO `+sqltext.Ident(role))
		if !strings.Contains(d.Detail, "z_parents") {
			t.Errorf("not all at once: %s", d.Detail)
		}
	})
	t.Run("with the grants", func(t *testing.T) {
		m, role := prepare(t, noCircle, noCircleRows)
		pgtest.Exec(t, m.target, `GRANT TRUNCATE, INSERT, SELECT ON ALL TABLES IN SCHEMA public TO `+role)
		m.refresh()
		m.same()
	})
	t.Run("in a circle", func(t *testing.T) {
		m, role := prepare(t, circle, circleRows)
		pgtest.Exec(t, m.target, `GRANT TRUNCATE, INSERT, SELECT ON ALL TABLES IN SCHEMA public TO `+role)
		_, _, ds := m.tryPlan()
		mentions(t, ds, "Foreign keys stand in the way", "public.a -> public.b -> public.a",
			"GRANT SET ON PARAMETER session_replication_role TO "+sqltext.Ident(role))
	})
	t.Run("constraints asked", func(t *testing.T) {
		m, role := prepare(t, noCircle, noCircleRows)
		pgtest.Exec(t, m.target, `GRANT TRUNCATE, INSERT, SELECT ON ALL TABLES IN SCHEMA public TO `+role)
		m.arguments = `foreign_keys = "constraints"`
		_, _, ds := m.tryPlan()
		mentions(t, ds, "Not enough privileges on the target", "needs the owner of the tables")
	})
	t.Run("replica asked", func(t *testing.T) {
		m, role := prepare(t, circle, circleRows)
		pgtest.Exec(t, m.target, `GRANT TRUNCATE, INSERT, SELECT ON ALL TABLES IN SCHEMA public TO `+role)
		m.arguments = `foreign_keys = "replica"`
		_, _, ds := m.tryPlan()
		mentions(t, ds, "Not enough privileges on the target", "session_replication_role")
		if m.staging.Installation.Major >= 15 {
			pgtest.Exec(t, m.target, `GRANT SET ON PARAMETER session_replication_role TO `+role)
			m.refresh()
			m.same()
		}
	})
	t.Run("triggers", func(t *testing.T) {
		m, role := prepare(t,
			`CREATE TABLE people (id int);
				CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
				CREATE TRIGGER f BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION f()`,
			`INSERT INTO people VALUES (1)`)
		pgtest.Exec(t, m.target, `GRANT TRUNCATE, INSERT, SELECT ON ALL TABLES IN SCHEMA public TO `+role)
		_, _, ds := m.tryPlan()
		mentions(t, ds, "Triggers stand in the way")
	})
}

// TestReadersAfterAFailedReplace: who reads the tables sees the old rows during a run and after one that failed at its
// very end, and the sequences, triggers and keys are as they were.
func TestReadersAfterAFailedReplace(t *testing.T) {
	t.Parallel()
	m := newMoved(t, replaceMode)
	m.both(`CREATE TABLE people (id serial PRIMARY KEY, email text);
		CREATE MATERIALIZED VIEW names AS SELECT email FROM people;
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
		CREATE TRIGGER f BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION f();
		CREATE TABLE friends (a int REFERENCES people, b int REFERENCES people)`)
	pgtest.Exec(t, m.source,
		`INSERT INTO people (email) SELECT 'person' || i || '@secret.example' FROM generate_series(1, 5000) i;
			INSERT INTO friends VALUES (1, 2)`)
	pgtest.Exec(t, m.target,
		`INSERT INTO people (email) VALUES ('old'); REFRESH MATERIALIZED VIEW names; INSERT INTO friends VALUES (1, 1)`)
	// The view of the target fails on new rows: long after all rows have come.
	pgtest.Exec(t, m.target,
		`DROP MATERIALIZED VIEW names;
			CREATE MATERIALIZED VIEW names AS SELECT email, 1 / (CASE WHEN email = 'old' THEN 1 ELSE 0 END) AS one
				FROM people`)
	reader := pgtest.Connect(t, m.target)
	if _, err := reader.Exec(t.Context(), `BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1`); err != nil {
		t.Fatal(err)
	}
	r, plan := m.plan()
	noValues(t, text(m.fails(r, plan)))
	var email string
	if err := reader.QueryRow(t.Context(), `SELECT email FROM people`).Scan(&email); err != nil || email != "old" {
		t.Errorf("a reader sees %q, %v", email, err)
	}
	m.want(`SELECT email, one FROM names`, "old|1")
}

// TestSequencesAndViewsInPlace: they follow the rows.
func TestSequencesAndViewsInPlace(t *testing.T) {
	t.Parallel()
	m := newMoved(t, replaceMode)
	m.both(`CREATE TABLE people (id serial PRIMARY KEY, email text);
		CREATE MATERIALIZED VIEW b_first AS SELECT email FROM people;
		CREATE VIEW v AS SELECT count(*) AS n FROM b_first; CREATE MATERIALIZED VIEW a_second AS SELECT n FROM v;
		CREATE SEQUENCE free`)
	pgtest.Exec(t, m.source,
		`INSERT INTO people (email) SELECT 'person' || i || '@secret.example' FROM generate_series(1, 30) i;
			SELECT setval('free', 99)`)
	pgtest.Exec(t, m.target,
		`INSERT INTO people (email) VALUES ('old'); REFRESH MATERIALIZED VIEW b_first;
			REFRESH MATERIALIZED VIEW a_second; CREATE MATERIALIZED VIEW only_here AS SELECT max(id) AS m FROM people;
			CREATE SEQUENCE only_here_too; SELECT setval('only_here_too', 7)`)
	m.blocks = "table \"public\" \"people\" {\n  keep = [\"id\"]\n  column \"email\" { mask = email() }\n}\n"
	m.refresh()
	m.want(`SELECT (SELECT count(*) FROM b_first WHERE email LIKE '%@example.com'), (SELECT n FROM a_second),
		(SELECT m FROM only_here), nextval('people_id_seq'), nextval('free'), nextval('only_here_too')`,
		"30|30|30|31|100|8")
}

// TestTriggersInPlace: those of the target are off while rows come, whatever the treatment of keys, and as they were
// afterwards, also after a run that failed.
func TestTriggersInPlace(t *testing.T) {
	for _, treatment := range []string{"auto", "constraints", "replica"} {
		t.Run(treatment, func(t *testing.T) {
			t.Parallel()
			m := newMoved(t, replaceMode)
			m.arguments = `foreign_keys = "` + treatment + `"`
			m.both(`CREATE TABLE people (id int PRIMARY KEY, up int REFERENCES people,
				email text CHECK (email <> 'bad'))`)
			pgtest.Exec(t, m.source, `INSERT INTO people VALUES (1, NULL, 'x'), (2, 1, 'y')`)
			pgtest.Exec(t,
				m.target, `CREATE TABLE fired (name text);
					CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.fired
						VALUES (tg_name); RETURN new; END $$;
				CREATE TRIGGER plain BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION note();
				CREATE TRIGGER always AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION note();
				CREATE TRIGGER replica AFTER INSERT ON people EXECUTE FUNCTION note();
				CREATE TRIGGER disabled BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION note();
				CREATE TRIGGER emptied BEFORE TRUNCATE ON people EXECUTE FUNCTION note();
				ALTER TABLE people ENABLE ALWAYS TRIGGER always, ENABLE REPLICA TRIGGER replica,
					DISABLE TRIGGER disabled`)
			m.blocks = keepAll
			m.refresh()
			m.want(`SELECT count(*) FROM people`, "2")
			m.want(`SELECT name FROM fired`)
			enabled := []string{"always|A", "disabled|D", "emptied|O", "plain|O", "replica|R"}
			m.want(`SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`, enabled...)
			pgtest.Exec(t, m.source,
				`ALTER TABLE people DROP CONSTRAINT people_email_check; INSERT INTO people VALUES (3, 2, 'bad')`)
			r, plan := m.plan()
			m.fails(r, plan)
			m.want(`SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`, enabled...)
			m.want(`SELECT name FROM fired`)
		})
	}
}

// TestStructuresThatDiffer: mode replace changes no structure; what does not fit is said at plan, all of it.
func TestStructuresThatDiffer(t *testing.T) {
	t.Parallel()
	m := newMoved(t, replaceMode)
	pgtest.Exec(t, m.source,
		`CREATE TABLE missing (id int); CREATE TABLE people (id int, email text, n int, g int);
			CREATE TABLE parts (id int) PARTITION BY LIST (id); CREATE TABLE fits (b int, a text)`)
	pgtest.Exec(t, m.target,
		`CREATE TABLE people (id bigint, n int GENERATED ALWAYS AS (1) STORED, g int, must int NOT NULL);
			CREATE TABLE parts (id int); CREATE TABLE fits (a text, extra text DEFAULT 'd', b int);
			CREATE TABLE of_others (id int); INSERT INTO of_others VALUES (1)`)
	_, _, ds := m.tryPlan()
	mentions(t, ds, "The target lacks a table", "public.missing")
	mentions(t, ds, "another structure", "public.people", "column email (text) is missing",
		"column id is bigint, not integer", "column n is generated on one side only",
		"column must is NOT NULL without a default")
	mentions(t, ds, "another structure", "public.parts", "partitioned on one side only")
	pgtest.Exec(t, m.source, `DROP TABLE missing, people, parts; INSERT INTO fits VALUES (1, 'x')`)
	m.refresh()
	m.want(`SELECT a, extra, b FROM fits`, "x|d|1")
	m.want(`SELECT count(*) FROM of_others`, "1")
}

// TestPartitionsOfTheTargetOnly: the rows of a partition that the source lacks are rows of a table that is replaced.
func TestPartitionsOfTheTargetOnly(t *testing.T) {
	t.Parallel()
	m := newMoved(t, replaceMode)
	m.both(`CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
		CREATE TABLE events_24 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`)
	pgtest.Exec(t, m.source, `INSERT INTO events VALUES (1, '2024-05-05')`)
	pgtest.Exec(t, m.target,
		`CREATE TABLE events_23 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
			INSERT INTO events VALUES (7, '2023-05-05'), (8, '2024-05-05')`)
	plan := m.refresh()
	m.want(`SELECT id FROM events`, "1")
	if !m.noted(plan, "partition public.events_23, which the source lacks, is emptied") {
		t.Errorf("the plan says %q", plan.Refreshes[0].Notes)
	}
}

// TestTablesOutsideInPlace: a table of the target that is not of the refresh and refers to one that is, stops the plan.
func TestTablesOutsideInPlace(t *testing.T) {
	t.Parallel()
	m := newMoved(t, replaceMode)
	m.both(`CREATE TABLE people (id int PRIMARY KEY); CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY LIST (id);
		CREATE TABLE parts_1 PARTITION OF parts DEFAULT`)
	pgtest.Exec(t, m.target,
		`CREATE SCHEMA own; CREATE TABLE own.notes (p int REFERENCES people);
			CREATE TABLE own.more (p int REFERENCES parts);
			CREATE TABLE own.routed (p int REFERENCES people) PARTITION BY LIST (p);
			CREATE TABLE own.routed_1 PARTITION OF own.routed DEFAULT`)
	_, _, ds := m.tryPlan()
	for _, name := range []string{"own.notes", "own.more", "own.routed"} {
		mentions(t, ds, "A table outside of the refresh refers to one in it", name)
	}
}

// TestReplacedRowsAreCommitted: a run that says that it is done has done it. What ends the transaction behind its back
// makes it fail.
func TestReplacedRowsAreCommitted(t *testing.T) {
	t.Parallel()
	m := newMoved(t, replaceMode)
	m.both(`CREATE TABLE people (id serial PRIMARY KEY, email text)`)
	pgtest.Exec(t, m.source, `INSERT INTO people (email) VALUES ('new')`)
	pgtest.Exec(t, m.target, `INSERT INTO people (email) VALUES ('old')`)
	r, plan := m.plan()
	waiting := make(chan error, 1)
	m.event = once(inPlace, engine.StepStarted, func() { // a lock that the refresh waits for, and that is given back
		blocker, err := connect(m.target)
		if err == nil {
			_, err = blocker.Exec(context.Background(), `BEGIN; LOCK TABLE people; SELECT pg_sleep(0.3)`)
		}
		if err == nil {
			err = blocker.Close(context.Background())
		}
		waiting <- err
	})
	if result, ds := m.run(r, plan); result.State != engine.RunDone {
		t.Fatal(text(ds))
	}
	if err := <-waiting; err != nil {
		t.Error(err)
	}
	m.want(`SELECT email FROM people`, "new")
}
