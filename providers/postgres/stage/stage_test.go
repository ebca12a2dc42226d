package stage

import (
	"bytes"
	"io"
	"math/rand"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// TestEncode: any name is a part of a key, and no two are the same one.
func TestEncode(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{
		"customers", "Customers", "a b", "a.b", "a-2eb", "a/b", "a%2Fb", "名前", `"`, "a_b", "a-b", "", "..", "a'b",
		"a$b",
	} {
		key := Encode(name)
		if strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
			t.Errorf("%q becomes %q", name, key)
		}
		if other, twice := seen[key]; twice {
			t.Errorf("%q and %q both become %q", name, other, key)
		}
		seen[key] = name
	}
}

// TestExplain: what aws_s3 raises is told in words of what to do, without its own, which quote rows.
func TestExplain(t *testing.T) {
	at := Place{Bucket: "shop", Region: "eu-west-1", Prefix: "p/"}
	for _, c := range []struct {
		code, message, detail, hint, feature, said string
	}{
		{
			"58000", "could not upload to Amazon S3", "Amazon S3 client returned 'Unable to connect to endpoint'.", "",
			"export", "does not reach S3",
		},
		{
			"58000", "could not upload to Amazon S3", "Amazon S3 client returned 'Access Denied'.", "", "export",
			"the s3Export role may not use s3://shop/p/",
		},
		{
			"58000", "could not upload to Amazon S3", "Amazon S3 client returned 'PermanentRedirect'.", "", "export",
			"the server and the bucket shop are not both in eu-west-1",
		},
		{
			"XX000", "Unable to validate pre-signed URL. Error: HTTP 301. Check your arguments and try again.", "", "",
			"import", "the bucket shop is not in eu-west-1",
		},
		{
			"58000", "could not upload to Amazon S3", "Amazon S3 client returned 'KMS.DisabledException'.", "",
			"export", "the key of the bucket cannot be used",
		},
		{
			"58000", "could not upload to Amazon S3", "Amazon S3 client returned 'KMS.KMSInvalidStateException'.", "",
			"export", "the key of the bucket cannot be used",
		},
		{
			"XX000", "Unable to validate pre-signed URL. Error: HTTP 400. Check your arguments and try again.", "", "",
			"import", "the key of the bucket cannot be used: it is disabled",
		},
		{
			"58000", "could not upload to Amazon S3", "Amazon S3 client returned 'something with PLANTED'.", "",
			"export", "S3 refused it",
		},
		{
			"XX000", "Unable to validate pre-signed URL. Error: HTTP 416. Check your arguments and try again.", "", "",
			"import", "the object is empty",
		},
		{
			"XX000", "Unable to validate pre-signed URL. Error: HTTP 403. Check your arguments and try again.", "", "",
			"import", "the s3Import role may not use",
		},
		{
			"XX000", "HTTP 412. The file has been modified since the import call started.", "", "", "import",
			"written again while it was read",
		},
		{
			"XX000", "credentials stored with the database cluster can't be accessed", "",
			"Has the IAM role Amazon Resource Name (ARN) been associated with the feature-name \"s3Export\"?", "export",
			"no role for s3Export that works",
		},
		{"22P02", `invalid input syntax for type integer: "PLANTED"`, "", "", "export", ""},
		{"42501", "permission denied for table PLANTED", "", "", "import", ""},
	} {
		got := ""
		if err := explain(&pgconn.PgError{Code: c.code, Message: c.message, Detail: c.detail, Hint: c.hint}, c.feature,
			at); err != nil {
			got = err.Error()
		}
		if (c.said == "") != (got == "") || !strings.Contains(got, c.said) || strings.Contains(got, "PLANTED") {
			t.Errorf("%s %s: %q, want %q", c.message, c.detail, got, c.said)
		}
	}
}

func TestParseImported(t *testing.T) {
	for said, want := range map[string]int64{
		`12 rows imported into relation "t" from file x of 100 bytes`: 12,
		`1 row imported`:           1,
		`0 rows imported`:          0,
		`3000000000 rows imported`: 3000000000,
		`nothing`:                  -1,
		`-1 rows imported`:         -1,
		``:                         -1,
		`rows 12`:                  -1,
	} {
		n, ok := parseImported(said)
		if ok != (want >= 0) || ok && n != want {
			t.Errorf("%q: %d, %t", said, n, ok)
		}
	}
}

