CREATE SCHEMA app; CREATE SCHEMA geo; CREATE SCHEMA empty;
CREATE TABLE geo.areas (id int PRIMARY KEY);
CREATE TABLE app.people (id int PRIMARY KEY, area int REFERENCES geo.areas, email text);
