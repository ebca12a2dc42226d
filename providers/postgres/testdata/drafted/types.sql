-- Types.
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TYPE pair AS (a text, b int);
CREATE TABLE d (id int PRIMARY KEY, a text[] NOT NULL, b int[] NOT NULL, c inet NOT NULL UNIQUE, d macaddr
  UNIQUE, e tsrange NOT NULL, f mood NOT NULL, g pair NOT NULL, h xml NOT NULL, i interval NOT NULL, j time NOT
  NULL, k point NOT NULL, l bit(3) NOT NULL, m bytea NOT NULL, n tsvector NOT NULL, o uuid UNIQUE, p bool NOT
  NULL, q money NOT NULL, r name NOT NULL, s "char", t numeric(3,1) NOT NULL, u timestamptz NOT NULL UNIQUE, v
  json NOT NULL, w cidr NOT NULL, x timetz NOT NULL, y varbit, z oid);
INSERT INTO d SELECT i, '{a}'::text[], '{1}'::int[], ('10.0.0.' || i)::inet, ('00:00:00:00:00:' || lpad(i::text,
  2, '0'))::macaddr, 'empty', 'sad', '(a,1)'::pair, '<a/>', '1 day', '12:00', '(0,0)', B'101', '\x00', 'a',
  gen_random_uuid(), true, 1, 'n', 'c', 1.5, now() + i * interval '1 day', '{}', '10.0.0.0/8', '12:00+00', B'1',
  i FROM generate_series(1, 60) AS g(i);
