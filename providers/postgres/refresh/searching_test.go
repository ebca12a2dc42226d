package refresh

import (
	"os"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// TestSearchingOnANewerTarget: what a server from 17 on cannot make, because it gives the functions a search_path of
// pg_catalog, is known before it is asked to.
func TestSearchingOnANewerTarget(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, `
		CREATE SCHEMA lib; CREATE TYPE lib.kind AS ENUM ('a');
		CREATE FUNCTION lib.fold(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.lower($1)';
		SET search_path = lib; SET check_function_bodies = off;
		CREATE FUNCTION lib.short(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT fold($1)';
		CREATE FUNCTION lib.typed(text) RETURNS text LANGUAGE plpgsql STABLE AS 'DECLARE k kind; BEGIN RETURN $1; END';
		CREATE FUNCTION lib.calls(text) RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN "fold" ($1); END';
		CREATE FUNCTION lib.full(text) RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN lower(lib.fold($1)); END';
		CREATE TABLE lib.t (name text);
		CREATE MATERIALIZED VIEW lib.by_short AS SELECT lib.short(name) FROM lib.t WITH NO DATA;
		CREATE MATERIALIZED VIEW lib.by_typed AS SELECT lib.typed(name) FROM lib.t WITH NO DATA;
		CREATE MATERIALIZED VIEW lib.by_calls AS SELECT lib.calls(name) FROM lib.t WITH NO DATA;
		CREATE MATERIALIZED VIEW lib.by_full AS SELECT lib.full(name) FROM lib.t WITH NO DATA`)
	c := pgtest.Connect(t, url)
	if _, err := c.Exec(t.Context(), "SET search_path = pg_catalog"); err != nil {
		t.Fatal(err)
	}
	read, err := catalog.Read(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	p := &Plan{Refresh: &spec.Refresh{To: &spec.Database{Name: "staging"}}, catalog: read}
	for i := range read.Tables {
		p.tables = append(p.tables, decide.Table{Source: &read.Tables[i], Treatment: decide.Copy})
	}
	if err := p.lookUp(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if ds := p.checkSearching(160009); len(ds) > 0 {
		t.Errorf("16 makes them all: %v", ds)
	}
	ds := p.checkSearching(170000)
	for _, want := range []struct {
		severity diag.Severity
		says     []string
	}{
		{diag.Error, []string{
			"cannot have materialized view lib.by_short", "lib.short(text): a function is not there: fold",
		}},
		{diag.Error, []string{"cannot have materialized view lib.by_typed", `lib.typed(text): `, "kind"}},
		{diag.Warning, []string{
			"may not be able to have materialized view lib.by_calls", "its body calls fold without a schema",
		}},
	} {
		found := false
		for _, d := range ds {
			whole := d.Summary + "\n" + d.Detail
			all := d.Severity == want.severity && strings.Contains(whole, "database.staging has version 17") &&
				strings.Contains(whole, "ALTER FUNCTION lib.")
			for _, part := range want.says {
				all = all && strings.Contains(whole, part)
			}
			found = found || all
		}
		if !found {
			t.Errorf("nothing says %q:\n%v", want.says, ds)
		}
	}
	if len(ds) != 3 {
		t.Errorf("%d diagnostics: %v", len(ds), ds)
	}
}
