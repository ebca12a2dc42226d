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
