package ddl

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

// chosen reads a schema block of these lines.
func chosen(t *testing.T, lines string) *spec.Structure {
	t.Helper()
	dir := t.TempDir()
	text := `
database "prod" { url = "postgres://a@b/c" }
database "staging" { url = "postgres://a@b/d" }
refresh "nightly" {
  from = database.prod
  to   = database.staging
  schema {
` + lines + `
  }
}
`
	if err := os.WriteFile(dir+"/main.hcl", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, ds := lang.Load(dir, lang.Options{})
	if len(ds) > 0 {
		t.Fatal(ds)
	}
	return p.Refreshes[0].Structure
}

// planted is a database with a value in every place of a structure that can hold one.
func planted(t *testing.T) string {
	t.Helper()
	if pgtest.Server(t).Installation.Major < 14 {
		t.Skip("statistics of expressions came with 14")
	}
	sql, err := os.ReadFile("testdata/planted.sql")
	if err != nil {
		t.Fatal(err)
	}
	u := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, u, string(sql))
	return u
}

// holding returns the entries whose SQL holds a planted value: every one of them has "planted" in it.
func holding(s *Script) []string {
	var out []string
	for _, e := range s.Entries {
		if strings.Contains(e.SQL, "planted") {
			out = append(out, e.Object())
		}
	}
	slices.Sort(out)
	return out
}

// Every planted value is found at its place, and nothing else is; the report holds no value.
func TestLiteralsAreFoundInEveryPlace(t *testing.T) {
	script, notes, diags := Choose(dump(t, planted(t), Args{}), Choice{})
	if len(notes) > 0 || len(diags) > 0 {
		t.Fatal(notes, diags)
	}
	var got []string
	for _, l := range script.Literals() {
		got = append(got, fmt.Sprintf("%s | %s | %s | %s", l.Where, l.Part, l.Name, l.Kind))
		if text := fmt.Sprint(l); strings.Contains(text, ".planted@") || strings.Contains(text, "Tr0ub4dor") {
			t.Errorf("%+v holds a value", l)
		}
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(plantedPlaces), "\n"), got); diff != "" {
		t.Error(diff)
	}
}

// What is not in the copy at all is not in the script either, which a manifest takes to another account.
func TestForeignServersAndOtherSchemasLeaveNoSQL(t *testing.T) {
	u := planted(t)
	script, _, _ := Choose(dump(t, u, Args{ExcludeTablesIn: []string{"public"}}), Choice{Schemas: []string{"none"}})
	want := []string{"comment EVENT TRIGGER watches", "comment SCHEMA public"} // these are in no schema, and cross
	if diff := cmp.Diff(want, holding(script)); diff != "" {
		t.Error(diff)
	}
}

func TestASchemaBlockLeavesOutWhatItSays(t *testing.T) {
	u := planted(t)
	whole := dump(t, u, Args{})
	s := chosen(t, `
    comments   = false
    functions  = ["!public.planted_*"]
    views      = false
    triggers   = false
    rules      = false
    policies   = false
    defaults   = false
    checks     = false
    indexes    = false
    statistics = false`)
	script, notes, diags := Choose(whole, Choice{Structure: s})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(plantedNotes), "\n"), notes); diff != "" {
		t.Error(diff)
	}
	if text := strings.Join(notes, "\n"); strings.Contains(text, ".planted@") {
		t.Errorf("a note holds a value: %s", text)
	}
	var fixed []string
	for _, l := range script.Literals() {
		fixed = append(fixed, l.Where)
		if l.Part != spec.Fixed {
			t.Errorf("%+v crosses", l)
		}
	}
	if diff := cmp.Diff(fixedPlaces, slices.Compact(fixed)); diff != "" {
		t.Error(diff)
	}
	// What is left can be created, and a key still takes the next value of its sequence.
	selected, _, diags := Select(script, Selection{Target: everything()})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	copied := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, copied, statements(selected)...)
	pgtest.Exec(t, copied, "INSERT INTO public.customers (kind) VALUES ('regular')")
}

// What crosses and needs what does not is refused, with both names.
func TestAStructureThatNeedsWhatItLeavesOutIsRefused(t *testing.T) {
	u := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, u, `
		CREATE FUNCTION checked(text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'select true';
		CREATE FUNCTION made() RETURNS text LANGUAGE sql AS $$select 'x'$$;
		CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
		CREATE TABLE a (t text DEFAULT made(), CHECK (checked(t)));
		CREATE TABLE b (t text, l text GENERATED ALWAYS AS (checked(t)::text) STORED);
		CREATE TABLE c (t text);
		CREATE INDEX c_checked ON c (checked(t));
		ALTER TABLE c ENABLE ROW LEVEL SECURITY;
		CREATE POLICY p ON c USING (checked(t));
		CREATE TRIGGER fires BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION fired();
		CREATE VIEW v AS SELECT checked(t) FROM c;
		CREATE VIEW over AS SELECT * FROM v;`)
	whole := dump(t, u, Args{})
	for name, c := range map[string]struct {
		lines string
		want  []string
		notes []string
	}{
		"all functions": {`functions = false`, []string{
			"functions = false leaves out function public.checked(text), which these need: table public.a, table " +
				"public.b, view public.v, index public.c_checked, policy public.c.p.",
			"functions = false leaves out function public.made(), which these need: table public.a."},
			[]string{
				"schema: functions = false leaves out function public.checked(text), function public.fired(), " +
					"function public.made()",
				"trigger public.c.fires is left out: it calls function public.fired()",
			}},
		"with what calls one of them": {"functions = [\"!public.made\"]\ndefaults = false", nil,
			[]string{
				`schema: functions = ["!public.made"] leaves out function public.made()`,
				"schema: defaults = false leaves out default t of table public.a",
			}},
		"a view of a view": {`views = ["public.over"]`, []string{
			`views = ["public.over"] leaves out view public.v, which these need: view public.over.`},
			[]string{`schema: views = ["public.over"] leaves out view public.v`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, notes, diags := Choose(whole, Choice{Structure: chosen(t, c.lines)})
			var got []string
			for _, d := range diags {
				detail, _, _ := strings.Cut(d.Detail, " Copy it")
				got = append(got, detail)
				if d.Range == nil || d.Range.Filename != "main.hcl" {
					t.Errorf("%+v has no place", d)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.notes, notes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A schema as others have it is not reported: who is warned for nothing stops reading.
func TestAnOrdinaryStructureHasNoLiterals(t *testing.T) {
	script, _, _ := Choose(dump(t, nasty(t), Args{}), Choice{})
	if found := script.Literals(); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	if len(literal.Scan(literal.Literal{}, "CREATE TABLE t (e text DEFAULT 'someone@example.com')")) > 0 {
		t.Error("an address of documentation is nobody's")
	}
}
