CREATE SCHEMA other;
CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, email text UNIQUE, phone varchar(8), note text, total int GENERATED ALWAYS AS (id * 2) STORED, sum numeric(3,0), code text, forgotten text, label text NOT NULL, bound text NOT NULL CHECK (bound <> ''));
CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE left_out (id int PRIMARY KEY);
CREATE TABLE empty (id int PRIMARY KEY);
CREATE TABLE half (id int PRIMARY KEY);
CREATE TABLE refs (id int PRIMARY KEY, person int REFERENCES people, gone int REFERENCES left_out, nothing int REFERENCES empty, half int REFERENCES half);
CREATE TABLE x (x_y text);
