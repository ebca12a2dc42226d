package postgres_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// TestChinook takes a real database, made by others, the whole way with the spec in examples/chinook: the file that
// CHINOOK_SQL names, or .cache/chinook.sql. It is not part of this repository.
func TestChinook(t *testing.T) {
	script := os.Getenv("CHINOOK_SQL")
	if script == "" {
		script = "../../.cache/chinook.sql"
		if _, err := os.Stat(script); err != nil {
			t.Skip("neither CHINOOK_SQL nor .cache/chinook.sql is there: the script is Chinook_PostgreSql.sql of " +
				"github.com/lerocha/chinook-database")
		}
	}
	content, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	// The script begins with making a database and connecting to it, which this test did already.
	_, rows, found := strings.Cut(string(content), `\c chinook;`)
	if !found {
		t.Fatalf("%s does not look like Chinook's script", script)
	}
	// One after the other: the role that the spec declares is one for the whole server.
	for _, mode := range []string{swapMode, replaceMode} {
		t.Run(mode, func(t *testing.T) { chinook(t, mode, rows) })
	}
}

func chinook(t *testing.T, mode, rows string) {
	m := newMoved(t, mode)
	pgtest.Exec(t, m.source, rows)
	if mode == replaceMode { // the copy of another day, raw: none of it may stay
		pgtest.Exec(t, m.target, rows)
		pgtest.Exec(t, m.target, `DELETE FROM invoice_line WHERE invoice_line_id > 100`)
	}
	t.Cleanup(func() { pgtest.Exec(t, m.on("postgres"), `DROP ROLE IF EXISTS chinook_ro`) })
	t.Cleanup(func() {
		for _, name := range []string{m.live(), m.live() + "__prev"} {
			if len(pgtest.Rows(t, m.on("postgres"),
				`SELECT 1 FROM pg_roles, pg_database WHERE rolname = 'chinook_ro' AND datname = `+
					sqltext.Literal(name))) > 0 {
				pgtest.Exec(t, m.on(name), `DROP OWNED BY chinook_ro`)
			}
		}
	})
	dir := chinookSpec(t, mode)
	plan := func() (*refreshing, *engine.Plan, diag.Diagnostics) {
		r := open(t, load(t, dir, map[string]string{
			"SHOJI_PROD_URL":    m.source,
			"SHOJI_STAGING_URL": m.target,
			"SHOJI_MASK_KEY":    testKey,
		}))
		p, ds := r.build()
		return r, p, ds
	}
	r, p, ds := plan()
	if len(ds) > 0 || len(p.Changes) == 0 {
		t.Fatalf("%d changes: %s", len(p.Changes), text(ds))
	}
	if result, ds := m.run(r, p); result.State != engine.RunDone {
		t.Fatal(text(ds))
	}
	chinookCounts(t, m)
	chinookPeople(t, m)
	chinookKeys(t, m)
	// The second plan is empty for roles and grants; the refresh itself is always something to do.
	_, again, ds := plan()
	if len(ds) > 0 || len(again.Changes) > 0 {
		t.Errorf("the second plan has %d changes: %+v%s", len(again.Changes), again.Changes, text(ds))
	}
	m.want(`SELECT has_table_privilege('chinook_ro', 'customer', 'SELECT'), has_table_privilege('chinook_ro',
		'customer', 'UPDATE')`, "t|f")
}

