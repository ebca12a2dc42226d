-- What part.wasm can parse, one statement a line, and write where it is a SELECT. What is not here works too, but waits for the whole module:
-- add what specs and catalogs have often, then run the test with -update.

-- Constants and columns.
SELECT a
SELECT t.a
SELECT public.t.a
SELECT "Ünïcode 名前", "a""b", U&"\0061", U&"d!0061t!+000061" UESCAPE '!'
SELECT 1, -1, 0, 2147483647, 2147483648, 9223372036854775808, 1.5, -1.5e-10, .5, 1., 0x1F, 0o17, 0b101, 1_000
SELECT 'it''s', '日本', E'\n\t\\\'\x41\u0041\101', U&'\0041', $$it's$$, $q$ $$ $q$, B'101', X'1F', N'x', 'a'
SELECT true, false, NULL, DEFAULT
SELECT $1, $2::int
SELECT *, t.*, (v).*, ROW(t.*)
SELECT 'one' /* a /* nested */ comment */ || 'two' -- to the end

-- Operators, in all precedences.
SELECT a + b - c * d / e % f ^ g, +a, -b, - - c, @ d, |/ e, ||/ f, ~ g, a & b | c # d, a << 1 >> 2
SELECT a = b, a <> b, a != b, a < b, a <= b, a > b, a >= b
SELECT NOT a AND b OR c AND NOT (d OR e)
SELECT a || b || 'c', a -> 'b' ->> 'c', a #> '{b}' #>> '{c}', a @> b, a <@ b, a ? 'b', a ?| c, a ?& d, a && b, a @@ b, a <-> b, a ~ 'x', a ~* 'x', a !~ 'x', a !~* 'x', a ~~ 'x', a !~~ 'x'
SELECT a OPERATOR(pg_catalog.||) 'x', a OPERATOR(public.=) ANY (ARRAY['x']), OPERATOR(pg_catalog.-) a
SELECT a IS NULL, a IS NOT NULL, a ISNULL, a NOTNULL, a IS TRUE, a IS NOT TRUE, a IS FALSE, a IS NOT FALSE, a IS UNKNOWN, a IS NOT UNKNOWN
SELECT a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b, a IS DOCUMENT, a IS NOT DOCUMENT, a IS NORMALIZED, a IS NFC NORMALIZED, a IS NOT NFKD NORMALIZED
SELECT a BETWEEN 1 AND 2, a NOT BETWEEN 1 AND 2, a BETWEEN SYMMETRIC 2 AND 1, a NOT BETWEEN SYMMETRIC b AND c
SELECT a IN (1, 2), a NOT IN ('x', 'y'), (a, b) IN ((1, 2), (3, 4)), a IN (1)
SELECT a LIKE 'x%', a NOT LIKE 'x', a ILIKE 'x', a NOT ILIKE 'x', a LIKE 'x' ESCAPE '!', a NOT LIKE 'x' ESCAPE '!', a ILIKE 'x' ESCAPE '!', a SIMILAR TO 'x', a NOT SIMILAR TO 'x', a SIMILAR TO 'x' ESCAPE '!'
SELECT a = ANY (b), a <> ALL (b), a = SOME (b), a LIKE ANY (ARRAY['x', 'y']), a ~~ ANY (b), a NOT ILIKE ALL (b), a = ANY (ARRAY[1, 2]::int[])
SELECT (a, b) = (1, 2), ROW(a, b) < ROW(1, 2), ROW(), ROW(a), (a, b) OVERLAPS (c, d)

