package postgres_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
	"github.com/shoji-pg/shoji/providers/postgres/lint"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

// TestDrafted takes odd schemas the whole way: what a draft decides and proposes, and what a plan gives as an example
// for a table that nobody decided, is refused by neither lint, nor the plan, nor the run.
func TestDrafted(t *testing.T) {
	for name, sql := range odd(t) {
		t.Run(name, func(t *testing.T) { drafted(t, sql) })
	}
}

// TestDraftedChinook does so with a database made by others: the file that CHINOOK_SQL names, or .cache/chinook.sql.
func TestDraftedChinook(t *testing.T) {
	script := os.Getenv("CHINOOK_SQL")
	if script == "" {
		script = "../../.cache/chinook.sql"
	}
	content, err := os.ReadFile(script)
	if err != nil {
		t.Skip("neither CHINOOK_SQL nor .cache/chinook.sql is there")
	}
	_, rows, _ := strings.Cut(string(content), `\c chinook;`)
	drafted(t, rows)
}

func drafted(t *testing.T, sql string) {
	t.Run("as drafted", func(t *testing.T) {
		m := newMoved(t, swapMode)
		pgtest.Exec(t, m.source, sql)
		files, _, err := draft.Files(draft.Input{
			Catalog:  readCatalog(t, m.source),
			Database: &spec.Database{Name: "prod"},
			File:     "tables.shoji.hcl",
			Name:     "drafted",
		})
		if err != nil {
			t.Fatal(err)
		}
		m.blocks = strings.NewReplacer("\n# rule ", "\nrule ", "\n#   ", "\n   ", "\n# }", "\n}", "  # column ",
			"  column ").Replace("\n" + string(files["tables.shoji.hcl"]))
		m.takes(t)
	})
	t.Run("by the examples of a plan", func(t *testing.T) {
		m := newMoved(t, swapMode)
		pgtest.Exec(t, m.source, sql)
		m.blocks = ""
		m.blocks = m.examples(t)
		m.takes(t)
	})
}

// examples returns the blocks that a plan proposes for tables that are not decided.
func (m *moved) examples(t *testing.T) string {
	t.Helper()
	p := m.spec()
	_, ds := decide.Resolve(decide.InputFor(p, p.Refreshes[0], readCatalog(t, m.source)))
	var out strings.Builder
	for _, d := range ds {
		if _, example, found := strings.Cut(d.Detail, "for example:\n"); found {
			example, _, _ = strings.Cut(example, "\nor data = false")
			out.WriteString(example + "\n")
		}
	}
	return out.String()
}

// takes keeps what is not decided yet, and then lints, plans and runs without an error.
func (m *moved) takes(t *testing.T) {
	t.Helper()
	source := readCatalog(t, m.source)
	decided := m.blocks
	for range 3 { // a key that is kept has others kept
		p := m.spec()
		tables, ds := decide.Resolve(decide.InputFor(p, p.Refreshes[0], source))
		ds.Append(decide.Open(tables)...)
		left := map[string][]string{}
		for _, table := range tables {
			for _, c := range table.Source.Columns {
				if !hasColumn(table, c.Name) && table.Source.PartitionOf == "" {
					left[table.Source.Schema+"."+
						table.Source.Name] = append(left[table.Source.Schema+"."+table.Source.Name],
						fmt.Sprintf("%q", c.Name))
				}
			}
		}
		for _, d := range ds {
			if d.Severity == diag.Error && d.Code != decide.Undecided {
				t.Fatalf("%s\n%s", text(diag.Diagnostics{d}), decided)
			}
		}
		for table, names := range left {
			m.blocks += fmt.Sprintf("rule \"kept_%s\" {\n  match {\n    table  = %q\n    column = [%s]\n  }\n"+
				"  mask = keep()\n}\n",
				regexp.MustCompile(`[^a-z0-9]`).ReplaceAllString(fmt.Sprintf("%s_%d", table, len(m.blocks)), "_"),
				table,
				strings.Join(names, ", "))
		}
		if len(left) == 0 {
			break
		}
	}
	p := m.spec()
	lock := &schemalock.File{Databases: map[string]*schemalock.Database{
		"database.prod": schemalock.FromCatalog(source, nil),
	}}
	for _, f := range lint.Run(lint.Input{Project: p, Lock: lock}).Findings {
		if f.Severity == diag.Error {
			t.Errorf("lint: %s: %s\n%s", f.Summary, f.Detail, m.blocks)
		}
	}
	r, plan, ds := m.tryPlan()
	if ds.HasErrors() {
		t.Fatalf("plan: %s\n%s", text(ds), m.blocks)
	}
	if _, ds := m.run(r, plan); ds.HasErrors() {
		t.Fatalf("apply: %s\n%s", text(ds), m.blocks)
	}
}

func hasColumn(t decide.Table, name string) bool {
	for _, c := range t.Columns {
		if c.Name == name {
			return true
		}
	}
	return false
}

func readCatalog(t *testing.T, url string) *catalog.Catalog {
	t.Helper()
	c := pgtest.Connect(t, url)
	if _, err := c.Exec(context.Background(), "SET search_path = pg_catalog"); err != nil {
		t.Fatal(err)
	}
	out, err := catalog.Read(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// odd returns schemas with rows: those of testdata/drafted, each of one kind of trouble, and one with every type under
// every rule.
func odd(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	files, err := filepath.Glob("testdata/drafted/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("finding schemas: %d, %v", len(files), err)
	}
	for _, name := range files {
		sql, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(name), ".sql")] = string(sql)
	}
	// Every pair of a column's type and what there is of it.
	var mixed strings.Builder
	n := 0
	for _, typ := range []string{
		"text", "varchar(7)", "char(12)", "varchar(40)", "int", "bigint", "numeric(8,2)", "date",
	} {
		for _, rule := range []string{"", "NOT NULL", "UNIQUE", "NOT NULL UNIQUE"} {
			for _, name := range []string{"email", "full_name", "phone", "notes", "birth_date", "thing"} {
				n++
				value := map[byte]string{
					't': "i::text",
					'v': "i::text",
					'c': "i::text",
					'd': "'2000-01-01'::date + i",
				}[typ[0]]
				if value == "" {
					value = "i"
				}
				fmt.Fprintf(&mixed,
					"CREATE TABLE t%d (%s %s %s); INSERT INTO t%[1]d SELECT %[5]s FROM generate_series(1, 20) AS "+
						"g(i);\n", n, name, typ, rule, value)
			}
		}
	}
	out["each type under each rule"] = mixed.String()
	return out
}
