-- A database with everything that makes structure hard to copy. Loaded by tests as a superuser.
CREATE SCHEMA "Weird ""Schema""";
CREATE SCHEMA "日本";
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', E'new\nline');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE pair AS (a integer, b text);
CREATE TYPE floatrange AS RANGE (subtype = float8);
CREATE COLLATION german (provider = icu, locale = 'de-DE');
COMMENT ON TYPE mood IS E'-- Name: x; Type: TABLE; Schema: public; Owner: -\n';
CREATE FUNCTION tricky(a text DEFAULT E'--\n-- Name: evil; Type: TABLE; Schema: public; Owner: -\n--\n') RETURNS text LANGUAGE plpgsql AS $outer$
BEGIN
--
-- Name: fake; Type: TABLE; Schema: public; Owner: -
--

  PERFORM $inner$;
--
-- Name: fake2; Type: VIEW; Schema: public; Owner: -
--
$inner$;
  RETURN a || ';';
END
$outer$;
CREATE FUNCTION add_one(i integer) RETURNS integer LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT i + 1; SELECT i + 2; END;
CREATE PROCEDURE noop() LANGUAGE plpgsql AS 'begin end';
CREATE AGGREGATE total(integer) (sfunc = int4pl, stype = integer, initcond = '0');
CREATE OPERATOR === (leftarg = integer, rightarg = integer, function = int4eq);
CREATE CAST (pair AS text) WITH INOUT;
CREATE SEQUENCE shared_seq START 7 INCREMENT 3;
CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE,
  name varchar(40) COLLATE german,
  m mood DEFAULT 'it''s ok',
  p pair, r floatrange, n positive,
  full_text tsvector GENERATED ALWAYS AS (to_tsvector('simple', email)) STORED,
  CHECK (length(name) < 40)
);
COMMENT ON COLUMN customers.email IS 'the -- Name: comment';
CREATE TABLE orders (
  id serial PRIMARY KEY,
  num integer DEFAULT nextval('shared_seq'),
  customer_id bigint REFERENCES customers DEFERRABLE INITIALLY DEFERRED,
  parent integer REFERENCES orders ON DELETE SET NULL,
  span int4range, EXCLUDE USING gist (span WITH &&)
);
CREATE TABLE "Weird ""Schema"""."t; Type: VIEW; Schema: x" ("a;b" integer PRIMARY KEY, "--c" text, "new
line" text);
CREATE TABLE "日本"."顧客 表
two" ("列" integer REFERENCES "Weird ""Schema"""."t; Type: VIEW; Schema: x" ("a;b"));
CREATE INDEX "idx; with
newline" ON "日本"."顧客 表
two" ("列") WHERE "列" > 0;
CREATE TABLE a_cycle (id integer PRIMARY KEY, b integer);
CREATE TABLE b_cycle (id integer PRIMARY KEY, a integer REFERENCES a_cycle);
ALTER TABLE a_cycle ADD CONSTRAINT a_to_b FOREIGN KEY (b) REFERENCES b_cycle;
ALTER TABLE a_cycle ADD CONSTRAINT late_check CHECK (id <> 13) NOT VALID;
CREATE TABLE events (id bigint, at date, kind text, customer_id bigint REFERENCES customers, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY RANGE (id);
CREATE TABLE events_2025_a PARTITION OF events_2025 FOR VALUES FROM (0) TO (1000000);
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX events_kind ON events (kind);
CREATE TABLE event_notes (event_id bigint, at date, FOREIGN KEY (event_id, at) REFERENCES events);
CREATE TABLE base (id integer, note text);
CREATE TABLE derived (extra text) INHERITS (base);
CREATE UNLOGGED TABLE scratch (k text);
CREATE INDEX customers_lower ON customers (lower(email), add_one(1));
CREATE INDEX customers_name ON customers (name);
ALTER TABLE customers CLUSTER ON customers_name;
ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_pkey;
CREATE STATISTICS customers_stats ON email, name FROM customers;
CREATE VIEW grouped AS SELECT c.id, c.email, count(*) AS n FROM customers c JOIN orders o ON o.customer_id = c.id GROUP BY c.id;
CREATE MATERIALIZED VIEW mv1 AS SELECT id, email FROM customers;
CREATE UNIQUE INDEX mv1_id ON mv1 (id);
CREATE MATERIALIZED VIEW mv2 AS SELECT count(*) AS c FROM mv1;
CREATE MATERIALIZED VIEW mv_late AS SELECT * FROM grouped;
CREATE INDEX mv_late_n ON mv_late (n);
CREATE MATERIALIZED VIEW mv_empty AS SELECT 1 AS one WITH NO DATA;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TRIGGER touch_customers BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE customers DISABLE TRIGGER touch_customers;
CREATE TRIGGER touch_events BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE no_delete AS ON DELETE TO base DO INSTEAD NOTHING;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON customers FOR SELECT TO PUBLIC USING (email <> '');
CREATE FUNCTION ddl_seen() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION ddl_seen();
CREATE VIEW loop_a AS SELECT 1 AS x;
CREATE VIEW loop_b AS SELECT x FROM loop_a;
CREATE OR REPLACE VIEW loop_a AS SELECT 1 AS x WHERE EXISTS (SELECT 1 FROM pg_class) ;
COMMENT ON INDEX customers_name IS 'index comment';
COMMENT ON CONSTRAINT a_to_b ON a_cycle IS 'fk comment';
COMMENT ON TABLE customers IS 'people';
