package decide_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
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
`

// resolve decides the tables that sql creates by the blocks of hcl, as user where not "", and has the source describe
// them.
func resolve(t *testing.T, sql, hcl string, as ...string) ([]decide.Table, diag.Diagnostics) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(head+hcl), 0o600); err != nil {
		t.Fatal(err)
	}
	p, ds := lang.Load(dir, lang.Options{Version: "0.1.0"})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	s := pgtest.Server(t)
	url := pgtest.Database(t, s)
	pgtest.Exec(t, url, sql)
	if len(as) > 0 {
		role := pgtest.Role(t, s, "")
		for _, statement := range as {
			pgtest.Exec(t, url, strings.ReplaceAll(statement, "ME", role))
		}
		url = pgtest.As(t, url, role)
	}
	ctx := context.Background()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["search_path"] = "pg_catalog"
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	cat, err := catalog.Read(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	tables, ds := decide.Resolve(decide.Input{
		Refresh: p.Refreshes[0],
		Tables:  p.Tables,
		Rules:   p.Rules,
		Links:   p.Links,
		Source:  cat,
		Snippet: p.Snippet,
	})
	ds.Append(decide.Open(tables)...)
	if ds.HasErrors() {
		return tables, ds
	}
	more, err := decide.Describe(ctx, c, pointers(tables))
	if err != nil {
		t.Fatal(err)
	}
	return tables, append(ds, more...)
}

func because(tables []decide.Table) string {
	var out []string
	for _, t := range tables {
		for _, c := range t.Columns {
			m := "keep"
			if c.Mask != nil {
				m = c.Mask.Text
			}
			out = append(out, t.Source.Name+"."+c.Name+"="+m+" ("+c.Because+")")
		}
	}
	return strings.Join(out, "\n")
}

func TestMistakes(t *testing.T) {
	const people = `CREATE TABLE people (id int PRIMARY KEY, email text UNIQUE, name varchar(20) NOT NULL, born date)`
	for name, c := range map[string]struct {
		sql, hcl string
		want     []string
	}{
		"what is proposed fits": {
			`CREATE TABLE short (code text PRIMARY KEY, no varchar(12) UNIQUE, flag char(2))`, ``,
			[]string{
				`column "code" { mask = token() }`, `column "no" { mask = token({ length = 12 }) }`,
				`column "flag" { mask = fixed("**") }`,
			},
		},
		"a table that nobody decides": {
			people, ``, []string{
				"Table public.people is not decided", "email (text)", `keep = ["id"]`,
				`column "email" { mask = token() }`, `column "name" { mask = fixed("****") }`,
			},
		},
		"a column that nobody decides": {people, "table \"public\" \"people\" {\n keep = [\"id\", \"email\"]\n}\n",
			[]string{"Columns of public.people are not decided", "name (character varying(20)), born (date)"}},
		"unknown names": {
			people,
			"table \"public\" \"peple\" {\n keep = [\"id\"]\n}\ntable \"public\" \"people\" {\n" +
				" keep = [\"id\", \"emial\", \"email\", \"name\", \"born\"]\n}\n",
			[]string{`Did you mean "public.people"?`, `no column "emial". Did you mean "email"?`},
		},
		"two rules": {
			people,
			"rule \"a\" {\n match {\n column = \"*\"\n }\n mask = keep()\n}\nrule \"b\" {\n match {\n" +
				" column = \"em*\"\n }\n mask = email()\n}\n",
			[]string{"Conflicting rules", "rule.a", "rule.b"},
		},
		"null in not null": {
			people,
			"table \"public\" \"people\" {\n keep = [\"id\", \"email\", \"born\"]\n column \"name\" {\n" +
				" mask = null_value()\n }\n}\n", []string{"the column is NOT NULL"},
		},
		"too long": {
			people,
			"table \"public\" \"people\" {\n keep = [\"id\", \"email\", \"born\"]\n column \"name\" {\n" +
				" mask = hash()\n }\n}\n", []string{"the column holds 20"},
		},
		"lossy on unique": {
			people,
			"table \"public\" \"people\" {\n keep = [\"id\", \"name\", \"born\"]\n column \"email\" {\n" +
				" mask = fixed(\"x\")\n }\n}\n", []string{"in the unique key people_email_key"},
		},
		"condition on an unknown column": {
			people,
			"table \"public\" \"people\" {\n rows = \"bron > '2000-01-01'\"\n" +
				" keep = [\"id\", \"email\", \"name\", \"born\"]\n}\n", []string{`Did you mean "born"?`},
		},
		"skipped but referenced": {
			people + `; CREATE TABLE o (p int REFERENCES people)`,
			"table \"public\" \"people\" {\n skip = true\n}\ntable \"public\" \"o\" {\n keep = [\"p\"]\n}\n",
			[]string{"A skipped table is referenced"},
		},
		"rows without their keys": {
			people + `; CREATE TABLE o (p int REFERENCES people)`,
			"table \"public\" \"people\" {\n data = false\n}\ntable \"public\" \"o\" {\n keep = [\"p\"]\n}\n",
			[]string{"copied without rows"},
		},
		"key and reference differ": {
			people + `; CREATE TABLE o (p int REFERENCES people)`,
			"table \"public\" \"people\" {\n keep = [\"email\", \"name\", \"born\"]\n column \"id\" {\n" +
				" mask = token()\n }\n}\ntable \"public\" \"o\" {\n keep = [\"p\"]\n}\n",
			[]string{"A foreign key would not hold", "token()", "keep"},
		},
		"partition key": {
			`CREATE TABLE p (id int, born date) PARTITION BY RANGE (born); CREATE TABLE p1 PARTITION OF p DEFAULT`,
			"table \"public\" \"p\" {\n keep = [\"id\"]\n column \"born\" {\n mask = truncate(\"year\")\n }\n}\n",
			[]string{"A partition key cannot be masked"},
		},
		"a generated column": {
			`CREATE TABLE g (a int, b int GENERATED ALWAYS AS (a * 2) STORED)`,
			"table \"public\" \"g\" {\n keep = [\"a\"]\n column \"b\" {\n mask = token()\n }\n}\n",
			[]string{"Generated columns cannot be masked"},
		},
		"nothing": {`SELECT 1`, ``, []string{"No tables selected"}},
		"a mask that the server refuses": {
			people,
			"table \"public\" \"people\" {\n keep = [\"id\", \"email\", \"born\"]\n column \"name\" {\n" +
				" mask = sql(\"uper(name)\")\n }\n}\n",
			[]string{"Source rejects the mask of public.people.name", "main.hcl:19"},
		},
		"a mask that gives many rows": {
			people + `; CREATE FUNCTION public.many(text) RETURNS SETOF text LANGUAGE sql AS 'VALUES ($1), ($1)'`,
			"table \"public\" \"people\" {\n keep = [\"id\", \"email\", \"born\"]\n column \"name\" {\n" +
				" mask = sql(\"md5(public.many(name))\", { calls = [\"public.many\"] })\n }\n}\n",
			[]string{"Mask of public.people.name returns a set"},
		},
		"a mask of another type": {
			people,
			"table \"public\" \"people\" {\n keep = [\"id\", \"name\", \"email\"]\n column \"born\" {\n" +
				" mask = sql(\"ARRAY[id]\")\n }\n}\n", []string{"cannot cast type integer[] to date"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, ds := resolve(t, c.sql, c.hcl)
			if !ds.HasErrors() {
				t.Fatal("nothing was reported")
			}
			for _, want := range c.want {
				if !strings.Contains(ds.Error(), want) {
					t.Errorf("%q is not in\n%s", want, ds)
				}
			}
			for _, d := range ds {
				if d.Range == nil || d.Snippet == nil {
					t.Errorf("no place: %s", d)
				}
			}
		})
	}
}

// TestKeysReachTheirReferences: through a chain, to itself, a composite key, and a partitioned table.
func TestKeysReachTheirReferences(t *testing.T) {
	tables, ds := resolve(t, `CREATE TABLE a (id bigint PRIMARY KEY, parent bigint REFERENCES a, note text);
		CREATE TABLE b (a bigint PRIMARY KEY REFERENCES a, x int UNIQUE);
		CREATE TABLE c (b bigint REFERENCES b, y int, n int, PRIMARY KEY (y, n));
		CREATE TABLE d (y int, n int, FOREIGN KEY (y, n) REFERENCES c);
		CREATE TABLE p (id bigint REFERENCES a, at date) PARTITION BY RANGE (at);
		CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');`, `
