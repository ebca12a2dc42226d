-- What only PostgreSQL 18 takes.
CREATE EXTENSION btree_gist;
CREATE TABLE virtual (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, c text CONSTRAINT c_there NOT NULL);
ALTER TABLE virtual ADD CONSTRAINT loose CHECK (a > 0) NOT ENFORCED;
ALTER TABLE virtual ADD CONSTRAINT a_there NOT NULL a NOT VALID;
CREATE TABLE stays (id int, during daterange, CONSTRAINT stays_pk PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE meals (id int, stay int, during daterange, CONSTRAINT meals_fk FOREIGN KEY (stay, PERIOD during) REFERENCES stays (id, PERIOD during));
CREATE TABLE unchecked (id int PRIMARY KEY, other int CONSTRAINT other_fk REFERENCES unchecked NOT ENFORCED);
CREATE TABLE tabled (id int, CONSTRAINT id_there NOT NULL id NO INHERIT);
