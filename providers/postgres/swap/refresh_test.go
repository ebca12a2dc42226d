package swap

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// nasty gives a source with everything that makes structure hard to copy, and rows in it.
func nasty(t testing.TB) string {
	t.Helper()
	sql, err := os.ReadFile("../ddl/testdata/nasty.sql")
	if err != nil {
		t.Fatal(err)
	}
	if pgtest.Server(t).Installation.Major < 14 { // bodies that are parsed came with 14
		sql = bytes.Replace(sql, []byte("BEGIN ATOMIC SELECT i + 1; SELECT i + 2; END;"), []byte("AS 'SELECT i + 2';"),
			1)
	}
	u := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, u, string(sql), `
		INSERT INTO customers (email, name) SELECT 'c' || i || '@x', 'n' || i FROM generate_series(1, 3000) i;
		INSERT INTO orders (customer_id, parent, span) SELECT 1 + i % 3000, NULL, int4range(i, i + 1)
			FROM generate_series(1, 5000) i;
		UPDATE orders SET parent = id - 1 WHERE id > 1;
		INSERT INTO a_cycle VALUES (1, NULL), (2, NULL); INSERT INTO b_cycle VALUES (1, 1), (2, 2);
		UPDATE a_cycle SET b = id;
		INSERT INTO events SELECT i, date '2024-06-01' + i % 700, 'a', 1 + i % 3000 FROM generate_series(1, 4000) i;
		INSERT INTO event_notes SELECT id, at FROM events;
		INSERT INTO base VALUES (1, 'b'); INSERT INTO derived VALUES (2, 'd', 'x');
		INSERT INTO "Weird ""Schema"""."t; Type: VIEW; Schema: x" VALUES (1, 'c', 'n');
		INSERT INTO "日本"."顧客 表
two" VALUES (1), (NULL);
		SELECT setval('shared_seq', 9223372036854775807, true);
		REFRESH MATERIALIZED VIEW mv1; REFRESH MATERIALIZED VIEW mv2; REFRESH MATERIALIZED VIEW mv_late;`)
	return u
}

