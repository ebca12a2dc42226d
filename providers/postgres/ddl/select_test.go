package ddl

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

// everything is a target on which all can be created.
func everything() Target {
	return Target{VersionNum: 150000, User: "refresher", Superuser: true, Roles: []string{"reader", `Odd "Role`},
		Available: map[string]Available{"hstore": {Version: "1.8", Trusted: true},
			"postgres_fdw": {Version: "1.1", Superuser: true}}}
}

func objects(s *Script) []string {
	var out []string
	for _, e := range s.Entries {
		out = append(out, e.Object())
	}
	return out
}

func TestSkippedTableTakesWhatBelongsToIt(t *testing.T) {
	u := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, u, `
		CREATE TABLE gone (id serial PRIMARY KEY, email text UNIQUE, n int);
		CREATE INDEX gone_n ON gone (n);
		COMMENT ON TABLE gone IS 'x'; COMMENT ON INDEX gone_n IS 'y';
		CREATE STATISTICS gone_stats ON email, n FROM gone;
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
		CREATE TRIGGER t BEFORE INSERT ON gone FOR EACH ROW EXECUTE FUNCTION f();
		ALTER TABLE gone ENABLE ROW LEVEL SECURITY;
		CREATE POLICY p ON gone USING (true);
		CREATE RULE r AS ON DELETE TO gone DO INSTEAD NOTHING;
		CREATE TABLE kept (id int);
		CREATE TABLE shared_owner (id serial);
		CREATE TABLE uses_shared (id int DEFAULT nextval('shared_owner_id_seq'));`)
	script, notes, diags := Select(dump(t, u, Args{}), Selection{Target: everything(),
		Skip: []catalog.Ref{{Schema: "public", Name: "gone"}, {Schema: "public", Name: "shared_owner"}}})
	if len(diags) > 0 || len(notes) > 0 {
		t.Errorf("unexpected: %v %v", diags, notes)
	}
	want := []string{
		"function public.f()", "table public.kept", "sequence public.shared_owner_id_seq", "table public.uses_shared",
	}
	got := objects(script)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	pgtest.Exec(t, pgtest.Database(t, pgtest.Server(t)), statements(script)...)
}

// statements returns what creates a script's objects.
func statements(s *Script) []string {
	out := []string{"SET search_path = ''; SET check_function_bodies = off"}
	for _, section := range []Section{Pre, Post} {
		for _, e := range s.InSection(section) {
			out = append(out, e.SQL)
		}
	}
	return out
}

func TestWhatIsNeededAndLeftOutIsAnError(t *testing.T) {
	u := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, u, `
		CREATE SCHEMA other; CREATE TYPE other.mood AS ENUM ('x');
		CREATE TABLE other.r (id int PRIMARY KEY);
		CREATE TABLE gone (id int PRIMARY KEY);
		CREATE TABLE kept (id int REFERENCES gone, o int REFERENCES other.r, m other.mood);
		CREATE VIEW v AS SELECT * FROM gone;`)
	script, _, diags := Select(dump(t, u, Args{}), Selection{Target: everything(),
		Schemas: []string{"public"}, Skip: []catalog.Ref{{Schema: "public", Name: "gone"}}})
	var details []string
	for _, d := range diags {
		details = append(details, d.Detail)
	}
	all := strings.Join(details, "\n")
	for _, want := range []string{
		"Table public.kept needs type other.mood", "View public.v needs table public.gone",
		"kept_id_fkey needs table public.gone", "kept_o_fkey needs table other.r",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("missing %q in:\n%s", want, all)
		}
	}
	if len(diags) != 4 {
		t.Errorf("%d diagnostics instead of 4:\n%s", len(diags), all)
	}
	for _, o := range objects(script) {
		if strings.Contains(o, "other") {
			t.Errorf("%s is not of the chosen schema", o)
		}
	}
}

