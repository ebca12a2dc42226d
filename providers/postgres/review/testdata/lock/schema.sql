CREATE TABLE customers (id int PRIMARY KEY, email text, fax text, old text, mail text);
CREATE TABLE gone (id int PRIMARY KEY, email text);
CREATE TABLE clients (id int PRIMARY KEY, name text);
CREATE TABLE events (id int, at date, note text) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
