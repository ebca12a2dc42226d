CREATE TABLE people (id int PRIMARY KEY, email text);
CREATE TABLE firms (id int PRIMARY KEY, name text);
CREATE TABLE notes (id int PRIMARY KEY, kind text, subject int, person int, author int REFERENCES people, twin int);
