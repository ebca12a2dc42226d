package mask_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/spec/mask"
)

// plainType is a type without its modifier.
func plainType(sql string) string {
	return regexp.MustCompile(`\(\d+(,\d+)?\)`).ReplaceAllString(sql, "")
}

// stays are the masks that have a value for ” too, or that cannot be known.
var stays = []string{"fixed", "default", "one_of", "null_value", "sql", "when", "keep"}

// TestEveryMaskOnEveryType holds the catalogue to its word: a mask compiles for the types that it is said to be for,
// and for no other, and a real server finds all that its properties say.
func TestEveryMaskOnEveryType(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	tables := prepare(t, url)
	m := matrix{conn: pgtest.Connect(t, url)}
	m.exec(t, "SET search_path = pg_catalog, public; SET timezone = 'UTC'; SET intervalstyle = 'postgres'")
	var names []string
	for name := range mask.Functions() {
		names = append(names, name)
	}
	slices.Sort(names)
	columns := columnsOf(t, m.conn, tables)
	pairs := 0
	for _, c := range typeCases() {
		table, ok := tables[c.sql]
		if !ok {
			t.Logf("this server has no type %s", c.sql)
			continue
		}
		t.Run(c.sql, func(t *testing.T) {
			for _, name := range names {
				compiled := 0
				list := calls(name, c)
				if list == nil {
					list = []string{name + "()"}
				}
				for _, call := range list {
					e, err := mustParse(t, call).Compile(columns[table])
					if err == nil {
						compiled++
						pairs++
						m.check(t, c, table, name, call, e)
					} else if !strings.Contains(err.Error(), name+" on v (") {
						t.Errorf("%s: the error does not name the mask and the column: %v", call, err)
					}
				}
				if accepts := mask.Accepts(name, columns[table].Type); accepts != (compiled > 0) {
					t.Errorf("%s: the catalogue says %v, but %d of %d calls compile", name, accepts, compiled,
						len(list))
				}
			}
		})
	}
	if pairs < 300 {
		t.Errorf("only %d calls were tried", pairs)
	}
}

type matrix struct {
	conn *pgx.Conn
}

