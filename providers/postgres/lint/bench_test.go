package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/providers/postgres/lint"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec/lang"
)

// BenchmarkLint reads a spec of 1,000 tables with 20,000 columns and its lock, and judges it.
func BenchmarkLint(b *testing.B) {
	dir := b.TempDir()
	large(b, dir, 1000)
	lock := filepath.Join(dir, schemalock.FileName)
	for b.Loop() {
		project, ds := lang.Load(dir, lang.Options{})
		if ds.HasErrors() {
			b.Fatal(ds)
		}
		file, err := schemalock.Read(lock)
		if err != nil {
			b.Fatal(err)
		}
		if r := lint.Run(lint.Input{Project: project, Lock: file}); len(r.Findings) != 3000 || len(r.Skipped) > 0 {
			b.Fatalf("%d findings, %v skipped, such as %v", len(r.Findings), r.Skipped, r.Findings[:1])
		}
	}
}

// large writes a spec of tables with twenty columns each, of which three have something to find, and the lock of it.
func large(b *testing.B, dir string, tables int) {
	b.Helper()
	columns := []struct{ name, kind, mask string }{
		{"id", "bigint", ""},
		{"created_at", "timestamp with time zone", ""},
		{"status", "text", ""},
		{"amount", "numeric(12,2)", ""},
		{"country", "character(2)", ""},
		{"kind", "integer", ""},
		{"position", "integer", ""},
		{"parent_id", "bigint", ""},
		{"enabled", "boolean", ""},
		{"contact_email", "text", ""},
		{"email", "character varying(255)", "email()"},
		{"full_name", "text", `full_name("ja")`},
		{"phone", "text", "digits({ keep_last = 2 })"},
		{"birth_date", "date", `truncate("year")`},
		{"notes", "text", `fixed("****")`},
		{"login", "character varying(40)", "token()"},
		{"ip", "inet", "ip()"},
		{"gender", "character(1)", "token({ length = 8 })"},
		{"digest", "text", `sql("md5(digest)")`},
		{"legacy", "text", `sql("left(legacy, 2) || '****'")`},
	}
	var keep []string
	file := &schemalock.File{
		Databases: map[string]*schemalock.Database{
			"database.prod": {
				Server:  15,
				Schemas: []string{"public"},
				Tables:  map[string]map[string]*schemalock.LockedTable{"public": {}},
			},
		},
	}
	table := schemalock.LockedTable{}
	masks := ""
	for _, c := range columns {
		kind := c.kind
		if kind == "character(1)" {
			kind = "character(8)"
		}
		table.Columns = append(table.Columns, schemalock.LockedColumn{Name: c.name, Type: kind})
		if c.mask == "" {
			keep = append(keep, fmt.Sprintf("%q", c.name))
		} else {
			masks += fmt.Sprintf("  column %q { mask = %s }\n", c.name, c.mask)
		}
	}
	table.Constraints = []schemalock.LockedConstraint{
		{Name: "key", Kind: "primary key", Columns: []string{"id"}, Definition: "PRIMARY KEY (id)"},
		{
			Name:       "parent",
			Kind:       "foreign key",
			Columns:    []string{"parent_id"},
			RefSchema:  "public",
			RefTable:   "t0000",
			RefColumns: []string{"id"},
			Definition: "FOREIGN KEY (parent_id) REFERENCES t0000(id)",
		},
	}
	var text strings.Builder
	for i := range tables {
		name := fmt.Sprintf("t%04d", i)
		one := table
		file.Databases["database.prod"].Tables["public"][name] = &one
		fmt.Fprintf(&text, "table \"public\" %q {\n  keep = [%s]\n%s}\n", name, strings.Join(keep, ", "), masks)
	}
	for name, content := range map[string]string{"project.hcl": head, "tables.hcl": text.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	if err := file.Write(filepath.Join(dir, schemalock.FileName)); err != nil {
		b.Fatal(err)
	}
}
