CREATE TABLE people (id int PRIMARY KEY, email text, color_code text, size_code varchar(60), short_code varchar(4), amount integer, total bigint, title text, shade text);
