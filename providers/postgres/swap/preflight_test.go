package swap

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

func TestWhatTheLiveDatabaseHasIsCarriedOver(t *testing.T) {
	r := newRefreshing(t, small(t), "carried_live")
	r.live("old")
	reader := pgtest.Role(t, r.server, "")
	live := sqltext.Ident(r.names.Live)
	pgtest.Exec(t, r.url("postgres"),
		"COMMENT ON DATABASE "+live+" IS E'it''s\nours'", "ALTER DATABASE "+live+" CONNECTION LIMIT 7",
		"ALTER DATABASE "+live+` SET search_path = "$user", "odd ""schema", public`,
		"ALTER DATABASE "+live+" SET datestyle = 'SQL, DMY'",
		"ALTER DATABASE "+live+" SET default_transaction_read_only = on",
		"REVOKE ALL ON DATABASE "+live+" FROM PUBLIC",
		"GRANT CONNECT, TEMP ON DATABASE "+live+" TO "+reader+" WITH GRANT OPTION",
		"GRANT CREATE ON DATABASE "+live+" TO "+reader)
	pgtest.Exec(t, r.server.AdminURL("postgres"), "ALTER DATABASE "+live+" SET log_statement = 'all'",
		"ALTER DATABASE "+live+" SET app.tenant = 'a ''b'")
	const look = `SELECT d.datconnlimit, d.datacl::text, s.setconfig::text FROM pg_database d
		LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0 WHERE d.datname = `
	before := pgtest.Rows(t, r.url("postgres"), look+sqltext.Literal(r.names.Live))
	_, diags := r.plan()
	if !strings.Contains(diags.Error(), "log_statement") || !strings.Contains(diags.Error(), "app.tenant") {
		t.Errorf("a setting that only a superuser may set is not named: %v", diags)
	}
	r.refreshNow("one")
	after := pgtest.Rows(t, r.url("postgres"), look+sqltext.Literal(r.names.Live))
	want := strings.Replace(before[0], `,log_statement=all,"app.tenant=a 'b"`, "", 1)
	if diff := cmp.Diff(want, after[0]); diff != "" {
		t.Error(diff)
	}
	if s := r.status(); s.Live.Comment != "it's\nours" {
		t.Errorf("comment %q", s.Live.Comment)
	}
}

func TestLeftovers(t *testing.T) {
	r := newRefreshing(t, small(t), "left_live")
	next := sqltext.Ident(r.names.Next)
	pgtest.Exec(t, r.url("postgres"), "CREATE DATABASE "+next)
	pgtest.Exec(t, r.url(r.names.Next), "CREATE TABLE precious (id int)")
	draft, diags := r.plan()
	if !strings.Contains(diags.Error(), "DROP DATABASE "+next) {
		t.Fatalf("somebody's database: got %v", diags)
	}
	if err := r.apply(draft.Steps, op.Run{ID: "one"}, 1); err == nil ||
		!strings.Contains(err.Error(), "no refresh has made it") {
		t.Fatalf("got %v", err)
	}
	pgtest.Rows(t, r.url(r.names.Next), "SELECT * FROM precious")

	// Bare, as a run that was killed right after CREATE DATABASE leaves it.
	pgtest.Exec(t, r.url("postgres"), "DROP DATABASE "+next, "CREATE DATABASE "+next+" TEMPLATE template0")
	if err := r.apply(draft.Steps, op.Run{ID: "two"}, 1); err != nil {
		t.Fatal(err)
	}
	// Of an earlier run of the same refresh.
	r.built(op.Run{ID: "three"})
	r.refreshNow("four")
	if s := r.status(); s.Live.Mark.Run != "four" || s.Next.Exists {
		t.Errorf("%+v", s)
	}
	// Of another refresh.
	pgtest.Exec(t, r.url("postgres"), "CREATE DATABASE "+next,
		"COMMENT ON DATABASE "+next+" IS "+
			sqltext.Literal(Comment("", Mark{Refresh: "refresh.other", State: Building})))
	if _, diags := r.plan(); !strings.Contains(diags.Error(), "refresh.other") {
		t.Errorf("got %v", diags)
	}
}

// All that is missing is said at once.
func TestPreflightListsAllMissingRights(t *testing.T) {
	server := pgtest.Server(t)
	r := newRefreshing(t, small(t), "poor_live")
	pgtest.Exec(t, server.AdminURL("postgres"), "CREATE DATABASE poor_live", "ALTER ROLE "+r.user+" NOCREATEDB")
	r.refresh.Owner = "nobody_at_all"
	_, diags := r.plan()
	for _, want := range []string{
		"ALTER ROLE " + quote(r.user) + " CREATEDB", `ALTER DATABASE "poor_live" OWNER TO ` + quote(r.user),
		`CREATE ROLE "nobody_at_all"`,
	} {
		if !strings.Contains(diags.Error(), want) {
			t.Errorf("missing %q in:\n%v", want, diags)
		}
	}
}

func TestSlotsAndPreparedTransactions(t *testing.T) {
	server := pgtest.Own(t, map[string]string{"wal_level": "logical", "max_prepared_transactions": "5"})
	r := newRefreshingOn(t, server, small(t), "used_live")
	r.live("old")
	step := r.built(op.Run{ID: "one"})
	admin := server.AdminURL(r.names.Live)
	for _, c := range []struct{ name, make, want, undo string }{
		{"prepared", "BEGIN; CREATE TABLE p (); PREPARE TRANSACTION 'x'", "COMMIT PREPARED", "ROLLBACK PREPARED 'x'"},
		{
			"slot", "SELECT pg_create_logical_replication_slot('s', 'pgoutput')", "pg_drop_replication_slot",
			"SELECT pg_drop_replication_slot('s')",
		},
	} {
		pgtest.Exec(t, admin, c.make)
		if _, diags := r.plan(); !strings.Contains(diags.Error(), c.want) {
			t.Errorf("%s: the plan says %v", c.name, diags)
		}
		if err := r.execute(context.Background(), step, op.Run{ID: "one"}); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the swap says %v", c.name, err)
		}
		pgtest.Exec(t, admin, c.undo)
	}
	if err := r.execute(context.Background(), step, op.Run{ID: "one"}); err != nil {
		t.Error(err)
	}
}
