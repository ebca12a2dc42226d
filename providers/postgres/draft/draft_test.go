package draft_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// clinic has what a draft must get right: keys of every sort, names that say much, little and the wrong thing.
const clinic = `
CREATE TYPE sort AS ENUM ('a', 'b');
CREATE DOMAIN mail_address AS varchar(80);
CREATE TABLE patients (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mrn char(10) NOT NULL UNIQUE, name varchar(80) NOT NULL,
		name_kana varchar(80), phone varchar(20) UNIQUE, email mail_address UNIQUE,
	address text, city text, zip char(8), birth_date date NOT NULL, gender char(1), sort sort, notes text,
		legacy_ref text, is_active bool, created_at timestamptz, profile jsonb NOT NULL,
	photo bytea, full_label text GENERATED ALWAYS AS (name || zip) STORED, tags text[], ssn int UNIQUE,
		score numeric(5,2));
CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, description text, price numeric(10,2));
CREATE TABLE visits (id uuid PRIMARY KEY, patient_id bigint NOT NULL REFERENCES patients, patient_mrn char(10)
	REFERENCES patients(mrn), product_id int REFERENCES products, at timestamptz, ip inet, doctor_name text,
	diagnosis text);
CREATE TABLE logins (username varchar(40) PRIMARY KEY, password_hash text, last_ip varchar(45));
CREATE TABLE posts (id int PRIMARY KEY, author varchar(40) REFERENCES logins, body text, up int REFERENCES posts);
CREATE TABLE codes (odd_code text PRIMARY KEY, what text);
CREATE TABLE uses (id int PRIMARY KEY, odd_code text REFERENCES codes);
CREATE TABLE pairs (member_no char(6), year int, amount numeric, PRIMARY KEY (member_no, year));
CREATE TABLE pair_notes (member_no char(6), year int, note text, FOREIGN KEY (member_no, year) REFERENCES pairs);
CREATE TABLE events (k int, email text, customer_name text, at date) PARTITION BY LIST (k);
CREATE TABLE events_1 PARTITION OF events FOR VALUES IN (1);
CREATE TABLE by_phone (phone text, x int) PARTITION BY LIST (phone);
CREATE TABLE bare ();
CREATE SCHEMA "My ${schema}"; CREATE TABLE "My ${schema}"."t ""quoted"" %{x}" ("e-mail" text, "line
break" text, "${name}" int, "tel" text);
CREATE TABLE 顧客マスタ (id int PRIMARY KEY, 氏名 text, 電話番号 varchar(20), 備考 text, 区分 char(1));
COMMENT ON COLUMN patients.legacy_ref IS 'The phone number of the patient';`

func read(t *testing.T, url string) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Read(context.Background(), pgtest.Connect(t, url))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func input(c *catalog.Catalog) draft.Input {
	return draft.Input{Catalog: c, Database: &spec.Database{Name: "prod"}, File: "tables.shoji.hcl", Name: "clinic"}
}