table "public" "a" {
  column "id" {
    mask = token()
  }
  column "note" {
    mask = fixed("x")
  }
}
table "public" "b" {
  keep = ["x"]
}
table "public" "c" {
  keep = ["n"]
  column "y" {
    mask = token()
  }
}
table "public" "d" {
  keep = ["n"]
}
table "public" "p" {
  keep = ["at"]
}
`)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	got := because(tables)
	for _, want := range []string{
		"a.parent=token() (foreign key to public.a.id)", "b.a=token() (foreign key to public.a.id)",
		"c.b=token() (foreign key to public.b.a)",
		"d.y=token() (foreign key to public.c.y)", "p.id=token() (foreign key to public.a.id)",
		"p1.id=token() (foreign key to public.a.id)", "p1.at=keep (keep)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in\n%s", want, got)
		}
	}
}

// TestKeyOfAnotherType: a reference is masked as its key is, also where one is an integer and the other a bigint.
func TestKeyOfAnotherType(t *testing.T) {
	tables, ds := resolve(t,
		`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a bigint REFERENCES a);
			CREATE TABLE c (a int REFERENCES a)`, `
table "public" "a" {
  column "id" {
    mask = token()
  }
}
table "public" "b" {
  column "a" {
    mask = token()
  }
}
table "public" "c" {}
`)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	if sql := tables[1].Columns[0].Expr.SQL; !strings.Contains(sql, `("a")::integer`) ||
		!strings.Contains(sql, "bit(28)") || !strings.HasSuffix(sql, "::bigint") {
		t.Errorf("b.a is masked by %s", sql)
	}
	if sql := tables[2].Columns[0].Expr.SQL; strings.Contains(sql, `("a")::integer`) {
		t.Errorf("c.a is masked by %s", sql)
	}
	_, ds = resolve(t, `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a smallint REFERENCES a)`,
		"table \"public\" \"a\" {\n column \"id\" {\n mask = token()\n }\n}\ntable \"public\" \"b\" {}\n")
	if !strings.Contains(ds.Error(), "do not fit here") {
		t.Error(ds)
	}
}

func TestRights(t *testing.T) {
	hcl := "rule \"all\" {\n match {\n column = \"*\"\n }\n mask = keep()\n}\n"
	_, ds := resolve(t, `CREATE SCHEMA s; CREATE TABLE s.a (id int); CREATE TABLE public.b (id int)`, hcl,
		"GRANT USAGE ON SCHEMA public TO ME")
	for _, want := range []string{
		`GRANT USAGE ON SCHEMA "s"`, `GRANT SELECT ON TABLE "s"."a"`, `GRANT SELECT ON TABLE "public"."b"`,
	} {
		if !strings.Contains(ds.Error(), want) {
			t.Errorf("%q is not in\n%s", want, ds)
		}
	}
	_, ds = resolve(t, `CREATE TABLE b (id int); ALTER TABLE b ENABLE ROW LEVEL SECURITY`, hcl,
		"GRANT SELECT ON b TO ME")
	if !strings.Contains(ds.Error(), "Row-level security would hide rows") {
		t.Errorf("%s", ds)
	}
}

// TestRulesAndTreatments: a block wins over keep, keep over a rule; rules for whole tables; types with and without
// their modifier.
func TestRulesAndTreatments(t *testing.T) {
	tables, ds := resolve(t,
		`CREATE TABLE a (first_name varchar(99), last_name text, age int); CREATE TABLE log_x (t text);
			CREATE TABLE log_y (t text); CREATE TABLE "Gone" (t text)`, `
