package conn_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// planted are what a row could hold of a person. None of it may be in a message.
var planted = []string{"anna@secret.example", "Anna Geheim", "990101-1234", "31337", "1987-13-45"}

const schema = `
CREATE TYPE mood AS ENUM ('ok');
CREATE DOMAIN address AS text CONSTRAINT has_at CHECK (VALUE LIKE '%@%.org');
CREATE TABLE people (id int PRIMARY KEY, email text UNIQUE, name varchar(5), born date, age smallint CHECK (age < 150),
	code char(3), m mood, u uuid, j jsonb, x inet, d address, n numeric(4,1), needed text NOT NULL DEFAULT 'x',
	during int4range, b bytea, bits bit(3), arr int[],
	EXCLUDE USING gist (during WITH &&));
CREATE TABLE children (id int, p int REFERENCES people, note text);
CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at);
CREATE VIEW adults AS SELECT * FROM people WHERE age > 18 WITH CHECK OPTION;
INSERT INTO people (id, email, during) VALUES (31337, 'anna@secret.example', '[31337,31400)');
INSERT INTO children VALUES (1, 31337, 'Anna Geheim');
CREATE FUNCTION shout(text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no % here',
	$1 USING DETAIL = 'it is ' || $1, HINT = 'ask ' || $1; END $$;
CREATE FUNCTION shout_as(text, text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no % here',
	$2 USING ERRCODE = $1, DETAIL = 'it is ' || $2, HINT = 'ask ' || $2; END $$;
CREATE FUNCTION asserts(text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN ASSERT false, 'not ' || $1; RETURN 1; END $$;
CREATE FUNCTION dynamic(text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT ' || $1; RETURN 1; END $$;
CREATE FUNCTION strict_one(text) RETURNS int LANGUAGE plpgsql AS $$ DECLARE r record;
BEGIN SELECT 1 INTO STRICT r WHERE $1 = ''; RETURN 1; END $$;
`

