package postgres_test

import (
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// relations are keys between tables.
func relations() []moving {
	const keys = `SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable, condeferred,
		convalidated FROM pg_constraint ORDER BY 1, 2`
	return []moving{
		{
			name: "foreign key cycles",
			schema: `CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL);
				CREATE TABLE b (id int PRIMARY KEY, c int NOT NULL); CREATE TABLE c (id int PRIMARY KEY, a int);
				ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b;
				ALTER TABLE b ADD CONSTRAINT b_c FOREIGN KEY (c) REFERENCES c;
				ALTER TABLE c ADD CONSTRAINT c_a FOREIGN KEY (a) REFERENCES a ON DELETE SET NULL`,
			rows: `INSERT INTO c VALUES (1), (2); INSERT INTO b VALUES (1, 2), (2, 1);
				INSERT INTO a VALUES (1, 1), (2, 2); UPDATE c SET a = id`,
			answers: []string{keys},
			check: func(t *testing.T, m *moved, plan *engine.Plan) {
				if m.mode == replaceMode &&
					!m.noted(plan,
						"because the tables public.a -> public.b -> public.c -> public.a refer to each other") {
					t.Errorf("the plan does not say why keys are dropped: %v", plan.Refreshes[0].Notes)
				}
			},
		},
		{
			name:    "self references",
			schema:  `CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree)`,
			rows:    `INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2); UPDATE tree SET up = 3 WHERE id = 1`,
			answers: []string{keys},
		},
		{
			name: "composite foreign keys",
			schema: `CREATE TABLE tenants (region text, id int, PRIMARY KEY (region, id));
				CREATE TABLE users (id int PRIMARY KEY, region text, tenant int, FOREIGN KEY (region, tenant)
					REFERENCES tenants ON UPDATE CASCADE);
				CREATE TABLE full_match (region text, tenant int, FOREIGN KEY (region, tenant)
					REFERENCES tenants MATCH FULL)`,
			rows: `INSERT INTO tenants VALUES ('eu', 1), ('eu', 2), ('ap', 1);
				INSERT INTO users VALUES (1, 'eu', 2), (2, 'ap', 1), (3, NULL, 5);
				INSERT INTO full_match VALUES ('ap', 1), (NULL, NULL)`,
			blocks: keepAll + `
table "public" "tenants" {
  keep = ["id"]
  column "region" { mask = token() }
}
table "public" "users" {
  keep = ["id", "tenant"]
  column "region" { mask = token() }
}
table "public" "full_match" {
  keep = ["tenant"]
  column "region" { mask = token() }
}`,
			but: []string{"public.tenants", "public.users", "public.full_match"},
			answers: []string{
				keys,
				`SELECT u.id, t.id FROM users u LEFT JOIN tenants t ON t.id = u.tenant AND t.region = u.region
					ORDER BY 1`,
			},
		},
		{
			name: "a masked key and its references",
			schema: `CREATE TABLE people (email text PRIMARY KEY);
				CREATE TABLE mails (sender text REFERENCES people, note text);
				CREATE TABLE copies (sender text REFERENCES people, UNIQUE (sender));
				CREATE TABLE of_copies (sender text REFERENCES copies (sender))`,
			rows: `INSERT INTO people VALUES ('a@x'), ('b@x');
				INSERT INTO mails VALUES ('a@x', 'n'), ('b@x', 'm'), (NULL, 'o'); INSERT INTO copies VALUES ('a@x');
				INSERT INTO of_copies VALUES ('a@x')`,
			blocks: keepRule("note") + `
table "public" "people" {
  column "email" { mask = email() }
}`,
			but: []string{"public.people", "public.mails", "public.copies", "public.of_copies"},
			check: func(t *testing.T, m *moved, plan *engine.Plan) {
				m.want(`SELECT count(*) FROM mails JOIN people ON email = sender WHERE email LIKE '%@example.com'`, "2")
				because := ""
				for _, table := range plan.Refreshes[0].Tables {
					if table.Name == "of_copies" {
						because = table.Columns[0].Because
					}
				}
				if because != "foreign key to public.copies.sender" {
					t.Errorf("of_copies.sender because of %q", because)
				}
			},
		},
		{
			name: "deferrable foreign keys",
			schema: `CREATE TABLE x (id int PRIMARY KEY, y int NOT NULL);
				CREATE TABLE y (id int PRIMARY KEY, x int NOT NULL, UNIQUE (x) DEFERRABLE INITIALLY DEFERRED);
				ALTER TABLE x ADD FOREIGN KEY (y) REFERENCES y DEFERRABLE INITIALLY DEFERRED;
				ALTER TABLE y ADD FOREIGN KEY (x) REFERENCES x DEFERRABLE`,
			rows: `BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO x VALUES (1, 2), (2, 1);
				INSERT INTO y VALUES (1, 1), (2, 2); COMMIT`,
			answers: []string{keys},
			check: func(t *testing.T, m *moved, plan *engine.Plan) {
				if m.mode == replaceMode && m.noted(plan, "dropped and added") {
					t.Error("keys that can wait were dropped")
				}
			},
		},
		{
			name: "keys that are not validated",
			only: swapMode,
			schema: `CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (p int, n int); INSERT INTO q VALUES (9, -1);
				ALTER TABLE q ADD FOREIGN KEY (p) REFERENCES p NOT VALID, ADD CHECK (n > 0) NOT VALID`,
			answers: []string{keys},
		},
		{
			name: "exclusion and CHECK constraints",
			schema: `CREATE TABLE rooms (during tsrange, EXCLUDE USING gist (during WITH &&), n int CHECK (n > 0),
				CONSTRAINT odd CHECK (n % 2 = 1) NO INHERIT)`,
			rows:    `INSERT INTO rooms VALUES ('[2024-01-01,2024-01-02)', 1), ('[2024-01-02,2024-01-03)', 3)`,
			answers: []string{keys},
		},
		{
			name: "partitioned foreign keys",
			schema: `CREATE TABLE events (id int, at date, up int, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
				CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
				CREATE TABLE events_2 PARTITION OF events DEFAULT;
				CREATE TABLE a_details (event int, at date, n int, FOREIGN KEY (event, at) REFERENCES events)
					PARTITION BY LIST (n); CREATE TABLE a_details_1 PARTITION OF a_details FOR VALUES IN (1);
				CREATE TABLE a_details_2 PARTITION OF a_details DEFAULT`,
			rows: `INSERT INTO events SELECT i, date '2024-06-01' + i * 10 FROM generate_series(1, 50) i;
				INSERT INTO a_details SELECT id, at, id % 3 FROM events`,
			answers: []string{keys},
		},
		{
			name: "inheriting foreign keys in a cycle of partitions",
			schema: `CREATE TABLE events (id int PRIMARY KEY, last int) PARTITION BY HASH (id);
				CREATE TABLE events_0 PARTITION OF events FOR VALUES WITH (MODULUS 1, REMAINDER 0);
				CREATE TABLE marks (id int PRIMARY KEY, event int NOT NULL REFERENCES events);
				ALTER TABLE events ADD FOREIGN KEY (last) REFERENCES marks`,
			rows: `INSERT INTO events VALUES (1), (2); INSERT INTO marks VALUES (1, 1), (2, 2);
				UPDATE events SET last = id`,
			answers: []string{keys},
		},
	}
}

// programs are what PostgreSQL runs or computes by itself: views, triggers, policies, comments.
func programs() []moving {
	return []moving{
		{name: "views and materialised views",
			schema: `CREATE TABLE people (id int PRIMARY KEY, email text);
				CREATE VIEW v AS SELECT id, upper(email) AS e FROM people;
				CREATE MATERIALIZED VIEW z_first AS SELECT * FROM v; CREATE UNIQUE INDEX ON z_first (id);
				CREATE VIEW between_them AS SELECT count(*) AS n, max(e) AS e FROM z_first;
				CREATE MATERIALIZED VIEW a_second AS SELECT * FROM between_them;
				CREATE MATERIALIZED VIEW never AS SELECT 1 AS one WITH NO DATA`,
			rows: `INSERT INTO people VALUES (1, 'anna@secret.example'), (2, 'bert@secret.example');
				REFRESH MATERIALIZED VIEW z_first; REFRESH MATERIALIZED VIEW a_second`,
			blocks: `table "public" "people" {
  keep = ["id"]
  column "email" { mask = email() }
}`, but: []string{"public.people", "public.z_first", "public.a_second"},
			check: func(t *testing.T, m *moved, _ *engine.Plan) {
				m.want(`SELECT count(*), bool_or(z.e LIKE '%SECRET%'), bool_and(z.e = upper(p.email)) FROM z_first z
					JOIN people p USING (id)`, "2|f|t")
				m.want(`SELECT n, e = (SELECT max(upper(email)) FROM people) FROM a_second`, "2|t")
				m.want(`SELECT relispopulated FROM pg_class WHERE relname = 'never'`, "f")
				m.want(`SELECT count(*) FROM v`, "2")
			}},
		{name: "triggers",
			schema: `CREATE TABLE people (id int PRIMARY KEY, email text); CREATE TABLE mails (email text);
				CREATE FUNCTION send() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.mails
					VALUES ('sent to ' || new.email); RETURN new; END $$;
				CREATE TRIGGER on_origin AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION send();
				CREATE TRIGGER on_replica AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION send();
				CREATE TRIGGER on_always BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION send();
				CREATE TRIGGER off BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION send();
				CREATE TRIGGER truncated AFTER TRUNCATE ON people EXECUTE FUNCTION send();
				CREATE CONSTRAINT TRIGGER late AFTER INSERT ON people DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
					EXECUTE FUNCTION send();
				ALTER TABLE people ENABLE REPLICA TRIGGER on_replica, ENABLE ALWAYS TRIGGER on_always,
					DISABLE TRIGGER off`,
			rows: `SET session_replication_role = replica; INSERT INTO people VALUES (1, 'a'), (2, 'b');
				DELETE FROM mails`,
			answers: []string{
				`SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger
					WHERE NOT tgisinternal ORDER BY 1, 2`,
			},
			check: func(t *testing.T, m *moved, _ *engine.Plan) {
				m.want(`SELECT count(*) FROM mails`, "0")
				m.want(`INSERT INTO people VALUES (3, 'c'); SELECT count(*) FROM mails`, "2")
			}},
		{
			name: "rules",
			only: swapMode,
			schema: `CREATE TABLE people (id int); CREATE TABLE log (id int);
				CREATE RULE note AS ON INSERT TO people DO ALSO INSERT INTO log VALUES (new.id)`,
			rows:    `INSERT INTO people VALUES (1); DELETE FROM log`,
			answers: []string{`SELECT definition FROM pg_rules WHERE rulename = 'note'`},
		},
		{name: "event triggers", only: swapMode,
			schema: `CREATE TABLE changes (tag text);
				CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.changes
					VALUES (tg_tag); END $$;
				CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no more tables';
				END $$;
				CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION note();
				CREATE TABLE one (id int PRIMARY KEY); CREATE TABLE two (id int REFERENCES one);
				CREATE EVENT TRIGGER forbid ON ddl_command_start WHEN tag IN ('CREATE TABLE', 'ALTER TABLE',
					'CREATE INDEX') EXECUTE FUNCTION refuse()`,
			rows:    `INSERT INTO one VALUES (1); INSERT INTO two VALUES (1)`,
			answers: []string{`SELECT evtname, evtevent, evtenabled, evttags FROM pg_event_trigger ORDER BY 1`},
			check: func(t *testing.T, m *moved, _ *engine.Plan) {
				// They came last and saw nothing of the refresh; from now on they see.
				m.want(`COMMENT ON TABLE one IS 'x'; SELECT tag FROM changes ORDER BY 1`, "COMMENT", "CREATE TABLE",
					"CREATE TABLE")
			}},
		{
			name: "row security of the copy",
			schema: `CREATE TABLE secrets (id int, owner text); ALTER TABLE secrets ENABLE ROW LEVEL SECURITY;
				CREATE POLICY own ON secrets USING (owner = current_user);
				ALTER TABLE secrets FORCE ROW LEVEL SECURITY`,
			rows: `INSERT INTO secrets VALUES (1, 'x'), (2, 'y')`,
			answers: []string{
				`SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = 'secrets'`,
				`SELECT polname, pg_get_expr(polqual, polrelid) FROM pg_policy`,
			},
		},
		{
			name:   "large objects",
			schema: `CREATE TABLE files (id int, content oid)`,
			rows:   `INSERT INTO files VALUES (1, lo_from_bytea(0, 'a secret of somebody'))`,
			but:    []string{"public.files"},
			check: func(t *testing.T, m *moved, plan *engine.Plan) {
				m.sameAnswer(`SELECT count(*) FROM files`)
				if m.mode == swapMode {
					const own = "SELECT objoid FROM pg_description WHERE classoid = 'pg_largeobject'::regclass AND " +
						"description LIKE 'shoji: %'"
					m.want(`SELECT count(*) FROM pg_largeobject_metadata WHERE oid NOT IN (`+own+`)`, "0")
				}
				if !m.noted(plan, "1 large objects") {
					t.Errorf("the plan does not say so: %v", plan.Refreshes[0].Notes)
				}
			},
		},
		{name: "comments", only: swapMode,
			schema: `CREATE SCHEMA s; COMMENT ON SCHEMA s IS 'a schema''s';
				CREATE TABLE s.t (id int PRIMARY KEY, "odd ""name" text);
				COMMENT ON TABLE s.t IS E'a table\nof two lines; -- "x" \\'; COMMENT ON COLUMN s.t."odd ""name" IS '列';
				CREATE INDEX i ON s.t (id); COMMENT ON INDEX s.i IS 'an index';
				COMMENT ON CONSTRAINT t_pkey ON s.t IS 'a key';
				CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
				COMMENT ON FUNCTION s.f(int) IS 'a function';
				CREATE TYPE s.e AS ENUM ('a'); COMMENT ON TYPE s.e IS 'a type'; CREATE SEQUENCE s.q;
				COMMENT ON SEQUENCE s.q IS 'a sequence'; CREATE VIEW s.v AS SELECT 1 AS one;
				COMMENT ON VIEW s.v IS 'a view'`,
			answers: []string{
				`SELECT classoid::regclass::text, objsubid, description FROM pg_description WHERE objoid >= 16384
					AND description NOT LIKE 'shoji: %' ORDER BY 1, 2, 3`,
			}},
		{
			name:      "extensions on the source only",
			only:      swapMode,
			extension: "pg_trgm",
			schema: `CREATE SCHEMA ext; CREATE EXTENSION pg_trgm SCHEMA ext; CREATE TABLE words (w text);
				CREATE INDEX ON words USING gin (w ext.gin_trgm_ops)`,
			rows: `INSERT INTO words VALUES ('light'), ('screen')`,
			answers: []string{
				`SELECT extname, extversion, extnamespace::regnamespace::text FROM pg_extension ORDER BY 1`,
			},
		},
		{
			name: "functions and defaults that run in masks' tables",
			schema: `CREATE FUNCTION checked(text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT length($1) > 0';
				CREATE TABLE t (id int DEFAULT 5, w text CHECK (checked(w)), u uuid DEFAULT gen_random_uuid())`,
			rows: `INSERT INTO t (w) VALUES ('x')`,
		},
	}
}

// TestExtensionsOnTheTargetOnly: what the live copy had besides is not in the next one, and in mode replace it stays.
func TestExtensionsOnTheTargetOnly(t *testing.T) {
	for _, mode := range []string{swapMode, replaceMode} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			m := newMoved(t, mode)
			needsExtension(t, m.target, "pg_trgm")
			m.both(`CREATE TABLE words (w text)`)
			pgtest.Exec(t, m.source, `INSERT INTO words VALUES ('light')`)
			pgtest.Exec(t, m.target, `CREATE EXTENSION pg_trgm`)
			if mode == replaceMode {
				pgtest.Exec(t, m.target, `CREATE INDEX ON words USING gin (w gin_trgm_ops)`)
			}
			m.refresh()
			m.same()
			want := map[string]string{swapMode: "0", replaceMode: "1"}[mode]
			m.want(`SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'`, want)
		})
	}
}
