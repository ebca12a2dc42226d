package pgparse_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// FuzzQuoting: PostgreSQL's own parser reads what is quoted as one name and one constant, with the very text.
func FuzzQuoting(f *testing.F) {
	for _, seed := range []string{
		"", "a", "a'b", `a"b`, `\`, `\'`, "--", "/*", "$$", "E'", "日本語", "\n", "U&'\\0041'", ";", "a\tb", "\u2028",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || len(text) > 1000 {
			return // neither a name nor a text of PostgreSQL
		}
		literal := one(t, "SELECT "+sqltext.Literal(text))
		if got := literal.GetAConst().GetSval().GetSval(); got != text {
			t.Errorf("the literal of %q is read as %q", text, got)
		}
		if text == "" || len(text) > 63 {
			return // longer names are cut by the parser
		}
		name := one(t, "SELECT "+sqltext.Ident(text))
		fields := name.GetColumnRef().GetFields()
		if len(fields) != 1 || fields[0].GetString_().GetSval() != text {
			t.Errorf("the name %q is read as %v", text, fields)
		}
	})
}

// one parses a statement that selects one expression.
func one(t *testing.T, sql string) *pg.Node {
	t.Helper()
	tree, err := pgparse.Parse(sql)
	if err != nil {
		t.Fatalf("%q: %v", sql, err)
	}
	if len(tree.Stmts) != 1 || len(tree.Stmts[0].GetStmt().GetSelectStmt().GetTargetList()) != 1 {
		t.Fatalf("%q is more than one expression", sql)
	}
	return tree.Stmts[0].GetStmt().GetSelectStmt().GetTargetList()[0].GetResTarget().GetVal()
}
