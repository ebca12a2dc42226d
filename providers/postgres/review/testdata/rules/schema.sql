CREATE TABLE customers (id int PRIMARY KEY, phone text, fax text, note text);
CREATE TABLE staff (id int PRIMARY KEY, phone text, note text, boss int REFERENCES staff);