// TestRedact makes a real server complain about planted values in every way that we know, and looks for them in what is
// left.
func TestRedact(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, schema)
	for name, sql := range map[string]string{
		"unique violation":      `INSERT INTO people (id, email) VALUES (1, 'anna@secret.example')`,
		"primary key violation": `INSERT INTO people (id) VALUES (31337)`,
		"check violation": `INSERT INTO people (id, email, age)
			VALUES (2, 'anna@secret.example1', 31337 % 400 + 200)`,
		"not null violation":       `INSERT INTO people (id, email, needed) VALUES (2, 'Anna Geheim', NULL)`,
		"foreign key violation":    `INSERT INTO children VALUES (1, 990101, 'Anna Geheim')`,
		"referenced row":           `DELETE FROM people WHERE id = 31337`,
		"exclusion violation":      `INSERT INTO people (id, during) VALUES (3, '[31337,31338)')`,
		"no partition":             `INSERT INTO parts VALUES (31337, '2024-01-01')`,
		"check option of a view":   `INSERT INTO adults (id, email, age) VALUES (9, 'Anna Geheim', 3)`,
		"domain check":             `INSERT INTO people (id, d) VALUES (4, 'anna@secret.example')`,
		"invalid integer":          `SELECT 'Anna Geheim'::int`,
		"invalid integer of a row": `SELECT note::int FROM children`,
		"invalid boolean":          `SELECT 'Anna Geheim'::bool`,
		"invalid uuid":             `SELECT 'Anna Geheim'::uuid`,
		"invalid enum":             `SELECT 'Anna Geheim'::mood`,
		"invalid json":             `SELECT '{"name": Anna Geheim}'::jsonb`,
		"invalid json path":        `SELECT '$.Anna Geheim'::jsonpath`,
		"invalid inet":             `SELECT 'Anna Geheim'::inet`,
		"invalid date":             `SELECT '1987-13-45'::date`,
		"date out of range":        `SELECT '31337-13-99'::date`,
		"invalid timestamp":        `SELECT 'Anna Geheim'::timestamptz`,
		"invalid interval":         `SELECT 'Anna Geheim'::interval`,
		"to_date":                  `SELECT to_date('Anna Geheim', 'YYYY-MM-DD')`,
		"to_number":                `SELECT to_number('Anna Geheim', '999')`,
		"too long":                 `INSERT INTO people (id, name) VALUES (5, 'Anna Geheim')`,
		"too long for char": `SELECT 'x' FROM people WHERE code = 'Anna Geheim'::char(3)
			AND 1/(id-31337) = 1`,
		"numeric overflow":             `INSERT INTO people (id, n) VALUES (6, 31337)`,
		"integer overflow":             `SELECT '313373133731337'::int`,
		"smallint overflow":            `SELECT 313370::smallint`,
		"invalid bit":                  `SELECT 'Anna Geheim'::bit(3)`,
		"bit length":                   `INSERT INTO people (id, bits) VALUES (7, B'1')`,
		"invalid bytea":                `SELECT '\xAnna Geheim'::bytea`,
		"invalid hex":                  `SELECT decode('Anna Geheim', 'hex')`,
		"invalid base64":               `SELECT decode('Anna Geheim!', 'base64')`,
		"malformed array":              `SELECT '{Anna Geheim'::text[]`,
		"malformed element":            `SELECT '{Anna Geheim}'::int[]`,
		"malformed range":              `SELECT '[Anna Geheim'::int4range`,
		"range bounds":                 `SELECT int4range(31337, 1)`,
		"malformed record":             `SELECT 'Anna Geheim'::people`,
		"invalid regular expression":   `SELECT 'x' ~ ('(Anna Geheim' || note) FROM children`,
		"invalid escape":               `SELECT 'x' LIKE 'Anna Geheim\'`,
		"invalid encoding":             `SELECT convert_from('\xff'::bytea || 'Anna Geheim'::bytea, 'UTF8')`,
		"invalid cidr":                 `SELECT '31.33.7.1/8'::cidr, 'Anna Geheim'::cidr`,
		"invalid money":                `SELECT 'Anna Geheim'::money`,
		"invalid xml":                  `SELECT '<Anna Geheim'::xml`,
		"invalid point":                `SELECT 'Anna Geheim'::point`,
		"invalid tsquery":              `SELECT note::tsquery FROM children`,
		"invalid oid":                  `SELECT 'Anna Geheim'::oid`,
		"invalid regclass":             `SELECT 'Anna Geheim'::regclass`,
		"unknown relation by value":    `SELECT note::regclass FROM children`,
		"unknown role by value":        `SELECT note::regrole FROM children`,
		"unknown type by value":        `SELECT note::regtype FROM children`,
		"unknown function by value":    `SELECT note::regproc FROM children`,
		"unknown collation by value":   `SELECT note::regconfig FROM children`,
		"unknown sequence by value":    `SELECT nextval(note) FROM children`,
		"unknown setting by value":     `SELECT current_setting(note) FROM children`,
		"bad setting by value":         `SELECT set_config('work_mem', note, true) FROM children`,
		"unknown time zone by value":   `SELECT now() AT TIME ZONE note FROM children`,
		"unknown encoding by value":    `SELECT convert_to('x', note) FROM children`,
		"unknown unit by value":        `SELECT date_trunc(note, now()) FROM children`,
		"unknown format by value":      `SELECT format(note || '%y') FROM children`,
		"unknown digest by value":      `SELECT encode('x', note) FROM children`,
		"unknown parser by value":      `SELECT to_tsvector(note::regconfig, 'x') FROM children`,
		"has_table_privilege by value": `SELECT has_table_privilege(note, 'SELECT') FROM children`,
		"has_role by value":            `SELECT pg_has_role(note, 'USAGE') FROM children`,
		"privilege by value":           `SELECT has_table_privilege('people', note) FROM children`,
		"RAISE":                        `SELECT shout('Anna Geheim')`,
		"RAISE in a row's function":    `SELECT shout(note) FROM children`,
		"RAISE with a class of data":   `SELECT shout_as('22023', note) FROM children`,
		"RAISE with a class of names":  `SELECT shout_as('42P01', note) FROM children`,
		"RAISE with a class of rights": `SELECT shout_as('42501', note) FROM children`,
		"RAISE of a resource":          `SELECT shout_as('53100', note) FROM children`,
		"RAISE of a program's limit":   `SELECT shout_as('54000', note) FROM children`,
		"RAISE of a state":             `SELECT shout_as('55000', note) FROM children`,
		"RAISE of a system error":      `SELECT shout_as('58000', note) FROM children`,
		"RAISE of a cancelled query":   `SELECT shout_as('57014', note) FROM children`,
		"RAISE of a serialisation":     `SELECT shout_as('40001', note) FROM children`,
		"RAISE of a missing feature":   `SELECT shout_as('0A000', note) FROM children`,
		"RAISE of a class of its own":  `SELECT shout_as('ZZ999', note) FROM children`,
		"ASSERT":                       `SELECT asserts(note) FROM children`,
		"dynamic SQL from a value":     `SELECT dynamic(note) FROM children`,
		"dynamic SQL, unknown column":  `SELECT dynamic('"' || note || '"') FROM children`,
		"dynamic SQL, a string":        `SELECT dynamic('''' || note) FROM children`,
		"no rows in a function":        `SELECT strict_one(note) FROM children`,
		"RAISE with names": `DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '23514', ` +
			`MESSAGE = 'Anna Geheim', COLUMN = 'Anna Geheim', CONSTRAINT = 'Anna Geheim', TABLE = 'Anna Geheim', ` +
			`DATATYPE = 'Anna Geheim', SCHEMA = 'Anna Geheim'; END $$`,
		"a DO block":                   `DO $$ BEGIN RAISE EXCEPTION 'Anna Geheim'; END $$`,
		"an advisory text in an array": `SELECT (ARRAY[1])['Anna Geheim'::int]`,
		"a cast in a CHECK":            `ALTER TABLE children ADD CHECK (note::int > 0)`,
		"a NOT NULL for all rows":      `ALTER TABLE people ALTER m SET NOT NULL`,
		"a CHECK for all rows":         `ALTER TABLE children ADD CHECK (note = '')`,
		"a unique index": `INSERT INTO children VALUES (2, NULL, 'Anna Geheim');
			CREATE UNIQUE INDEX ON children (note)`,
		"a foreign key for all rows": `ALTER TABLE children DROP CONSTRAINT children_p_fkey;
			UPDATE children SET p = 990101; ALTER TABLE children ADD FOREIGN KEY (p) REFERENCES people`,
		"an index row too large": `CREATE TABLE large AS SELECT 'Anna Geheim' || string_agg(md5(i::text), '') AS v
			FROM generate_series(1, 2000) i; CREATE INDEX ON large (v)`,
		"division by zero":             `SELECT 31337 / (id - 31337) FROM people`,
		"text to a type's limit":       `SELECT repeat('Anna Geheim', 200000000)`,
		"several words in an operator": `SELECT 'Anna Geheim' || 5 + note FROM children`,
	} {
		t.Run(name, func(t *testing.T) {
			c := pgtest.Connect(t, url)
			_, err := c.PgConn().Exec(context.Background(), "BEGIN; "+sql).ReadAll()
			if err == nil && strings.HasPrefix(name, "too long for char") {
				return
			}
			if err == nil {
				t.Skip("this version finds nothing wrong with it")
			}
			clean(t, c, err)
		})
	}
}