func TestTreatmentOfTypes(t *testing.T) {
	u := pgtest.Database(t, pgtest.Server(t))
	reader := pgtest.Role(t, pgtest.Server(t), "")
	pgtest.Exec(t, u, `
		CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext;
		CREATE EXTENSION postgres_fdw;
		CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
		CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (user 'u', password 'hunter2');
		CREATE FOREIGN TABLE remote (id int) SERVER elsewhere;
		CREATE VIEW of_remote AS SELECT id FROM remote;
		CREATE TABLE t (id int, h ext.hstore); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
		CREATE POLICY "to USING" ON t FOR SELECT TO `+reader+` USING (id = 1);
		CREATE POLICY open ON t USING (true);
		CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';
		CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION seen();
		COMMENT ON EVENT TRIGGER watch IS 'w';
		CREATE PUBLICATION pub FOR ALL TABLES;`)
	dumped := dump(t, u, Args{})
	extensions := []catalog.Extension{
		{Name: "hstore", Schema: "ext", Version: "1.8"},
		{Name: "postgres_fdw", Schema: "public", Version: "1.1"},
	}

	target := everything()
	target.Roles = append(target.Roles, reader)
	script, notes, diags := Select(dumped, Selection{Target: target, Extensions: extensions})
	if len(diags) > 0 {
		t.Errorf("a superuser's target: %v", diags)
	}
	for _, e := range script.Entries {
		if strings.Contains(e.SQL, "hunter2") || strings.Contains(e.SQL, "remote") || e.Type == "PUBLICATION" {
			t.Errorf("%s must not be copied", e.Object())
		}
	}
	if joined := strings.Join(notes, "\n"); !strings.Contains(joined, "foreign table public.remote") ||
		!strings.Contains(joined, "view public.of_remote") {
		t.Errorf("what is left out is not noted: %s", joined)
	}

	poor := Target{
		VersionNum: 150000,
		User:       "refresher",
		Available:  map[string]Available{"hstore": {Version: "1.4", Trusted: true}},
	}
	script, _, diags = Select(dumped, Selection{Target: poor, Extensions: extensions})
	var summaries []string
	for _, d := range diags {
		summaries = append(summaries, string(d.Severity)+": "+d.Summary)
	}
	slices.Sort(summaries)
	want := []string{
		"error: Extension is not available on the target",
		"error: Policy names roles that do not exist on the target",
		"warning: Event trigger is left out",
		"warning: Extension has another version on the target",
	}
	if diff := cmp.Diff(want, summaries); diff != "" {
		t.Error(diff)
	}
	for _, e := range script.Entries {
		if strings.Contains(strings.ToUpper(e.Object()), "EVENT TRIGGER") {
			t.Errorf("%s is kept", e.Object())
		}
	}

	// A refresh of some schemas still has the extensions, and the schema that one lives in.
	script, _, diags = Select(dumped, Selection{Target: target, Extensions: extensions, Schemas: []string{"public"}})
	if diags.HasErrors() || !slices.Contains(objects(script), "extension hstore") ||
		!slices.Contains(objects(script), "schema ext") {
		t.Errorf("got %v, %v", diags, objects(script))
	}
}

func TestPolicyRoles(t *testing.T) {
	for sql, want := range map[string][]string{
		`CREATE POLICY p ON public.t USING (true);`:                                        nil,
		`CREATE POLICY p ON public.t AS RESTRICTIVE FOR SELECT TO a, b USING (true);`:      {"a", "b"},
		`CREATE POLICY "x TO y" ON "TO"."USING" TO "Odd ""Role", plain WITH CHECK (true);`: {`Odd "Role`, "plain"},
		`CREATE POLICY p ON public.t TO """";`:                                             {`"`},
		`CREATE POLICY p ON public.t FOR ALL USING ((x = ' TO fake '::text));`:             nil,
	} {
		if diff := cmp.Diff(want, policyRoles(Entry{SQL: sql})); diff != "" {
			t.Errorf("%s:\n%s", sql, diff)
		}
	}
}

func TestFingerprintsNameWhatMoved(t *testing.T) {
	u := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, u, `CREATE TABLE a (id int); CREATE TABLE b (id int);
		CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq);
		CREATE OPERATOR === (leftarg = bigint, rightarg = bigint, function = int8eq)`)
	before := dump(t, u, Args{}).Fingerprints("refresh.nightly", "database.prod")
	pgtest.Exec(t, u, "CREATE TABLE aa (id int); ALTER TABLE b ADD email text; DROP OPERATOR === (bigint, bigint)")
	after := map[string]string{}
	for _, f := range dump(t, u, Args{}).Fingerprints("refresh.nightly", "database.prod") {
		after[f.Object] = f.Digest
	}
	var moved []string
	for _, f := range before {
		if after[f.Object] != f.Digest {
			moved = append(moved, f.Object)
		}
	}
	if diff := cmp.Diff([]string{"operator public.=== of database.prod", "table public.b of database.prod"},
		moved); diff != "" {
		t.Error(diff)
	}
}
