package preview_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/preview"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
	"github.com/shoji-pg/shoji/spec/lang"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const head = `
secret "key" {
  env = "KEY"
}
database "prod" {
  url = "postgres://a@b/c"
}
database "staging" {
  url = "postgres://a@b/d"
}
refresh "r" {
  from = database.prod
  to   = database.staging
  key  = secret.key
}
rule "rest" {
  match {
    column = "*"
  }
  mask = keep()
}
`

// mask is a block of the table t.
func mask(columns ...string) string {
	text := "table \"public\" \"t\" {\n"
	for _, c := range columns {
		name, m, _ := strings.Cut(c, "=")
		text += "  column \"" + name + "\" {\n    mask = " + m + "\n  }\n"
	}
	return text + "}\n"
}

// try decides the tables that sql creates and tries their constraints. Each of change sees the sampler before.
func try(t *testing.T, sql, hcl string, change ...func(*preview.Sampler)) (*preview.Trial, diag.Diagnostics) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(head+hcl), 0o600); err != nil {
		t.Fatal(err)
	}
	p, ds := lang.Load(dir, lang.Options{Version: "0.1.0"})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, sql)
	ctx := context.Background()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams = map[string]string{
		"search_path":                   "pg_catalog",
		"default_transaction_read_only": "on",
		"shoji.key":                     "a key of a test, long enough",
	}
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	source, err := catalog.Read(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	tables, ds := decide.Resolve(decide.InputFor(p, p.Refreshes[0], source))
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	code, err := reach.Read(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	s := preview.New(c, code)
	for _, f := range change {
		f(s)
	}
	trial, err := s.Try(ctx, tables)
	if err != nil {
		t.Fatal(err)
	}
	return trial, trial.Report()
}

func codes(ds diag.Diagnostics) string {
	var out []string
	for _, d := range ds {
		out = append(out, string(d.Severity)+" "+d.Code)
	}
	return strings.Join(out, ", ")
}

func TestTry(t *testing.T) {
	const some = `; INSERT INTO t SELECT `
	const many = ` FROM generate_series(1, 200) AS g(i)`
	for name, c := range map[string]struct {
		sql, hcl string
		held     int
		codes    string
		words    []string
	}{
		"a CHECK that masked rows satisfy": {
			`CREATE TABLE t (n text CHECK (n ~ '^[a-z]'))` + some + `'n' || i` + many, mask(`n=sql("'x' || n")`), 1, "",
			nil,
		},
		"one that some do not": {
			`CREATE TABLE t (n text CONSTRAINT lower_case CHECK (n ~ '^[a-z]'))` + some + `'n' || i` + many,
			mask(`n=sql("CASE WHEN n LIKE '%7' THEN 'X' ELSE n END")`), 0, "error check_fails",
			[]string{"lower_case of public.t is CHECK", "Of 200 rows", "20 violate it under sql(", "on n"},
		},
		"two columns together": {
			`CREATE TABLE t (a date, b date, CHECK (a < b))` + some + `'2020-01-01', '2020-01-02'` + many,
			mask(`a=jitter("30 days")`), 0, "error check_fails", []string{`jitter("30 days") on a`},
		},
		"a domain": {
			`CREATE DOMAIN code AS varchar(9) CHECK (upper(VALUE) = VALUE); CREATE TABLE t (c code)` + some +
				`'A' || i` +
				many, mask(`c=sql("lower(c)")`), 0, "error check_fails",
			[]string{"The domain public.code of public.t.c"},
		},
		"a domain that is satisfied": {
			`CREATE DOMAIN code AS varchar(9) CHECK (upper(VALUE) = VALUE); CREATE TABLE t (c code)` + some +
				`'A' || i` +
				many, mask(`c=sql("c || 'X'")`), 1, "", nil,
		},
		"a number out of the range of its type": {
			`CREATE TABLE t (n numeric(4,2) CHECK (n > 0), k int)` + some + `90, 1` + many, mask(`n=sql("n * 3")`), 0,
			"error mask_refused, warning check_unknown", []string{"a number is out of range", "the mask of n fails"},
		},
		"a mask that fails on one row": {
			`CREATE TABLE t (n int)` + some + `i` + many, mask(`n=sql("10 / (n - 100)")`), 0, "error mask_refused",
			[]string{"division by zero"},
		},
		"NOT NULL": {
			`CREATE TABLE t (n text NOT NULL)` + some + `'n' || i` + many, mask(`n=sql("nullif(n, 'n7')")`), 0,
			"error mask_unfit", []string{
				"public.t.n is NOT NULL. Of 200 rows that the source masked to try it, 1 are NULL",
			},
		},
		"a length": {
			`CREATE TABLE t (n varchar(5))` + some + `'n' || i` + many, mask(`n=sql("n || '  '")`), 0, "", nil,
		},
		"a length that is too much": {
			`CREATE TABLE t (n varchar(5))` + some + `'n' || i` + many, mask(`n=sql("n || 'abcd'")`), 0,
			"error mask_unfit", []string{"public.t.n is character varying(5)", "200 are too long"},
		},
		"a unique expression": {
			`CREATE TABLE t (n text); CREATE UNIQUE INDEX by_start ON t ("left"(n, 12))` + some + `'n' || i` + many,
			mask("n=token()"), 1, "", nil,
		},
		"a unique expression that masked rows share": {
			`CREATE TABLE t (n text); CREATE UNIQUE INDEX by_start ON t ("left"(n, 3))` + some + `i::text || 'n'` +
				many,
			mask("n=token({ prefix = \"abc\" })"), 0, "error lossy_unique",
			[]string{"by_start of public.t is unique", "(1 keys are"},
		},
		"short codes that stay apart": {
			`CREATE TABLE t (n char(6) UNIQUE)` + some + `'n' || i` + many,
			mask(`n=digits({ unmatched = "token", length = 6 })`), 0, "", nil,
		},
		"addresses that differ in case": {
			`CREATE TABLE t (n text UNIQUE)` + some + `CASE WHEN i % 2 = 0 THEN 'a' ELSE 'A' END || (i / 2) || '@b.c'` +
				many, mask(`n=email()`), 0, "error lossy_unique", []string{"t_n_key"},
		},
		"addresses that do not": {
			`CREATE TABLE t (n text UNIQUE)` + some + `'a' || i || '@b.c'` + many, mask(`n=email()`), 1, "", nil,
		},
		"a partial key whose condition is masked": {
			`CREATE TABLE t (n text, main bool); CREATE UNIQUE INDEX main_one ON t (n) WHERE main` + some +
				`'same', i = 1` + many, mask(`main=fixed(true)`), 0, "error lossy_unique", []string{"main_one"},
		},
		"ranges that exclude each other": {
			`CREATE TABLE t (r daterange, EXCLUDE USING gist (r WITH &&))` + some +
				`daterange('2020-01-01'::date + i, '2020-01-01'::date + i + 1)` + many,
			mask(`r=range(jitter("90 days"))`), 0, "error check_fails", []string{"exclude another"},
		},
		"ranges far apart": {
			`CREATE TABLE t (r daterange, EXCLUDE USING gist (r WITH &&));
				INSERT INTO t VALUES ('[2001-01-01,2001-01-02)'), ('[2010-01-01,2010-01-02)'), (NULL)`,
			mask(`r=range(jitter("3 days"))`), 1, "", nil,
		},
		"a generated column": {
			`CREATE TABLE t (n text, l text GENERATED ALWAYS AS (upper(n)) STORED CHECK (l <> 'X7'))` + some +
				`'n' || i` +
				many, mask(`n=sql("replace(n, 'n', 'x')")`), 0, "error check_fails", nil,
		},
		"partitions": {
			`CREATE TABLE t (k int, n text CHECK (n ~ 'n')) PARTITION BY LIST (k);
				CREATE TABLE t1 PARTITION OF t FOR VALUES IN (0);
				CREATE TABLE t2 PARTITION OF t DEFAULT` + some + `i % 2, 'n' || i` + many,
			mask(`n=sql("CASE WHEN k = 0 THEN n ELSE 'x' END")`), 0, "error check_fails",
			[]string{"Of 100 rows", "100 violate"},
		},
		"a table without rows": {
			`CREATE TABLE t (n text CHECK (n ~ '^[a-z]'))`, mask(`n=sql("n || 'x'")`), 1, "", nil,
		},
		"a constant, and no rows": {
			`CREATE TABLE t (n text CHECK (md5(n) = 'x'))`, mask(`n=fixed("abc")`), 0, "error check_fails",
			[]string{`The values of fixed("abc") on n violate it`},
		},
		"a list of which one value is refused, and no rows": {
			`CREATE TABLE t (n text CHECK (md5(n) <> md5('b')))`, mask(`n=one_of(["a", "b"])`), 1, "", nil,
		},
		"a list of which one value is refused": {
			`CREATE TABLE t (n text CHECK (md5(n) <> md5('b')))` + some + `'n' || i` + many,
			mask(`n=one_of(["a", "b"])`), 0,
			"error check_fails", nil,
		},
		"code that is not PostgreSQL's own": {
			`CREATE ROLE nobody_preview; CREATE FUNCTION good(text) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS
				$$ BEGIN RETURN true; END $$; ALTER FUNCTION good OWNER TO nobody_preview;
				CREATE TABLE t (n text CHECK (good(n)))`, mask(`n=token()`), 0, "warning check_unknown",
			[]string{
				"It was not tried with rows of the source: it would run public.good(text), owned by nobody_preview",
			},
		},
		"a whole row, which a mask has no type for": {
			`CREATE TABLE t (n text, m int, CHECK (t IS NOT NULL))` + some + `'n', i` + many, mask(`n=token()`), 0, "",
			nil,
		},
		"a collation": {
			`CREATE TABLE t (n text COLLATE "C" CHECK (n < 'b'))` + some + `'A'` + many,
			mask(`n=sql("upper(n) || 'z'")`), 1,
			"", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(c.sql, "nobody_preview") {
				pgtest.Exec(t, pgtest.Server(t).AdminURL("postgres"), "DROP ROLE IF EXISTS nobody_preview")
			}
			trial, ds := try(t, c.sql, c.hcl)
			if got := codes(ds); got != c.codes {
				t.Errorf("%s, not %s: %v", got, c.codes, ds)
			}
			if trial.Held() != c.held {
				t.Errorf("%d hold, not %d", trial.Held(), c.held)
			}
			text := ds.Error()
			for _, w := range c.words {
				if !strings.Contains(text, w) {
					t.Errorf("%q is not in\n%s", w, text)
				}
			}
		})
	}
}

