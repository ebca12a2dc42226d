CREATE TABLE customers (id int PRIMARY KEY, phone text, email text, birth_date date, note text, code text,
  card text, label text, ratio text);
