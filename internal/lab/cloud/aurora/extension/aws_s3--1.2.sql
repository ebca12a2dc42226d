-- The lab's stand-in: what Aurora does inside the server is done by the lab's process, which shares a directory with it, spool, beside
-- the data. A question is a file *.ask whose last line is "end"; the answer is a file *.reply. Functions named _lab_… are not Aurora's.

CREATE FUNCTION @extschema@._lab_path(name text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF name !~ '^[0-9a-f-]+[.a-z0-9]*$' THEN RAISE EXCEPTION 'not a name: %', name; END IF;
  RETURN current_setting('data_directory') || '/../spool/' || name;
END $$;

CREATE FUNCTION @extschema@._lab_write(name text, lines text[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  EXECUTE format('COPY (SELECT unnest(%L::text[])) TO %L', lines, aws_s3._lab_path(name));
END $$;

CREATE FUNCTION @extschema@._lab_ask(question jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  name text := gen_random_uuid();
  answer text;
  reply jsonb;
BEGIN
  PERFORM aws_s3._lab_write(name || '.ask', ARRAY[question::text, 'end']);
  FOR i IN 1..240000 LOOP
    answer := pg_read_file(aws_s3._lab_path(name || '.reply'), 0, 1048576, true);
    EXIT WHEN answer IS NOT NULL;
    PERFORM pg_sleep(0.005);
  END LOOP;
  IF answer IS NULL THEN
    RAISE EXCEPTION 'could not upload to Amazon S3' USING ERRCODE = '58000', DETAIL = 'Amazon S3 client returned ''Unable to connect to endpoint''.';
  END IF;
  reply := answer::jsonb;
  IF reply ? 'message' THEN
    RAISE EXCEPTION '%', reply->>'message' USING ERRCODE = reply->>'code', DETAIL = coalesce(reply->>'detail', ''), HINT = coalesce(reply->>'hint', '');
  END IF;
  RETURN reply;
END $$;

-- The query runs with the rights of whoever calls. Rows are handed over as text, or in binary, whole: _lab_… turns them into COPY's formats.
CREATE FUNCTION @extschema@.query_export_to_s3(query text, bucket text, file_path text, region text, options text DEFAULT NULL, kms_key text DEFAULT NULL,
  OUT rows_uploaded bigint, OUT files_uploaded bigint, OUT bytes_uploaded bigint) LANGUAGE plpgsql AS $$
DECLARE
  id text := pg_catalog.gen_random_uuid();
  question jsonb := pg_catalog.jsonb_build_object('op', 'check', 'id', id, 'bucket', bucket, 'key', file_path, 'region', region, 'options', options, 'kms_key', kms_key);
  reply jsonb := aws_s3._lab_ask(question);
  expression text := CASE WHEN (reply->>'binary')::boolean THEN 'pg_catalog.encode(pg_catalog.record_send(lab_row), ''hex'')' ELSE 'lab_row::text' END;
  columns text;
  batch text[] := '{}';
  size bigint := 0;
  chunks int := 0;
  line text;
BEGIN
  EXECUTE 'SELECT pg_catalog.row_to_json(lab_names)::text FROM (SELECT lab_row.* FROM (' || query || E'\n) lab_row RIGHT JOIN (SELECT 1) lab_one ON false) lab_names' INTO columns;
  FOR line IN EXECUTE 'SELECT ' || expression || ' FROM (' || query || E'\n) lab_row' LOOP
    batch := batch || line;
    size := size + pg_catalog.length(line);
    IF size > 1000000 OR pg_catalog.array_length(batch, 1) >= 5000 THEN
      PERFORM aws_s3._lab_write(id || '.' || chunks, batch);
      batch := '{}';
      size := 0;
      chunks := chunks + 1;
    END IF;
  END LOOP;
  IF pg_catalog.array_length(batch, 1) > 0 THEN
    PERFORM aws_s3._lab_write(id || '.' || chunks, batch);
    chunks := chunks + 1;
  END IF;
  reply := aws_s3._lab_ask(question || pg_catalog.jsonb_build_object('op', 'export', 'columns', columns, 'chunks', chunks));
  rows_uploaded := reply->>'rows';
  files_uploaded := reply->>'files';
  bytes_uploaded := reply->>'bytes';
END $$;

CREATE FUNCTION @extschema@.query_export_to_s3(query text, s3_info aws_commons._s3_uri_1, options text DEFAULT NULL, kms_key text DEFAULT NULL,
  OUT rows_uploaded bigint, OUT files_uploaded bigint, OUT bytes_uploaded bigint) LANGUAGE plpgsql AS $$
BEGIN
  SELECT e.rows_uploaded, e.files_uploaded, e.bytes_uploaded INTO rows_uploaded, files_uploaded, bytes_uploaded
  FROM aws_s3.query_export_to_s3(query, s3_info.bucket, s3_info.file_path, s3_info.region, options, kms_key) e;
END $$;

-- Only the server's own files can be copied from, and only a superuser may: whether the caller may insert is checked before. Triggers see the
-- lab's superuser as the current user; on Aurora they see the caller.
CREATE FUNCTION @extschema@._lab_copy(target regclass, column_list text, options text, name text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  n bigint;
  named text := (SELECT pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace WHERE c.oid = target);
BEGIN
  IF pg_catalog.regexp_replace(column_list || options, '''[^'']*''', '', 'g') ~ ';' THEN RAISE EXCEPTION 'syntax error at or near ";"' USING ERRCODE = '42601'; END IF;
  EXECUTE 'COPY ' || named || CASE WHEN column_list = '' THEN '' ELSE ' (' || column_list || ')' END || ' FROM ' || pg_catalog.quote_literal(aws_s3._lab_path(name)) || ' ' || options;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;

CREATE FUNCTION @extschema@._lab_import(table_name text, column_list text, options text, bucket text, file_path text, region text, credentials jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  target regclass := table_name::regclass;
  columns text := coalesce(column_list, '');
  allowed boolean;
  reply jsonb;
  n bigint;
BEGIN
  allowed := pg_catalog.has_table_privilege(target, 'INSERT');
  IF NOT allowed AND columns <> '' THEN
    allowed := (SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(target, (pg_catalog.parse_ident(pg_catalog.btrim(c)))[1], 'INSERT')) FROM pg_catalog.unnest(pg_catalog.string_to_array(columns, ',')) c);
  END IF;
  IF NOT allowed THEN
    RAISE EXCEPTION 'permission denied for table %', (SELECT relname FROM pg_catalog.pg_class WHERE oid = target) USING ERRCODE = '42501';
  END IF;
  reply := aws_s3._lab_ask(pg_catalog.jsonb_build_object('op', 'import', 'bucket', bucket, 'key', file_path, 'region', region, 'credentials', credentials));
  n := aws_s3._lab_copy(target, columns, coalesce(options, ''), reply->>'file');
  PERFORM aws_s3._lab_ask(pg_catalog.jsonb_build_object('op', 'done', 'key', reply->>'file'));
  RETURN pg_catalog.format('%s rows imported into relation "%s" from file %s of %s bytes', n, table_name, file_path, reply->>'bytes');
END $$;

CREATE FUNCTION @extschema@.table_import_from_s3(table_name text, column_list text, options text, bucket text, file_path text, region text) RETURNS text
LANGUAGE sql AS $$ SELECT aws_s3._lab_import(table_name, column_list, options, bucket, file_path, region, NULL) $$;

CREATE FUNCTION @extschema@.table_import_from_s3(table_name text, column_list text, options text, s3_info aws_commons._s3_uri_1) RETURNS text
LANGUAGE sql AS $$ SELECT aws_s3._lab_import(table_name, column_list, options, (s3_info).bucket, (s3_info).file_path, (s3_info).region, NULL) $$;

CREATE FUNCTION @extschema@.table_import_from_s3(table_name text, column_list text, options text, bucket text, file_path text, region text, access_key text, secret_key text, session_token text) RETURNS text
LANGUAGE sql AS $$ SELECT aws_s3._lab_import(table_name, column_list, options, bucket, file_path, region, pg_catalog.jsonb_build_object('access_key', access_key, 'secret_key', secret_key, 'session_token', session_token)) $$;

CREATE FUNCTION @extschema@.table_import_from_s3(table_name text, column_list text, options text, s3_info aws_commons._s3_uri_1, credentials aws_commons._aws_credentials_1) RETURNS text
LANGUAGE sql AS $$ SELECT aws_s3._lab_import(table_name, column_list, options, (s3_info).bucket, (s3_info).file_path, (s3_info).region, pg_catalog.to_jsonb(credentials)) $$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA @extschema@ FROM PUBLIC;
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'rds_superuser') THEN
    GRANT USAGE ON SCHEMA aws_s3 TO rds_superuser WITH GRANT OPTION;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_s3 TO rds_superuser WITH GRANT OPTION;
  END IF;
END $$;