// clean fails the test where a planted value is left in what is printed of err.
func clean(t *testing.T, c *pgx.Conn, err error) {
	t.Helper()
	named := func(err error) error { return conn.RedactNamed(t.Context(), c, err) }
	for _, redact := range []func(error) error{conn.Redact, conn.RedactRows, named} {
		redacted := redact(err)
		for _, value := range planted {
			if strings.Contains(strings.ToLower(redacted.Error()), strings.ToLower(value)) {
				t.Errorf("%q holds %q; the server had said %q", redacted, value, err)
			}
		}
		var e *conn.Error
		if !errors.As(redacted, &e) || e.Message == "" || e.Code == "" {
			t.Fatalf("%q says too little of %q", redacted, err)
		}
		for _, value := range planted {
			for _, field := range []string{e.Schema, e.Table, e.Column, e.Constraint} {
				if strings.Contains(field, value) {
					t.Errorf("a name holds %q", field)
				}
			}
		}
		if again := conn.Redact(redacted); again.Error() != redacted.Error() {
			t.Errorf("redacting twice gives %q, then %q", redacted, again)
		}
	}
}

// TestRedactCopy is the same for COPY, whose CONTEXT quotes whole lines; what stays is the line and the column.
func TestRedactCopy(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, schema)
	for name, c := range map[string]struct {
		copy, rows, column string
		line               int64
	}{
		"invalid value": {
			`COPY people (id, email, born) FROM STDIN`, "1\tanna@x\t2024-01-01\n2\tanna@secret.example\t1987-13-45\n",
			"born", 2,
		},
		"too long":            {`COPY people (id, name) FROM STDIN`, "3\tAnna Geheim\n", "name", 1},
		"too many columns":    {`COPY people (id, email) FROM STDIN`, "4\ta\tAnna Geheim\n", "", 1},
		"too few columns":     {`COPY people (id, email, name) FROM STDIN`, "4\tanna@secret.example\n", "", 1},
		"unique":              {`COPY people (id, email) FROM STDIN`, "5\tanna@secret.example\n", "", 1},
		"check":               {`COPY people (id, email, age) FROM STDIN`, "6\tAnna Geheim\t999\n", "", 1},
		"not null":            {`COPY people (id, email, needed) FROM STDIN`, "7\tAnna Geheim\t\\N\n", "needed", 1},
		"foreign key":         {`COPY children FROM STDIN`, "1\t990101\tAnna Geheim\n", "", 0},
		"no partition":        {`COPY parts FROM STDIN`, "31337\t2024-01-01\n", "", 1},
		"invalid integer":     {`COPY people (id) FROM STDIN`, "Anna Geheim\n", "id", 1},
		"invalid byte":        {`COPY people (id, email) FROM STDIN`, "8\tAnna Geheim\xff\n", "", 1},
		"invalid csv":         {`COPY people (id, email) FROM STDIN (FORMAT csv)`, "9,\"Anna Geheim\n", "", 0},
		"domain":              {`COPY people (id, d) FROM STDIN`, "10\tanna@secret.example\n", "d", 1},
		"a signature":         {`COPY people (id) FROM STDIN (FORMAT binary)`, "Anna Geheim, Anna Geheim", "", 0},
		"a carriage return":   {`COPY people (id, email) FROM STDIN`, "11\tAnna\rGeheim\n12\tx\n", "", 0},
		"the end in a column": {`COPY people (id, email) FROM STDIN`, "11\tAnna Geheim\\.\n12\tx\n", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			conf := pgtest.Connect(t, url)
			if _, err := conf.Exec(t.Context(), "BEGIN"); err != nil {
				t.Fatal(err)
			}
			_, err := conf.PgConn().CopyFrom(t.Context(), strings.NewReader(c.rows), c.copy)
			if err == nil {
				t.Skip("this version finds nothing wrong with it")
			}
			clean(t, conf, err)
			var e *conn.Error
			if errors.As(conn.Redact(err), &e) &&
				(c.column != "" && e.Column != c.column || c.line > 0 && e.Line > 0 && e.Line != c.line) {
				t.Errorf("line %d, column %q; want %d, %q", e.Line, e.Column, c.line, c.column)
			}
		})
	}
}

