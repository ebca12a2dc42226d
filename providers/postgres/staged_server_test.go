package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// awsS3 gives databases functions with the signatures of aws_s3, by COPY to and from a program that speaks with a small
// server here, which in turn speaks with the lab's S3. split is the size at which an object is split; 0 never.
func awsS3(t testing.TB, b *stagedIn, split int, urls ...string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "shoji-aws-s3-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if r.Method == http.MethodGet {
			out, err := b.client.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
			if err != nil {
				http.Error(w, err.Error(), http.StatusForbidden)
				return
			}
			if out.ContentEncoding != nil {
				w.Header().Set("Content-Encoding", *out.ContentEncoding)
			}
			_, _ = io.Copy(w, out.Body)
			return
		}
		body, _ := io.ReadAll(r.Body)
		files, total := 0, len(body)
		for files == 0 || len(body) > 0 {
			end := len(body)
			if split > 0 && end > split {
				end = split + bytes.IndexByte(body[split:], '\n') + 1 // whole rows
			}
			part := key
			if files++; files > 1 {
				part = fmt.Sprintf("%s_part%d", key, files)
			}
			if _, err := b.client.PutObject(context.Background(), &s3.PutObjectInput{
				Bucket: &bucket,
				Key:    &part,
				Body:   bytes.NewReader(body[:end]),
			}); err != nil {
				http.Error(w, err.Error(), http.StatusForbidden)
				return
			}
			body = body[end:]
		}
		_, _ = fmt.Fprintf(w, "%d %d", files, total)
	}))
	t.Cleanup(server.Close)
	for _, url := range urls {
		pgtest.Exec(t, url, `CREATE SCHEMA aws_commons; CREATE SCHEMA aws_s3;
			CREATE TYPE aws_commons._s3_uri_1 AS (bucket text, file_path text, region text);
			CREATE FUNCTION aws_s3.query_export_to_s3(query text, s3_info aws_commons._s3_uri_1,
				options text DEFAULT NULL, kms_key text DEFAULT NULL, OUT rows_uploaded bigint,
				OUT files_uploaded bigint, OUT bytes_uploaded bigint)
				LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION 'not this form'; END $f$;
			CREATE FUNCTION aws_s3.query_export_to_s3(query text, bucket text, file_path text, region text,
				options text DEFAULT NULL, kms_key text DEFAULT NULL, OUT rows_uploaded bigint,
				OUT files_uploaded bigint, OUT bytes_uploaded bigint)
				LANGUAGE plpgsql AS $f$
			DECLARE said text := `+sqltext.Literal(dir)+` || '/' || md5(file_path);
			BEGIN
				IF kms_key IS DISTINCT FROM '`+labKey+`' THEN
					RAISE EXCEPTION 'the key is %', kms_key;
				END IF;
				EXECUTE format('COPY (%s) TO PROGRAM %L WITH (%s)', query,
					format('curl -sSf -X PUT --data-binary @- -o %s `+server.URL+`/%s/%s',
						said, bucket, file_path),
					coalesce(options, 'format text'));
				GET DIAGNOSTICS rows_uploaded = ROW_COUNT;
				files_uploaded := split_part(pg_read_file(said), ' ', 1);
				bytes_uploaded := split_part(pg_read_file(said), ' ', 2);
			END $f$;
			CREATE FUNCTION aws_s3.table_import_from_s3(table_name text, column_list text, options text,
				s3_info aws_commons._s3_uri_1) RETURNS text
				LANGUAGE plpgsql AS $f$ BEGIN RAISE EXCEPTION 'not this form'; END $f$;
			CREATE FUNCTION aws_s3.table_import_from_s3(table_name text, column_list text, options text,
				bucket text, file_path text, region text) RETURNS text
				LANGUAGE plpgsql AS $f$
			DECLARE n bigint;
			BEGIN
				EXECUTE format('COPY %s%s FROM PROGRAM %L WITH %s', table_name,
					CASE WHEN column_list = '' THEN '' ELSE ' (' || column_list || ')' END,
					format('curl -sSf --compressed `+server.URL+`/%s/%s', bucket, file_path), options);
				GET DIAGNOSTICS n = ROW_COUNT;
				RETURN format('%s rows imported into relation "%s" from file %s of 0 bytes', n, table_name, file_path);
			END $f$`)
	}
}

