package decide_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/lang"
	"github.com/shoji-pg/shoji/spec/mask"
)

// large is a database of n tables of 20 columns: each refers to the one before it, a tenth has a block, the rest are
// decided by fifty rules and by their keys.
func large(tb testing.TB, n int) decide.Input {
	tb.Helper()
	var hcl strings.Builder
	hcl.WriteString(head)
	source := &catalog.Catalog{Schemas: []catalog.Schema{{Name: "app"}}}
	kind := func(name, formatted string, category byte) mask.Type {
		return mask.Type{Schema: "pg_catalog", Name: name, Formatted: formatted, Kind: 'b', Category: category}
	}
	for i := range n {
		t := catalog.Table{Schema: "app", Name: fmt.Sprintf("t%04d", i), Selectable: true}
		column := func(name string, of mask.Type) {
			t.Columns = append(t.Columns, catalog.Column{
				Name:       name,
				Number:     len(t.Columns) + 1,
				Type:       of,
				Selectable: true,
			})
		}
		column("id", kind("int8", "bigint", 'N'))
		column("parent", kind("int8", "bigint", 'N'))
		for k := range 18 {
			column(fmt.Sprintf("c%02d_%d", k, i%50), kind("text", "text", 'S'))
		}
		t.Constraints = []catalog.Constraint{{Name: "pk", Kind: catalog.PrimaryKey, Columns: []string{"id"}}}
		t.Indexes = []catalog.Index{{
			Name:       "pk",
			Unique:     true,
			Primary:    true,
			Columns:    []string{"id"},
			Definition: "CREATE UNIQUE INDEX pk ON app.t USING btree (id)",
		}}
		if i > 0 {
			t.Constraints = append(t.Constraints, catalog.Constraint{
				Name:       "fk",
				Kind:       catalog.ForeignKey,
				Columns:    []string{"parent"},
				RefTable:   catalog.Ref{Schema: "app", Name: fmt.Sprintf("t%04d", i-1)},
				RefColumns: []string{"id"},
				Validated:  true,
			})
		} else {
			t.Columns[1].Name = "c"
		}
		source.Tables = append(source.Tables, t)
		if i%10 == 0 {
			fmt.Fprintf(&hcl, "table \"app\" \"t%04d\" {\n  keep = [\"c00_%d\", \"c01_%d\"]\n}\n", i, i%50, i%50)
		}
	}
	for i := range 50 {
		fmt.Fprintf(&hcl,
			"rule \"r%d\" {\n  match {\n    column = \"c??_%d\"\n    type = \"text\"\n  }\n  mask = email()\n}\n", i, i)
	}
	hcl.WriteString("rule \"ids\" {\n  match {\n    column = \"{id,c}\"\n  }\n  mask = token()\n}\n")
	dir := tb.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(hcl.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	p, ds := lang.Load(dir, lang.Options{Version: "0.1.0"})
	if ds.HasErrors() {
		tb.Fatal(ds)
	}
	return decide.Input{
		Refresh: p.Refreshes[0],
		Tables:  p.Tables,
		Rules:   p.Rules,
		Links:   p.Links,
		Source:  source,
		Snippet: p.Snippet,
	}
}

// TestLargeCatalogs: eight times the tables take about eight times as long, not sixty-four.
func TestLargeCatalogs(t *testing.T) {
	took := func(n int) time.Duration {
		in := large(t, n)
		best := time.Hour
		for range 3 {
			start := time.Now()
			tables, ds := decide.Resolve(in)
			best = min(best, time.Since(start))
			if ds.HasErrors() || len(tables) != n {
				t.Fatalf("%d tables, %v", len(tables), ds)
			}
		}
		return best
	}
	small, big := took(250), took(2000)
	t.Logf("250 tables: %v, 2,000 tables: %v", small, big)
	if big > 32*small {
		t.Errorf("250 tables take %v, 2,000 take %v", small, big)
	}
}

func BenchmarkResolve(b *testing.B) {
	in := large(b, 1000)
	for b.Loop() {
		if _, ds := decide.Resolve(in); ds.HasErrors() {
			b.Fatal(ds)
		}
	}
}
