-- Lengths, patterns and lists.
CREATE DOMAIN jp_zip AS varchar(8) CHECK (VALUE ~ '^[0-9]{3}-?[0-9]{4}$');
CREATE DOMAIN short_name AS text NOT NULL CHECK (char_length(VALUE) BETWEEN 1 AND 6);
CREATE TABLE b (id int PRIMARY KEY, email text CHECK (octet_length(email) <= 20), phone text NOT NULL CHECK
  (phone ~ '^[0-9]{10,11}$'), zip jp_zip, first_name short_name, note text NOT NULL CHECK (length(note) < 3),
  gender text NOT NULL CHECK (gender IN ('male', 'female')), iban text CHECK (iban LIKE 'DE%'), password text
  NOT NULL CHECK (char_length(password) = 60), doc jsonb NOT NULL CHECK (jsonb_typeof(doc) = 'array'), age int
  NOT NULL CHECK (age >= 18 AND age < 130), url text CHECK (url ~ '^https?://'), memo text NOT NULL CHECK (memo
  ~ '^[A-Z]{2}-[0-9]+$'), city text CHECK (city = upper(city)));
INSERT INTO b SELECT i, i || '@x.example', '0901234567' || i % 10, '100-000' || i % 10, 'Ann' || i, 'ab',
  'male', 'DE' || i, repeat('x', 60), '[1]', 18 + i, 'https://x.example/' || i, 'AB-' || i, 'ROME' FROM
  generate_series(1, 60) AS g(i);
