\connect clinic
COPY public.people (id, name) FROM stdin;
1	SECURITY LABEL is a strange name; isn't it
\.
SECURITY LABEL FOR anon ON COLUMN public.people.name IS 'MASKED WITH FUNCTION anon.fake_last_name() || '';''';
SECURITY LABEL FOR anon ON COLUMN public.people.city IS $a$MASKED WITH FUNCTION anon.fake_city();$a$;
