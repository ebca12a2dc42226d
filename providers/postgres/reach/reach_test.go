package reach_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
	"github.com/shoji-pg/shoji/spec/mask"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// read returns the untrusted code of a database, and the types of the columns of its table t.
func read(t *testing.T, url string) (*reach.Code, map[string]mask.Type, int) {
	t.Helper()
	conn := pgtest.Connect(t, url)
	if _, err := conn.Exec(context.Background(), "SET search_path = pg_catalog"); err != nil {
		t.Fatal(err)
	}
	code, err := reach.Read(context.Background(), conn)
	if err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Read(context.Background(), conn)
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string]mask.Type{}
	for _, table := range c.Tables {
		if table.Name == "t" {
			for _, col := range table.Columns {
				columns[col.Name] = col.Type
			}
		}
	}
	return code, columns, c.Server.VersionNum / 10000
}

func through(t *testing.T, code *reach.Code, columns map[string]mask.Type, sql string) []string {
	t.Helper()
	reached, _, err := code.Reach(reach.Expression{
		Table:   catalog.Ref{Schema: "public", Name: "t"},
		Columns: columns,
		SQL:     sql,
		Written: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range reached {
		out = append(out, r.Name()+" through "+r.Through)
	}
	return out
}

// TestTrust: what came with the server and what belongs to an extension is trusted; a superuser's own function is not,
// and neither is one that somebody made a member of an extension, or put beside PostgreSQL's own.
func TestTrust(t *testing.T) {
	server := pgtest.Server(t)
	url := pgtest.Database(t, server)
	owner := pgtest.Role(t, server, "")
	pgtest.Exec(t, url, `CREATE SCHEMA mal; CREATE SCHEMA ext; CREATE TABLE t (id int, v text, m text)`)
	if code, _, _ := read(t, url); !code.Empty() {
		t.Error("an empty database has untrusted code")
	}
	pgtest.Exec(t, url, `CREATE FUNCTION mal.super(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
		CREATE FUNCTION mal.member(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
		CREATE TYPE mal.span AS RANGE (subtype = text);
		ALTER FUNCTION mal.member(text) OWNER TO `+owner+`; ALTER TYPE mal.span OWNER TO `+owner)
	if pgtest.Rows(t, url,
		"SELECT count(*) FROM pg_available_extensions WHERE name IN ('hstore', 'citext')")[0] == "2" {
		pgtest.Exec(t, url, `CREATE EXTENSION hstore SCHEMA ext`, `CREATE EXTENSION citext SCHEMA ext`,
			`ALTER EXTENSION hstore ADD FUNCTION mal.member(text)`,
			`ALTER TABLE t ADD h ext.hstore, ADD c ext.citext`)
		code, columns, _ := read(t, url)
		for _, sql := range []string{
			`ext.hstore('a', v)`, `h OPERATOR(ext.->) 'a'`, `c::text`, `lower(c)`, `(SELECT count(*) FROM ext.each(h))`,
		} {
			if got := through(t, code, columns, sql); got != nil {
				t.Errorf("%s: %q", sql, got)
			}
		}
	}
	code, columns, _ := read(t, url)
	for sql, want := range map[string][]string{
		`mal.super(v)`:          {"mal.super through the call of mal.super()"},
		`mal.member(v)`:         {"mal.member through the call of mal.member()"},
		`db.mal.member(v)`:      {"mal.member through the call of mal.member()"},
		`mal.span(v, v, '[]')`:  nil, // a constructor is the server's own
		`lower(v) || id`:        nil,
		`v COLLATE "C" < 'x'`:   nil,
		`v::mal.span::text`:     nil,
		`to_jsonb(v)::text`:     nil,
		`pg_catalog.lower(v)`:   nil,
		`("v").super`:           nil, // no schema, so one of pg_catalog
		`coalesce(v, m) IN (v)`: nil,
	} {
		if got := through(t, code, columns, sql); !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", sql, got, want)
		}
	}
	pgtest.Exec(t, url,
		`SET allow_system_table_mods = on;
			CREATE FUNCTION pg_catalog.lower(int) RETURNS text LANGUAGE sql AS 'SELECT ''x'''`)
	code, columns, _ = read(t, url)
	if got := through(t, code, columns, "lower(v)"); len(got) != 1 {
		t.Errorf("an overload in pg_catalog: %q", got)
	}
	if moved := reach.CheckShapes(nil, code.Shapes(nil)); moved == nil ||
		!strings.Contains(moved.Error(), "the function pg_catalog.lower now runs") {
		t.Errorf("an overload in pg_catalog comes after the plan: %v", moved)
	}
}

// TestTypesBringCode: operator classes, the functions of base types, and what a server's version has of its own.
func TestTypesBringCode(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, `CREATE SCHEMA mal; CREATE TYPE mal.pair AS (a int, b int);
		CREATE FUNCTION mal.cmp(mal.pair, mal.pair) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 0; END';
		CREATE FUNCTION mal.less(mal.pair, mal.pair) RETURNS boolean
			LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
		CREATE OPERATOR mal.<<< (LEFTARG = mal.pair, RIGHTARG = mal.pair, FUNCTION = mal.less);
		CREATE OPERATOR CLASS mal.ops DEFAULT FOR TYPE mal.pair USING btree AS OPERATOR 1 mal.<<<,
			FUNCTION 1 mal.cmp(mal.pair, mal.pair);
		CREATE TYPE mal.own;
		CREATE FUNCTION mal.own_in(cstring) RETURNS mal.own LANGUAGE internal IMMUTABLE STRICT AS 'textin';
		CREATE FUNCTION mal.own_out(mal.own) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
		CREATE TYPE mal.own (INPUT = mal.own_in, OUTPUT = mal.own_out, LIKE = text);
		CREATE TABLE t (p mal.pair, ps mal.pair[], o mal.own)`)
	code, columns, major := read(t, url)
	for sql, want := range map[string]int{`p = p`: 2, `greatest(p, p)`: 2, `ps @> ps`: 2, `o::text`: 0} {
		if got := through(t, code, columns, sql); len(got) != want {
			t.Errorf("%s: %q", sql, got)
		}
	}
	if major >= 17 {
		pgtest.Exec(t, url, `CREATE FUNCTION mal.login() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
			CREATE EVENT TRIGGER at_login ON login EXECUTE FUNCTION mal.login()`)
		code, _, _ = read(t, url)
		if _, ds := code.Judge(nil); len(ds) != 1 || ds[0].Code != reach.LoginTriggers {
			t.Errorf("an event trigger on login: %v", ds)
		}
	}
}
