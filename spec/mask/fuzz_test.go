package mask_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/spec/mask"
)

// FuzzCondition: what the checker of expressions accepts is one expression over the columns of one row, however it is
// written: it means the same when it is read again, and has nothing in it that reaches beyond the row.
func FuzzCondition(f *testing.F) {
	for _, seed := range []string{
		"a > 1", "a = (SELECT 1)", "a; DROP TABLE b", "a -- x", "/* x */ a", "pg_sleep(1)", "a::numeric(1, 2)",
		"a::regclass",
		"EXISTS (SELECT 1)", "count(*) OVER () > 1", "(a).b", "a IN (1, 2)", "a ~ '^x'", "CASE WHEN a THEN b END", "$1",
		"a[1:2]",
		"ARRAY[a, b]", "ROW(a, b)", "a COLLATE \"C\"", "a AT TIME ZONE 'UTC'", "current_setting('shoji.key')",
		"U&'\\0041' = a",
		"xmlelement(name a, b)", "json_object('a': b)", "a OPERATOR(public.+) b", "lo_import('/etc/passwd')",
		"x'1f' = a", "interval '1' day > a",
	} {
		f.Add(seed)
	}
	// Each worker compiles the parser, in part and whole, before its first input: an input has ten seconds.
	for _, text := range []string{"a > 1", "a >"} {
		_, _, _ = mask.ParseCondition(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		condition, reads, err := mask.ParseCondition(text)
		if err != nil {
			return
		}
		again, readsAgain, err := mask.ParseCondition(condition)
		if err != nil {
			t.Fatalf("%q was accepted as %q, which is refused: %v", text, condition, err)
		}
		if again != condition || strings.Join(reads, ",") != strings.Join(readsAgain, ",") {
			t.Errorf("%q was accepted as %q, which is read as %q", text, condition, again)
		}
		tree, err := pgparse.Parse("SELECT 1 FROM t WHERE (" + condition + ")")
		if err != nil {
			t.Fatalf("%q has no place in a SELECT: %v", condition, err)
		}
		if len(tree.Stmts) != 1 || tree.Stmts[0].GetStmt().GetSelectStmt().GetWhereClause() == nil {
			t.Fatalf("%q reaches out of its brackets", condition)
		}
		shape := tree.String()
		for _, node := range []string{
			"sub_link:", "range_var:{relname:\"t\"}}  from_clause", "locking_clause:", "param_ref:", "over:{",
		} {
			if strings.Contains(shape, node) {
				t.Errorf("%q has a %s", condition, node)
			}
		}
	})
}