-- Casts and types.
SELECT a::text, a::character varying(20), a::varchar, a::char, a::char(3), a::"char", a::bpchar, a::numeric, a::numeric(12,2), a::decimal(3), a::dec, a::int, a::integer, a::int8, a::bigint, a::smallint, a::real, a::float, a::float(3), a::float(40), a::double precision, a::boolean, a::bool
SELECT a::date, a::time, a::time(3), a::time with time zone, a::timetz, a::timestamp, a::timestamp(3) without time zone, a::timestamp with time zone, a::timestamptz(6), a::interval, a::interval year to month, a::interval day to second(3), a::interval hour, a::interval(3), a::interval minute to second, a::interval day to hour
SELECT a::bit, a::bit(3), a::bit varying(4), a::varbit, a::national character(3), a::nchar varying(4), a::national character varying(3)
SELECT a::text[], a::int[3], a::int[][], a::int ARRAY, a::int ARRAY[4], a::public.mood, a::"Mixed".type[], a::pg_catalog.int4, a::public.geometry(Point,4326), a::json, a::jsonb, a::xml, a::regclass, a::uuid, a::inet, a::t.c%TYPE
SELECT CAST(a AS text), CAST('1' AS numeric(5,2)), CAST(a AS SETOF int), text 'x', date '2020-01-01', timestamp '2020-01-01 00:00', timestamp with time zone 'now', interval '1 day', interval '1' year, interval '1-2' year to month, interval(3) '1 s', interval '1' second(2), time '12:00', bool 't', numeric(5,2) '1', public.mood 'ok', pg_catalog.bpchar 'x', char(3) 'x', float8 '1', double precision '1', bit '1', int '1', bigint '1', inet '::1', json '{}', point '(1,2)', varchar(3) 'x'
SELECT (a)::text::varchar(3)::bpchar, (-1)::int, -1::int, ('x'::text), (ARRAY['new'::character varying, 'paid'::character varying])::text[], '{}'::jsonb, 'now'::text

-- Functions and special forms.
SELECT now(), lower(a), pg_catalog.length(a)::text, public.f(a, b => 1, c := 2), f(VARIADIC a), f(a, VARIADIC ARRAY[b]), db.public.f(a), f(DISTINCT a), f(ALL a), count(*), f(a ORDER BY b DESC NULLS LAST, c ASC, d USING <), percentile_cont(0.5) WITHIN GROUP (ORDER BY a), sum(a) FILTER (WHERE b > 0), row_number() OVER (), sum(a) OVER w, sum(a) OVER (PARTITION BY b ORDER BY c ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES), lag(a) OVER (w RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING), lag(a) OVER (GROUPS UNBOUNDED PRECEDING)
SELECT CURRENT_DATE, CURRENT_TIME, CURRENT_TIME(3), CURRENT_TIMESTAMP, CURRENT_TIMESTAMP(3), LOCALTIME, LOCALTIME(0), LOCALTIMESTAMP, LOCALTIMESTAMP(0), CURRENT_ROLE, CURRENT_USER, SESSION_USER, USER, SYSTEM_USER, CURRENT_CATALOG, CURRENT_SCHEMA
SELECT coalesce(a, b, 'c'), nullif(a, ''), greatest(a, b), least(a, b, c), grouping(a), merge_action()
SELECT CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END, CASE a WHEN 1 THEN 'x' WHEN 2 THEN 'y' END, CASE WHEN a IS NULL THEN NULL END
SELECT extract(year FROM a), extract('month' FROM a), extract(day FROM a), extract(hour from a), extract(minute from a), extract(second from a), extract(epoch FROM a), extract(isodow FROM timestamp '2020-05-06')
SELECT overlay(a PLACING 'x' FROM 1 FOR 2), overlay(a PLACING 'x' FROM 1), overlay(a, 'x', 1), position('x' IN a), substring(a FROM 1 FOR 2), substring(a FROM 2), substring(a FOR 2), substring(a FROM 'x'), substring(a SIMILAR 'x' ESCAPE '!'), substring(a, 1, 2), substring(a FOR 2 FROM 1)
SELECT trim(a), trim(both 'x' from a), trim(leading from a), trim(trailing 'x' from a), trim('x' from a), trim(a, 'x'), btrim(a), normalize(a), normalize(a, NFC), treat(a AS text), collation for (a)
SELECT a AT TIME ZONE 'UTC', a AT TIME ZONE interval '1 hour', a AT LOCAL, a COLLATE "C", a COLLATE pg_catalog."default", (a COLLATE "ja-x-icu") < b
SELECT ARRAY[1, 2], ARRAY[]::text[], ARRAY[[1, 2], [3, 4]], a[1], a[1:2], a[:2], a[1:], a[:], (f(a)).b, (f(a)).b[1].c, (a).b, (ARRAY['a', 'b'])[1 + length(v) % 2], ('{1,2}'::int[])[1], a.b[1]
SELECT JSON_OBJECT('k': v, 'l' VALUE w NULL ON NULL WITH UNIQUE KEYS RETURNING jsonb), JSON_OBJECT(), JSON_ARRAY(a, b ABSENT ON NULL), JSON_ARRAY(), JSON_ARRAY(a FORMAT JSON ENCODING UTF8 RETURNING text FORMAT JSON), JSON(a WITH UNIQUE), JSON_SCALAR(a), JSON_SERIALIZE(a RETURNING bytea), a IS JSON, a IS JSON OBJECT, a IS NOT JSON ARRAY WITH UNIQUE KEYS, a IS JSON SCALAR
SELECT JSON_VALUE(a, '$.b' PASSING 1 AS x RETURNING int DEFAULT 0 ON EMPTY ERROR ON ERROR), JSON_QUERY(a, '$.b' WITH WRAPPER), JSON_QUERY(a, '$' OMIT QUOTES NULL ON EMPTY), JSON_EXISTS(a, '$.b' TRUE ON ERROR), JSON_OBJECTAGG(k: v), JSON_ARRAYAGG(v ORDER BY v), JSON_ARRAYAGG(v) FILTER (WHERE v > 0)
SELECT xmlelement(name x, xmlattributes(a AS b), c), xmlforest(a AS b, c), xmlconcat(a, b), xmlpi(name x, 'y'), xmlroot(a, version '1.0', standalone yes), xmlparse(document a preserve whitespace), xmlserialize(content a AS text indent), xmlexists('//x' PASSING a)

