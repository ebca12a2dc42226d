package vet_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/ddl/vet"
)

const table = "CREATE TABLE public.t (\n    id integer\n);\n"

// TestWhatIsNotOfItsEntryIsRefused: by name, and without the text of the statement, which can hold values.
func TestWhatIsNotOfItsEntryIsRefused(t *testing.T) {
	of := func(kind, schema, table, name, sql string) ddl.Entry {
		return ddl.Entry{Section: ddl.Pre, Type: kind, Schema: schema, Table: table, Name: name, SQL: sql}
	}
	beside := func(sql string) ddl.Entry { return of("TABLE", "public", "", "t", table+sql) }
	function := func(sql string) ddl.Entry {
		return of("FUNCTION", "public", "", "f()", "CREATE FUNCTION public.f() "+sql)
	}
	for said, entries := range map[string][]ddl.Entry{
		"holds CREATE ROLE, which is not what makes a table": {
			beside("CREATE ROLE evil CREATEROLE LOGIN;"),
			of("TABLE", "public", "", "t", "CREATE ROLE evil CREATEROLE;")},
		"holds CREATE ROLE, which is not what makes a comment": {
			of("COMMENT", "public", "", "TABLE t", "CREATE ROLE evil;"),
		},
		"holds ALTER ROLE":                {beside("ALTER ROLE evil SUPERUSER;")},
		"holds ALTER ROLE SET":            {beside("ALTER ROLE evil SET log_statement = 'none';")},
		"holds DROP ROLE":                 {beside("DROP ROLE evil;")},
		"holds GRANT or REVOKE of a role": {beside("GRANT postgres TO evil;")},
		"holds GRANT or REVOKE, which":    {beside("GRANT ALL ON public.t TO PUBLIC;")},
		"holds ALTER DEFAULT PRIVILEGES":  {beside("ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;")},
		"holds CREATE DATABASE":           {beside("CREATE DATABASE evil;")},
		"holds DROP DATABASE":             {beside("DROP DATABASE shop;")},
		"holds ALTER DATABASE SET":        {beside("ALTER DATABASE shop SET session_preload_libraries = 'x';")},
		"holds CREATE TABLESPACE":         {beside("CREATE TABLESPACE evil LOCATION '/tmp';")},
		"holds ALTER SYSTEM":              {beside("ALTER SYSTEM SET archive_command = 'id';")},
		"holds COPY": {
			beside("COPY public.t FROM PROGRAM 'id';"), beside("COPY public.t TO '/tmp/x';"),
		},
		"holds DO, which": {beside("DO $$ BEGIN EXECUTE 'CREATE ROLE evil'; END $$;")},
		"holds LOAD":      {beside("LOAD '/tmp/evil.so';")},
		"holds CREATE SUBSCRIPTION": {
			beside("CREATE SUBSCRIPTION s CONNECTION 'host=evil' PUBLICATION p;"),
		},
		"holds CREATE FOREIGN SERVER":   {beside("CREATE SERVER s FOREIGN DATA WRAPPER w;")},
		"holds CREATE USER MAPPING":     {beside("CREATE USER MAPPING FOR PUBLIC SERVER s;")},
		"holds CREATE EXTENSION, which": {beside("CREATE EXTENSION plpython3u;")},
		"holds SET, which": {
			beside("SET ROLE postgres;"), beside("RESET ROLE;"), beside("SET SESSION AUTHORIZATION postgres;"),
		},
		"holds a statement of transaction cont": {beside("COMMIT;"), beside("ROLLBACK;"), beside("SAVEPOINT s;")},
		"holds NOTIFY":                          {beside("NOTIFY evil;")},
		"holds LISTEN":                          {beside("LISTEN evil;")},
		"holds PREPARE":                         {beside("PREPARE p AS SELECT 1;")},
		"holds EXECUTE":                         {beside("EXECUTE p;")},
		"holds SELECT":                          {beside("SELECT pg_catalog.set_config('role', 'postgres', false);")},
		"holds SECURITY LABEL":                  {beside("SECURITY LABEL ON TABLE public.t IS 'x';")},
		"holds ALTER … OWNER TO":                {beside("ALTER FUNCTION public.f() OWNER TO postgres;")},
		"holds ALTER TABLE, which": {
			beside("ALTER TABLE public.t OWNER TO postgres;"), beside("ALTER TABLE public.t SET TABLESPACE x;"),
		},
		"holds TRUNCATE": {beside("TRUNCATE public.t;")},
		"holds INSERT":   {beside("INSERT INTO public.t VALUES (1);")},
		"holds CREATE TABLE AS": {
			of("TABLE", "public", "", "t", "CREATE TABLE public.t AS SELECT 1;"),
			of("MATERIALIZED VIEW", "public", "", "v", "CREATE MATERIALIZED VIEW public.v AS SELECT 1;")},
		"about another object than its own": {
			of("TABLE", "public", "", "t", "CREATE TABLE public.u (id integer);"),
			of("TABLE", "public", "", "t", "CREATE TABLE t (id integer);"),
			of("TABLE", "public", "", "t", "CREATE TEMPORARY TABLE t (id integer);"),
			beside("ALTER TABLE ONLY public.u REPLICA IDENTITY FULL;"),
			of("FUNCTION", "public", "", "f()", "CREATE FUNCTION public.g() RETURNS int LANGUAGE sql AS 'SELECT 1';"),
			of("FUNCTION", "public", "", "f()",
				"CREATE FUNCTION pg_catalog.f() RETURNS int LANGUAGE sql AS 'SELECT 1';"),
			of("INDEX", "public", "t", "i", "CREATE INDEX i ON public.u USING btree (id);"),
			of("EXTENSION", "", "", "pg_trgm", "CREATE EXTENSION dblink;")},
		"creates an extension that the source does not have": {
			of("EXTENSION", "", "", "dblink", "CREATE EXTENSION dblink;"),
		},
		"is of a type that is not known": {
			of("ACL", "public", "", "t", "GRANT ALL ON public.t TO PUBLIC;"),
			of("DATABASE", "", "", "shop", "CREATE DATABASE shop;"),
			of("SERVER", "", "", "s", "CREATE SERVER s FOREIGN DATA WRAPPER w;"), of("ANYTHING", "", "", "s", table)},
		"holds COMMENT, which": {
			of("COMMENT", "", "", "ROLE x", "COMMENT ON ROLE x IS 'y';"),
			of("COMMENT", "", "", "x", "COMMENT ON DATABASE x IS 'y';"),
		},
		"calls set_config, which reaches beyond": {
			of("TABLE", "public", "", "t",
				"CREATE TABLE public.t (a text DEFAULT set_config('role', 'postgres', false));"),
			of("DEFAULT", "public", "t", "a",
				"ALTER TABLE ONLY public.t ALTER COLUMN a SET DEFAULT pg_catalog.set_config('role', 'x', false);")},
		"calls set_config, which": {
			of("VIEW", "public", "", "v",
				"CREATE VIEW public.v AS SELECT set_config('ro' || 'le.', 'postgres', false);"),
			of("VIEW", "public", "", "v",
				"CREATE VIEW public.v AS SELECT set_config('role'::text, 'a.b'::text, false);")},
		"calls pg_ls_logdir, which": {
			of("DEFAULT", "public", "t", "a",
				"ALTER TABLE ONLY public.t ALTER COLUMN a SET DEFAULT (SELECT name FROM pg_ls_logdir());")},
		"calls pg_ls_dir, which": {of("VIEW", "public", "", "v", "CREATE VIEW public.v AS SELECT pg_ls_dir('/');")},
		"calls pg_read_file, which": {
			of("VIEW", "public", "", "v", "CREATE VIEW public.v AS SELECT pg_read_file('/etc/passwd');"),
			of("MATERIALIZED VIEW", "public", "", "v",
				"CREATE MATERIALIZED VIEW public.v AS SELECT pg_read_file('/etc/passwd') WITH NO DATA;"),
			of("CHECK CONSTRAINT", "public", "t", "c",
				"ALTER TABLE public.t ADD CONSTRAINT c CHECK (pg_read_file('/etc/passwd') <> '');")},
		"names a tablespace, which": {
			of("TABLE", "public", "", "t", "CREATE TABLE public.t (id integer) TABLESPACE x;"),
			of("INDEX", "public", "t", "i", "CREATE INDEX i ON public.t USING btree (id) TABLESPACE x;"),
			of("CONSTRAINT", "public", "t", "c",
				"ALTER TABLE ONLY public.t ADD CONSTRAINT c PRIMARY KEY (id) USING INDEX TABLESPACE x;")},
		"is written in the language internal": {function("RETURNS text LANGUAGE internal AS 'pg_read_file_all';")},
		"is written in the language c,":       {function("RETURNS text LANGUAGE c AS '/tmp/evil', 'run';")},
		"is written in the language plpyth":   {function("RETURNS text LANGUAGE plpython3u AS 'import os';")},
		"sets role, which": {
			function("RETURNS text LANGUAGE sql SET role = postgres AS 'SELECT 1';"),
		},
		"changes a setting": {
			{
				Type:   "TABLE",
				Schema: "public",
				Name:   "t",
				SQL:    "SET default_table_access_method = x;\n" + table + "RESET ALL;",
			},
			{
				Type:         "TABLE",
				Schema:       "public",
				Name:         "t",
				AccessMethod: "x",
				SQL:          "SET log_statement = x;\n" + table + "RESET log_statement;",
			}},
		"cannot be parsed": {
			beside("\\! id\n"), beside("\\connect other\n"), beside("CREATE ROLE 'x"),
			of("FUNCTION", "public", "", "f()", "CREATE FUNCTION virtual"),
			beside("CREATE SOMETHING NEW;"), beside("ALTER TABLE public.u ADD CONSTRAINT n NOT NULL id NOT VALID;"),
			beside("ALTER TABLE public.t ADD CONSTRAINT n NOT NULL id NOT VALID, OWNER TO postgres;"),
			beside("ALTER TABLE public.t ADD CONSTRAINT n CHECK (pg_read_file('x') <> '') NOT ENFORCED;"),
			of("TABLE", "public", "", "t", "CREATE TABLE public.t (a) AS SELECT b FROM x WITH (OLD AS o);"),
			of("CONSTRAINT", "public", "t", "c",
				"ALTER TABLE ONLY public.t ADD CONSTRAINT d CHECK (id > 0) NOT ENFORCED;"),
			of("CONSTRAINT", "public", "t", "c",
				"ALTER TABLE ONLY public.t ADD CONSTRAINT c CHECK (id > 0) NOT ENFORCED; CREATE SOMETHING NEW;")},
		"holds CREATE ROLE, which is not what makes a constraint": {
			of("CONSTRAINT", "public", "t", "c",
				"ALTER TABLE ONLY public.t ADD CONSTRAINT c CHECK (id > 0) NOT ENFORCED; CREATE ROLE evil;")},
		"holds no statement": {of("TABLE", "public", "", "t", "-- nothing")},
		"a zero byte":        {beside("\x00CREATE ROLE evil;")},
	} {
		for _, e := range entries {
			ds := vet.Script(&ddl.Script{Entries: []ddl.Entry{e}}, extensions, nil)
			if len(ds) != 1 || !strings.Contains(ds[0].Detail, said) || ds[0].Code != "structure_statement" {
				t.Errorf("%q gives %v, want %q", e.SQL, ds, said)
			}
		}
	}
}