// write puts files into a directory.
func write(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, src := range files {
		if err := os.WriteFile(filepath.Join(dir, name), src, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// load reads a spec that must be right.
func load(t *testing.T, dir string) *spec.Project {
	t.Helper()
	p, ds := lang.Load(dir, lang.Options{Version: "0.1.0", LookupEnv: func(string) (string, bool) { return "", false }})
	if len(ds) > 0 {
		t.Fatalf("the spec does not load: %v", ds)
	}
	return p
}

// open decides a spec for a catalog, and gives the columns that are left; any other error fails the test.
func open(t *testing.T, p *spec.Project, c *catalog.Catalog) []string {
	t.Helper()
	tables, ds := decide.Resolve(decide.InputFor(p, p.Refreshes[0], c))
	for _, d := range ds {
		if d.Severity == diag.Error && d.Code != "undecided" {
			t.Errorf("%s: %s: %s", d.Severity, d.Summary, d.Detail)
		}
	}
	var out []string
	for _, table := range tables {
		if table.Treatment != decide.Copy && table.Treatment != decide.Partitioned || table.Source.PartitionOf != "" {
			continue
		}
		for _, col := range table.Source.Columns {
			if !slices.ContainsFunc(table.Columns, func(d decide.Column) bool { return d.Name == col.Name }) {
				out = append(out, table.Source.FullName()+"."+col.Name+" ("+col.Type.Formatted+")")
			}
		}
	}
	return out
}

// TestDraft: a draft loads, fits the catalog in every column that it decides, and leaves open exactly what it says.
func TestDraft(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, clinic)
	c := read(t, url)
	for _, split := range []bool{false, true} {
		in := input(c)
		in.Split = split
		files, summary, err := draft.Files(in)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		write(t, dir, files)
		left := open(t, load(t, dir), c)
		if d := cmp.Diff(summary.Undecided, left); d != "" {
			t.Errorf("what is undecided (-said +is):\n%s", d)
		}
		again, _, err := draft.Files(in)
		if d := cmp.Diff(files, again); d != "" || err != nil {
			t.Errorf("another draft of the same catalog differs: %s %v", d, err)
		}
		name := "testdata/one"
		if split {
			name = "testdata/split"
		}
		golden(t, name, files)
	}
}

// golden holds files against those of a directory.
func golden(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, src := range files {
			if err := os.WriteFile(filepath.Join(dir, name), src, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(files) {
		t.Errorf("%s has %d files, the draft %d (%v); -update writes them", dir, len(entries), len(files), err)
	}
	for _, e := range entries {
		want, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(files[e.Name()])); d != "" {
			t.Errorf("%s (-want +got):\n%s", e.Name(), d)
		}
	}
}

// TestAgain: over a spec that there is, a draft adds what is missing and changes nothing that somebody wrote.
func TestAgain(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t,
		url, `CREATE TABLE people (id int PRIMARY KEY, email text, whatever text);
			CREATE TABLE orders (id int PRIMARY KEY, customer_email text);
		CREATE TABLE logs (line text); CREATE SCHEMA s1; CREATE TABLE s1.t (id int, phone text)`)
	c := read(t, url)
	files, _, err := draft.Files(input(c))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, files)
	written := `# By hand, and not formatted.
table "public" "orders" { keep = ["id"] }
table "public"   "logs" { data = false }
table "each" "t" {
  for_each = ["s1"]
  schema = each.key
  keep   = ["id"] # all of them
}
`
	tables := "\n" + string(files["tables.shoji.hcl"])
	tables = tables[:strings.Index(tables, "\ntable \"public\" \"logs\"")] +
		tables[strings.Index(tables, "\ntable \"public\" \"people\""):]
	tables = strings.Split(tables, "\ntable \"s1\"")[0]
	write(t, dir, map[string][]byte{"by_hand.shoji.hcl": []byte(written), "tables.shoji.hcl": []byte(tables)})
	p := load(t, dir)
	again := input(c)
	again.Project, again.Database = p, p.Databases[0]
	changed, summary, err := draft.Files(again)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{`s1.t: column "phone" { mask = phone() }`}, summary.Elsewhere); d != "" {
		t.Errorf("what for_each repeats: %s", d)
	}
	want := strings.Replace(written, `{ keep = ["id"] }`,
		"{\n keep = [\"id\"] \n  column \"customer_email\" { mask = email() } # email (high): the name "+
			"\"customer_email\" is that of an e-mail address\n}", 1)
	if d := cmp.Diff(want, string(changed["by_hand.shoji.hcl"])); d != "" || len(changed) != 1 {
		t.Errorf("what was written by hand (%d files): %s", len(changed), d)
	}
	write(t, dir, changed)

	// A third run has nothing to add; a new column and a new table do.
	p = load(t, dir)
	again.Project, again.Database = p, p.Databases[0]
	if changed, _, err := draft.Files(again); err != nil || len(changed) != 0 {
		t.Errorf("a run with nothing to add writes %v, %v", changed, err)
	}
	pgtest.Exec(t, url,
		`ALTER TABLE people ADD phone text, ADD created_at timestamptz, ADD notes text; ALTER TABLE orders ADD zip text;
			CREATE TABLE fresh (id int PRIMARY KEY, mobile text)`)
	again.Catalog = read(t, url)
	changed, summary, err = draft.Files(again)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, changed)
	src := string(changed["tables.shoji.hcl"])
	for _, part := range []string{
		"# undecided: whatever text", "  # undecided: notes text: free_text (low)",
		"  # column \"notes\" { mask = lorem() }\n", `  column "phone" { mask = `,
		"  keep = [\"id\", \"created_at\"]\n", "table \"public\" \"fresh\" {\n  keep = [\"id\"]\n",
	} {
		if strings.Count(src, part) != 1 {
			t.Errorf("%q stands %d times in\n%s", part, strings.Count(src, part), src)
		}
	}
	left := open(t, load(t, dir), again.Catalog)
	if d := cmp.Diff([]string{"public.people.whatever (text)", "public.people.notes (text)", "s1.t.phone (text)"},
		left); d != "" {
		t.Errorf("what is left: %s", d)
	}
	if d := cmp.Diff([]string{"public.people.whatever (text)", "public.people.notes (text)"},
		summary.Undecided); d != "" {
		t.Errorf("what is said to be left: %s", d)
	}
	if d := cmp.Diff([]string{"public.people: notes (text)"}, summary.New); d != "" {
		t.Errorf("what is said to be new: %s", d)
	}

	// What is accepted later takes the place of the comment that asked.
	accepting := again
	accepting.Project, accepting.Accept = load(t, dir), draft.AcceptLow
	accepting.Database = accepting.Project.Databases[0]
	changed, _, err = draft.Files(accepting)
	if err != nil {
		t.Fatal(err)
	}
	src = string(changed["tables.shoji.hcl"])
	if strings.Contains(src, "undecided: notes") || strings.Contains(src, `# column "notes"`) ||
		!strings.Contains(src, `  column "notes" { mask = lorem() } # free_text (low)`) ||
		!strings.Contains(src, "# undecided: whatever text") {
		t.Errorf("accepting writes\n%s", src)
	}

	// What stands in comments is not written again.
	p = load(t, dir)
	again.Project, again.Database = p, p.Databases[0]
	if changed, summary, err := draft.Files(again); err != nil || len(changed) != 0 || len(summary.New) != 0 ||
		len(summary.Undecided) != 2 {
		t.Errorf("the same again writes %v, new %v, %v", changed, summary.New, err)
	}
}

