CREATE TABLE a (id int PRIMARY KEY, email text);
CREATE TABLE b (id int PRIMARY KEY, email text);
CREATE TABLE c (id int PRIMARY KEY, email text);
CREATE TABLE d (id int PRIMARY KEY, email text, at date);
CREATE TABLE e (id int PRIMARY KEY, email text, at date);
CREATE TABLE f (id int PRIMARY KEY, email text, at date);
CREATE TABLE g (id int PRIMARY KEY, email text) PARTITION BY RANGE (id);
CREATE TABLE g1 PARTITION OF g FOR VALUES FROM (1) TO (2);
CREATE TABLE g2 PARTITION OF g FOR VALUES FROM (2) TO (3);
