package mask_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/mask"
)

// hijacked are types of a user whose casts to text, and whose checks, run code of that user.
const hijacked = `CREATE SCHEMA mal;
CREATE FUNCTION mal.evil(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
	RAISE 'ran with %', current_setting('shoji.key', true);
END$$;
CREATE FUNCTION mal.check(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$BEGIN
	IF current_setting('shoji.key', true) IS NOT NULL THEN RAISE 'the check ran'; END IF;
	RETURN true;
END$$;
CREATE TYPE mal.mood AS ENUM ('sad', 'ok');
CREATE TYPE mal.pair AS (m mal.mood, t text);
CREATE TYPE mal.moods AS RANGE (subtype = mal.mood);
CREATE DOMAIN mal.feeling AS mal.mood CHECK (mal.check('x'));
CREATE DOMAIN mal.word AS text CHECK (mal.check(VALUE));
CREATE TABLE mal.t (n int, mood mal.mood, list mal.mood[], pair mal.pair, pairs mal.pair[], span mal.moods,
	feeling mal.feeling,
	word mal.word, words mal.word[], grid mal.word[]);
INSERT INTO mal.t VALUES (1, 'ok', '{sad,NULL}', '(ok,a)', '{"(ok,a)",NULL}', '[sad,ok)', 'ok', 'w', '{a,NULL}',
	'{{a,b},{c,d}}');
INSERT INTO mal.t (n) VALUES (2);
INSERT INTO mal.t (n, pair, pairs) VALUES (3, ROW(NULL, NULL), ARRAY[ROW(NULL, NULL)::mal.pair, NULL]);
CREATE FUNCTION mal.of(mal.mood) RETURNS text LANGUAGE sql AS 'SELECT mal.evil(enum_out($1)::text)';
CREATE FUNCTION mal.of(mal.mood[]) RETURNS text LANGUAGE sql AS 'SELECT mal.evil(array_out($1)::text)';
CREATE FUNCTION mal.of(mal.pair) RETURNS text LANGUAGE sql AS 'SELECT mal.evil(record_out($1)::text)';
CREATE FUNCTION mal.of(mal.pair[]) RETURNS text LANGUAGE sql AS 'SELECT mal.evil(array_out($1)::text)';
CREATE FUNCTION mal.of(mal.moods) RETURNS text LANGUAGE sql AS 'SELECT mal.evil(range_out($1)::text)';
`

const hijack = `CREATE CAST (mal.mood AS text) WITH FUNCTION mal.of(mal.mood);
CREATE CAST (mal.mood[] AS text) WITH FUNCTION mal.of(mal.mood[]);
CREATE CAST (mal.pair AS text) WITH FUNCTION mal.of(mal.pair);
CREATE CAST (mal.pair[] AS text) WITH FUNCTION mal.of(mal.pair[]);
CREATE CAST (mal.moods AS text) WITH FUNCTION mal.of(mal.moods);`

// hijackedTable returns a session as masks run in, with a key, and the columns of mal.t as masks see them.
func hijackedTable(t *testing.T) (conn *pgx.Conn, url string, columns map[string]mask.Column) {
	t.Helper()
	url = pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, hijacked)
	conn = pgtest.Connect(t, url)
	c, err := catalog.Read(context.Background(), conn)
	if err != nil {
		t.Fatal(err)
	}
	columns = map[string]mask.Column{}
	types := map[string]mask.Type{}
	for _, table := range c.Tables {
		for _, col := range table.Columns {
			types[col.Name] = col.Type
			columns[col.Name] = mask.Column{
				Schema: table.Schema,
				Table:  table.Name,
				Name:   col.Name,
				Type:   col.Type,
				Types:  types,
			}
		}
	}
	for name, col := range columns {
		col.Siblings = slices.Sorted(maps.Keys(types))
		columns[name] = col
	}
	return conn, url, columns
}

func exec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), sql); err != nil {
		t.Fatal(err)
	}
}

func values(t *testing.T, conn *pgx.Conn, sql string) []string {
	t.Helper()
	rows, err := conn.Query(context.Background(), "SELECT coalesce("+sql+", 'NULL') FROM mal.t ORDER BY n")
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Errorf("%s: %v", sql, err)
	}
	return got
}

const masking = "SET search_path = pg_catalog; SET shoji.key = '" + keyA + "'"

// TestTextFormsRunNoCast holds the text forms of types to what a cast to text writes, where a cast of the type's owner
// runs code of that owner.
func TestTextFormsRunNoCast(t *testing.T) {
	conn, url, columns := hijackedTable(t)
	want := map[string][]string{}
	for name := range columns {
		want[name] = values(t, conn, name+"::text")
	}
	pgtest.Exec(t, url, hijack)
	exec(t, conn, masking)
	if _, err := conn.Exec(context.Background(), "SELECT mood::text FROM mal.t"); err == nil {
		t.Error("the cast does not run the owner's code: the test proves nothing")
	}
	for name, c := range columns {
		if got := values(t, conn, c.Type.Text(name)); !slices.Equal(got, want[name]) {
			t.Errorf("%s: %q, not %q", name, got, want[name])
		}
	}
}

// TestMasksRunNoCodeOfATypesOwner runs masks on columns whose types' casts and checks would stop them.
func TestMasksRunNoCodeOfATypesOwner(t *testing.T) {
	conn, url, columns := hijackedTable(t)
	pgtest.Exec(t, url, hijack)
	exec(t, conn, masking)
	for column, calls := range map[string][]string{
		"mood": {
			`enum()`, `enum({ by = ["list", "pair"] })`, `enum({ by = ["feeling"] })`, `fixed("ok")`, `one_of(["ok"])`,
			`when("n = 1", keep(), enum())`,
		},
		"feeling": {`enum()`, `fixed("ok")`, `null_value()`},
		"word": {
			`token()`, `partial(1, "*", 0)`, `email({ by = ["span"] })`, `fixed("a")`, `regex("a", "b")`, `digits()`,
		},
		"words": {`array(token())`, `fixed("{a}")`, `one_of(["{a}", "{b}"])`},
		"grid":  {`array(token())`},
		"list":  {`array(enum())`},
		"pair":  {`fields({ m = enum() }, { keep = ["t"] })`},
		"pairs": {`array(fields({ t = token() }, { keep = ["m"] }))`},
		"span":  {`range(enum())`},
	} {
		for _, call := range calls {
			e, err := mustParse(t, call).Compile(columns[column])
			if err != nil {
				t.Errorf("%s: %v", call, err)
				continue
			}
			got := values(t, conn, columns[column].Type.Text("("+e.SQL+")"))
			if len(got) != 3 {
				t.Errorf("%s on %s gives %q", call, column, got)
			}
			if call == `array(fields({ t = token() }, { keep = ["m"] }))` &&
				(!strings.HasSuffix(got[0], ",NULL}") || got[2] != `{"(,)",NULL}`) {
				t.Errorf("%s: NULL elements do not stay: %q", call, got)
			}
		}
	}
}