rule "names" {
  match {
    column = "*_name"
    type   = ["character varying", "text"]
  }
  mask = first_name()
}
rule "logs" {
  match {
    table = "public.log_*"
  }
  data = false
}
rule "numbers" {
  match {
    type = "int*"
  }
  mask = keep()
}
table "public" "log_y" {
  column "t" {
    mask = fixed("")
  }
}
table "public" "a" {
  keep = ["last_name"]
}
table "public" "Gone" {
  skip = true
}
`)
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	var got []string
	for _, table := range tables {
		got = append(got, table.Source.Name+" "+string(table.Treatment)+" "+table.Reason)
	}
	if text := strings.Join(got,
		"; "); text != "Gone skip table block; a copy columns; log_x structure rule.logs; log_y copy table block" &&
		text != "Gone skip table block; a copy table block; log_x structure rule.logs; log_y copy table block" {
		t.Errorf("%s", text)
	}
	if text := because(tables); !strings.Contains(text,
		"a.first_name=first_name() (rule.names)\na.last_name=keep (keep)\na.age=keep (rule.numbers)") {
		t.Errorf("%s", text)
	}
}

func pointers(tables []decide.Table) []*decide.Table {
	out := make([]*decide.Table, len(tables))
	for i := range tables {
		out[i] = &tables[i]
	}
	return out
}
