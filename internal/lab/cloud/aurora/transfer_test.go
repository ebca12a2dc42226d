package aurora_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/internal/lab/cloud/aurora"
)

// nasty are rows that every escape of COPY is needed for.
const nasty = `SELECT * FROM (VALUES
	(1, 'plain', NULL::text, 1.50::numeric, '{1,NULL,3}'::int[], '\x00ff'::bytea, true,
	timestamptz '2026-01-02 03:04:05.678+00', '{"a": "b\n"}'::jsonb),
	(2, E'tab\tnewline\nreturn\rback\\slash', '', -0.1, '{}', '', false, 'infinity', 'null'),
	(3, E'"quoted", with a comma', '\N', 'NaN', NULL, NULL, NULL, NULL, NULL),
	(4, '\.', E'\b\f\v', 1e20, '{"-5"}', '\x5c', true, '0001-01-01 00:00:00+00 BC', '[]'),
	(5, '日本語', ' blank ', 0, NULL, NULL, NULL, NULL, '{}')) v(id, "a name", b, n, arr, raw, yes, at, j) ORDER BY id`

func TestExportIsWhatCopyWrites(t *testing.T) {
	w := start(t, aurora.Config{})
	w.cluster()
	key := w.bucket("transfer")
	w.associate("prod", "export", "s3Export",
		allow("s3:PutObject s3:AbortMultipartUpload", "arn:aws:s3:::transfer/runs/*")+","+
			allow("kms:GenerateDataKey kms:Decrypt", key))
	c := w.connect("prod", "app", "password", "shop")
	w.exec(c, "CREATE EXTENSION aws_s3 CASCADE")
	for _, options := range []string{
		"", "format text", "format csv", "format csv, header true", "format csv, delimiter $$:$$",
		"format csv, null 'NULL', quote ''''", "format csv, force_quote *", "format text, delimiter '|', null ''",
		"format binary",
	} {
		t.Run(options, func(t *testing.T) {
			var want strings.Builder
			with := ""
			if options != "" {
				with = " WITH (" + strings.ReplaceAll(options, "$$:$$", "':'") + ")"
			}
			_, err := c.PgConn().CopyTo(ctx, &want, "COPY ("+nasty+") TO STDOUT"+with)
			w.ok(err)
			got := w.one(c,
				fmt.Sprintf("SELECT * FROM aws_s3.query_export_to_s3($q$%s$q$, aws_commons.create_s3_uri('transfer', "+
					"'runs/x', '%s'), options := $o$%s$o$, kms_key := '%s')", nasty, region, options, key))
			body, object := w.object("transfer", "runs/x")
			if body != want.String() {
				t.Errorf("got\n%q\nwant\n%q", body, want.String())
			}
			if got != fmt.Sprintf("5|1|%d", want.Len()) || *object.SSEKMSKeyId != key {
				t.Errorf("it says %s, the key is %s", got, *object.SSEKMSKeyId)
			}
		})
	}
	t.Run("a query without rows", func(t *testing.T) {
		got := w.one(c,
			fmt.Sprintf("SELECT * FROM aws_s3.query_export_to_s3('SELECT 1 AS a WHERE false', 'transfer', "+
				"'runs/none', '%s', kms_key := '%s')", region, key))
		if body, _ := w.object("transfer", "runs/none"); got != "0|1|0" || body != "" {
			t.Errorf("it says %s, the object is %q", got, body)
		}
	})
	t.Run("a query that has one column with the lab's own name", func(t *testing.T) {
		w.one(c,
			fmt.Sprintf("SELECT * FROM aws_s3.query_export_to_s3('SELECT 1 AS lab_rows, 2 AS q -- with a comment', "+
				"'transfer', 'runs/q', '%s', kms_key := '%s')", region, key))
		if body, _ := w.object("transfer", "runs/q"); body != "1\t2\n" {
			t.Errorf("the object is %q", body)
		}
	})
}

