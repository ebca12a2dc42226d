-- Every place of a structure that can hold a literal has one: an address with "planted" in it, a number in a digest.
CREATE TYPE kind AS ENUM ('regular', 'label.planted@contoso-mail.hu');
CREATE DOMAIN site AS text DEFAULT 'domain-default.planted@contoso-mail.hu'
  CONSTRAINT site_check CHECK (VALUE <> 'domain-check.planted@contoso-mail.hu');
CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION planted_sql() RETURNS text LANGUAGE sql AS $$ SELECT 'sql''s-body.planted@contoso-mail.hu' $$;
CREATE FUNCTION planted_body() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  -- comment-in-body.planted@contoso-mail.hu knows why
  PERFORM 'https://planted:Tr0ub4dor@hooks.contoso-mail.hu/x';
  RETURN 'x';
END $$;
CREATE FUNCTION planted_default(a text DEFAULT 'argument.planted@contoso-mail.hu') RETURNS text LANGUAGE sql SET shoji.x = 'set.planted@contoso-mail.hu' AS 'select a';
CREATE PROCEDURE planted_procedure() LANGUAGE plpgsql AS $$ BEGIN RAISE 'procedure.planted@contoso-mail.hu'; END $$;
CREATE FUNCTION add_text(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS 'select $1 || $2';
CREATE AGGREGATE planted_aggregate(text) (SFUNC = add_text, STYPE = text, INITCOND = 'aggregate.planted@contoso-mail.hu');
CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE FUNCTION happened() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';

CREATE TABLE customers (
  id bigserial PRIMARY KEY,
  kind kind NOT NULL,
  email text DEFAULT 'default.planted@contoso-mail.hu',
  note text,
  folded text GENERATED ALWAYS AS (coalesce(note, 'generated.planted@contoso-mail.hu')) STORED,
  card numeric DEFAULT 4539578763621486,
  site site,
  CONSTRAINT customers_note_check CHECK (note <> 'check.planted@contoso-mail.hu'),
  CONSTRAINT customers_exclude EXCLUDE USING btree (note WITH =) WHERE (note <> 'exclude.planted@contoso-mail.hu')
);
ALTER TABLE customers ADD CONSTRAINT customers_later CHECK (note <> 'not-valid.planted@contoso-mail.hu') NOT VALID;
CREATE INDEX customers_open ON customers (kind) WHERE note = 'index.planted@contoso-mail.hu';
CREATE UNIQUE INDEX customers_folded ON customers (nullif(note, 'expression.planted@contoso-mail.hu'));
CREATE STATISTICS customers_stats ON (nullif(note, 'statistics.planted@contoso-mail.hu')), kind FROM customers;
CREATE TABLE empty_one (id int, t text DEFAULT '+36 1 483-7726');
CREATE TABLE parts (who text) PARTITION BY LIST (who);
CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('bound.planted@contoso-mail.hu');
CREATE VIEW vips AS SELECT * FROM customers WHERE email = 'view.planted@contoso-mail.hu';
ALTER VIEW vips ALTER COLUMN note SET DEFAULT 'view-default.planted@contoso-mail.hu';
CREATE MATERIALIZED VIEW vips_now AS SELECT id FROM customers WHERE email = 'matview.planted@contoso-mail.hu';
CREATE INDEX vips_now_id ON vips_now (id);
CREATE RULE no_delete AS ON DELETE TO customers WHERE old.note = 'rule.planted@contoso-mail.hu' DO INSTEAD NOTHING;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON customers USING (email = 'policy.planted@contoso-mail.hu') WITH CHECK (email <> 'with-check.planted@contoso-mail.hu');
CREATE POLICY "named.planted@contoso-mail.hu" ON customers FOR SELECT USING (true);
CREATE TRIGGER told BEFORE UPDATE ON customers FOR EACH ROW WHEN (new.note = 'when.planted@contoso-mail.hu')
  EXECUTE FUNCTION fired('argument.planted@contoso-mail.hu');
CREATE EVENT TRIGGER watches ON ddl_command_end EXECUTE FUNCTION happened();

COMMENT ON TABLE customers IS 'ask table-comment.planted@contoso-mail.hu';
COMMENT ON COLUMN customers.email IS 'ask column-comment.planted@contoso-mail.hu';
COMMENT ON SEQUENCE customers_id_seq IS 'ask sequence-comment.planted@contoso-mail.hu';
COMMENT ON FUNCTION fired() IS 'ask function-comment.planted@contoso-mail.hu';
COMMENT ON VIEW vips IS 'ask view-comment.planted@contoso-mail.hu';
COMMENT ON INDEX customers_open IS 'ask index-comment.planted@contoso-mail.hu';
COMMENT ON CONSTRAINT customers_note_check ON customers IS 'ask check-comment.planted@contoso-mail.hu';
COMMENT ON CONSTRAINT customers_pkey ON customers IS 'ask key-comment.planted@contoso-mail.hu';
COMMENT ON TRIGGER told ON customers IS 'ask trigger-comment.planted@contoso-mail.hu';
COMMENT ON POLICY own_rows ON customers IS 'ask policy-comment.planted@contoso-mail.hu';
COMMENT ON RULE no_delete ON customers IS 'ask rule-comment.planted@contoso-mail.hu';
COMMENT ON TYPE kind IS 'ask type-comment.planted@contoso-mail.hu';
COMMENT ON DOMAIN site IS 'ask domain-comment.planted@contoso-mail.hu';
COMMENT ON CONSTRAINT site_check ON DOMAIN site IS 'ask domain-constraint-comment.planted@contoso-mail.hu';
COMMENT ON STATISTICS customers_stats IS 'ask statistics-comment.planted@contoso-mail.hu';
COMMENT ON COLUMN pair.b IS 'ask attribute-comment.planted@contoso-mail.hu';
COMMENT ON SCHEMA public IS 'ask schema-comment.planted@contoso-mail.hu';
COMMENT ON EVENT TRIGGER watches IS 'ask event-trigger-comment.planted@contoso-mail.hu';

-- What no copy takes.
CREATE EXTENSION postgres_fdw;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'planted.contoso-mail.hu');
CREATE USER MAPPING FOR current_user SERVER elsewhere OPTIONS (user 'planted', password 'planted-Tr0ub4dor');
CREATE FOREIGN TABLE far (id int, t text DEFAULT 'foreign.planted@contoso-mail.hu') SERVER elsewhere OPTIONS (table_name 'planted');
