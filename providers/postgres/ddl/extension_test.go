package ddl

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

// TestExtensionsThatATargetCannotHave: each is an error that names it and a way out; what is fine is none.
func TestExtensionsThatATargetCannotHave(t *testing.T) {
	user := Target{
		VersionNum: 150000,
		User:       "refresher",
		Available: map[string]Available{
			"anybody": {Version: "1", Superuser: false},
			"trusted": {Version: "1", Superuser: true, Trusted: true},
			"guarded": {Version: "1", Superuser: true},
			"leaning": {Version: "1", Requires: []string{"anybody", "plpgsql"}},
			"pg_cron": {Version: "1", Superuser: false}, "citus": {Version: "1"}, "pg_stat_statements": {Version: "1"},
		},
		Loaded: []string{"auto_explain"},
	}
	with := func(change func(*Target)) Target { out := user; change(&out); return out }
	for name, tt := range map[string]struct {
		target     Target
		extension  string
		skip       []string
		want, note string
	}{
		"control says superuser = false": {user, "anybody", nil, "", ""},
		"trusted":                        {user, "trusted", nil, "", ""},
		"superuser": {
			user, "guarded", nil, "Only a superuser may create extension guarded", "",
		},
		"missing":      {user, "missing", nil, "extension missing, which is not available", ""},
		"one database": {user, "pg_cron", nil, "can be created in one database", ""},
		"library": {
			user, "citus", nil, "only where shared_preload_libraries has citus", "",
		},
		"library for use":          {user, "pg_stat_statements", nil, "", "does nothing in the copy"},
		"requires what comes":      {user, "leaning", nil, "", ""},
		"requires what is skipped": {user, "leaning", []string{"anybody"}, "", ""},
		"skipped": {
			user, "pg_cron", []string{"pg_cron"}, "", "is left out: the spec skips it",
		},
		"superuser who connects": {with(func(t *Target) { t.Superuser = true }), "guarded", nil, "", ""},
		"delegated by RDS": {
			with(func(t *Target) { t.Delegated = []string{"guarded"} }), "guarded", nil, "", "",
		},
		"not allowed by RDS": {
			with(func(t *Target) { t.Allowed = []string{"x"} }), "anybody", nil, "rds.allowed_extensions", "",
		},
		"libraries that are not known": {with(func(t *Target) { t.Loaded = nil }), "citus", nil, "", ""},
		"a library that is loaded": {
			with(func(t *Target) { t.Loaded = []string{"citus"} }), "citus", nil, "", "",
		},
		"in the template": {
			with(inTemplate("guarded", "1")), "guarded", nil, "", "is there already",
		},
		"in the template, of another version": {
			with(inTemplate("guarded", "2")), "guarded", nil, "the target will have 2", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Script{}
			var extensions []catalog.Extension
			for i, x := range []string{"anybody", tt.extension} {
				s.Entries = append(s.Entries, Entry{ID: i + 1, Section: Pre, Type: "EXTENSION", Name: x})
				extensions = append(extensions, catalog.Extension{Name: x, Version: "1"})
			}
			if tt.extension == "leaning" { // as pg_dump knows from the source
				s.Entries[1].Depends = []int{1}
			}
			_, notes, ds := Select(s, Selection{Extensions: extensions, SkipExtensions: tt.skip, Target: tt.target})
			var all []string
			for _, d := range ds {
				all = append(all, d.Detail)
			}
			got := strings.Join(all, "\n")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if all := strings.Join(notes, "\n"); !strings.Contains(all, tt.note) {
				t.Errorf("notes %q, want %q", all, tt.note)
			}
		})
	}
}

func inTemplate(extension, version string) func(*Target) {
	return func(t *Target) {
		t.Template = Template{Name: "base", Extensions: map[string]string{extension: version}}
	}
}

// TestWhatDependsOnASkippedExtension: it is left out by name, at second hand too; tables lose what they can do without.
func TestWhatDependsOnASkippedExtension(t *testing.T) {
	u := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, u,
		`CREATE EXTENSION pgcrypto; CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm;
		CREATE DOMAIN mail AS citext; CREATE DOMAIN short AS text CHECK (length(crypt(VALUE, VALUE)) < 99);
		CREATE TYPE pair AS (a text, b citext);
		CREATE TABLE t (id uuid DEFAULT public.gen_salt('md5')::text::uuid, s short,
			note text CHECK (digest(note, 'md5') <> ''));
		CREATE TABLE p (id int, at text) PARTITION BY LIST (id);
		CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
		ALTER TABLE p ADD CHECK (digest(at, 'md5') <> '');
		CREATE INDEX t_trgm ON t USING gin (note gin_trgm_ops);
		CREATE VIEW salted AS SELECT gen_salt('md5') AS s; CREATE VIEW again AS SELECT * FROM salted;
		CREATE FUNCTION f(citext) RETURNS int LANGUAGE sql AS 'SELECT 1';
		CREATE TABLE mails (one mail, many citext[], pairs pair, plain text);
		CREATE TABLE sums (a text, b bytea GENERATED ALWAYS AS (digest(a, 'md5')) STORED);`)
	source := pgtest.Connect(t, u)
	if _, err := source.Exec(t.Context(), "SET search_path = pg_catalog"); err != nil {
		t.Fatal(err)
	}
	c, err := catalog.Read(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	target := everything()
	for _, x := range c.Extensions {
		target.Available[x.Name] = Available{Version: x.Version}
	}
	script, notes, ds := Select(dump(t, u, Args{}), Selection{
		Extensions: c.Extensions, SkipExtensions: []string{"pgcrypto", "citext", "pg_trgm"}, Target: target,
	})
	var details []string
	for _, d := range ds {
		details = append(details, strings.SplitN(d.Detail, ". ", 2)[0])
	}
	if diff := cmp.Diff([]string{
		`Table public.mails needs extension citext, which extensions { skip = ["citext"] } leaves out: ` +
			`column many is of type public.citext[], column one is of type public.mail, ` +
			`column pairs is of type public.pair`,
		`Table public.sums needs extension pgcrypto, which extensions { skip = ["pgcrypto"] } leaves out: ` +
			`column b is computed by one of its functions`,
	}, details); diff != "" {
		t.Error(diff)
	}
	all := strings.Join(notes, "\n")
	for _, want := range []string{
		"extension citext is left out: the spec skips it",
		"domain public.mail is left out: it needs extension citext",
		"type public.pair is left out: it needs extension citext",
		"function public.f(public.citext) is left out: it needs extension citext",
		"view public.salted is left out: it needs extension pgcrypto",
		"view public.again is left out: it needs view public.salted",
		"index public.t_trgm is left out: it needs extension pg_trgm",
		"default id of table public.t is left out: it needs extension pgcrypto",
		"check t_note_check of table public.t is left out: it needs extension pgcrypto",
		"of domain public.short is left out: it needs extension pgcrypto",
		"check p_at_check of table public.p is left out",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("missing %q in\n%s", want, all)
		}
	}
	script.Entries = withoutTables(script, "mails", "sums")
	pgtest.Exec(t, pgtest.Database(t, pgtest.Server(t)), statements(script)...)
}

func withoutTables(s *Script, names ...string) (out []Entry) {
	for _, e := range s.Entries {
		if e.Type != "TABLE" || e.Name != names[0] && e.Name != names[1] {
			out = append(out, e)
		}
	}
	return out
}
