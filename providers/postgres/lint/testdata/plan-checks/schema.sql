CREATE TABLE t (id int PRIMARY KEY, code text CHECK (code LIKE 'C%'), rank text CHECK (rank > 'A'), mail text UNIQUE, tag text);
CREATE UNIQUE INDEX t_tag ON t (left(tag, 4));