func (m matrix) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := m.conn.Exec(context.Background(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// measured is what a server counts.
type measured struct {
	rows, nulls, wrongNull, emptied, changedAgain, raw, distinctIn, distinctOut, longest, longer int
}

func (m matrix) check(t *testing.T, c typeCase, table, name, call string, e mask.Expr) {
	t.Helper()
	ctx := context.Background()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s for %s: %s", call, c.sql, fmt.Sprintf(format, args...))
	}
	if e.Unique != mask.Preserved && e.Collisions == "" {
		fail("says nothing about collisions")
	}
	m.exec(t, "SET shoji.key = '"+keyA+"'")
	m.exec(t, "TRUNCATE public."+table+"_copy")
	// The result loads into a column of the very type.
	if _, err := m.conn.Exec(ctx,
		fmt.Sprintf("INSERT INTO public.%s_copy SELECT n, %s FROM ONLY public.%s", table, e.SQL, table)); err != nil {
		fail("%v\n%s", err, e.SQL)
		return
	}
	length := func(value string) string {
		if e.MaxLength < 0 && !e.KeepsLength {
			return "0"
		}
		return "char_length(" + value + "::text)"
	}
	text := "public." + table
	var got measured
	err := m.conn.QueryRow(ctx,
		fmt.Sprintf(`SELECT count(*), count(*) FILTER (WHERE r.v::text IS NULL),
			count(*) FILTER (WHERE (t.v::text IS NULL) <> (r.v::text IS NULL)),
		count(*) FILTER (WHERE t.v::text = '' AND r.v::text <> ''),
			count(*) FILTER (WHERE t.again IS DISTINCT FROM r.v::text), count(*) FILTER (WHERE t.v::text = r.v::text
			AND t.v::text <> ''),
		count(DISTINCT lower(t.v::text)) FILTER (WHERE t.n > 100), count(DISTINCT r.v::text) FILTER (WHERE t.n > 100),
			coalesce(max(%s), 0), count(*) FILTER (WHERE %s > %s)
		FROM (SELECT n, v, (%s)::text AS again FROM ONLY %s) AS t JOIN public.%s_copy AS r USING (n)`,
			length("r.v"), length("r.v"), length("t.v"), e.SQL, text, table)).
		Scan(&got.rows, &got.nulls, &got.wrongNull, &got.emptied, &got.changedAgain, &got.raw, &got.distinctIn,
			&got.distinctOut, &got.longest, &got.longer)
	if err != nil {
		fail("%v\n%s", err, e.SQL)
		return
	}
	switch {
	case e.Null == mask.NullKept && got.wrongNull > 0:
		fail("%d rows are NULL that were not, or the other way round", got.wrongNull)
	case e.Null == mask.NullAlways && got.nulls < got.rows:
		fail("%d rows are not NULL", got.rows-got.nulls)
	case e.Null == mask.NullNever && got.nulls > 0:
		fail("%d rows are NULL", got.nulls)
	}
	if e.Deterministic && got.changedAgain > 0 {
		fail("%d rows are not what they were a moment ago, or what was loaded", got.changedAgain)
	}
	if e.Unique != mask.Lossy && !c.few && got.distinctOut != got.distinctIn {
		fail("unique %s, but %d values became %d", e.Unique, got.distinctIn, got.distinctOut)
	}
	if !e.MayEqualRaw && got.raw > 0 {
		fail("%d values came through as they were", got.raw)
	}
	if got.emptied > 0 && !slices.Contains(stays, name) {
		fail("the empty text became something")
	}
	if e.MaxLength >= 0 && got.longest > e.MaxLength && !e.KeepsLength {
		fail("a result has %d characters, not %d", got.longest, e.MaxLength)
	}
	if e.KeepsLength && got.longer > 0 {
		fail("%d results are longer than their values", got.longer)
	}
	m.checkKey(t, c, table, call, e)
}

// checkKey: another key gives other results of a keyed mask, and of no other.
func (m matrix) checkKey(t *testing.T, c typeCase, table, call string, e mask.Expr) {
	t.Helper()
	if !e.Deterministic {
		return
	}
	differ := 0
	for i := 0; i < 4 && differ == 0; i++ { // where only two results are possible, two keys may agree
		m.exec(t, fmt.Sprintf("SET shoji.key = '%064d'", i))
		var n int
		if err := m.conn.QueryRow(context.Background(),
			fmt.Sprintf("SELECT count(*) FROM (SELECT n, (%s)::text AS again FROM ONLY public.%s) AS t JOIN "+
				"public.%s_copy AS r USING (n) WHERE t.again IS DISTINCT FROM r.v::text", e.SQL, table, table)).
			Scan(&n); err != nil {
			t.Errorf("%s for %s: %v", call, c.sql, err)
			return
		}
		differ += n
	}
	if keyed := e.Keyed != mask.NotKeyed; keyed != (differ > 0) {
		t.Errorf("%s for %s: keyed %q, but with other keys %d results differ", call, c.sql, e.Keyed, differ)
	}
}

// TestResultsAreTheSameEverywhere holds every mask to the results that are written down: whatever changes them breaks
// the joins with copies that were made before, and is to be seen in review. The server's version and platform are not
// to matter.
func TestResultsAreTheSameEverywhere(t *testing.T) {
	const file = "testdata/results.txt"
	url := pgtest.Database(t, pgtest.Server(t))
	tables := prepare(t, url)
	conn := pgtest.Connect(t, url)
	m := matrix{conn: conn}
	m.exec(t,
		"SET search_path = pg_catalog, public; SET timezone = 'UTC'; SET intervalstyle = 'postgres'; SET "+
			"extra_float_digits = 3; SET shoji.key = '"+keyA+"'")
	columns := columnsOf(t, conn, tables)
	var names []string
	for name := range mask.Functions() {
		names = append(names, name)
	}
	slices.Sort(names)
	var lines []string
	for _, c := range typeCases() {
		table, ok := tables[c.sql]
		if !ok {
			continue
		}
		for _, name := range names {
			list := calls(name, c)
			if list == nil {
				list = []string{name + "()"}
			}
			for _, call := range list {
				e, err := mustParse(t, call).Compile(columns[table])
				if err != nil {
					continue
				}
				// Of text every value, of other types the first two and one of the many.
				rows, err := conn.Query(context.Background(),
					fmt.Sprintf("SELECT left(v::text, 40), left((%s)::text, 80) FROM ONLY public.%s WHERE n IN (1, "+
						"2, 101) OR n BETWEEN 1 AND 101 AND %t ORDER BY n", e.SQL, table, c.sql == "text"))
				if err != nil {
					t.Fatal(err)
				}
				var in, out *string
				if _, err := pgx.ForEachRow(rows, []any{&in, &out}, func() error {
					lines = append(lines, fmt.Sprintf("%s | %s | %q | %q", c.sql, call, show(in), show(out)))
					return nil
				}); err != nil {
					t.Fatalf("%s: %v", call, err)
				}
			}
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, line := range strings.Split(string(want), "\n") {
		known[line] = true
	}
	for _, line := range lines {
		if !known[line] {
			t.Errorf("not in %s: %s", file, line)
		}
	}
	if len(lines) < 1000 {
		t.Errorf("only %d results", len(lines))
	}
}