// TestStatementsThatAreNewerThanTheParser are those that pg_dump of PostgreSQL 18 writes: they are taken by their
// words.
func TestStatementsThatAreNewerThanTheParser(t *testing.T) {
	for _, e := range []ddl.Entry{
		{
			Type:   "TABLE",
			Schema: "public",
			Name:   "v",
			SQL: "CREATE TABLE public.v (\n    a integer,\n    b integer GENERATED ALWAYS AS ((a * 2)),\n" +
				"    c text\n);\n",
		},
		{
			Type:   "TABLE",
			Schema: "public",
			Name:   "n",
			SQL: "CREATE UNLOGGED TABLE public.n (\n    a integer,\n    CONSTRAINT a_there NOT NULL a NO INHERIT\n" +
				");\n\n\n" +
				"ALTER TABLE ONLY public.n ALTER COLUMN a SET STATISTICS 5;\n",
		},
		{
			Type:   "TABLE",
			Schema: "public",
			Name:   `od d".x`,
			SQL:    `CREATE TABLE public."od d"".x" ("A;b" integer, "c" integer GENERATED ALWAYS AS ("A;b"));`,
		},
		{
			Type:   "CONSTRAINT",
			Schema: "public",
			Table:  "n",
			Name:   "a_there",
			SQL:    "ALTER TABLE public.n\n    ADD CONSTRAINT a_there NOT NULL a NOT VALID;\n",
		},
		{
			Type:   "CHECK CONSTRAINT",
			Schema: "public",
			Table:  "n",
			Name:   "loose",
			SQL:    "ALTER TABLE public.n\n    ADD CONSTRAINT loose CHECK ((a > 0)) NOT ENFORCED;\n",
		},
		{
			Type:   "CONSTRAINT",
			Schema: "public",
			Table:  "s",
			Name:   "s_pk",
			SQL:    "ALTER TABLE ONLY public.s\n    ADD CONSTRAINT s_pk PRIMARY KEY (id, during WITHOUT OVERLAPS);\n",
		},
		{Type: "FK CONSTRAINT", Schema: "public", Table: "m", Name: "m_fk",
			SQL: "ALTER TABLE ONLY public.m\n    ADD CONSTRAINT m_fk FOREIGN KEY (stay, PERIOD during) REFERENCES " +
				"public.s(id, PERIOD during);\n"},
	} {
		for _, d := range vet.Script(&ddl.Script{Entries: []ddl.Entry{e}}, nil, nil) {
			t.Errorf("%s", d.Detail)
		}
	}
}
