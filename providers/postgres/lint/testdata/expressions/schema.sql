CREATE TABLE people (id int PRIMARY KEY, region text, email text, alias text, handle text, nick text, city text, name text, bucket text, code text, mail text, mail2 text);
