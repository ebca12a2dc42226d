CREATE TABLE people (id int PRIMARY KEY, email text, phone text);
CREATE TABLE orders (id int PRIMARY KEY, person int REFERENCES people);
