CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (id int PRIMARY KEY, sex text CHECK (sex IN ('f', 'm')), mood mood, weather mood, plan text CHECK (plan = ANY (ARRAY['free', 'it''s paid', 'big'])), answer varchar(2), grade char(1), name text, zip text);
