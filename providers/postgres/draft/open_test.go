package draft_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
)

// TestOpenRules: what is left open in many tables is decided once, by a rule that stands in a comment, and not table by
// table.
func TestOpenRules(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	var sql strings.Builder
	sql.WriteString("CREATE TABLE staff (emp_no char(5) PRIMARY KEY, memo text, misc text);")
	for i := range 6 {
		fmt.Fprintf(&sql,
			"CREATE TABLE t%d (id int PRIMARY KEY, memo text, emp char(5) REFERENCES staff, ref "+
				"varchar(12), rare%[1]d text); ", i)
	}
	sql.WriteString("CREATE UNIQUE INDEX ON t1 (ref); COMMENT ON TABLE t2 IS '伝票'")
	pgtest.Exec(t, url, sql.String())
	c := read(t, url)
	files, summary, err := draft.Files(input(c))
	if err != nil {
		t.Fatal(err)
	}
	src := string(files["tables.shoji.hcl"])
	for _, part := range []string{
		`# undecided in 7 tables: memo text: free_text (low): the name "memo" is that of free text
# rule "memo" {
#   match {
#     column = "memo"
#     type   = "text"
#   }
#   mask = lorem()
# }
`, `# undecided in 6 tables: emp character(5): as its key public.staff.emp_no: masked with it, or kept here too
# rule "emp" {
#   match {
#     column = "emp"
#     type   = "character(5)"
#   }
#   mask = keep()
# }
`, "  # undecided: misc text", `
#     column = ["rare0", "rare1", "rare2", "rare3", "rare4", "rare5"]
`, `  # column "ref" { mask = token({ length = 12 }) }`,
	} {
		if !strings.Contains(src, part) {
			t.Errorf("%s\nis not in\n%s", part, src)
		}
	}
	if n := strings.Count(src, "memo text"); n != 1 {
		t.Errorf("memo is asked for %d times", n)
	}
	want := []string{
		"memo (text) in 7 tables", "emp (character(5)) in 6 tables",
		"rare0, rare1, rare2 and 3 more (text) in 6 tables", "ref (character varying(12)) in 5 tables",
		"public.t1.ref (character varying(12))", "public.staff.misc (text)", "public.staff.emp_no (character(5))",
	}
	if d := cmp.Diff(slices.Sorted(slices.Values(want)),
		slices.Sorted(slices.Values(texts(summary.Questions)))); d != "" {
		t.Errorf("what is to be decided: %s", d)
	}
	if len(summary.Undecided) != 2+7+6+6+6 {
		t.Errorf("%d columns are undecided: %v", len(summary.Undecided), summary.Undecided)
	}

	// Drafted again before anything is decided, nothing is repeated: not by table, not by rule. A new table and a
	// column that is new everywhere come in.
	dir := t.TempDir()
	write(t, dir, files)
	again := input(c)
	draftAgain := func() (map[string][]byte, draft.Summary) {
		again.Project = load(t, dir)
		again.Database = again.Project.Databases[0]
		changed, summary, err := draft.Files(again)
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, changed)
		return changed, summary
	}
	changed, second := draftAgain()
	if d := cmp.Diff(texts(summary.Questions), texts(second.Questions)); d != "" || len(changed) != 0 {
		t.Errorf("a second draft writes %s\nand differs in what is to be decided: %s", changed, d)
	}
	for i := range 6 {
		pgtest.Exec(t, url, fmt.Sprintf("ALTER TABLE t%d ADD remark text", i))
	}
	pgtest.Exec(t, url, "CREATE TABLE t9 (id int PRIMARY KEY, memo text, other9 text); ALTER TABLE t0 ADD zzz text")
	again.Catalog = read(t, url)
	changed, second = draftAgain()
	added := strings.TrimPrefix(string(changed["tables.shoji.hcl"]), src)
	for part, n := range map[string]int{
		"# undecided in 6 tables: remark text": 1,
		"# undecided: other9 text":             1,
		"# undecided: zzz text":                1,
		"undecided in 7 tables: memo":          0,
		"# undecided: memo":                    0,
		"# undecided: remark":                  0,
	} {
		if strings.Count(added, part) != n {
			t.Errorf("%q stands %d times in\n%s", part, strings.Count(added, part), added)
		}
	}
	if d := cmp.Diff([]string{
		"public.t0: zzz (text)", "public.t9: other9 (text)", "rule.remark: remark (text) in 6 tables",
	}, second.New); d != "" {
		t.Errorf("what is new: %s", d)
	}
	if changed, _ := draftAgain(); len(changed) != 0 {
		t.Errorf("a fourth draft writes %s", changed)
	}

	// All that the comments propose can be taken as it is; the key that has no mask is kept.
	dir = t.TempDir()
	files["tables.shoji.hcl"] = []byte(strings.Replace(taken(src), `table "public" "staff" {`,
		"table \"public\" \"staff\" {\n keep = [\"emp_no\"]", 1))
	write(t, dir, files)
	if left := open(t, load(t, dir), c); len(left) > 0 {
		t.Errorf("proposals leave %v", left)
	}
}

func texts(questions []draft.Question) []string {
	var out []string
	for _, q := range questions {
		out = append(out, q.String())
	}
	return out
}

// taken returns a draft whose proposals somebody has taken: no # stands before them.
func taken(src string) string {
	return strings.NewReplacer("\n# rule ", "\nrule ", "\n#   ", "\n   ", "\n# }", "\n}", "  # column ", "  column ").
		Replace("\n" + src)
}

// TestJapanese: where a table speaks Japanese, in a name, a comment, its romanised columns or its values, its names and
// places do too.
func TestJapanese(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, `CREATE TABLE a (id int PRIMARY KEY, juusho text, zip text, tel text);
		CREATE TABLE b (id int PRIMARY KEY, first_name text); COMMENT ON TABLE b IS '顧客マスタ';
		CREATE TABLE c (id int PRIMARY KEY, name_kj text, phone text);
		INSERT INTO c SELECT i, '佐藤 花子', '03-1234-5678' FROM generate_series(1, 30) i;
		CREATE TABLE d (id int PRIMARY KEY, first_name text, phone text);
		CREATE TABLE series (id int PRIMARY KEY, sei text, surname_of text, phonetic_name text, reading text)`)
	c := read(t, url)
	in := input(c)
	var err error
	if in.Samples, _, err = draft.ReadSamples(context.Background(), pgtest.Connect(t, url), c, nil,
		draft.SampleOptions{}); err != nil {
		t.Fatal(err)
	}
	files, _, err := draft.Files(in)
	if err != nil {
		t.Fatal(err)
	}
	src := string(files["tables.shoji.hcl"])
	for _, part := range []string{
		`"juusho" { mask = street("ja") }`, `"zip" { mask = postcode("ja") }`, `"tel" { mask = phone("ja") }`,
		`"first_name" { mask = first_name("ja") }`,
		`"name_kj" { mask = full_name("ja") }`, `"phone" { mask = phone("ja") }`,
		`"first_name" { mask = first_name() }`, `"phone" { mask = phone() }`,
		`# column "sei" { mask = last_name() }`, `"phonetic_name" { mask = full_name() }`,
	} {
		if strings.Count(src, part) != 1 {
			t.Errorf("%q stands %d times in\n%s", part, strings.Count(src, part), src)
		}
	}
}
