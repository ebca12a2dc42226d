-- Constraints of several columns.
CREATE TABLE c (id int PRIMARY KEY, email text, phone text, name text, surname text, birth_date date, died date,
  CHECK (email IS NOT NULL OR phone IS NOT NULL), CHECK (num_nonnulls(name, surname) = 2), CHECK (birth_date <
  died), photo bytea, CHECK (photo IS NULL OR octet_length(photo) < 100));
INSERT INTO c SELECT i, CASE WHEN i % 2 = 0 THEN i || '@x.example' END, CASE WHEN i % 2 = 1 THEN '0901' END,
  'Ann', 'Bell', '1990-01-01'::date, '2020-01-01'::date + i, '\x00' FROM generate_series(1, 60) AS g(i);