func TestExport(t *testing.T) {
	w := start(t, aurora.Config{PartSize: 1000})
	w.cluster()
	key := w.bucket("transfer")
	c := w.connect("prod", "app", "password", "shop")
	export := func(query, path, more string) string {
		return fmt.Sprintf("SELECT * FROM aws_s3.query_export_to_s3('%s', aws_commons.create_s3_uri('transfer', "+
			"'%s', '%s'), options := 'format csv'%s)", query, path, region, more)
	}
	withKey := ", kms_key := '" + key + "'"
	w.raises(c, export("SELECT 1", "runs/x", withKey), "3F000", `schema "aws_commons" does not exist`)
	w.exec(c, "CREATE EXTENSION aws_s3 CASCADE")
	w.raises(c, export("SELECT 1", "runs/x", withKey), "XX000",
		"credentials stored with the database cluster can't be accessed", "feature-name")
	w.associate("prod", "export", "s3Export",
		allow("s3:PutObject s3:AbortMultipartUpload", "arn:aws:s3:::transfer/runs/*"))

	// the key
	w.raises(c, export("SELECT 1", "runs/x", withKey), "58000", "could not upload to Amazon S3",
		"Amazon S3 client returned 'Access Denied'.")
	full := allow("s3:PutObject s3:AbortMultipartUpload", "arn:aws:s3:::transfer/runs/*") + ","
	w.policy("export", full+allow("kms:GenerateDataKey", key))
	w.raises(c, export("SELECT 1", "runs/x", withKey), "58000", "Access Denied") // parts have to be decrypted
	if open, err := w.s3.ListMultipartUploads(ctx,
		&s3.ListMultipartUploadsInput{Bucket: aws.String("transfer")}); err != nil || len(open.Uploads) != 0 {
		t.Errorf("an upload is left: %v", err)
	}
	w.policy("export", full+allow("kms:GenerateDataKey kms:Decrypt", key))
	w.one(c, export("SELECT 1", "runs/x", withKey))
	w.raises(c, export("SELECT 1", "other/x", withKey), "58000", "Access Denied") // the prefix
	w.raises(c, strings.Replace(export("SELECT 1", "runs/x", withKey), region, "eu-west-1", 1), "58000",
		"PermanentRedirect")
	w.raises(c, strings.Replace(export("SELECT 1", "runs/x", withKey), "format csv", "format cvs", 1), "42601", "cvs")
	w.raises(c, export("SELECT nonsense", "runs/x", withKey), "42703", "nonsense")

	t.Run("files are split between rows, and overwritten", func(t *testing.T) {
		got := w.one(c, export("SELECT g, repeat(chr(97), 90) FROM generate_series(1, 25) g", "runs/big", withKey))
		var all string
		for _, name := range []string{"runs/big", "runs/big_part2", "runs/big_part3"} {
			body, _ := w.object("transfer", name)
			if !strings.HasSuffix(body, "\n") || len(body) > 1100 {
				t.Errorf("%s has %d bytes", name, len(body))
			}
			all += body
		}
		if got != fmt.Sprintf("25|3|%d", len(all)) || strings.Count(all, "\n") != 25 {
			t.Errorf("it says %s; %d bytes", got, len(all))
		}
		w.one(c, export("SELECT 1", "runs/big", withKey))
		if body, _ := w.object("transfer", "runs/big"); body != "1\n" {
			t.Errorf("got %q", body)
		}
		w.object("transfer", "runs/big_part2") // what an earlier export left there stays
	})
	t.Run("the caller's rights, transaction and settings count", func(t *testing.T) {
		w.exec(c, "CREATE TABLE secret (id int)", "INSERT INTO secret VALUES (1)",
			"CREATE ROLE masker LOGIN PASSWORD 'masker'", "GRANT USAGE ON SCHEMA aws_s3, aws_commons TO masker",
			"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_s3, aws_commons TO masker")
		masker := w.connect("prod", "masker", "masker", "shop")
		w.raises(masker, export("SELECT * FROM secret", "runs/s", withKey), "42501",
			"permission denied for table secret")
		w.exec(c, "GRANT SELECT ON secret TO masker", "ALTER TABLE secret ENABLE ROW LEVEL SECURITY")
		if got := w.one(masker, export("SELECT * FROM secret", "runs/s", withKey)); !strings.HasPrefix(got, "0|") {
			t.Errorf("row security is passed over: %s", got)
		}
		w.exec(c, "BEGIN ISOLATION LEVEL REPEATABLE READ", "SET LOCAL shoji.key = 'k'", "INSERT INTO secret VALUES (2)")
		w.one(c, export("SELECT id, current_setting(''shoji.key'') FROM secret ORDER BY 1", "runs/s", withKey))
		w.exec(c, "ROLLBACK")
		if body, _ := w.object("transfer", "runs/s"); body != "1,k\n2,k\n" { // S3 knows no transactions
			t.Errorf("got %q", body)
		}
	})
	t.Run("without the right to the functions", func(t *testing.T) {
		w.exec(c, "CREATE ROLE nobody LOGIN PASSWORD 'nobody'")
		w.raises(w.connect("prod", "nobody", "nobody", "shop"), export("SELECT 1", "runs/x", withKey), "42501",
			"permission denied")
	})
	t.Run("calls show as the service's, with the role's session", func(t *testing.T) {
		found := false
		for _, call := range w.Calls() {
			found = found ||
				call.Operation == "UploadPart" && call.By == "rds.amazonaws.com" &&
					strings.HasPrefix(call.Principal, "arn:aws:sts::"+source+":assumed-role/export/")
		}
		if !found {
			t.Error("no such call in the log")
		}
	})
	t.Run("a key that is disabled half way", func(t *testing.T) {
		_, err := w.kms.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &key})
		w.ok(err)
		w.raises(c, export("SELECT 1", "runs/x", withKey), "58000", "KMS.DisabledException")
	})
	t.Run("a role that turns INVALID", func(t *testing.T) {
		_, err := w.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
			RoleName: aws.String("export"),
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
				`"Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`),
		})
		w.ok(err)
		if got := w.available("prod").AssociatedRoles[0]; *got.Status != "INVALID" {
			t.Errorf("it is %s", *got.Status)
		}
		w.raises(c, export("SELECT 1", "runs/x", withKey), "XX000", "feature-name")
	})
}

