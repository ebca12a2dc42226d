package docs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/lang"
	"github.com/shoji-pg/shoji/spec/mask"
)

// TestPictureIsCurrent draws the plan of the README's first spec as `shoji plan` prints it. The tables are
// decided and the masks compiled as in a run. It is a first refresh onto a server that has the role already.
func TestPictureIsCurrent(t *testing.T) {
	var text bytes.Buffer
	view.Plan(&text, view.Style{Color: true}, firstPlan(t))
	shown := []string{"\x1b[1m$ shoji plan\x1b[0m"}
	for _, line := range strings.Split(strings.TrimRight(text.String(), "\n"), "\n") {
		if len(shown) == 1 && line == "" {
			continue
		}
		shown = append(shown, line)
	}
	current(t, "plan.svg", picture(shown, "What shoji plan prints for the first spec of the README"))
}

func firstPlan(t *testing.T) *engine.Plan {
	t.Helper()
	var text string
	for _, f := range fences(t, "hcl") {
		if f.page == "../README.md" {
			text = f.text
			break
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app.shoji.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, ds := lang.Load(dir, lang.Options{})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	tables, ds := decide.Resolve(decide.Input{
		Refresh: p.Refreshes[0],
		Tables:  p.Tables,
		Rules:   p.Rules,
		Links:   p.Links,
		Source:  app(),
	})
	if ds.Append(decide.Open(tables)...); len(ds) > 0 {
		t.Fatal(ds)
	}
	r := p.Refreshes[0]
	refresh := engine.Refresh{
		Address:  r.Address(),
		From:     r.From.Address(),
		To:       r.To.Address(),
		Mode:     engine.Mode(r.Mode),
		Jobs:     r.Jobs,
		Live:     "app",
		Next:     "app__next",
		Previous: "app__prev",
		Range:    at(r.Range),
		Notes: []string{
			"built as app__next; until the swap app stays as it is, and a run that fails drops app__next",
		},
	}
	for _, d := range tables {
		refresh.Tables = append(refresh.Tables, tableOf(d))
	}
	return &engine.Plan{Project: "app", Refreshes: []engine.Refresh{refresh}, Changes: []engine.Change{{
		Address: "database.staging.grants",
		Type:    "grants",
		Name:    "staging",
		Action:  engine.Create,
		Range:   at(r.To.Range),
		After: map[string]any{
			"app_ro on 3 tables: public.audit_log, public.customers, public.orders": "SELECT",
			"app_ro on schema public": "USAGE",
		},
		Statements: []engine.Statement{
			{On: "database.staging (app__next)", Text: `GRANT USAGE ON SCHEMA "public" TO "app_ro"`},
			{
				On:   "database.staging (app__next)",
				Text: `GRANT SELECT ON TABLE "public"."audit_log", "public"."customers", "public"."orders" TO "app_ro"`,
			},
		},
	}}}
}

func at(r diag.Range) *diag.Range { return &r }

func tableOf(d decide.Table) engine.RefreshTable {
	out := engine.RefreshTable{
		Schema:        d.Source.Schema,
		Name:          d.Source.Name,
		Treatment:     d.Treatment,
		EstimatedRows: d.Source.EstimatedRows,
		EstimatedSize: d.Source.Bytes,
		SQL:           d.Select(),
		Reason:        d.Reason,
		Range:         d.Range,
	}
	for _, c := range d.Columns {
		column := engine.RefreshColumn{
			Name:     c.Name,
			Type:     c.Type.Formatted,
			Decision: c.Decision,
			Because:  c.Because,
			Strength: decide.StrengthOf(c.Expr.Strength),
		}
		if c.Mask != nil {
			column.Mask, column.Keyed = c.Mask.Text, engine.Keyed(c.Expr.Keyed)
		}
		out.Columns = append(out.Columns, column)
	}
	return out
}

// app is the database that the README's first spec is about.
func app() *catalog.Catalog {
	types := map[string]mask.Type{
		"bigint":                   {Name: "int8", Category: 'N'},
		"text":                     {Name: "text", Category: 'S'},
		"character varying(24)":    {Name: "varchar", Category: 'S', MaxLength: 24},
		"date":                     {Name: "date", Category: 'D'},
		"timestamp with time zone": {Name: "timestamptz", Category: 'D'},
		"numeric(12,2)":            {Name: "numeric", Category: 'N', Precision: 12, Scale: 2},
	}
	table := func(name string, rows, bytes int64, columns ...string) catalog.Table {
		out := catalog.Table{Schema: "public", Name: name, EstimatedRows: rows, Bytes: bytes, Selectable: true}
		for i := 0; i < len(columns); i += 2 {
			typ := types[columns[i+1]]
			typ.Schema, typ.Formatted, typ.Kind = "pg_catalog", columns[i+1], 'b'
			out.Columns = append(out.Columns, catalog.Column{
				Name:       columns[i],
				Number:     i/2 + 1,
				Type:       typ,
				Selectable: true,
			})
		}
		return out
	}
	return &catalog.Catalog{Schemas: []catalog.Schema{{Name: "public"}}, Tables: []catalog.Table{
		table("audit_log", 2_310_000, 402<<20, "id", "bigint", "what", "text"),
		table("customers", 48_200, 4928<<10, "id", "bigint", "full_name", "text", "email", "text", "phone",
			"character varying(24)", "birth_date", "date", "joined_on", "date"),
		table("orders", 131_000, 7782<<10, "id", "bigint", "customer_id", "bigint", "placed_at",
			"timestamp with time zone", "total", "numeric(12,2)"),
	}}
}