-- Sub-selects, which masks may not have and conditions of others may.
SELECT (SELECT b FROM t WHERE c = 1), EXISTS (SELECT 1 FROM public.t AS x (y) WHERE y = a), a IN (SELECT b FROM t), a = ANY (SELECT b FROM t), ARRAY(SELECT b FROM t ORDER BY 1 LIMIT 1 OFFSET 2), (SELECT max(b) FROM t u JOIN v USING (id) LEFT JOIN w ON w.a = u.a GROUP BY c HAVING count(*) > 1), (WITH q AS (SELECT 1) SELECT * FROM q), (VALUES (1), (2)), (SELECT 1 UNION ALL SELECT 2), (SELECT DISTINCT b FROM f(1) AS g)

-- What is refused, but parses.
SELECT 1; DROP TABLE x
SELECT 1; SELECT 2
SELECT 1 FROM secrets
SELECT a AS b, c d
SELECT DISTINCT a
SELECT 1 INTO x
SELECT 1 FOR UPDATE
SELECT a FROM t WHERE b GROUP BY c HAVING d ORDER BY e LIMIT 1 OFFSET 2

-- Definitions, as a catalog gives them.
CREATE UNIQUE INDEX k ON public.t USING btree (lower(a), b DESC NULLS LAST, c COLLATE "C" text_pattern_ops, ((d)::text)) INCLUDE (e) NULLS NOT DISTINCT WITH (fillfactor='70', deduplicate_items) TABLESPACE x WHERE ((f IS NOT NULL) AND (deleted_at IS NULL))
CREATE UNIQUE INDEX k ON ONLY public.t USING btree (a)
CREATE INDEX k ON "S"."T" USING gin (a gin_trgm_ops, to_tsvector('simple'::regconfig, b)) WITH (fastupdate=off)
CREATE INDEX k ON public.t USING gist (a public.gist_ops (siglen='32'), tstzrange(b, c))
CREATE INDEX k ON public.t USING brin (a) WHERE (b > 0)
CREATE INDEX k ON public.t USING hash (a)
ALTER TABLE t ADD CHECK ((a > 0))
ALTER TABLE t ADD CHECK ((((a)::text ~ '^[a-z]+$'::text) AND (char_length((a)::text) <= 40))) NO INHERIT NOT VALID
ALTER TABLE t ADD CONSTRAINT c CHECK (((status)::text = ANY ((ARRAY['new'::character varying, 'paid'::character varying])::text[])))
ALTER TABLE t ADD CHECK ((VALUE ~~ '%@%'::text))
ALTER TABLE t ADD EXCLUDE USING gist (a WITH =, tstzrange(b, c) WITH &&, d COLLATE "C" text_ops WITH OPERATOR(public.<>)) INCLUDE (e) WITH (fillfactor='70') WHERE ((f > 0)) DEFERRABLE INITIALLY DEFERRED
ALTER TABLE t ADD EXCLUDE (a WITH =)