// TestSamples: counts decide what names do not.
func TestSamples(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, `CREATE TABLE t (id int PRIMARY KEY, c1 text, c2 text, status text, notes text);
		INSERT INTO t SELECT i, 'u' || i || '@example.com', 'k' || i % 3, CASE WHEN i = 5 THEN 'x' ELSE 'y' END,
			CASE WHEN i = 1 THEN 'ask ann@example.com' END FROM generate_series(1, 50) i`)
	c := read(t, url)
	in := input(c)
	var skipped []string
	var err error
	if in.Samples, skipped, err = draft.ReadSamples(context.Background(), pgtest.Connect(t, url), c, nil,
		draft.SampleOptions{}); err != nil || len(skipped) > 0 {
		t.Fatal(err, skipped)
	}
	files, _, err := draft.Files(in)
	if err != nil {
		t.Fatal(err)
	}
	src := regexp.MustCompile(` +#`).ReplaceAllString(string(files["tables.shoji.hcl"]), " #")
	for _, part := range []string{
		`column "c1" { mask = email() } # email (high): 50 of 50 sampled values look like an e-mail address`,
		` # undecided: c2 text: nothing tells what it holds; 3 different values in 50 that were sampled`,
		`keep = ["id", "status"]`,
		`# free_text (medium): the name "notes" is that of free text; ` +
			`1 of 1 sampled values has an e-mail address in it`,
	} {
		if !strings.Contains(src, part) {
			t.Errorf("%q is not in\n%s", part, src)
		}
	}
}

// TestSchemas: only what was asked for is drafted.
func TestSchemas(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, `CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t (id int); CREATE TABLE b.t (id int)`)
	in := input(read(t, url))
	in.Schemas = []string{"a"}
	if _, _, err := draft.Files(draft.Input{Catalog: &catalog.Catalog{}, Database: in.Database}); err == nil ||
		!strings.Contains(err.Error(), "no table") {
		t.Errorf("an empty database: %v", err)
	}
	files, summary, err := draft.Files(in)
	if err != nil || summary.Tables != 1 || strings.Contains(string(files["tables.shoji.hcl"]), `"b"`) ||
		!strings.Contains(string(files["project.shoji.hcl"]), `schemas = ["a"]`) {
		t.Errorf("%v %+v %s", err, summary, files)
	}
}