// TestRedactOtherLanguages: the words of a server that speaks another language are not trusted more.
func TestRedactOtherLanguages(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, schema)
	for _, language := range []string{"de_DE.UTF-8", "ja_JP.UTF-8", "C"} {
		for _, sql := range []string{
			`SELECT 'Anna Geheim'::int`, `INSERT INTO people (id, email) VALUES (1, 'anna@secret.example')`,
			`SELECT shout('Anna Geheim')`,
		} {
			c := pgtest.Connect(t, url)
			_, _ = c.Exec(t.Context(), "SET lc_messages = '"+language+"'")
			_, err := c.PgConn().Exec(t.Context(), sql).ReadAll()
			clean(t, c, err)
		}
	}
}

// TestRedactLeavesOthersAlone: nil, and what was made on this side.
func TestRedactLeavesOthersAlone(t *testing.T) {
	if conn.Redact(nil) != nil {
		t.Error("nil is an error")
	}
	own := errors.New("the plan is stale")
	if !errors.Is(conn.Redact(own), own) {
		t.Error("an error of this side was changed")
	}
	if err := conn.Redact(context.Canceled); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context cannot be told any more: %v", err)
	}
}

// TestCommit: what the server does not commit is an error.
func TestCommit(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, `CREATE TABLE t (id int PRIMARY KEY)`)
	ctx := t.Context()
	begin := func(sql string) *pgx.Conn {
		c := pgtest.Connect(t, url)
		if _, err := c.Exec(ctx, "BEGIN"); err != nil {
			t.Fatal(err)
		}
		_, _ = c.Exec(ctx, sql)
		return c
	}
	if err := conn.Commit(ctx, begin(`INSERT INTO t VALUES (1)`)); err != nil {
		t.Error(err)
	}
	if err := conn.Commit(ctx, begin(`SELECT 1/0`)); err == nil || !strings.Contains(err.Error(), "rolled") {
		t.Errorf("a failed transaction: %v", err)
	}
	if err := conn.Commit(ctx, begin(`ROLLBACK`)); err == nil || !strings.Contains(err.Error(), "ended before") {
		t.Errorf("no transaction: %v", err)
	}
	if rows := pgtest.Rows(t, url, `SELECT id FROM t`); len(rows) != 1 {
		t.Errorf("%v", rows)
	}
}
