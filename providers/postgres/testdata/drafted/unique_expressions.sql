-- Unique expressions.
CREATE TABLE people (id int PRIMARY KEY, first_name text, email text, code text, doc jsonb);
CREATE UNIQUE INDEX ON people (lower(first_name));
CREATE UNIQUE INDEX ON people (lower(btrim(email)));
CREATE UNIQUE INDEX ON people ("left"(code, 3));
CREATE UNIQUE INDEX ON people ((doc ->> 'id'));
CREATE TABLE tenants (tenant int, name text, last_name text NOT NULL);
CREATE UNIQUE INDEX ON tenants (tenant, upper(name));
CREATE UNIQUE INDEX ON tenants (tenant, coalesce(last_name, ''));
INSERT INTO people SELECT i, 'Ann' || i, i || '@x.example', i || 'abc', jsonb_build_object('id', i) FROM
  generate_series(1, 60) AS g(i);
INSERT INTO tenants SELECT i % 3, 'Bob' || i, 'Carl' || i FROM generate_series(1, 60) AS g(i);