-- What pg_dump writes: the structure of a copy is checked statement by statement.
CREATE SCHEMA "Weird ""Schema""";
COMMENT ON SCHEMA public IS 'x';
CREATE SCHEMA "日本";
CREATE COLLATION public.exact (provider = icu, deterministic = false, locale = 'und');
CREATE COLLATION public.german (provider = icu, locale = 'de-DE');
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
COMMENT ON EXTENSION pg_trgm IS 'x';
CREATE TYPE public.box2 AS ( w integer, h integer );
CREATE TYPE public.floatrange AS RANGE ( subtype = double precision, multirange_type_name = public.floatmultirange );
CREATE TYPE public.kind AS ENUM ( );
CREATE TYPE public.mood AS ENUM ( 'sad', 'it''s ok', 'new line' );
COMMENT ON TYPE public.mood IS '-- Name: x; Type: TABLE; Schema: public; Owner: - ';
CREATE TYPE public.pair AS ( a integer, b text );
CREATE DOMAIN public.positive AS integer CONSTRAINT positive_check CHECK ((VALUE > 0));
CREATE DOMAIN public.postal AS text NOT NULL DEFAULT '0'::text CONSTRAINT first CHECK ((VALUE <> ''::text));
COMMENT ON DOMAIN public.postal IS 'x';
COMMENT ON CONSTRAINT first ON DOMAIN public.postal IS 'x';
CREATE TYPE public.shell;
CREATE FUNCTION public.area(public.box2) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $_$SELECT $1.w * $1.h$_$;
CREATE CAST (public.box2 AS integer) WITH FUNCTION public.area(public.box2) AS ASSIGNMENT;
COMMENT ON CAST (public.box2 AS integer) IS 'x';
CREATE CAST (public.pair AS text) WITH INOUT;
CREATE FUNCTION public.add_one(i integer) RETURNS integer LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT (i + 1); SELECT (i + 2); END;
CREATE FUNCTION public.always() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path TO 'pg_catalog' AS $$begin return new; end$$;
CREATE FUNCTION public.ddl_seen() RETURNS event_trigger LANGUAGE plpgsql AS $$begin end$$;
CREATE PROCEDURE public.doing(INOUT a integer, VARIADIC b integer[] DEFAULT '{}'::integer[]) LANGUAGE plpgsql AS $$begin a := 1; end$$;
CREATE FUNCTION public.many(OUT a integer, OUT b text) RETURNS SETOF record LANGUAGE sql STABLE LEAKPROOF COST 5 ROWS 7 PARALLEL SAFE AS $$ SELECT 1, ';' $$;
CREATE PROCEDURE public.noop() LANGUAGE plpgsql AS $$begin end$$;
CREATE FUNCTION public.seen() RETURNS event_trigger LANGUAGE plpgsql AS $$begin end$$;
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$begin return new; end$$;
CREATE FUNCTION public.tricky(a text DEFAULT '-- -- Name: evil; Type: TABLE; Schema: public; Owner: - -- '::text) RETURNS text LANGUAGE plpgsql AS $_$ BEGIN -- -- Name: fake; Type: TABLE; Schema: public; Owner: - -- PERFORM $inner$; -- -- Name: fake2; Type: VIEW; Schema: public; Owner: - -- $inner$; RETURN a || ';'; END $_$;
CREATE FUNCTION public.word_of(public.postal) RETURNS integer LANGUAGE sql IMMUTABLE AS $_$SELECT length($1)$_$;
CREATE AGGREGATE public.longest(text) ( SFUNC = text_larger, STYPE = text );
CREATE AGGREGATE public.total(integer) ( SFUNC = int4pl, STYPE = integer, INITCOND = '0' );
CREATE ACCESS METHOD heaplike TYPE TABLE HANDLER heap_tableam_handler;
CREATE OPERATOR public.%% ( FUNCTION = public.area, RIGHTARG = public.box2 );
COMMENT ON OPERATOR public.%% (NONE, public.box2) IS 'x';
CREATE OPERATOR public.=== ( FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer );
CREATE OPERATOR FAMILY public.odd USING btree; ALTER OPERATOR FAMILY public.odd USING btree ADD OPERATOR 1 <(integer,bigint) , FUNCTION 1 (integer, bigint) btint48cmp(integer,bigint);
CREATE OPERATOR CLASS public.odd_ops FOR TYPE integer USING btree FAMILY public.odd AS OPERATOR 1 <(integer,integer) , OPERATOR 2 <=(integer,integer) , OPERATOR 3 =(integer,integer) , OPERATOR 4 >=(integer,integer) , OPERATOR 5 >(integer,integer) , FUNCTION 1 (integer, integer) btint4cmp(integer,integer);
CREATE CONVERSION public.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY public.plain ( TEMPLATE = pg_catalog.simple, accept = 'false' );
CREATE TEXT SEARCH CONFIGURATION public.words ( PARSER = pg_catalog."default" ); ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR asciiword WITH public.plain, simple; ALTER TEXT SEARCH CONFIGURATION public.words ADD MAPPING FOR word WITH public.plain, simple;
CREATE TABLE "Weird ""Schema"""."t; Type: VIEW; Schema: x" ( "a;b" integer NOT NULL, "--c" text, "new line" text );
CREATE TABLE public.a_cycle ( id integer NOT NULL, b integer );
CREATE TABLE public.b_cycle ( id integer NOT NULL, a integer );
CREATE TABLE public.base ( id integer, note text );
CREATE TABLE public.parents ( id integer, "select" text, gen integer NOT NULL );
CREATE TABLE public.children ( id integer DEFAULT 7 NOT NULL ) INHERITS (public.parents);
CREATE TABLE public.customers ( id bigint NOT NULL, email text NOT NULL, name character varying(40) COLLATE public.german, m public.mood DEFAULT 'it''s ok'::public.mood, p public.pair, r public.floatrange, n public.positive, full_text tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, email)) STORED, CONSTRAINT customers_name_check CHECK ((length((name)::text) < 40)) );
COMMENT ON TABLE public.customers IS 'people';
COMMENT ON COLUMN public.customers.email IS 'the -- Name: comment';
ALTER TABLE public.customers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY ( SEQUENCE NAME public.customers_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 );
CREATE TABLE public.derived ( extra text ) INHERITS (public.base);
CREATE TABLE public.event_notes ( event_id bigint, at date );
CREATE TABLE public.events ( id bigint NOT NULL, at date NOT NULL, kind text, customer_id bigint ) PARTITION BY RANGE (at);
CREATE TABLE public.events_2024 ( id bigint NOT NULL, at date NOT NULL, kind text, customer_id bigint );
CREATE TABLE public.events_2025 ( id bigint NOT NULL, at date NOT NULL, kind text, customer_id bigint ) PARTITION BY RANGE (id);
CREATE TABLE public.events_2025_a ( id bigint NOT NULL, at date NOT NULL, kind text, customer_id bigint );
CREATE TABLE public.events_rest ( id bigint NOT NULL, at date NOT NULL, kind text, customer_id bigint );
CREATE VIEW public.grouped AS SELECT NULL::bigint AS id, NULL::text AS email, NULL::bigint AS n;
CREATE VIEW public.loop_a AS SELECT 1 AS x WHERE (EXISTS ( SELECT 1 FROM pg_class));
CREATE VIEW public.loop_b AS SELECT loop_a.x FROM public.loop_a;
CREATE MATERIALIZED VIEW public.mv1 AS SELECT customers.id, customers.email FROM public.customers WITH NO DATA;
CREATE MATERIALIZED VIEW public.mv2 AS SELECT count(*) AS c FROM public.mv1 WITH NO DATA;
CREATE MATERIALIZED VIEW public.mv_empty AS SELECT 1 AS one WITH NO DATA;
CREATE MATERIALIZED VIEW public.mv_late AS SELECT grouped.id, grouped.email, grouped.n FROM public.grouped WITH NO DATA;
CREATE TABLE public."od d"".x" ( "from" integer, CONSTRAINT "a b" CHECK (("from" > 0)) NO INHERIT ) WITH (fillfactor='70', autovacuum_enabled=off);
CREATE SEQUENCE public.shared_seq START WITH 7 INCREMENT BY 3 NO MINVALUE NO MAXVALUE CACHE 1;
CREATE TABLE public.orders ( id integer NOT NULL, num integer DEFAULT nextval('public.shared_seq'::regclass), customer_id bigint, parent integer, span int4range );
CREATE SEQUENCE public.orders_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;
ALTER TABLE public.parents ALTER COLUMN gen ADD GENERATED BY DEFAULT AS IDENTITY ( SEQUENCE NAME public.parents_gen_seq START WITH 5 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 CYCLE );
CREATE TABLE public.parts ( id integer, k text ) PARTITION BY LIST (k);
CREATE TABLE public.parts_a ( k text, id integer NOT NULL );
CREATE UNLOGGED SEQUENCE public.quick START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
CREATE UNLOGGED TABLE public.scratch ( k text );
CREATE TABLE public.tuned ( id integer NOT NULL, a text, b text, c text DEFAULT 'x'::text ); ALTER TABLE ONLY public.tuned ALTER COLUMN a SET STATISTICS 500; ALTER TABLE ONLY public.tuned ALTER COLUMN b SET STORAGE EXTERNAL; ALTER TABLE ONLY public.tuned ALTER COLUMN c SET (n_distinct=5); ALTER TABLE ONLY public.tuned REPLICA IDENTITY FULL; ALTER TABLE ONLY public.tuned FORCE ROW LEVEL SECURITY;
CREATE VIEW public.shown AS SELECT tuned.id, tuned.a, tuned.b, tuned.c FROM public.tuned;
CREATE MATERIALIZED VIEW public.summed AS SELECT tuned.a, count(*) AS n FROM public.tuned GROUP BY tuned.a WITH NO DATA; ALTER TABLE ONLY public.summed ALTER COLUMN a SET STATISTICS 90;
CREATE TABLE "日本"."顧客 表 two" ( "列" integer );
ALTER TABLE ONLY public.events ATTACH PARTITION public.events_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
ALTER TABLE ONLY public.events ATTACH PARTITION public.events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE ONLY public.events_2025 ATTACH PARTITION public.events_2025_a FOR VALUES FROM ('0') TO ('1000000');
ALTER TABLE ONLY public.events ATTACH PARTITION public.events_rest DEFAULT;
ALTER TABLE ONLY public.parts ATTACH PARTITION public.parts_a FOR VALUES IN ('a', NULL);
ALTER TABLE ONLY public.orders ALTER COLUMN id SET DEFAULT nextval('public.orders_id_seq'::regclass);
ALTER TABLE ONLY public.shown ALTER COLUMN c SET DEFAULT 'y'::text;
ALTER TABLE ONLY "Weird ""Schema"""."t; Type: VIEW; Schema: x" ADD CONSTRAINT "t; Type: VIEW; Schema: x_pkey" PRIMARY KEY ("a;b");
ALTER TABLE ONLY public.a_cycle ADD CONSTRAINT a_cycle_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.b_cycle ADD CONSTRAINT b_cycle_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.customers ADD CONSTRAINT customers_email_key UNIQUE (email);
ALTER TABLE ONLY public.customers ADD CONSTRAINT customers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.events ADD CONSTRAINT events_pkey PRIMARY KEY (id, at);
ALTER TABLE ONLY public.events_2024 ADD CONSTRAINT events_2024_pkey PRIMARY KEY (id, at);
ALTER TABLE ONLY public.events_2025 ADD CONSTRAINT events_2025_pkey PRIMARY KEY (id, at);
ALTER TABLE ONLY public.events_2025_a ADD CONSTRAINT events_2025_a_pkey PRIMARY KEY (id, at);
ALTER TABLE ONLY public.events_rest ADD CONSTRAINT events_rest_pkey PRIMARY KEY (id, at);
ALTER TABLE public.a_cycle ADD CONSTRAINT late_check CHECK ((id <> 13)) NOT VALID;
ALTER DOMAIN public.postal ADD CONSTRAINT later CHECK ((length(VALUE) < 9)) NOT VALID;
ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id); ALTER TABLE ONLY public.orders REPLICA IDENTITY USING INDEX orders_pkey;
ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_span_excl EXCLUDE USING gist (span WITH &&);
ALTER TABLE ONLY public.tuned ADD CONSTRAINT tuned_pk PRIMARY KEY (id); ALTER TABLE public.tuned CLUSTER ON tuned_pk;
CREATE INDEX customers_lower ON public.customers USING btree (lower(email), public.add_one(1));
CREATE INDEX customers_name ON public.customers USING btree (name); ALTER TABLE public.customers CLUSTER ON customers_name;
COMMENT ON INDEX public.customers_name IS 'index comment';
CREATE INDEX events_kind ON ONLY public.events USING btree (kind);
CREATE INDEX events_2024_kind_idx ON public.events_2024 USING btree (kind);
CREATE INDEX events_2025_kind_idx ON ONLY public.events_2025 USING btree (kind);
CREATE INDEX events_2025_a_kind_idx ON public.events_2025_a USING btree (kind);
CREATE INDEX events_rest_kind_idx ON public.events_rest USING btree (kind);
CREATE UNIQUE INDEX mv1_id ON public.mv1 USING btree (id);
CREATE INDEX mv_late_n ON public.mv_late USING btree (n);
CREATE UNIQUE INDEX parts_key ON ONLY public.parts USING btree (k, id);
CREATE UNIQUE INDEX parts_a_k_id_idx ON public.parts_a USING btree (k, id);
CREATE INDEX summed_a ON public.summed USING btree (a); ALTER TABLE public.summed CLUSTER ON summed_a;
CREATE INDEX tuned_expr ON public.tuned USING btree (lower(a), ((b || c))); ALTER INDEX public.tuned_expr ALTER COLUMN 1 SET STATISTICS 700;
CREATE INDEX tuned_trgm ON public.tuned USING gin (a public.gin_trgm_ops);
CREATE INDEX "idx; with newline" ON "日本"."顧客 表 two" USING btree ("列") WHERE ("列" > 0);
ALTER INDEX public.events_kind ATTACH PARTITION public.events_2024_kind_idx;
ALTER INDEX public.events_pkey ATTACH PARTITION public.events_2024_pkey;
ALTER INDEX public.events_2025_kind_idx ATTACH PARTITION public.events_2025_a_kind_idx;
ALTER INDEX public.events_2025_pkey ATTACH PARTITION public.events_2025_a_pkey;
ALTER INDEX public.events_kind ATTACH PARTITION public.events_2025_kind_idx;
ALTER INDEX public.events_pkey ATTACH PARTITION public.events_2025_pkey;
ALTER INDEX public.events_kind ATTACH PARTITION public.events_rest_kind_idx;
ALTER INDEX public.events_pkey ATTACH PARTITION public.events_rest_pkey;
ALTER INDEX public.parts_key ATTACH PARTITION public.parts_a_k_id_idx;
CREATE STATISTICS public.customers_stats ON email, name FROM public.customers;
CREATE STATISTICS public.tuned_stats (ndistinct) ON a, b FROM public.tuned; ALTER STATISTICS public.tuned_stats SET STATISTICS 300;
CREATE OR REPLACE VIEW public.grouped AS SELECT c.id, c.email, count(*) AS n FROM (public.customers c JOIN public.orders o ON ((o.customer_id = c.id))) GROUP BY c.id;
CREATE RULE no_delete AS ON DELETE TO public.base DO INSTEAD NOTHING;
CREATE RULE quiet AS ON DELETE TO public.tuned DO NOTHING; ALTER TABLE public.tuned DISABLE RULE quiet;
CREATE RULE shown_insert AS ON INSERT TO public.shown DO INSTEAD ( INSERT INTO public.tuned (id, a, b, c) VALUES (new.id, new.a, new.b, new.c); NOTIFY changed; );
CREATE TRIGGER always_one AFTER INSERT OR UPDATE OF a ON public.tuned FOR EACH ROW WHEN ((new.a IS NOT NULL)) EXECUTE FUNCTION public.always(); ALTER TABLE public.tuned ENABLE ALWAYS TRIGGER always_one;
CREATE CONSTRAINT TRIGGER late_one AFTER INSERT ON public.tuned DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.always(); ALTER TABLE public.tuned ENABLE REPLICA TRIGGER late_one;
CREATE TRIGGER touch_customers BEFORE UPDATE ON public.customers FOR EACH ROW EXECUTE FUNCTION public.touch(); ALTER TABLE public.customers DISABLE TRIGGER touch_customers;
CREATE TRIGGER touch_events BEFORE INSERT ON public.events FOR EACH ROW EXECUTE FUNCTION public.touch();
ALTER TABLE ONLY public.a_cycle ADD CONSTRAINT a_to_b FOREIGN KEY (b) REFERENCES public.b_cycle(id);
COMMENT ON CONSTRAINT a_to_b ON public.a_cycle IS 'fk comment';
ALTER TABLE ONLY public.b_cycle ADD CONSTRAINT b_cycle_a_fkey FOREIGN KEY (a) REFERENCES public.a_cycle(id);
ALTER TABLE ONLY public.event_notes ADD CONSTRAINT event_notes_event_id_at_fkey FOREIGN KEY (event_id, at) REFERENCES public.events(id, at);
ALTER TABLE public.events ADD CONSTRAINT events_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id);
ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_parent_fkey FOREIGN KEY (parent) REFERENCES public.orders(id) ON DELETE SET NULL;
ALTER TABLE ONLY "日本"."顧客 表 two" ADD CONSTRAINT "顧客 表 two_列_fkey" FOREIGN KEY ("列") REFERENCES "Weird ""Schema"""."t; Type: VIEW; Schema: x"("a;b");
ALTER TABLE public.customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON public.customers FOR SELECT USING ((email <> ''::text));
CREATE POLICY wide ON public.tuned AS RESTRICTIVE FOR UPDATE TO pg_monitor, shoji_admin USING ((id > 0)) WITH CHECK ((a <> 'b;c'::text));
COMMENT ON POLICY wide ON public.tuned IS 'x';
CREATE EVENT TRIGGER seen_always ON ddl_command_start WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION public.seen(); ALTER EVENT TRIGGER seen_always ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER seen_always IS 'x';
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION public.ddl_seen();
SET default_table_access_method = heaplike; CREATE TABLE public.kept ( id integer ); RESET default_table_access_method;