// TestRowSum: rows have one sum however they are cut into streams, and into writes.
func TestRowSum(t *testing.T) {
	const head, tail = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\xff\xff"
	rows := strings.Repeat("some rows, and more of them; ", 50)
	sum := func(seed int64, streams ...string) string {
		r, s := rand.New(rand.NewSource(seed)), newRowSum("binary")
		for _, stream := range streams {
			for whole := head + stream + tail; whole != ""; {
				n := min(len(whole), 1+r.Intn(7))
				_, _ = s.Write([]byte(whole[:n]))
				whole = whole[n:]
			}
			s.end()
		}
		return s.hex()
	}
	want := sum(1, rows)
	for seed := range int64(50) {
		if sum(seed, rows[:100], rows[100:700], "", rows[700:]) != want {
			t.Fatal("the sum depends on how the rows are cut")
		}
	}
	if sum(1, rows+"x") == want || sum(1, rows[1:]) == want {
		t.Error("other rows have the same sum")
	}
}

// TestPack: what is packed comes out again, and bytes that are missing or changed are noticed.
func TestPack(t *testing.T) {
	content := bytes.Repeat([]byte("rows and rows\n"), 100_000)
	for _, c := range []Compression{Plain, Gzip, Zstd} {
		var b bytes.Buffer
		w, err := pack(c, &b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		read := func(packed []byte) ([]byte, error) {
			r, done, err := unpack(c, bytes.NewReader(packed))
			if err != nil {
				return nil, err
			}
			defer done()
			return io.ReadAll(r)
		}
		if got, err := read(b.Bytes()); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%q: %d bytes, %v", c, len(got), err)
		}
		if c == Plain {
			continue
		}
		if b.Len() > len(content)/20 {
			t.Errorf("%q packs %d bytes into %d", c, len(content), b.Len())
		}
		if _, err := read(b.Bytes()[:b.Len()-3]); err == nil {
			t.Errorf("%q: the end can be missing", c)
		}
	}
	if _, err := pack("lzma", io.Discard); err == nil {
		t.Error("an unknown compression is taken")
	}
}

// TestInspectServer looks at servers with aws_s3 of several ages and rights.
func TestInspectServer(t *testing.T) {
	const (
		commons = `CREATE SCHEMA aws_commons;
			CREATE TYPE aws_commons._s3_uri_1 AS (bucket text, file_path text, region text); CREATE SCHEMA aws_s3;
			CREATE FUNCTION aws_s3.table_import_from_s3(a text, b text, c text, d aws_commons._s3_uri_1) RETURNS text
				LANGUAGE sql AS 'SELECT NULL';
			CREATE FUNCTION aws_s3.table_import_from_s3(a text, b text, c text, d text, e text, f text) RETURNS text
				LANGUAGE sql AS 'SELECT NULL';
			CREATE FUNCTION aws_s3.table_import_from_s3(a text, b text, c text, d text, e text, f text, g text, h text,
				i text) RETURNS text LANGUAGE sql AS 'SELECT NULL';`
		old = `CREATE FUNCTION aws_s3.query_export_to_s3(query text, bucket text, file_path text, region text,
			options text DEFAULT NULL, OUT rows_uploaded bigint, OUT files_uploaded bigint, OUT bytes_uploaded bigint)
			LANGUAGE sql AS 'SELECT 1::bigint, 1::bigint, 1::bigint';`
		current = `CREATE FUNCTION aws_s3.query_export_to_s3(query text, bucket text, file_path text, region text,
			options text DEFAULT NULL, kms_key text DEFAULT NULL, OUT rows_uploaded bigint, OUT files_uploaded bigint,
			OUT bytes_uploaded bigint) LANGUAGE sql AS 'SELECT 1::bigint, 1::bigint, 1::bigint';
			CREATE FUNCTION aws_s3.query_export_to_s3(query text, s3_info aws_commons._s3_uri_1,
				options text DEFAULT NULL, kms_key text DEFAULT NULL, OUT rows_uploaded bigint,
				OUT files_uploaded bigint, OUT bytes_uploaded bigint)
				LANGUAGE sql AS 'SELECT 1::bigint, 1::bigint, 1::bigint';`
	)
	server := pgtest.Server(t)
	role := pgtest.Role(t, server, "")
	for name, c := range map[string]struct {
		sql                          string
		granted                      bool
		export, withoutKey, imported string // a part of why not; "" for can
	}{
		"nothing":     {"", true, "not installed", "not installed", "not installed"},
		"before keys": {commons + old, true, "takes no key", "", ""},
		"of now":      {commons + current, true, "", "", ""},
		"of now, no rights": {
			commons + current, false, "GRANT USAGE ON SCHEMA", "GRANT USAGE ON SCHEMA",
			"may not call table_import_from_s3",
		},
		"another's function": {
			`CREATE SCHEMA mine;
				CREATE FUNCTION mine.query_export_to_s3(a text, b text, c text, d text, e text) RETURNS int
					LANGUAGE sql AS 'SELECT 1'`, true, "not installed", "not installed", "not installed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.Database(t, server)
			pgtest.Exec(t, url, c.sql)
			if c.granted && strings.Contains(c.sql, "SCHEMA aws_s3") {
				pgtest.Exec(t, url, `GRANT USAGE ON SCHEMA aws_s3 TO `+role)
			}
			s, err := InspectServer(t.Context(), pgtest.Connect(t, pgtest.As(t, url, role)))
			if err != nil {
				t.Fatal(err)
			}
			for want, got := range map[string]string{
				"export " + c.export:    "export " + s.CannotExport(true),
				"plain " + c.withoutKey: "plain " + s.CannotExport(false),
				"import " + c.imported:  "import " + s.CannotImport(),
			} {
				words := strings.SplitN(want, " ", 2)
				if !strings.Contains(got, words[1]) || words[1] == "" && !strings.HasSuffix(got, " ") {
					t.Errorf("%s: %q", want, got)
				}
			}
		})
	}
}