// TestBounds: what takes too long, or must not be read, stays as open as it was, and says why.
func TestBounds(t *testing.T) {
	const slow = `CREATE TABLE t (n text CHECK (n ~ '^[0-9a-z]')); INSERT INTO t SELECT 'n' FROM generate_series(1, 9)`
	hcl := mask(`n=sql("md5(repeat(n, 20000000))")`)
	for why, change := range map[string]func(*preview.Sampler){
		"longer than 50ms":                          func(s *preview.Sampler) { s.Timeout = 50 * time.Millisecond },
		"the time for trying masks, -1ns, was over": func(s *preview.Sampler) { s.Total = -1 },
		"a clone is read":                           func(s *preview.Sampler) { s.Unread = "a clone is read" },
	} {
		begun := time.Now()
		trial, ds := try(t, slow, hcl, change)
		if codes(ds) != "warning check_unknown" || !strings.Contains(ds.Error(), why) || trial.Held() != 0 {
			t.Errorf("%s: %v", why, ds)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s took %s", why, took)
		}
	}
}

// TestPortion: of a large table blocks from all over are read, and not all of them.
func TestPortion(t *testing.T) {
	for _, c := range []struct {
		rows, bytes int64
		want        string
	}{
		{0, 0, ""},
		{10_000, 1 << 20, ""},
		{1_000_000, 1 << 30, " TABLESAMPLE SYSTEM (0.500000) REPEATABLE (1)"},
		{-1, 1 << 40, " TABLESAMPLE SYSTEM (0.000045) REPEATABLE (1)"},
		{-1, 16 << 10, ""}, // a block of a sample may be left out, and this has but two
		{100_000, 2 << 20, " TABLESAMPLE SYSTEM (19.531250) REPEATABLE (1)"},
	} {
		if got := preview.Portion(&catalog.Table{EstimatedRows: c.rows, Bytes: c.bytes, Pages: c.bytes >> 13},
			500); got != c.want {
			t.Errorf("%d rows, %d bytes: %q", c.rows, c.bytes, got)
		}
	}
}
