-- What somebody did to the source since, under rules that decide it at once.
ALTER TABLE customers RENAME COLUMN email TO email_address;
ALTER TABLE customers DROP COLUMN old;
ALTER TABLE customers ADD COLUMN phone text;
ALTER TABLE customers ADD COLUMN total int;
DROP TABLE gone;
ALTER TABLE clients RENAME TO partners;
CREATE TABLE payments (id int PRIMARY KEY, iban text, amount int);
CREATE TABLE empty (id int PRIMARY KEY, name text, at date);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
ALTER TABLE events ADD COLUMN ip inet;
