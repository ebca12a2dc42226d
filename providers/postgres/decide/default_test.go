package decide_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
)

const defaults = `
rule "names" {
  match {
    column = "name"
  }
  mask = full_name()
}
rule "rest" {
  match {
    type = ["text", "character varying"]
  }
  mask    = fixed("x")
  default = true
}
`

// TestDefaultsDecideWhatNothingElseDoes: blocks, keep, rules and keys come before a default, and references follow it.
func TestDefaultsDecideWhatNothingElseDoes(t *testing.T) {
	tables, ds := resolve(t, `CREATE TABLE codes (code text PRIMARY KEY, note varchar(9));
		CREATE TABLE uses (id int, code text REFERENCES codes, name text, kept text, blocked text, later text)`,
		defaults+`
table "public" "codes" {
  column "code" {
    mask = token()
  }
}
table "public" "uses" {
  keep = ["id", "kept"]
  column "blocked" {
    mask = lorem()
  }
}
`)
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	want := `codes.code=token() (column block)
codes.note=fixed("x") (rule.rest (default))
uses.id=keep (keep)
uses.code=token() (foreign key to public.codes.code)
uses.name=full_name() (rule.names)
uses.kept=keep (keep)
uses.blocked=lorem() (column block)
uses.later=fixed("x") (rule.rest (default))`
	if got := because(tables); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestDefaultsLeaveReferencesToKeptKeys: such a column must be kept with its key, so a default does not mask it.
func TestDefaultsLeaveReferencesToKeptKeys(t *testing.T) {
	_, ds := resolve(t, `CREATE TABLE codes (code text PRIMARY KEY); CREATE TABLE uses (code text REFERENCES codes)`,
		defaults+"rule \"codes\" {\n  match {\n    table = \"codes\"\n  }\n  mask = keep()\n}\n")
	if len(ds) != 2 || ds[0].Code != decide.Undecided || !strings.Contains(ds[0].Detail, "keep it, too") ||
		ds[1].Code != decide.RuleMatchesNothing { // there is no name
		t.Error(ds)
	}
}

// TestDefaultsAgree: two that differ are an error, as any two rules are. One that has nothing left to decide is no
// warning, one that matches nothing is.
func TestDefaultsAgree(t *testing.T) {
	const more = "rule \"other\" {\n  match {\n    type = \"%\"\n  }\n  mask    = null_value()\n  default = true\n}\n"
	_, ds := resolve(t, `CREATE TABLE a (name text, note text)`, defaults+strings.Replace(more, "%", "t*", 1))
	if len(ds) != 1 || ds[0].Code != decide.RuleClash {
		t.Error(ds)
	}
	_, ds = resolve(t, `CREATE TABLE a (name text)`, defaults+strings.Replace(more, "%", "xml", 1))
	if len(ds) != 1 || ds[0].Code != decide.RuleMatchesNothing || !strings.Contains(ds[0].Detail, "rule.other") {
		t.Error(ds)
	}
}

const question = `
rule "memo" {
  match {
    column = ["memo", "note"]
  }
  # mask = lorem()
}
`

// TestOpenRules: a rule without a mask is a question. What it matches is undecided at its place, once for all tables.
func TestOpenRules(t *testing.T) {
	const sql = `CREATE TABLE a (memo text, note text, x text); CREATE TABLE b (memo text, note text)`
	_, ds := resolve(t, sql, question+"table \"public\" \"a\" {\n  keep = [\"note\"]\n}\n")
	if len(ds) != 2 || !ds.HasErrors() {
		t.Fatal(ds)
	}
	table, rule := ds[0], ds[1]
	if table.Code != decide.Undecided || !strings.Contains(table.Detail, "x (text)") ||
		strings.Contains(table.Detail, "memo (text)") {
		t.Error(table)
	}
	if rule.Code != decide.Undecided || rule.Summary != "rule.memo is not decided" || rule.Snippet == nil ||
		!strings.Contains(rule.Detail, "public.a.memo (text), public.b.memo (text), public.b.note (text)") {
		t.Error(rule)
	}
	// answered by its mask
	_, ds = resolve(t, sql, strings.Replace(question, "# ", "", 1)+"table \"public\" \"a\" {\n  keep = [\"x\"]\n}\n")
	if len(ds) > 0 {
		t.Error(ds)
	}
	// a default decides what nobody answered, without a word about the question
	_, ds = resolve(t, sql, question+defaults[strings.Index(defaults, `rule "rest"`):])
	if len(ds) > 0 {
		t.Error(ds)
	}
	// a question that is settled elsewhere
	_, ds = resolve(t, `CREATE TABLE a (memo text)`, question+"table \"public\" \"a\" {\n  keep = [\"memo\"]\n}\n")
	if len(ds) != 1 || ds[0].Severity != diag.Warning || ds[0].Code != decide.RuleMatchesNothing ||
		!strings.Contains(ds[0].Detail, "Remove it") {
		t.Error(ds)
	}
}
