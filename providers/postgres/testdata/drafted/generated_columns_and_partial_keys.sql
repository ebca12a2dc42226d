-- Generated columns and partial keys.
CREATE TABLE e (id int PRIMARY KEY, email text, gone date, main bool, low text GENERATED ALWAYS AS
  (lower(email)) STORED UNIQUE, first_name text, last_name text, label text GENERATED ALWAYS AS (first_name || '
  ' || last_name) STORED CHECK (length(label) < 40));
CREATE UNIQUE INDEX ON e (first_name) WHERE gone IS NULL;
CREATE UNIQUE INDEX ON e (last_name) WHERE main;
INSERT INTO e (id, email, gone, main, first_name, last_name) SELECT i, i || '@x.example', NULL, i = 1, 'Ann' ||
  i, 'Bell' || i FROM generate_series(1, 60) AS g(i);
