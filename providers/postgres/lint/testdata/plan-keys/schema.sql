CREATE EXTENSION postgres_fdw;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
CREATE TABLE people (id bigint PRIMARY KEY, mail text, region text, UNIQUE (id, mail), UNIQUE (mail));
CREATE TABLE firms (id bigint PRIMARY KEY);
CREATE TABLE kept (id int PRIMARY KEY, person bigint REFERENCES people (id));
CREATE TABLE pair (id int PRIMARY KEY, owner bigint REFERENCES people (id) REFERENCES firms (id));
CREATE TABLE mails (id int PRIMARY KEY, mail text REFERENCES people (mail));
CREATE FOREIGN TABLE far (id int, nr int) SERVER elsewhere;
CREATE TABLE sums (a int, b int GENERATED ALWAYS AS (a + 1) STORED);