func TestImport(t *testing.T) {
	w := start(t, aurora.Config{})
	w.cluster()
	w.bucket("transfer")
	c := w.connect("prod", "app", "password", "shop")
	w.exec(c, "CREATE EXTENSION aws_s3 CASCADE",
		`CREATE TABLE "T x" (id int PRIMARY KEY, "a name" text, twice int GENERATED ALWAYS AS (id * 2) STORED)`,
		"CREATE TABLE seen (id int)",
		"CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen "+
			"VALUES (NEW.id); RETURN NEW; END'",
		`CREATE TRIGGER see BEFORE INSERT ON "T x" FOR EACH ROW EXECUTE FUNCTION see()`)
	load := func(key string) string {
		return fmt.Sprintf(`SELECT aws_s3.table_import_from_s3('public."T x"', 'id, "a name"', '(format csv)',
			aws_commons.create_s3_uri('transfer', '%s', '%s'))`, key, region)
	}
	w.put("transfer", "runs/a", []byte("1,one\n2,\"two, too\"\n"), nil)
	w.raises(c, load("runs/a"), "XX000", "credentials stored with the database cluster can't be accessed", "s3Import")
	w.associate("prod", "import", "s3Import",
		allow("s3:GetObject", "arn:aws:s3:::transfer/runs/*")+","+allow("s3:ListBucket", "arn:aws:s3:::transfer"))

	t.Run("rows arrive, and the text says how many", func(t *testing.T) {
		if got := w.one(c,
			load("runs/a")); got != `2 rows imported into relation "public."T x"" from file runs/a of 19 bytes` {
			t.Errorf("got %s", got)
		}
		if got := w.one(c,
			`SELECT string_agg(id || "a name" || twice, ';' ORDER BY id), (SELECT count(*) FROM seen)
				FROM "T x"`); got != "1one2;2two, too4|2" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("in the caller's transaction", func(t *testing.T) {
		w.raises(c, load("runs/a"), "23505", "duplicate key")
		w.put("transfer", "runs/b", []byte("3,three\n"), nil)
		w.exec(c, "BEGIN", load("runs/b"), "ROLLBACK")
		if got := w.one(c, `SELECT count(*) FROM "T x"`); got != "2" {
			t.Errorf("%s rows", got)
		}
	})
	t.Run("every overload", func(t *testing.T) {
		creds, err := w.User(source, "loader",
			`{"Version":"2012-10-17","Statement":[`+allow("s3:GetObject", "arn:aws:s3:::transfer/*")+`]}`)
		w.ok(err)
		w.put("transfer", "runs/packed", packed("5,five\n"), aws.String("gzip"))
		w.put("transfer", "runs/legacy", []byte("6|six\n"), nil)
		for _, sql := range []string{
			fmt.Sprintf(`SELECT aws_s3.table_import_from_s3('"T x"', 'id,"a name"', 'DELIMITER ''|''', 'transfer',
				'runs/legacy', '%s')`, region),
			fmt.Sprintf(`SELECT aws_s3.table_import_from_s3('"T x"', '', '(format csv)',
				aws_commons.create_s3_uri('transfer', 'runs/packed', '%s'), aws_commons.create_aws_credentials('%s',
				'%s', ''))`, region, creds.AccessKey, creds.Secret),
			fmt.Sprintf(`SELECT aws_s3.table_import_from_s3('"T x"', 'id,"a name"', '(format csv)', 'transfer',
				'runs/b', '%s', '%s', '%s', '')`, region, creds.AccessKey, creds.Secret),
		} {
			if got := w.one(c, sql); !strings.HasPrefix(got, "1 rows imported") {
				t.Errorf("got %s", got)
			}
		}
		if got := w.one(c, `SELECT string_agg(id::text, ',' ORDER BY id) FROM "T x"`); got != "1,2,3,5,6" {
			t.Errorf("got %s", got)
		}
	})
	for name, f := range map[string]struct{ sql, state, word string }{
		"an object without a byte": {
			load("runs/none"), "XX000",
			"Unable to validate pre-signed URL. Error: HTTP 416. Check your arguments and try again.",
		},
		"an object that may not be read": {load("other/a"), "XX000", "HTTP 403"},
		"an object that is missing":      {load("runs/missing"), "XX000", "HTTP 404"},
		"a bucket in another region": {
			strings.Replace(load("runs/a"), region, "eu-west-1", 1), "XX000", "HTTP 301",
		},
		"a generated column": {
			strings.Replace(load("runs/a"), `id, "a name"`, "id, twice", 1), "42P10", "generated column",
		},
		"a table that is missing": {
			strings.Replace(load("runs/a"), `"T x"`, "missing", 1), "42P01", "missing",
		},
		"a second statement in the options": {
			strings.Replace(load("runs/a"), "(format csv)", "(format csv); DROP TABLE seen", 1), "42601", ";",
		},
		"values that do not fit the columns": {load("runs/text"), "22P02", "integer"},
	} {
		t.Run(name, func(t *testing.T) {
			w.put("transfer", "runs/none", nil, nil)
			w.put("transfer", "runs/text", []byte("x,y\n"), nil)
			w.put("transfer", "other/a", []byte("7,seven\n"), nil)
			w.raises(c, f.sql, f.state, f.word)
		})
	}
	t.Run("rights to the table", func(t *testing.T) {
		w.exec(c, "CREATE ROLE loader LOGIN PASSWORD 'loader'", "GRANT USAGE ON SCHEMA aws_s3, aws_commons TO loader",
			"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_s3, aws_commons TO loader")
		loader := w.connect("prod", "loader", "loader", "shop")
		w.put("transfer", "runs/c", []byte("8,eight\n"), nil)
		w.raises(loader, load("runs/c"), "42501", "permission denied for table T x")
		w.exec(c, `GRANT INSERT (id, "a name") ON "T x" TO loader`)
		w.one(loader, load("runs/c"))
	})
	t.Run("nothing is left of what was imported", func(t *testing.T) {
		left, err := os.ReadDir(w.one(w.admin(), "SELECT current_setting('data_directory') || '/../spool'"))
		w.ok(err)
		for _, e := range left {
			if strings.HasSuffix(e.Name(), ".ask") {
				t.Errorf("%s is left", e.Name())
			}
		}
	})
}