// chinookSpec gives the directory of the example; for mode replace a copy that says so.
func chinookSpec(t *testing.T, mode string) string {
	const example = "../../examples/chinook"
	dir := t.TempDir()
	sources, err := filepath.Glob(example + "/*.hcl")
	if err != nil || len(sources) == 0 {
		t.Fatalf("%d files, %v", len(sources), err)
	}
	for _, name := range sources {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		hcl := string(content)
		if mode == replaceMode {
			hcl = strings.Replace(hcl, "  key  = secret.mask_key\n", "  key  = secret.mask_key\n  mode = \"replace\"\n",
				1)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), []byte(hcl), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// chinookCounts holds the numbers of rows of both sides against each other.
func chinookCounts(t *testing.T, m *moved) {
	t.Helper()
	count := func(url string) (out []string) {
		for _, name := range tables(t, url) {
			out = append(out, name+" "+pgtest.Rows(t, url, "SELECT count(*) FROM "+name)[0])
		}
		return out
	}
	source, target := count(m.source), count(m.target)
	if d := cmp.Diff(source, target); d != "" || len(source) != 11 {
		t.Errorf("%d tables (-source +target): %s", len(source), d)
	}
}

// chinookPeople looks for every e-mail, name, address and phone of the source in every column of the target that can
// hold text.
func chinookPeople(t *testing.T, m *moved) {
	t.Helper()
	// The catalogue of songs is public and kept, and equal on both sides. Its words are names of people and towns too
	// (an album is called "Frank"), so there a person's whole name is looked for. States and countries are kept by the
	// spec.
	catalogue := map[string]bool{
		"album":          true,
		"artist":         true,
		"genre":          true,
		"media_type":     true,
		"playlist":       true,
		"playlist_track": true,
		"track":          true,
	}
	names := personal(t, m, map[string]string{
		"customer": "first_name last_name city",
		"employee": "first_name last_name city",
		"invoice":  "billing_city",
	})
	others := personal(t, m, map[string]string{
		"customer": "company address postal_code phone fax email",
		"employee": "address postal_code phone fax email",
		"invoice":  "billing_address billing_postal_code",
	})
	whole := personal(t, m, map[string]string{
		"customer": "concat_ws(chr(32),first_name,last_name)",
		"employee": "concat_ws(chr(32),first_name,last_name)",
	})
	if len(names) < 100 || len(others) < 250 {
		t.Fatalf("only %d and %d values to look for", len(names), len(others))
	}
	columns := 0
	for _, column := range pgtest.Rows(t,
		m.target, `SELECT c.relname || ' ' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm') AND attnum > 0
		AND atttypid::regtype::text IN ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'xml',
			'text[]') ORDER BY 1`) {
		columns++
		table, name, _ := strings.Cut(column, " ")
		if strings.HasSuffix(name, "state") || strings.HasSuffix(name, "country") {
			continue
		}
		find := func(values []string, condition string) {
			for _, v := range pgtest.Rows(t, m.target,
				fmt.Sprintf(`SELECT DISTINCT p FROM unnest(ARRAY[%s]::text[]) p JOIN %s x ON %s`,
					strings.Join(values, ", "), sqltext.Ident("public", table),
					fmt.Sprintf(condition, sqltext.Ident(name)))) {
				t.Errorf("%s.%s holds %q of the source", table, name, v)
			}
		}
		// What is made of hexadecimal digits alone (a postal code) can be a part of a code by chance: it is looked for
		// as a word.
		const within = `position(p IN x.%[1]s::text) > 0 AND (p !~ '^[0-9a-f]+$' OR x.%[1]s::text ~ ` +
			`('\m' || p || '\M'))`
		if catalogue[table] {
			find(whole, within)
		} else {
			find(names, within)
		}
		find(others, within)
	}
	if columns < 30 {
		t.Errorf("only %d columns were looked at", columns)
	}
	for table := range catalogue {
		m.sameAnswer("SELECT x::text FROM public." + table + " x ORDER BY 1")
	}
}

// personal gives the values of columns of the source, longer than 3 characters, as literals.
func personal(t *testing.T, m *moved, columns map[string]string) []string {
	t.Helper()
	seen := map[string]bool{}
	for table, list := range columns {
		for _, c := range strings.Fields(list) {
			for _, v := range pgtest.Rows(t, m.source,
				fmt.Sprintf("SELECT DISTINCT %s FROM %s WHERE length(%s) > 3", c, table, c)) {
				seen[sqltext.Literal(v)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// chinookKeys checks every foreign key with a query of its own, whatever the catalog says of it.
func chinookKeys(t *testing.T, m *moved) {
	t.Helper()
	keys := pgtest.Rows(t,
		m.target, `SELECT format('SELECT count(*) FROM %s c WHERE c.%I IS NOT NULL
			AND NOT EXISTS (SELECT FROM %s p WHERE p.%I = c.%I)', conrelid::regclass, a.attname, confrelid::regclass,
				r.attname, a.attname)
		FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1] JOIN pg_attribute r
			ON r.attrelid = confrelid AND r.attnum = confkey[1] WHERE contype = 'f' AND convalidated ORDER BY 1`)
	if len(keys) != 11 {
		t.Errorf("%d foreign keys", len(keys))
	}
	for _, query := range keys {
		m.want(query, "0")
	}
	m.sameAnswer(`SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2`)
}
