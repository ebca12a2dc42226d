CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE children (id int PRIMARY KEY, ref int, made_at timestamptz DEFAULT now(), other text, code text, UNIQUE (id, code));
