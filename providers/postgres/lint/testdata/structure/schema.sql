CREATE TABLE customers (id int PRIMARY KEY, email text DEFAULT 'anna.kovacs@contoso-mail.hu',
  note text CHECK (note <> 'bela.nagy@contoso-mail.hu'));
CREATE TABLE empty_one (id int, t text DEFAULT '+36 1 483-7726');
CREATE TABLE gone (id int, t text DEFAULT 'gone.nagy@contoso-mail.hu');
COMMENT ON TABLE gone IS 'ask gone.kovacs@contoso-mail.hu';
COMMENT ON COLUMN customers.note IS 'ask anna.kovacs@contoso-mail.hu, or someone@example.com';
CREATE FUNCTION told() RETURNS text LANGUAGE sql AS $$ SELECT 'https://svc:hunter2-hunter2@hooks.contoso-mail.hu' $$;
CREATE VIEW vips AS SELECT id FROM customers WHERE email = 'anna.kovacs@contoso-mail.hu';
CREATE TYPE kind AS ENUM ('regular', 'cecil.nagy@contoso-mail.hu');