// byServer stages in a way, with functions of aws_s3 on both sides.
func byServer(ways string, split int) func(*moved) {
	return func(m *moved) {
		b := m.stage()
		b.ways = ways
		urls := []string{m.source}
		if m.mode == replaceMode {
			urls = append(urls, m.target)
		}
		awsS3(m.t, b, split, urls...)
	}
}

// TestMovingByServer moves tables and types through a bucket by the servers, and by a server on one side.
func TestMovingByServer(t *testing.T) {
	ways := map[string]string{
		"server to server": "export = \"server\"\n  import = \"server\"",
		"server to client": "export = \"server\"\n  import = \"client\"",
		"client to server": "export = \"client\"\n  import = \"server\"",
	}
	wanted := map[string]bool{
		"zero rows":                            true,
		"no columns left after generated ones": true,
		"generated columns":                    true,
		"values of every type":                 true,
		"values of every type as text":         true,
		"enum":                                 true,
		"NULL versus ''":                       true,
		"names with capitals, spaces, quotes, dots, unicode, 63 bytes, reserved words": true,
		"array":      true,
		"composite":  true,
		"partitions": true,
		"which rows": true,
	}
	for way, text := range ways {
		for _, c := range append(append(shapes(), types()...), names()...) {
			if !wanted[c.name] {
				continue
			}
			if strings.HasPrefix(c.name, "values of every type") {
				c.check = nil // the format is not what the types would allow
			}
			for _, mode := range []string{swapMode, replaceMode} {
				t.Run(way+"/"+c.name+"/"+mode, func(t *testing.T) {
					t.Parallel()
					c.moveBy(t, mode, byServer(text, 0))
				})
			}
		}
	}
}

// TestPartsOfServer: an export that the server splits is loaded from all of its parts, counted and not listed.
func TestPartsOfServer(t *testing.T) {
	inBothModes(t, func(t *testing.T, mode string) {
		for name, ways := range map[string]string{
			"server": "export = \"server\"\n  import = \"server\"\n  verify = \"full\"",
			"client": "export = \"server\"\n  import = \"client\"\n  verify = \"full\"",
		} {
			t.Run(name, func(t *testing.T) {
				m := newMoved(t, mode)
				people(t, m)
				byServer(ways, 10_000)(m)
				parts := 0
				m.event = once(map[string]string{swapMode: "stage.import", replaceMode: inPlace}[mode],
					engine.StepStarted, func() {
						for _, k := range m.staged.keys() {
							if strings.Contains(k, "_part") {
								parts++
							}
						}
					})
				m.refresh()
				m.want(`SELECT count(*), count(DISTINCT email) FROM people WHERE email LIKE '%@example.com'`, "500|500")
				if parts < 3 {
					t.Errorf("the server made %d parts", parts)
				}
				m.staged.clean()
			})
		}
	})
}

