CREATE TABLE people (id int PRIMARY KEY, phone text, email text, fax text, name text, city text);
