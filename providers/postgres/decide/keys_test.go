package decide_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
)

// table writes a table block: "id=token()" is a column block, a name alone is kept.
func table(name string, columns ...string) string {
	schema, name, ok := strings.Cut(name, ".")
	if !ok {
		schema, name = "public", schema
	}
	out := fmt.Sprintf("table %q %q {\n", schema, name)
	for _, c := range columns {
		if column, m, masked := strings.Cut(c, "="); masked {
			out += fmt.Sprintf("  column %q {\n    mask = %s\n  }\n", column, m)
		}
	}
	var keep []string
	for _, c := range columns {
		if !strings.Contains(c, "=") {
			keep = append(keep, fmt.Sprintf("%q", c))
		}
	}
	return out + "  keep = [" + strings.Join(keep, ", ") + "]\n}\n"
}

func codes(ds diag.Diagnostics) string {
	var out []string
	for _, d := range ds {
		out = append(out, d.Code)
	}
	return strings.Join(out, " ")
}

// expect holds the decisions of a spec, and that its diagnostics are those of the codes and have the words.
func expect(t *testing.T, sql, hcl string, decisions []string, wantCodes string, words ...string) []decide.Table {
	t.Helper()
	tables, ds := resolve(t, sql, hcl)
	if got := codes(ds); got != wantCodes {
		t.Errorf("diagnostics %q, not %q:\n%s", got, wantCodes, ds)
	}
	for _, w := range words {
		if !strings.Contains(ds.Error(), w) {
			t.Errorf("%q is not in\n%s", w, ds)
		}
	}
	for _, d := range ds {
		if d.Range == nil || d.Snippet == nil {
			t.Errorf("no place: %s", d)
		}
	}
	got := because(tables)
	for _, want := range decisions {
		if !strings.Contains("\n"+got+"\n", "\n"+want+"\n") {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
	return tables
}

func TestKeys(t *testing.T) {
	for name, c := range map[string]struct {
		sql, hcl  string
		decisions []string
		codes     string
		words     []string
	}{
		"a composite key whose columns stand in another order": {
			`CREATE TABLE a (x int, y int, PRIMARY KEY (x, y));
				CREATE TABLE b (p int, q int, FOREIGN KEY (q, p) REFERENCES a (x, y))`,
			table("a", "x=token()", "y") + table("b", "p"),
			[]string{"b.q=token() (foreign key to public.a.x)", "b.p=keep (keep)"}, "", nil},
		"a key that is unique, not primary": {
			`CREATE TABLE a (id int PRIMARY KEY, code text UNIQUE NOT NULL);
				CREATE TABLE b (code text REFERENCES a (code))`,
			table("a", "id", "code=token()") + table("b"),
			[]string{"b.code=token() (foreign key to public.a.code)"}, "", nil},
		"a cycle of two tables, masked at one side": {
			`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a);
				ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b`,
			table("a", "id=token()") + table("b"),
			[]string{"b.id=token() (foreign key to public.a.id)"}, "", nil},
		"a cycle that a third key decides": {
			`CREATE TABLE c (id int PRIMARY KEY); CREATE TABLE a (id int PRIMARY KEY);
				CREATE TABLE b (id int PRIMARY KEY REFERENCES a); ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b;
				ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES c`,
			table("c", "id=token()") + table("a") + table("b"),
			[]string{"a.id=token() (foreign key to public.c.id)", "b.id=token() (foreign key to public.a.id)"}, "",
			nil},
		"a cycle that nobody decides": {
			`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a);
				ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES b`,
			table("a") + table("b"), nil, "undecided undecided", nil},
		"a key that is kept, and its reference forgotten": {
			`CREATE TABLE a (code char(6) PRIMARY KEY, name text); CREATE TABLE b (a char(6) REFERENCES a, note text)`,
			table("a", "code", "name") + table("b"), nil, "undecided",
			[]string{
				"a refers to public.a.code, which is kept: keep it, too", `keep = ["a"]`,
				`column "note" { mask = fixed`,
			}},
		"a table that refers to itself": {
			`CREATE TABLE a (id int PRIMARY KEY, parent int REFERENCES a)`, table("a", "id=token()"),
			[]string{"a.parent=token() (foreign key to public.a.id)"}, "", nil},
		"two keys masked alike": {
			`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);
				CREATE TABLE c (id int REFERENCES a REFERENCES b)`,
			table("a", "id=token()") + table("b", "id=token()") + table("c"),
			[]string{"c.id=token() (foreign key to public.a.id)"}, "", nil},
		"two keys that differ": {
			`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY);
				CREATE TABLE c (id int REFERENCES a REFERENCES b)`,
			table("a", "id=token()") + table("b", "id=hash()") + table("c"),
			nil, "two_keys", []string{
				"public.c.id refers to public.b.id", "main.hcl:18", "main.hcl:24", "token()", "hash()",
			}},
		"a rule that differs from the key": {
			`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a)`,
			table("a", "id=token()") + "rule \"ids\" {\n match {\n column = \"*_id\"\n }\n mask = keep()\n}\n",
			nil, "key_differs", []string{"main.hcl:18", "rule.ids"}},
		"null beside any key": {
			`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a)`,
			table("a", "id=token()") + table("b", "a=null_value()"), nil, "", nil},
		"a key whose mask reads its row": {
			`CREATE TABLE a (id int PRIMARY KEY, staff bool); CREATE TABLE b (id int REFERENCES a, staff bool)`,
			table("a", `id=when("staff", keep(), token())`, "staff") + table("b", "staff"),
			nil, "mask_reads_row", []string{"public.b.id refers to public.a.id, whose mask reads id, staff"}},
		"masks that read their rows on both sides": {
			`CREATE TABLE a (id int PRIMARY KEY, staff bool); CREATE TABLE b (id int REFERENCES a, staff bool)`,
			table("a", `id=when("staff", keep(), token())`, "staff") +
				table("b", `id=when("staff", keep(), token())`, "staff"),
			nil, "mask_reads_row", []string{"If those differ between the two rows"}},
		"a key whose mask calls it by its name": {
			`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id bigint REFERENCES a, id int)`,
			table("a", `id=when("id < 100", keep(), token())`) + table("b", "id"),
			[]string{`b.a_id=when("id < 100", keep(), token()) (foreign key to public.a.id)`}, "", nil},
		"the same by each side's own name": {
			`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a)`,
			table("a", `id=when("id < 100", keep(), token())`) + table("b", `a_id=when("a_id < 100", keep(), token())`),
			nil, "", nil},
		"other conditions on each side": {
			`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a_id int REFERENCES a)`,
			table("a", `id=when("id < 100", keep(), token())`) + table("b", `a_id=when("a_id < 99", keep(), token())`),
			nil, "key_differs", nil},
		"a mask that does not fit the reference": {
			`CREATE TABLE a (code text PRIMARY KEY); CREATE TABLE b (code varchar(10) REFERENCES a)`,
			table("a", "code=token()") + table("b"), nil, "mask_unfit", []string{"public.b", "holds 10"}},
		"partitions that refer, and are referred to": {
			`CREATE TABLE a (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
				CREATE TABLE a1 PARTITION OF a FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
			CREATE TABLE a2 PARTITION OF a DEFAULT PARTITION BY LIST (at); CREATE TABLE a21 PARTITION OF a2 DEFAULT;
			CREATE TABLE b (a int, d date, n int, FOREIGN KEY (a, d) REFERENCES a (id, at)) PARTITION BY LIST (n);
			CREATE TABLE b1 PARTITION OF b DEFAULT`,
			table("a", "id=token()", "at") + table("b", "d", "n"),
			[]string{
				"a1.id=token() (column block)", "a21.id=token() (column block)",
				"b.a=token() (foreign key to public.a.id)", "b1.a=token() (foreign key to public.a.id)",
			}, "", nil},
		"a partition that is decided otherwise than the key it is part of": {
			`CREATE TABLE a (id int PRIMARY KEY) PARTITION BY LIST (id); CREATE TABLE a1 PARTITION OF a DEFAULT;
				CREATE TABLE b (a int REFERENCES a)`,
			table("a", "id") + table("a1", "id=token()") + table("b", "a"),
			nil, "key_differs partition_key", []string{"refers to public.a1.id"}},
		"a referring partition of its own": {
			`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a, n int) PARTITION BY LIST (n);
				CREATE TABLE b1 PARTITION OF b DEFAULT`,
			table("a", "id=token()") + table("b", "n") + table("b1", "n"),
			[]string{"b.a=token() (foreign key to public.a.id)", "b1.a=token() (foreign key to public.a.id)"}, "", nil},
		"a key without a check may hold anything": {
			`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a bigint); INSERT INTO b VALUES (99999999999);
				ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a NOT VALID`,
			table("a", "id=token()") + table("b"), []string{"b.a=token() (foreign key to public.a.id)"}, "", nil},
		"a generated column that refers": {
			`CREATE TABLE a (id int PRIMARY KEY);
				CREATE TABLE b (x int, a int GENERATED ALWAYS AS (x) STORED REFERENCES a)`,
			table("a", "id=token()") + table("b", "x=token()"), nil, "", nil},
		"part of a key crosses": {
			`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a)`,
			"table \"public\" \"a\" {\n rows = \"id > 5\"\n keep = [\"id\"]\n}\n" + table("b", "a"), nil, "key_rows",
			nil},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, c.sql, c.hcl, c.decisions, c.codes, c.words...)
		})
	}
}

