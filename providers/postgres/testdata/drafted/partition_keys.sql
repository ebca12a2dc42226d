-- Partition keys.
CREATE TABLE clients (email text PRIMARY KEY, name text);
CREATE TABLE orders (email text REFERENCES clients, phone text, at date) PARTITION BY HASH (email);
CREATE TABLE orders_0 PARTITION OF orders FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE orders_1 PARTITION OF orders FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE events (birth_date date NOT NULL, city text, email text) PARTITION BY RANGE (birth_date);
CREATE TABLE events_a PARTITION OF events DEFAULT PARTITION BY LIST (lower(city));
CREATE TABLE events_a1 PARTITION OF events_a DEFAULT;
CREATE UNIQUE INDEX ON events_a1 (email);
INSERT INTO clients SELECT i || '@x.example', 'Ann' || i FROM generate_series(1, 60) AS g(i);
INSERT INTO orders SELECT i || '@x.example', '090-1234-5678', '2020-01-01' FROM generate_series(1, 60) AS g(i);
INSERT INTO events SELECT '1990-01-01'::date + i, 'Rome' || i, i || '@y.example' FROM generate_series(1, 60) AS
  g(i);