// structure gives pg_dump's own script of a database, without what a refresher who is no
// superuser cannot have.
func structure(t testing.TB, url string) string {
	t.Helper()
	pgtest.NeedsDump(t)
	cmd := exec.Command("pg_dump", "--schema-only", "--no-owner", "--no-privileges", url)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?m)^\\(un)?restrict .*$`).ReplaceAllString(string(out), "")
	return regexp.MustCompile(`(?s)--\n-- Name: watch; Type: EVENT TRIGGER.*?\n\n\n`).ReplaceAllString(text, "")
}

const counts = `SELECT 'customers', count(*) FROM customers UNION ALL SELECT 'orders', count(*) FROM orders
	UNION ALL SELECT 'events', count(*) FROM events UNION ALL SELECT 'mv1', count(*) FROM mv1
	UNION ALL SELECT 'mv2', c FROM mv2 UNION ALL SELECT 'mv_late', count(*) FROM mv_late
	UNION ALL SELECT 'base', count(*) FROM base UNION ALL SELECT 'base only', count(*) FROM ONLY base
	UNION ALL SELECT 'unchecked', count(*) FROM pg_constraint WHERE NOT convalidated
	UNION ALL SELECT 'invalid', count(*) FROM pg_index WHERE NOT indisvalid
	UNION ALL SELECT 'empty', count(*) FROM pg_matviews WHERE NOT ispopulated`

const sequenceStates = `SELECT 'shared', last_value, is_called FROM shared_seq UNION ALL
	SELECT 'customers', last_value, is_called FROM customers_id_seq UNION ALL SELECT 'orders', last_value, is_called
		FROM orders_id_seq`

func TestRefreshOfANastyDatabase(t *testing.T) {
	source := nasty(t)
	r := newRefreshing(t, source, "nasty_live")
	for _, run := range []string{"one", "two", "three"} {
		draft := r.refreshNow(run)
		if len(draft.Hazards) > 0 {
			t.Errorf("hazards: %v", draft.Hazards)
		}
		live := r.url(r.names.Live)
		if diff := cmp.Diff(structure(t, source), structure(t, live)); diff != "" {
			t.Fatalf("structure (-source +copy):\n%s", diff)
		}
		if diff := cmp.Diff(pgtest.Rows(t, source, counts), pgtest.Rows(t, live, counts)); diff != "" {
			t.Errorf("rows (-source +copy):\n%s", diff)
		}
		if diff := cmp.Diff(pgtest.Rows(t, source, sequenceStates), pgtest.Rows(t, live, sequenceStates)); diff != "" {
			t.Errorf("sequences (-source +copy):\n%s", diff)
		}
		if got := pgtest.Rows(t, live,
			`SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace
				AND reltuples < 0 AND relname <> 'mv_empty'`); got[0] != "0" {
			t.Errorf("%s tables were not analysed", got[0])
		}
		if got := pgtest.Rows(t, r.server.AdminURL(r.names.Live),
			`SELECT count(*) FROM pg_statistic_ext_data`); got[0] != "1" {
			t.Errorf("extended statistics: %s instead of 1", got[0])
		}
	}
	s := r.status()
	if s.Live.Mark.Run != "three" || s.Previous.Mark.Run != "two" || s.Next.Exists || s.Old.Exists {
		t.Errorf("after three runs: %+v", s)
	}
	if !s.Live.Mark.At.Equal(time.Unix(1700000000, 0)) || s.Live.Mark.State != Live ||
		s.Live.Mark.Refresh != "refresh.nightly" {
		t.Errorf("mark of the live copy: %+v", s.Live.Mark)
	}
}

// Every step can be run a second time: an interruption may come after the work and before the
// journal knows.
func TestEveryStepCanBeRunAgain(t *testing.T) {
	source := nasty(t)
	r := newRefreshing(t, source, "again_live")
	r.refreshNow("zero")
	draft, diags := r.plan()
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if err := r.apply(draft.Steps, op.Run{ID: "twice", Time: time.Unix(1, 0)}, 2); err != nil {
		t.Fatal(err)
	}
	live := r.url(r.names.Live)
	if diff := cmp.Diff(structure(t, source), structure(t, live)); diff != "" {
		t.Errorf("structure (-source +copy):\n%s", diff)
	}
	if diff := cmp.Diff(pgtest.Rows(t, source, counts), pgtest.Rows(t, live, counts)); diff != "" {
		t.Errorf("rows (-source +copy):\n%s", diff)
	}
}

func TestPlanningTwiceGivesTheSame(t *testing.T) {
	r := newRefreshing(t, nasty(t), "same_live")
	first, _ := r.plan()
	second, _ := r.plan()
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
	for _, s := range first.Steps {
		if len(s.Statements) == 0 && !strings.HasPrefix(s.Kind, "test.") && !s.IsBarrier() {
			t.Errorf("%s shows no statement", s.ID)
		}
	}
}

// The copy belongs to another role, which the connected one is a member of.
func TestOwnerOfTheCopy(t *testing.T) {
	source := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, source,
		`CREATE SCHEMA s; CREATE TABLE s.t (id serial PRIMARY KEY); INSERT INTO s.t DEFAULT VALUES;
			CREATE EXTENSION hstore; CREATE MATERIALIZED VIEW m AS SELECT * FROM s.t`)
	r := newRefreshing(t, source, "owned live \"db\" é")
	owner := pgtest.Role(t, r.server, "")
	r.refresh.Owner = owner
	if _, diags := r.plan(); !strings.Contains(diags.Error(), "GRANT "+quote(owner)+" TO "+quote(r.user)) {
		t.Errorf("a missing membership is not named: %v", diags)
	}
	pgtest.Exec(t, r.server.AdminURL("postgres"), "GRANT "+quote(owner)+" TO "+quote(r.user))
	r.refreshNow("one")
	r.refreshNow("two")
	got := pgtest.Rows(t,
		r.url(r.names.Live), `SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class
		WHERE relnamespace IN ('s'::regnamespace, 'public'::regnamespace)
		UNION SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()`)
	if diff := cmp.Diff([]string{owner}, got); diff != "" {
		t.Errorf("owners: %s", diff)
	}
}

func TestFunctionsThatDependOnTheSearchPath(t *testing.T) {
	if pgtest.Server(t).Installation.Major >= 17 {
		t.Skip("from 17 on, such an index cannot be made on the source either")
	}
	source := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, source, `CREATE TABLE rates (r int); INSERT INTO rates VALUES (2);
		CREATE FUNCTION rate() RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'begin return (select max(r) from rates); end';
		CREATE TABLE t (id int); INSERT INTO t VALUES (1); CREATE INDEX t_rate ON t ((id * rate()));`)
	r := newRefreshing(t, source, "path_live")
	draft := r.refreshNow("one")
	i := slices.IndexFunc(draft.Steps, func(s engine.Step) bool {
		return strings.HasSuffix(s.ID, "index[public.t_rate]")
	})
	if got := draft.Steps[i].Statements[0].Text; !strings.HasSuffix(got, `; SET search_path = pg_catalog, "public"`) {
		t.Errorf("the index is built without the path: %s", got)
	}
}

// A key that does not hold fails the run by name, and leaves the live copy as it was.
func TestFailureLeavesTheLiveCopy(t *testing.T) {
	source := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, source,
		`CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int REFERENCES p); INSERT INTO p VALUES (1);
			INSERT INTO c VALUES (1)`)
	r := newRefreshing(t, source, "failing_live")
	r.live("old")
	draft, diags := r.plan()
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	pgtest.Exec(t, source, "SET session_replication_role = replica; INSERT INTO c VALUES (4711)")
	run := op.Run{ID: "bad"}
	err := r.apply(draft.Steps, run, 1)
	if err == nil || !strings.Contains(err.Error(), "c_id_fkey") || strings.Contains(err.Error(), "4711") {
		t.Fatalf("got %v", err)
	}
	if got := pgtest.Rows(t, r.url(r.names.Live), "SELECT am_i FROM who"); got[0] != "old" {
		t.Errorf("the live copy says %v", got)
	}
	if !r.status().Next.Exists {
		t.Fatal("no leftover to put back")
	}
	r.putBack(draft, run)
	if r.status().Next.Exists {
		t.Error("the leftover is still there")
	}
}

// Indexes, keys and foreign keys of partitioned tables that refer to each other, in a cycle too,
// with many workers: a deadlock would fail the run.
func TestParallelPostDataHasNoDeadlock(t *testing.T) {
	source := pgtest.Database(t, pgtest.Server(t))
	for _, table := range []string{"a", "b", "c"} {
		pgtest.Exec(t, source,
			fmt.Sprintf(`CREATE TABLE %[1]s (id int, k int, note text, ref_a int, ref_b int, PRIMARY KEY (id))
				PARTITION BY HASH (id);
			CREATE INDEX %[1]s_k ON %[1]s (k); CREATE INDEX %[1]s_note ON %[1]s (lower(note))`, table))
		for i := range 6 {
			pgtest.Exec(t, source,
				fmt.Sprintf(`CREATE TABLE %[1]s_%[2]d PARTITION OF %[1]s FOR VALUES WITH (MODULUS 6, REMAINDER %[2]d);
				CREATE UNIQUE INDEX ON %[1]s_%[2]d (k); CREATE INDEX ON %[1]s_%[2]d (note, k)`, table, i))
		}
		pgtest.Exec(t, source, fmt.Sprintf(`INSERT INTO %s SELECT i, i, 'n' || i, i, i FROM generate_series(1, 6000) i`,
			table))
	}
	pgtest.Exec(t, source, `
		CREATE TABLE plain AS SELECT id, ref_a, ref_b FROM a;
		ALTER TABLE plain ADD PRIMARY KEY (id), ADD UNIQUE (ref_a);
		ALTER TABLE a ADD FOREIGN KEY (ref_b) REFERENCES b; ALTER TABLE b ADD FOREIGN KEY (ref_a) REFERENCES a;
		ALTER TABLE c ADD FOREIGN KEY (ref_a) REFERENCES a, ADD FOREIGN KEY (ref_b) REFERENCES b, ADD FOREIGN KEY (k)
			REFERENCES plain (ref_a);
		ALTER TABLE plain ADD FOREIGN KEY (ref_a) REFERENCES a, ADD FOREIGN KEY (ref_b) REFERENCES plain,
			ADD FOREIGN KEY (id) REFERENCES c`)
	r := newRefreshing(t, source, "parallel_live")
	r.workers = 8
	for range 3 {
		r.refreshNow("one")
		pgtest.Exec(t, r.url("postgres"), "DROP DATABASE IF EXISTS parallel_live__prev WITH (FORCE)")
	}
	if diff := cmp.Diff(structure(t, source), structure(t, r.url(r.names.Live))); diff != "" {
		t.Errorf("structure (-source +copy):\n%s", diff)
	}
	if got := pgtest.Rows(t, r.url(r.names.Live),
		`SELECT (SELECT count(*) FROM pg_constraint WHERE NOT convalidated), (SELECT count(*) FROM pg_index
			WHERE NOT indisvalid)`); got[0] != "0|0" {
		t.Errorf("unchecked keys | invalid indexes: %s", got[0])
	}
}

// A long group is cut into transactions, and goes on where it stopped.
func TestGroupGoesOnWhereItStopped(t *testing.T) {
	ctx := context.Background()
	r := newRefreshing(t, small(t), "group_live")
	run := op.Run{ID: "one"}
	next := quote(r.names.Next)
	pgtest.Exec(t, r.url("postgres"), "CREATE DATABASE "+next+" TEMPLATE template0",
		commentStatement(r.names.Next, Comment("ours", Mark{Refresh: "refresh.nightly", Run: "one", State: Building})))
	schema := CreateObjects{Database: op.Database{Name: r.names.Next}, Group: "schema"}
	for i := range objectsAtOnce + 100 {
		name := fmt.Sprintf("public.t%d", i)
		schema.Objects = append(schema.Objects, Object{Name: "table " + name, SQL: "CREATE TABLE " + name + " ()"})
	}
	broken := schema
	broken.Objects = slices.Clone(schema.Objects)
	broken.Objects[objectsAtOnce+49].SQL = "CREATE TABLE public.t (x no_such_type)"
	if err := broken.Run(ctx, r.env(run)); err == nil ||
		!strings.Contains(err.Error(), fmt.Sprintf("table public.t%d", objectsAtOnce+49)) {
		t.Fatalf("got %v", err)
	}
	const count = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
	if got := pgtest.Rows(t, r.url(r.names.Next), count); got[0] != strconv.Itoa(objectsAtOnce) {
		t.Errorf("%s tables after the failure", got[0])
	}
	if err := schema.Run(ctx, r.env(op.Run{ID: "other"})); err == nil ||
		!strings.Contains(err.Error(), "not the one that this run has made") {
		t.Errorf("another run: got %v", err)
	}
	for range 2 {
		if err := schema.Run(ctx, r.env(run)); err != nil {
			t.Fatal(err)
		}
	}
	if got := pgtest.Rows(t, r.url(r.names.Next), count); got[0] != strconv.Itoa(objectsAtOnce+100) {
		t.Errorf("%s tables in the end", got[0])
	}
	if s := r.status(); s.Next.Comment != "ours" || s.Next.Mark.Done["schema"] != objectsAtOnce+100 {
		t.Errorf("%+v", s.Next)
	}
}

func TestLocaleOfTheSource(t *testing.T) {
	server := pgtest.Server(t)
	cases := map[string]string{"LATIN1c": "LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'LATIN1'"}
	if pgtest.Rows(t, server.AdminURL("postgres"),
		"SELECT current_setting('server_version_num')::int >= 150000")[0] == "t" {
		cases["UTF8i"] = "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' ENCODING 'UTF8'"
	}
	for encoding, options := range cases {
		name := "locale_" + strings.ToLower(encoding)
		pgtest.Exec(t, server.AdminURL("postgres"), "CREATE DATABASE "+name+" TEMPLATE template0 "+options)
		t.Cleanup(func() { pgtest.Exec(t, server.AdminURL("postgres"), "DROP DATABASE "+name+" WITH (FORCE)") })
		pgtest.Exec(t, server.AdminURL(name), "CREATE TABLE t AS SELECT U&'\\00e4'::text AS a")
		r := newRefreshing(t, server.AdminURL(name), name+"_live")
		r.refreshNow("one")
		want, err := catalog.ReadLocale(context.Background(), pgtest.Connect(t, server.AdminURL(name)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := catalog.ReadLocale(context.Background(), pgtest.Connect(t, r.url(name+"_live")))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" || want.Encoding+want.Provider != encoding {
			t.Errorf("%s (%s): %s", name, want.Encoding+want.Provider, diff)
		}
		if diff := cmp.Diff(pgtest.Rows(t, server.AdminURL(name), "SELECT ascii(a) FROM t"),
			pgtest.Rows(t, r.url(name+"_live"), "SELECT ascii(a) FROM t")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