// TestRecordsAddUp: counts that do not fit are never taken for rows, and objects of others never read.
func TestRecordsAddUp(t *testing.T) {
	of := func(change func(*File)) Record {
		f := File{Name: "public.t.0001", Bytes: 1, ETag: "e", Written: time.Unix(1, 0)}
		change(&f)
		return Record{
			Schema:  "public",
			Table:   "t",
			Columns: []string{"a"},
			Rows:    3,
			Ranges:  []Range{{Rows: 3, Files: []File{f}}, {Rows: 0}},
		}
	}
	with := func(change func(*Record)) Record {
		r := of(func(*File) {})
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		r  Record
		ok bool
	}{
		"right":            {with(func(*Record) {}), true},
		"no column":        {Record{Rows: 3}, true},
		"less":             {with(func(r *Record) { r.Rows = 4 }), false},
		"wrapped":          {with(func(r *Record) { r.Rows, r.Ranges[0].Rows = -1894967296, -1894967296 }), false},
		"rows, no file":    {with(func(r *Record) { r.Ranges[0].Files = nil }), false},
		"file, no rows":    {with(func(r *Record) { r.Rows, r.Ranges[0].Rows = 0, 0 }), false},
		"an empty file":    {of(func(f *File) { f.Bytes = 0 }), false},
		"without a name":   {of(func(f *File) { f.Name = "" }), false},
		"without a time":   {of(func(f *File) { f.Written = time.Time{} }), false},
		"another table's":  {of(func(f *File) { f.Name = "public.tt.0001" }), false},
		"elsewhere":        {of(func(f *File) { f.Name = "public.t./../../other" }), false},
		"packed, how much": {with(func(r *Record) { r.Compression = Zstd }), false},
	} {
		if err := c.r.Valid(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPlacesCovered: what a journal says was staged is removed only where the refresh stages.
func TestPlacesCovered(t *testing.T) {
	own := Place{Bucket: "b", Prefix: "rows/shop/nightly/" + RunKey + "/"}
	for name, c := range map[string]struct {
		at       Place
		imported bool
		want     bool
	}{
		"its own":                {own, false, true},
		"its own, for an import": {own, true, true},
		"another bucket":         {Place{Bucket: "c", Prefix: own.Prefix}, true, false},
		"the run that is imported": {
			Place{Bucket: "b", Prefix: "rows/shop/nightly/20260101T000000Z-ab/"}, true, true,
		},
		"another run": {
			Place{Bucket: "b", Prefix: "rows/shop/nightly/20260101T000000Z-ab/"}, false, false,
		},
		"another refresh":             {Place{Bucket: "b", Prefix: "rows/shop/weekly/" + RunKey + "/"}, true, false},
		"more than one run":           {Place{Bucket: "b", Prefix: "rows/shop/nightly/"}, true, false},
		"something within a run":      {Place{Bucket: "b", Prefix: "rows/shop/nightly/x/y/"}, true, false},
		"what only begins like a run": {Place{Bucket: "b", Prefix: "rows/shop/nightly/x"}, true, false},
	} {
		if got := own.Covers(c.at, c.imported); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
