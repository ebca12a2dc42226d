CREATE TABLE t (id int PRIMARY KEY, code text UNIQUE, tag text UNIQUE, mail text UNIQUE, loose text, card macaddr UNIQUE, short char(6) UNIQUE);
