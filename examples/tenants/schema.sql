-- A service with one schema a tenant and one that all share. Run it in an empty database:
--   psql "$SHOJI_PROD_URL" -f schema.sql

CREATE SCHEMA shared;
CREATE TABLE shared.plans (
    code  text PRIMARY KEY,
    price numeric(8,2) NOT NULL
);
INSERT INTO shared.plans VALUES ('free', 0), ('team', 29), ('company', 290);

CREATE TABLE shared.tenants (
    name    text PRIMARY KEY,
    company text NOT NULL,
    contact text NOT NULL,
    plan    text NOT NULL REFERENCES shared.plans
);
INSERT INTO shared.tenants VALUES
    ('acorn', 'Acorn Joinery Ltd', 'office@acorn-joinery.example', 'team'),
    ('birch', 'Birch & Partners', 'hello@birch-partners.example', 'company'),
    ('kaede', '株式会社かえで商店', 'soumu@kaede-shoten.example', 'free');

DO $$
DECLARE
    tenant text;
    given  text[] := ARRAY['Alice', 'Owen', 'Priya', 'Marcus', 'Helen', 'Tomasz'];
    family text[] := ARRAY['Whitaker', 'Okafor', 'Iyer', 'Lindqvist', 'Marsden', 'Nowak'];
BEGIN
    FOR tenant IN SELECT name FROM shared.tenants LOOP
        EXECUTE format('CREATE SCHEMA %I', 'tenant_' || tenant);
        EXECUTE format('CREATE TABLE %1$I.users (
            id serial PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL, email text NOT NULL UNIQUE, phone text,
            is_support boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now())', 'tenant_' || tenant);
        EXECUTE format('CREATE TABLE %1$I.documents (
            id bigserial PRIMARY KEY, owner_id integer NOT NULL REFERENCES %1$I.users, title text NOT NULL, body text NOT NULL, created_at timestamptz NOT NULL DEFAULT now())', 'tenant_' || tenant);
        EXECUTE format('CREATE TABLE %1$I.invoices (
            id bigserial PRIMARY KEY, plan text NOT NULL REFERENCES shared.plans, billed_to text NOT NULL, amount numeric(8,2) NOT NULL, created_at timestamptz NOT NULL DEFAULT now())', 'tenant_' || tenant);
        EXECUTE format('CREATE TABLE %1$I.request_log (at timestamptz NOT NULL, ip inet NOT NULL, path text NOT NULL)', 'tenant_' || tenant);
        EXECUTE format('INSERT INTO %I.users (first_name, last_name, email, phone, is_support)
            SELECT $1[1 + i %% 6], $2[1 + (i / 6) %% 6], lower($1[1 + i %% 6] || ''.'' || $2[1 + (i / 6) %% 6]) || i || ''@%s.example'', ''+44 20 7946 0'' || lpad(i::text, 3, ''0''), i = 0
            FROM generate_series(0, 35) AS i', 'tenant_' || tenant, tenant) USING given, family;
        EXECUTE format('INSERT INTO %1$I.documents (owner_id, title, body)
            SELECT u.id, ''Offer for '' || u.last_name, ''Dear '' || u.first_name || '', as discussed on the phone ('' || u.phone || '') …'' FROM %1$I.users u', 'tenant_' || tenant);
        EXECUTE format('INSERT INTO %I.invoices (plan, billed_to, amount) SELECT t.plan, t.company, p.price FROM shared.tenants t JOIN shared.plans p ON p.code = t.plan WHERE t.name = %L', 'tenant_' || tenant, tenant);
        EXECUTE format('INSERT INTO %I.request_log SELECT now() - i * interval ''1 minute'', inet ''203.0.113.0'' + i, ''/documents/'' || i FROM generate_series(1, 100) AS i', 'tenant_' || tenant);
    END LOOP;
END
$$;
