-- Keys of text.
CREATE TABLE staff (code varchar(10) PRIMARY KEY, name text, boss varchar(10) REFERENCES staff);
CREATE TABLE shifts (staff varchar(10) REFERENCES staff, other text, at timestamptz, PRIMARY KEY (staff, at));
CREATE TABLE notes (staff varchar(10), at timestamptz, body text, FOREIGN KEY (staff, at) REFERENCES shifts);
CREATE TABLE short (code char(3) PRIMARY KEY, what text);
CREATE TABLE uses (short char(3) REFERENCES short);
INSERT INTO staff SELECT 'c' || i, 'Ann' || i, 'c1' FROM generate_series(1, 60) AS g(i);
INSERT INTO shifts SELECT 'c' || i, 'x', '2020-01-01' FROM generate_series(1, 60) AS g(i);
INSERT INTO notes SELECT 'c' || i, '2020-01-01', 'b' FROM generate_series(1, 60) AS g(i);
INSERT INTO short SELECT 's' || i, 'x' FROM generate_series(1, 60) AS g(i);
INSERT INTO uses SELECT 's' || i FROM generate_series(1, 60) AS g(i);