// TestServerThatMiscounts: a count that overflowed, objects that are not there and rows that a server took fewer of are
// failures.
func TestServerThatMiscounts(t *testing.T) {
	const says = `CREATE OR REPLACE FUNCTION aws_s3.query_export_to_s3(query text, bucket text, file_path text,
		region text, options text DEFAULT NULL, kms_key text DEFAULT NULL, OUT rows_uploaded bigint,
		OUT files_uploaded bigint, OUT bytes_uploaded bigint) LANGUAGE sql AS 'SELECT `
	for name, c := range map[string]struct{ export, imported, said string }{
		"an overflow": {
			says + `-1894967296::bigint, 3::bigint, 5::bigint'`, "", "the server's count of rows overflowed",
		},
		"no object":          {says + `500::bigint, 1::bigint, 5::bigint'`, "", "is not there or is empty"},
		"fewer rows than it": {"", "0 rows imported", "500 rows were exported, but the target took 0 of them"},
		"no number":          {"", "rows!", "did not say how many rows"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMoved(t, replaceMode)
			people(t, m)
			byServer("export = \"server\"\n  import = \"server\"\n", 0)(m)
			if c.export != "" {
				pgtest.Exec(t, m.source, c.export)
			}
			if c.imported != "" {
				pgtest.Exec(t, m.target,
					`CREATE OR REPLACE FUNCTION aws_s3.table_import_from_s3(table_name text, column_list text,
						options text, bucket text, file_path text, region text) RETURNS text LANGUAGE sql AS $$
						SELECT `+sqltext.Literal(c.imported)+` $$`)
			}
			r, plan := m.plan()
			mentions(t, m.fails(r, plan), c.said)
			m.staged.clean()
		})
	}
}

// TestWaysAreExplained: who writes and who reads is chosen by what is there, and the plan says why; what cannot be is
// an error.
func TestWaysAreExplained(t *testing.T) {
	m := newMoved(t, replaceMode)
	people(t, m)
	b := m.stage()
	notes := func(parts ...string) {
		t.Helper()
		_, plan := m.plan()
		for _, p := range parts {
			if !m.noted(plan, p) {
				t.Errorf("%q is not said: %q", p, plan.Refreshes[0].Notes)
			}
		}
	}
	notes("written by shoji (COPY): on database.prod aws_s3 is not installed there",
		"read by shoji (COPY): for database.staging aws_s3 is not installed there")
	b.ways = `export = "server"`
	_, _, ds := m.tryPlan()
	mentions(t, ds, "The source cannot export by itself", "aws_s3 is not installed there")
	b.ways = `import = "server"`
	_, _, ds = m.tryPlan()
	mentions(t, ds, "The target cannot import by itself", "CREATE EXTENSION aws_s3 CASCADE")
	awsS3(t, b, 0, m.source, m.target)
	b.ways = ""
	notes("database.prod says no cluster whose role could write it",
		"database.staging says no cluster whose role could read it")
	b.ways = "export = \"server\"\n  import = \"server\"\n"
	notes(`written by the server of database.prod (aws_s3): export = "server"`,
		`read by the server of database.staging (aws_s3): import = "server"`)
	b.ways = "export = \"client\"\n  import = \"client\"\n"
	notes(`written by shoji (COPY): export = "client"`, `read by shoji (COPY): import = "client"`)
}

// TestAReaderExportsNothingByItself: aws_s3 exports on the writer only; a reader's rows go through shoji.
func TestAReaderExportsNothingByItself(t *testing.T) {
	_, staging := pgtest.Pair(t)
	prod := pgtest.Own(t, nil)
	m := newMovedOn(t, replaceMode, prod, staging)
	people(t, m)
	byServer("", 0)(m)
	standby(t, prod)
	m.staged.ways = `export = "server"`
	_, _, ds := m.tryPlan()
	mentions(t, ds, "The source cannot export by itself", "is a reader, and aws_s3 exports from the writer only")
	m.staged.ways = ""
	_, plan := m.plan()
	if !m.noted(plan, "written by shoji (COPY): on database.prod the server is a reader") {
		t.Errorf("%q", plan.Refreshes[0].Notes)
	}
	m.refresh()
	m.want("SELECT count(*) FROM people", "500")
}

// standby makes a server a hot standby of nobody.
func standby(t *testing.T, s *pgserver.Server) {
	t.Helper()
	file := filepath.Join(s.Data(), "standby.signal")
	err := errors.Join(s.Stop(t.Context()), os.WriteFile(file, nil, 0o600), pgserver.GiveAway(file))
	if err = errors.Join(err, s.Restart(t.Context())); err != nil {
		t.Fatal(err)
	}
}
