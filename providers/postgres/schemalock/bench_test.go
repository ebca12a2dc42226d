package schemalock_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
	"github.com/shoji-pg/shoji/spec/mask"
)

// BenchmarkResolve reads the lock of 1,000 tables with 20,000 columns and decides them: what validate does besides
// reading the spec.
func BenchmarkResolve(b *testing.B) {
	dir := b.TempDir()
	project, lock := large(b, dir)
	path := filepath.Join(dir, schemalock.FileName)
	if err := lock.Write(path); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		f, err := schemalock.Read(path)
		if err != nil {
			b.Fatal(err)
		}
		decided, ds := f.Resolve(project)
		if len(ds) > 0 || len(decided) != 1 || len(decided[0].Tables) != 1000 {
			b.Fatalf("%d refreshes, %v", len(decided), ds)
		}
	}
}

// large makes 900 tables, each with a key, a foreign key to another and a unique column, a table with 99 partitions,
// and a block for each.
func large(tb testing.TB, dir string) (*spec.Project, *schemalock.File) {
	tb.Helper()
	text := mask.Type{Schema: "pg_catalog", Name: "text", Formatted: "text", Kind: 'b', Category: 'S'}
	bigint := mask.Type{Schema: "pg_catalog", Name: "int8", Formatted: "bigint", Kind: 'b', Category: 'N'}
	c := &catalog.Catalog{Server: catalog.Server{VersionNum: 150000}, Schemas: []catalog.Schema{{Name: "public"}}}
	var hcl strings.Builder
	hcl.WriteString("secret \"k\" { env = \"K\" }\ndatabase \"prod\" { url = \"postgres://a/b\" }\n" +
		"database \"staging\" { url = \"postgres://a/c\" }\nrefresh \"nightly\" {\n  from = database.prod\n" +
		"  to   = database.staging\n  key  = secret.k\n}\n")
	for i := range 1000 {
		t := catalog.Table{
			Schema:     "public",
			Name:       fmt.Sprintf("t%d", i),
			Selectable: true,
			Columns:    []catalog.Column{{Name: "id", Type: bigint, NotNull: true}, {Name: "up", Type: bigint}},
		}
		t.Constraints = []catalog.Constraint{{
			Name:       t.Name + "_pkey",
			Kind:       catalog.PrimaryKey,
			Columns:    []string{"id"},
			Definition: "PRIMARY KEY (id)",
			Validated:  true,
		}}
		switch {
		case i < 900:
			up := fmt.Sprintf("t%d", i/2)
			t.Constraints = append(t.Constraints,
				catalog.Constraint{
					Name:       t.Name + "_up_fkey",
					Kind:       catalog.ForeignKey,
					Columns:    []string{"up"},
					RefTable:   catalog.Ref{Schema: "public", Name: up},
					RefColumns: []string{"id"},
					Definition: "FOREIGN KEY (up) REFERENCES public." + up + "(id)",
					Validated:  true,
				},
				catalog.Constraint{
					Name:       t.Name + "_c0_key",
					Kind:       catalog.UniqueKey,
					Columns:    []string{"c0"},
					Definition: "UNIQUE (c0)",
					Validated:  true,
				})
		case i == 900:
			t.Partitioned, t.PartitionKey = true, []string{"id"}
		default:
			t.PartitionOf = "public.t900"
		}
		fmt.Fprintf(&hcl, "table \"public\" %q {\n  keep = [\"id\", \"up\"]\n", t.Name)
		for k := range 18 {
			name := fmt.Sprintf("c%d", k)
			t.Columns = append(t.Columns, catalog.Column{Name: name, Type: text})
			fmt.Fprintf(&hcl, "  column %q { mask = email() }\n", name)
		}
		hcl.WriteString("}\n")
		c.Tables = append(c.Tables, t)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(hcl.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	project, ds := lang.Load(dir, lang.Options{})
	if ds.HasErrors() {
		tb.Fatal(ds)
	}
	return project, &schemalock.File{
		Databases: map[string]*schemalock.Database{"database.prod": schemalock.FromCatalog(c, nil)},
	}
}
