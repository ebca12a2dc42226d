-- Unique keys of few characters.
CREATE TABLE a (phone char(4) UNIQUE, last_name varchar(3) UNIQUE, email varchar(20) UNIQUE, tax_id char(9) NOT
  NULL UNIQUE, zip char(2) PRIMARY KEY, ssn smallint UNIQUE, passport numeric(5) UNIQUE, birth_date date UNIQUE,
  city varchar(10), UNIQUE (city, last_name));
INSERT INTO a SELECT lpad(i::text, 4, '0'), 'x' || i, i || '@x.example', lpad(i::text, 9, '7'), lpad(i::text, 2,
  '0'), i, i, '1990-01-01'::date + i, 'Rome' || i FROM generate_series(1, 60) AS g(i);
