package conn

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
)

// hostile are values under which a probe gives another result than under what is pinned. A probe of "" is the parameter
// itself: to make it matter takes more than an expression.
var hostile = map[string]struct{ value, probe string }{
	"array_nulls":                   {"off", "('{a,NULL}'::text[])[2] IS NULL"},
	"backslash_quote":               {"off", ""},
	"bytea_output":                  {"escape", `'\x00ff'::bytea`},
	"client_encoding":               {"LATIN1", ""},
	"datestyle":                     {"SQL, DMY", "'2020-02-01'::date::text || '01/02/03'::date"},
	"default_text_search_config":    {"pg_catalog.german", "pg_catalog.to_tsvector('die Katzen')"},
	"default_transaction_isolation": {"serializable", "current_setting('transaction_isolation')"},
	"extra_float_digits":            {"-15", "(1 / 3.0)::float8"},
	"gin_fuzzy_search_limit":        {"1", ""},
	"intervalstyle":                 {"sql_standard", "'-1 day 2:00'::interval"},
	"lc_monetary":                   {"ja_JP.UTF-8", "1250::money"},
	"lc_numeric":                    {"de_DE.UTF-8", "to_char(1234.5, '9G999D9')"},
	"lc_time":                       {"de_DE.UTF-8", "to_char('2020-03-04'::date, 'TMDay TMMonth')"},
	"quote_all_identifiers":         {"on", "pg_catalog.format_type('pg_catalog.pg_type'::regtype, NULL)"},
	"row_security":                  {"on", ""},
	"search_path":                   {"other, public", "to_regclass('found') IS NULL"},
	"standard_conforming_strings":   {"off", `'\d'::text`},
	"synchronize_seqscans":          {"on", ""},
	"timezone":                      {"Asia/Tokyo", "'2020-01-01 00:00'::timestamptz::text"},
	"timezone_abbreviations":        {"Australia", "'2020-01-01 00:00 EST'::timestamptz"},
	"transform_null_equals":         {"on", "NULL = NULL::text"},
	"xmlbinary":                     {"hex", `xmlforest('\xff'::bytea AS b)`},
	"xmloption":                     {"document", ""},
}

// TestEveryPinnedSetting sets each parameter to another value for the role, for the database, and for the server: a
// session of shoji does not notice.
func TestEveryPinnedSetting(t *testing.T) {
	pgtest.Locales(t, "ja_JP", "de_DE")
	server := pgtest.Own(t, nil)
	pgtest.Exec(t, server.AdminURL("postgres"), "CREATE TABLE public.found ()")
	for _, s := range Pinned() {
		h, ok := hostile[s.Name]
		if !ok {
			t.Errorf("%s has no test", s.Name)
			continue
		}
		set := sqltext.Ident(s.Name) + " TO " + sqltext.Literal(h.value)
		if s.Name == "search_path" {
			set = "search_path TO other, public"
		}
		for _, level := range []string{"ROLE " + pgserver.Admin, "DATABASE postgres", "SYSTEM"} {
			t.Run(s.Name+" of the "+strings.ToLower(strings.Fields(level)[0]), func(t *testing.T) {
				alter := func(what string) {
					pgtest.Exec(t, server.AdminURL("postgres"), "ALTER "+level+" "+what)
					pgtest.Exec(t, server.AdminURL("postgres"), "SELECT pg_reload_conf(), pg_sleep(0.05)")
				}
				alter("SET " + set)
				defer alter("RESET " + sqltext.Ident(s.Name))
				c, err := New(&spec.Database{Name: "prod", URL: server.AdminURL("postgres")}, nil, nil).
					Connect(context.Background(), Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = c.Close(context.Background()) }()
				if got := probe(t, c, "current_setting("+sqltext.Literal(s.Name)+")"); got != s.Value {
					t.Errorf("a session has %q, not %q", got, s.Value)
				}
				if h.probe == "" {
					return
				}
				pinned := probe(t, c, h.probe)
				if _, err := c.PgConn().Exec(context.Background(), "SET "+set).ReadAll(); err != nil {
					t.Fatal(err)
				}
				if bent := probe(t, c, h.probe); bent == pinned {
					t.Errorf("%s is %s whatever the parameter: the probe shows nothing", h.probe, bent)
				}
			})
		}
	}
}

// probe returns an expression as text. It goes past the driver, which refuses some settings.
func probe(t *testing.T, c *pgx.Conn, expression string) string {
	t.Helper()
	results, err := c.PgConn().Exec(context.Background(), "SELECT "+expression).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return string(results[0].Rows[0][0])
}

// TestEverySettingIsDecided holds the parameters of the server's chapters against what is pinned and what is left.
func TestEverySettingIsDecided(t *testing.T) {
	names := pgtest.Rows(t, pgtest.Server(t).AdminURL("postgres"), `SELECT lower(name) FROM pg_settings
		WHERE (category LIKE 'Client Connection Defaults %' OR category LIKE 'Version and Platform Compatibility %')
			AND context <> 'internal'
		ORDER BY 1`)
	if len(names) < 50 {
		t.Fatalf("the chapters have %d parameters: %v", len(names), names)
	}
	for _, name := range names {
		pinned := slices.ContainsFunc(Pinned(), func(s Setting) bool { return s.Name == name })
		left := slices.ContainsFunc(Left(), func(s Setting) bool {
			return s.Name == name || strings.HasSuffix(s.Name, "_") && strings.HasPrefix(name, s.Name)
		})
		if pinned == left {
			t.Errorf("%s is pinned: %t, and left alone: %t", name, pinned, left)
		}
	}
}

// TestADatabaseWithoutEncoding: UTF8 would make an error of a byte that is no UTF-8.
func TestADatabaseWithoutEncoding(t *testing.T) {
	server := pgtest.Server(t)
	pgtest.Exec(t, server.AdminURL("postgres"),
		"CREATE DATABASE bytes ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
	c, err := New(&spec.Database{Name: "prod", URL: server.AdminURL("bytes")}, nil, nil).
		Connect(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	if got := probe(t, c, `E'Ren\351'`); got != "Ren\xe9" {
		t.Errorf("the session reads %q", got)
	}
}

func TestProgramOptions(t *testing.T) {
	got := ProgramOptions()
	for _, want := range []string{"-c statement_timeout=0 ", `-c datestyle=ISO,\ YMD `, "-c lc_monetary=C "} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
}
