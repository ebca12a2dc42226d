package check_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/check"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func parsed(t *testing.T, text string) *mask.Mask {
	t.Helper()
	e, ds := hclsyntax.ParseExpression([]byte(text), "mask", hcl.InitialPos)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	v, ds := e.Value(&hcl.EvalContext{Functions: mask.Functions()})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	m, ok := mask.FromValue(v)
	if !ok {
		t.Fatalf("%s is no mask", text)
	}
	return m
}

const (
	holds   = check.Holds
	unknown = check.Unknown
	fails   = check.Fails
)

// rows are raw values of each type that the tests' constraints allow or not; the database says which.
var rows = map[string][]string{
	"text": {
		"a@b.example", "Ada@B.Example", "active", "closed", "+81 90-1234-5678", "0123456789", "090-1234", "AB12", "x",
		"ab", "Some Name", "ENABLED", " padded ", "日本", "true",
	},
	"integer": {"0", "1", "-1", "17", "18", "42", "99", "100", "101", "2147483647"},
	"numeric": {"0", "0.5", "-0.5", "17.99", "18", "100", "100.01"},
	"boolean": {"true", "false"},
	"date":    {"1900-01-01", "1999-12-31", "2000-01-01", "2020-02-29"},
	"mood":    {"sad", "ok", "happy"},
	"json":    {"{}", "[]", "null", `"a"`, "1"},
}

