CREATE TYPE @extschema@._s3_uri_1 AS (bucket text, file_path text, region text);
CREATE TYPE @extschema@._aws_credentials_1 AS (access_key text, secret_key text, session_token text);

CREATE FUNCTION @extschema@.create_s3_uri(bucket text, file_path text, region text) RETURNS @extschema@._s3_uri_1
LANGUAGE sql IMMUTABLE AS $$ SELECT ROW($1, $2, $3)::aws_commons._s3_uri_1 $$;

CREATE FUNCTION @extschema@.create_aws_credentials(access_key text, secret_key text, session_token text) RETURNS @extschema@._aws_credentials_1
LANGUAGE sql IMMUTABLE AS $$ SELECT ROW($1, $2, $3)::aws_commons._aws_credentials_1 $$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA @extschema@ FROM PUBLIC;
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'rds_superuser') THEN
    GRANT USAGE ON SCHEMA aws_commons TO rds_superuser WITH GRANT OPTION;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_commons TO rds_superuser WITH GRANT OPTION;
  END IF;
END $$;