// masked runs the SELECTs of a decided spec as the source would and gives the values of one column of each table,
// sorted by another.
func masked(t *testing.T, sql, hcl string, columns ...string) [][]string {
	t.Helper()
	tables, ds := resolve(t, sql, hcl)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	s := pgtest.Server(t)
	url := pgtest.Database(t, s)
	pgtest.Exec(t, url, sql)
	ctx := context.Background()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["search_path"], config.RuntimeParams["shoji.key"] = "pg_catalog",
		"a key of a test, long enough"
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	var out [][]string
	for _, column := range columns {
		name, column, _ := strings.Cut(column, ".")
		for _, table := range tables {
			if table.Source.Name != name {
				continue
			}
			var names []string
			for _, c := range table.Crossing() {
				names = append(names, c.Name)
			}
			rows, err := c.Query(ctx,
				fmt.Sprintf("SELECT coalesce(%s::text, 'NULL') FROM (%s) AS t (%s) ORDER BY n", column, table.Select(),
					strings.Join(names, ", ")))
			if err != nil {
				t.Fatal(err)
			}
			list, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, list)
		}
	}
	return out
}

// TestJoinsHold: what was equal is equal when masked, through types, names and chains; what was not is not.
func TestJoinsHold(t *testing.T) {
	got := masked(t, `CREATE TABLE a (n int, id int UNIQUE); CREATE TABLE b (n int, a_id bigint REFERENCES a (id));
		INSERT INTO a VALUES (1, 7), (2, 1000), (3, 2147483647);
		INSERT INTO b VALUES (1, 7), (2, 1000), (3, 2147483647), (4, NULL)`,
		table("a", "n", `id=when("id < 100", keep(), token())`)+table("b", "n"), "a.id", "b.a_id")
	if fmt.Sprint(got[0]) != fmt.Sprint(got[1][:3]) || got[0][0] != "7" || got[0][1] == "1000" || got[1][3] != "NULL" {
		t.Errorf("%v", got)
	}
}