// TestVerdicts holds what is said of constraints against what the server does with the masked rows of those that it
// allows: one that is said to hold takes them all, one that is said to fail takes none.
func TestVerdicts(t *testing.T) {
	s := pgtest.Server(t)
	url := pgtest.Database(t, s)
	pgtest.Exec(t, url, `CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')`)
	ctx := context.Background()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["shoji.key"] = "a key of a test, long enough"
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	for i, v := range []struct {
		typ, constraint, mask string
		want                  check.Verdict
	}{
		// Lists.
		{"text", `x IN ('active', 'closed')`, `fixed("closed")`, holds},
		{"text", `x IN ('active', 'closed')`, `fixed("gone")`, fails},
		{"text", `x IN ('active', 'closed')`, `one_of(["active", "closed"])`, holds},
		{"text", `x IN ('active', 'closed')`, `one_of(["active", "gone"])`, unknown},
		{"text", `x IN ('active', 'closed')`, `one_of(["left", "gone"])`, fails},
		{"text", `x NOT IN ('active', 'closed')`, `fixed("closed")`, fails},
		{"text", `x IN ('active', 'closed')`, `token()`, fails},
		{"text", `x IN ('active', 'closed')`, `email()`, fails},
		{"text", `x IN ('active', 'closed')`, `sql("left(x, 1)")`, unknown},
		{"text", `x <> 'active'`, `email()`, holds},
		{"text", `x = 'active'`, `keep()`, holds},
		{"text", `x = 'active' OR x LIKE '%@%'`, `email()`, holds},
		{"varchar(40)", `x IN ('active', 'closed')`, `fixed("gone")`, fails},
		{"varchar(40)", `x IN ('active', 'closed')`, `fixed("active")`, holds},
		{"char(10)", `x IN ('active', 'closed')`, `fixed("active")`, holds},
		{"char(10)", `x IN ('active', 'closed')`, `fixed("gone")`, fails},
		{"mood", `x <> 'sad'`, `fixed("sad")`, fails},
		{"mood", `x <> 'sad'`, `fixed("happy")`, holds},
		{"mood", `x IN ('ok', 'happy')`, `one_of()`, unknown},
		{"mood", `x::text IN ('ok', 'happy')`, `fixed("ok")`, holds},
		// Patterns.
		{"text", `x LIKE '%@%'`, `email()`, holds},
		{"text", `x LIKE '%@%.%'`, `email()`, holds},
		{"text", `x NOT LIKE '%@%'`, `email()`, fails},
		{"text", `x LIKE '%@%'`, `token()`, fails},
		{"text", `x LIKE '%@%'`, `full_name()`, unknown},
		{"text", `x LIKE 'c\_%'`, `token({ prefix = "c_" })`, holds},
		{"text", `x LIKE 'd\_%'`, `token({ prefix = "c_" })`, fails},
		{"text", `x ILIKE '%@EXAMPLE.com'`, `email()`, holds},
		{"text", `x ~ '^[^@[:space:]]+@[a-z0-9.-]+\.[a-z]{2,}$'`, `email()`, holds},
		{"text", `x ~* '^[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}$'`, `email()`, holds},
		{"text", `x ~ '^\d+$'`, `email()`, fails},
		{"text", `x ~ '^\d+$'`, `token()`, unknown},
		{"text", `x !~ '\s'`, `token()`, holds},
		{"text", `x ~ '^[0-9a-f]+$'`, `hash()`, holds},
		{"text", `x ~ '^[a-z]{2}$'`, `fixed("ab")`, holds},
		{"text", `x ~ '^[a-z]{2}$'`, `fixed("abc")`, fails},
		{"text", `x ~ '^(?=a)'`, `fixed("abc")`, unknown},
		{"text", `x ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'`, `uuid()`, holds},
		{"text", `x ~ '^[0-9]+$'`, `digits()`, holds},
		{"text", `x ~ '^\+?[0-9 -]+$'`, `digits()`, unknown}, // a text of blanks alone would be hidden
		{"text", `x ~ '^\+?[0-9][0-9 -]*$'`, `digits()`, holds},
		{"text", `x ~ '^0[0-9]+'`, `digits()`, unknown},
		{"text", `x SIMILAR TO '%@%'`, `email()`, unknown},
		// Lengths, case, blanks.
		{"text", `char_length(x) <= 28`, `email()`, holds},
		{"text", `char_length(x) < 10`, `email()`, fails},
		{"text", `length(x) BETWEEN 5 AND 40`, `email()`, holds},
		{"text", `char_length(x) = 4`, `digits()`, holds},
		{"text", `char_length(x) <= 4`, `partial(1, "*", 0)`, holds},
		{"text", `char_length(x) = 16`, `token()`, holds},
		{"text", `char_length(x) > 3`, `fixed("abc")`, fails},
		{"text", `octet_length(x) > 3`, `fixed("abc")`, fails},
		{"text", `octet_length(x) <= 28`, `email()`, holds},
		{"text", `octet_length(x) < 10`, `email()`, fails},
		{"text", `octet_length(x) <= 6`, `last_name("ja")`, unknown},
		{"varchar(12)", `octet_length(x) <= 48`, `last_name("ja")`, holds},
		{"char(16)", `x ~ '^[0-9a-f]{16}$'`, `token()`, holds},
		{"char(5)", `x ~ '^[A-Z]{2}$'`, `fixed("ab")`, fails},
		{"char(5)", `x ~ '^[A-Z]{2}$'`, `fixed("AB")`, fails}, // a pattern sees the spaces
		{"char(5)", `x ~ '^[A-Z]{2} *$'`, `fixed("AB")`, holds},
		{"char(5)", `x::text ~ '^[A-Z]{2}$'`, `fixed("AB")`, holds},
		{"jsonb", `jsonb_typeof(x) = 'object'`, `fixed("{}")`, holds},
		{"jsonb", `jsonb_typeof(x) = 'array'`, `fixed("{}")`, fails},
		{"jsonb", `jsonb_typeof(x) IN ('array', 'null')`, `fixed("[]")`, holds},
		{"json", `json_typeof(x) = 'string'`, `fixed("\"a\"")`, holds},
		{"text", `x <> ''`, `first_name()`, holds},
		{"text", `x <> ''`, `fixed("")`, fails},
		{"text", `x <> ''`, `partial(1, "*", 1)`, holds},
		{"text", `trim(x) <> ''`, `last_name("ja")`, holds},
		{"text", `trim(x) <> ''`, `fixed("  ")`, fails},
		{"text", `x = lower(x)`, `email()`, holds},
		{"text", `x = upper(x)`, `fixed("abc")`, fails},
		{"text", `x = lower(x)`, `fixed("abc")`, holds},
		{"text", `x = lower(x)`, `first_name()`, unknown},
		{"text", `position('@' in x) > 0`, `email()`, holds},
		{"text", `position('@' in x) > 1`, `fixed("a@b")`, holds},
		{"text", `position('@' in x) = 0`, `email()`, fails},
		{"text", `coalesce(x, '') <> ''`, `token()`, holds},
		// Numbers and times.
		{"integer", `x >= 0`, `token()`, holds},
		{"integer", `x > 0 AND x < 100`, `fixed(100)`, fails},
		{"integer", `x > 0 AND x < 100`, `fixed(42)`, holds},
		{"integer", `x < 0`, `token()`, fails},
		{"integer", `x < 100`, `token()`, unknown},
		{"integer", `x >= 0`, `noise(0.5)`, holds},
		{"integer", `x > 0`, `noise(0.5)`, unknown},
		{"integer", `x <= 100`, `truncate(10)`, holds},
		{"integer", `x >= 18`, `truncate(10)`, unknown},
		{"integer", `x >= 0`, `truncate(10)`, holds},
		{"integer", `x % 2 = 0`, `fixed(3)`, unknown},
		{"integer", `x = ANY (ARRAY[1, 42])`, `fixed(42)`, holds},
		{"integer", `x = ANY (ARRAY[1, 42])`, `fixed(41)`, fails},
		{"integer", `x > -5`, `fixed(-5)`, fails},
		{"numeric", `x >= 0.5`, `fixed(0.25)`, fails},
		{"numeric", `x >= 0`, `noise(0.1)`, holds},
		{"numeric(6,1)", `x <> 0.3`, `fixed(0.25)`, unknown}, // it is rounded to 0.3
		{"double precision", `x >= 0.1`, `fixed(0.1)`, unknown},
		{"double precision", `x >= 1`, `fixed(1)`, holds},
		{"date", `x > '1899-12-31'`, `fixed("1970-01-01")`, holds},
		{"date", `x > '1899-12-31'`, `fixed("1800-01-01")`, fails},
		{"date", `x > '1899-12-31'`, `jitter("30 days")`, unknown},
		{"date", `x > '1900-01-01'`, `truncate("year")`, unknown},
		{"date", `x >= '1900-01-01'`, `truncate("year")`, holds},
		{"date", `x >= '1999-06-01'`, `truncate("year")`, unknown},
		{"date", `x < '2020-03-01'`, `truncate("month")`, holds},
		{"integer", `x > 0`, `noise(0.4)`, holds},
		{"numeric", `x > 0`, `noise(0.2)`, holds},
		{"boolean", `x`, `fixed(false)`, fails},
		{"boolean", `x IS NOT FALSE`, `fixed(true)`, holds},
		{"boolean", `NOT x`, `fixed(false)`, holds},
		{"integer", `x >= 0`, `int_map()`, holds},
		{"integer", `x >= 0`, `int_map({ max = 1000 })`, holds},
		{"integer", `x >= 0`, `int_map({ min = -1000, max = 1000 })`, unknown},
		{"integer", `x > 0`, `int_map()`, unknown},
		// What masks write.
		{"text", `x LIKE '%@example.org'`, `email("ja", { domain = "example.org" })`, holds},
		{"text", `x ~ '^user_[0-9a-f]{8}$'`, `username({ length = 8 })`, holds},
		{"text", `x ~ '[0-9a-f]{16}$'`, `username("en")`, holds},
		{"text", `x ~ '^[a-z0-9.-]+$'`, `domain()`, holds},
		{"text", `x ~ '^https?://'`, `url()`, holds},
		{"text", `x LIKE 'http:%'`, `url()`, fails},
		{"text", `x ~ '^0[0-9]{2}-[0-9]{4}-[0-9]{4}$'`, `phone("ja", { style = "national" })`, holds},
		{"text", `x ~ '^\+[1-9][0-9]{6,14}$'`, `phone({ style = "e164" })`, holds},
		{"text", `x ~ '^\+?[0-9][0-9 -]+$'`, `phone()`, holds},
		{"text", `x ~ '^\+?[0-9][0-9 -]+$'`, `phone("ja")`, holds},
		{"text", `x ~ '^([0-9a-f]{2}:){5}[0-9a-f]{2}$'`, `mac()`, holds},
		{"text", `x ~ '^[A-Z]{2}$'`, `country({ form = "code" })`, holds},
		{"text", `trim(x) <> '' AND x = trim(x)`, `address("ja", { postcode = true })`, holds},
		{"text", `x = trim(x)`, `city()`, holds},
		{"text", `x = trim(x)`, `company("ja")`, holds},
		{"text", `x = trim(x)`, `postcode("ja")`, holds},
		{"text", `x ~ '^[0-9]{3}-?[0-9]{4}$'`, `postcode("ja")`, holds},
		{"text", `x ~ '^[0-9]{3}-[0-9]{4}$'`, `postcode("ja")`, unknown},
		{"text", `x ~ '^[0-9]{5}(-[0-9]{4})?$'`, `postcode()`, holds},
		{"text", `x ~ '^[0-9]{3}-[0-9]{4}$'`, `postcode()`, fails},
		{"text", `x ~ '^[ァ-ヶー　 ]+$'`, `full_name("ja", { form = "kana" })`, holds},
		{"text", `x ~ '^[ァ-ヶー]+$'`, `last_name("ja", { form = "kana" })`, holds},
		{"text", `x ~ '^[ァ-ヶー]+$'`, `full_name("ja", { form = "kana" })`, fails},
		{"text", `x = trim(x)`, `full_name("ja", { form = "kana" })`, holds},
		{"text", `x ~ '^[0-9]+$'`, `credit_card()`, holds},
		{"text", `char_length(x) = 4`, `shape()`, holds},
		{"text", `char_length(x) = 4`, `digits({ unmatched = "token" })`, unknown},
		{"mood", `x IN ('sad', 'ok', 'happy')`, `enum()`, holds},
		{"boolean", `x`, `bool()`, unknown},
		// NULL.
		{"text", `x IS NOT NULL`, `null_value()`, fails},
		{"text", `x IS NOT NULL`, `token()`, holds},
		{"text", `x IS NOT NULL`, `sql("nullif(x, 'x')")`, unknown},
		{"text", `x LIKE '%@%'`, `null_value()`, holds},
		{"text", `x IS NULL OR x LIKE '%@%'`, `email()`, holds},
		{"text", `x IS NULL`, `fixed("x")`, fails},
		{"text", `x IS NULL OR x <> 'x'`, `fixed("x", { keep_null = true })`, fails},
		{"text", `num_nonnulls(x, y) >= 1`, `email()`, holds},
		{"text", `(x IS NULL) = (y IS NULL)`, `token()`, holds},
		{"text", `(x IS NULL) = (y IS NULL)`, `null_value()`, unknown},
		// By row, and with other columns.
		{"text", `x LIKE '%@%'`, `when("y = 'a'", keep(), email())`, holds},
		{"text", `x LIKE '%@%'`, `when("y = 'a'", email(), fixed("x"))`, unknown},
		{"text", `x LIKE '%@%'`, `when("y = 'a'", token(), fixed("x"))`, fails},
		{"text", `y = 'a' OR x LIKE '%@%'`, `email()`, holds},
		{"text", `y = 'a' OR x LIKE '%@%'`, `token()`, unknown},
		{"text", `y = 'b' AND x LIKE '%@%'`, `token()`, fails},
		{"text", `x < y`, `token()`, unknown},
		{"text", `y <> 'z'`, `token()`, holds},
		{"text", `lower(x) IN ('true', 'false')`, `fixed("TRUE")`, holds},
	} {
		t.Run(fmt.Sprintf("%s under %s", v.constraint, v.mask), func(t *testing.T) {
			table := fmt.Sprintf("t%d", i)
			if _, err := c.Exec(ctx,
				fmt.Sprintf("CREATE TABLE public.%s (x %s, y text, CONSTRAINT %s_check CHECK (%s)); CREATE TABLE "+
					"public.%s_copy (LIKE public.%s INCLUDING ALL)", table, v.typ, table, v.constraint, table,
					table)); err != nil {
				t.Fatal(err)
			}
			cat, err := catalog.Read(ctx, c)
			if err != nil {
				t.Fatal(err)
			}
			var source catalog.Table
			for _, found := range cat.Tables {
				if found.Name == table {
					source = found
				}
			}
			column := source.Columns[0]
			m := parsed(t, v.mask)
			e, err := m.Compile(mask.Column{
				Schema:   "public",
				Table:    table,
				Name:     "x",
				Type:     column.Type,
				Siblings: []string{"x", "y"},
			})
			if err != nil {
				t.Fatal(err)
			}
			definition := source.Constraints[0].Definition
			read, err := sqltree.ParseConstraint(definition)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := check.MaskedTable{
				Masked: map[string]check.Results{"x": check.ResultsOf("x", column.Type, column.Collation, m, e)},
			}.Check(read.Check)
			if got != v.want {
				t.Errorf("verdict %v, not %v, on %s", got, v.want, definition)
			}
			taken, refused := copied(t, c, table, v.typ, e.SQL)
			switch {
			case got == holds && refused > 0:
				t.Errorf("said to hold, but %d rows are refused", refused)
			case got == fails && taken > 0:
				t.Errorf("said to fail, but %d rows are taken", taken)
			}
		})
	}
}

// copied puts every row that the constraint allows through the mask into a table with the same constraint.
func copied(t *testing.T, c *pgx.Conn, table, typ, sql string) (taken, refused int) {
	t.Helper()
	ctx := context.Background()
	base, _, _ := strings.Cut(typ, "(")
	raws := rows[map[string]string{"varchar": "text", "char": "text", "double precision": "numeric",
		"jsonb": "json"}[base]]
	if raws == nil {
		raws = rows[base]
	}
	for _, raw := range raws {
		for _, y := range []string{"a", "b"} {
			_, err := c.Exec(ctx, fmt.Sprintf("TRUNCATE public.%s; INSERT INTO public.%s VALUES ('%s', '%s')", table,
				table, raw, y))
			var refusal *pgconn.PgError
			if errors.As(err, &refusal) {
				continue // not a row of this source
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Exec(ctx, fmt.Sprintf("INSERT INTO public.%s_copy SELECT %s, y FROM public.%s", table, sql,
				table))
			switch {
			case err == nil:
				taken++
			case errors.As(err, &refusal) && refusal.Code == "23514":
				refused++
			default:
				t.Fatal(err)
			}
		}
	}
	return taken, refused
}
