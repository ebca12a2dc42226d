CREATE TABLE people (id int PRIMARY KEY, email varchar(100) UNIQUE, status text, phone text, fax text, password_hash text, api_token text, notes text, first_name text, last_name varchar(40));
CREATE TABLE orders (person_email varchar(100) REFERENCES people (email), total int);
