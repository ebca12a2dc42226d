package conn_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

const searching = `
CREATE SCHEMA ext;
CREATE TYPE ext.kind AS ENUM ('a');
CREATE TABLE ext.dictionary (word text);
CREATE TABLE ext."Odd ""table""" (word text);
CREATE FUNCTION ext.fold(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT pg_catalog.lower($1)';
SET check_function_bodies = off;
CREATE FUNCTION public.folded(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT fold($1)';
CREATE FUNCTION public.known(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
	RETURN EXISTS (SELECT FROM dictionary WHERE word = $1); END $$;
CREATE FUNCTION public.odd(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
	RETURN EXISTS (SELECT FROM "Odd ""table""" WHERE word = $1); END $$;
CREATE FUNCTION public.typed(t text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE k kind; BEGIN RETURN k; END $$;
CREATE FUNCTION public.listed(t text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE k kind[]; BEGIN RETURN k; END $$;
CREATE FUNCTION public.broken(t text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN never_made(t); END $$;
CREATE FUNCTION public.by_value(t text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE r text; BEGIN
	EXECUTE format('SELECT %I($1)', t) INTO r USING t; RETURN r; END $$;
CREATE TABLE public.rows (note text);
INSERT INTO public.rows VALUES ('Anna Geheim');
`

// TestRedactNamed: what a function looked up in vain is named where the name is one of the database's own, with the
// function, and a name that a row could have given is not.
func TestRedactNamed(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, searching)
	for name, c := range map[string]struct {
		sql, want string
	}{
		"a function": {
			`SELECT public.folded(note) FROM public.rows`,
			"a function is not there: fold, which function public.folded uses; the " +
				"search_path does not lead to ext.fold " +
				"(SQLSTATE 42883)",
		},
		"a table": {
			`SELECT public.known(note) FROM public.rows`,
			"a relation is not there: dictionary, which function public.known uses; the search_path does not lead to " +
				"ext.dictionary (SQLSTATE 42P01)",
		},
		"an odd name": {
			`SELECT public.odd(note) FROM public.rows`,
			`a relation is not there: Odd "table", which function public.odd uses; the search_path does not lead to ` +
				`ext.Odd "table" (SQLSTATE 42P01)`,
		},
		"a type": {
			`SELECT public.typed(note) FROM public.rows`,
			"an object is not there: kind, which function public.typed uses; the " +
				"search_path does not lead to ext.kind " +
				"(SQLSTATE 42704)",
		},
		"an array of a type": {
			`SELECT public.listed(note) FROM public.rows`,
			"an object is not there: kind, which function public.listed uses; the " +
				"search_path does not lead to ext.kind " +
				"(SQLSTATE 42704)",
		},
		"a name of the code": {
			`SELECT public.broken(note) FROM public.rows`,
			"a function is not there: never_made, which function public.broken uses (SQLSTATE 42883)",
		},
		"a name of a value": {
			`SELECT public.by_value(note) FROM public.rows`,
			"a function is not there: in function public.by_value (SQLSTATE 42883)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			conf := pgtest.Connect(t, url)
			for _, sql := range []string{"SET search_path = pg_catalog", "BEGIN"} {
				if _, err := conf.Exec(t.Context(), sql); err != nil {
					t.Fatal(err)
				}
			}
			_, err := conf.PgConn().Exec(t.Context(), c.sql).ReadAll()
			if err == nil {
				t.Fatal("the server finds everything")
			}
			clean(t, conf, err)
			_, err = conf.PgConn().Exec(t.Context(), c.sql).ReadAll()
			if got := conn.RedactNamed(t.Context(), conf, err).Error(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestPlace: where the server says which part of a statement it means, that part is shown.
func TestPlace(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	c := pgtest.Connect(t, url)
	for statement, want := range map[string]string{
		"SELECT 1,\n  nothing":                        "at line 2, column 3 of the statement: nothing",
		"CREATE TABLE é (a int, CHECK (nothing > 0))": `column "nothing" does not exist at line 1, column 31`,
		"SELECT " + strings.Repeat("1 + ", 100) + "nothing + " + strings.Repeat("1 + ", 100) +
			"1": "…+ 1 + 1 + 1 + 1 + 1",
	} {
		_, err := c.PgConn().Exec(t.Context(), statement).ReadAll()
		if got := conn.Place(conn.Redact(err), statement).Error(); !strings.Contains(got, want) || len(got) > 300 {
			t.Errorf("%s: %s", statement, got)
		}
	}
	_, err := c.PgConn().Exec(t.Context(), "SELECT 1/0").ReadAll()
	if got := conn.Place(conn.Redact(err), "SELECT 1/0").Error(); strings.Contains(got, "line") {
		t.Errorf("there is no place: %s", got)
	}
}
