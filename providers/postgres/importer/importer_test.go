package importer_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/importer"
	"github.com/shoji-pg/shoji/spec/lang"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// formats are the readers by the file of their test.
var formats = map[string]func([]byte) (*importer.Result, error){
	"anon.sql":      importer.Anon,
	"anon_dump.sql": importer.Anon,
	"greenmask.yml": importer.Greenmask,
	"pgstream.yaml": importer.Pgstream,
}

// TestGolden: what becomes of each rule, and that the blocks load.
func TestGolden(t *testing.T) {
	for name, read := range formats {
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			r, err := read(src)
			if err != nil {
				t.Fatal(err)
			}
			out, err := r.HCL()
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(golden, out, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(out)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			loads(t, out)
			nothingIsDropped(t, r, string(out))
			for _, secret := range []string{"nobody-may-see-this", "a salt that nobody may see"} {
				if strings.Contains(string(out), secret) {
					t.Errorf("%q is shown", secret)
				}
			}
		})
	}
}

// loads holds blocks against the language.
func loads(t *testing.T, src []byte) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "import.shoji.hcl"), src, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ds := lang.Load(dir, lang.Options{}); len(ds) > 0 {
		t.Errorf("the blocks do not load: %v", ds)
	}
}

// nothingIsDropped: every rule's original is in the output, every column has a block or is undecided.
func nothingIsDropped(t *testing.T, r *importer.Result, out string) {
	t.Helper()
	for _, i := range r.Items {
		if !strings.Contains(out, i.Original) {
			t.Errorf("%s.%s.%s: %q is not in the output", i.Schema, i.Table, i.Column, i.Original)
		}
		if i.Column != "" && i.Fit == importer.Unmapped && !strings.Contains(out, "# undecided: "+i.Column+": ") &&
			!strings.Contains(out, "# left out: "+i.Note) {
			t.Errorf("%s is not named as undecided", i.Column)
		}
		if i.Fit != importer.Mapped && i.Note == "" {
			t.Errorf("%s.%s: no reason is given", i.Table, i.Column)
		}
	}
	mapped, approximate, unmapped := r.Counts()
	if mapped+approximate+unmapped != len(r.Items) || len(r.Items) == 0 {
		t.Errorf("%d + %d + %d of %d", mapped, approximate, unmapped, len(r.Items))
	}
}

// TestAppend: of two files that speak of one column, the first one counts, and the second is named.
func TestAppend(t *testing.T) {
	read := func(mask string) *importer.Result {
		r, err := importer.Anon([]byte("SECURITY LABEL FOR anon ON COLUMN t.c IS 'MASKED WITH FUNCTION anon." + mask +
			"'"))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := read("fake_email()")
	r.Append(read("fake_city()"))
	out, err := r.HCL()
	if err != nil || strings.Count(string(out), "column \"c\"") != 1 ||
		!strings.Contains(string(out), "# left out: c has another rule above") ||
		!strings.Contains(string(out), "anon.fake_city()") {
		t.Errorf("%v\n%s", err, out)
	}
	loads(t, out)
}

// TestBroken: a file that is something else is an error, not an empty import.
func TestBroken(t *testing.T) {
	for name, c := range map[string]struct {
		read      func([]byte) (*importer.Result, error)
		src, want string
	}{
		"no labels":        {importer.Anon, "SELECT 1;", "no SECURITY LABEL"},
		"a broken label":   {importer.Anon, "\\c x\nSECURITY LABEL FOR anon ON COLUMN;", "line 2"},
		"no YAML":          {importer.Greenmask, "a: [", "not YAML"},
		"a list":           {importer.Greenmask, "- a", "no YAML document with keys"},
		"no greenmask":     {importer.Greenmask, "a: 1", "no dump section"},
		"no pgstream":      {importer.Pgstream, "dump: {}", "no transformations"},
		"empty":            {importer.Pgstream, "", "no YAML document with keys"},
		"rules of another": {importer.Greenmask, "transformations: {}", "no dump section"},
	} {
		if _, err := c.read([]byte(c.src)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEveryTransformer: none of the lists of other tools is unknown.
func TestEveryTransformer(t *testing.T) {
	for tool, list := range map[string]string{
		"greenmask": `Cmd Dict Hash Json Masking NoiseDate NoiseFloat NoiseInt NoiseNumeric RandomAmountWithCurrency
			RandomBool RandomCCNumber RandomCCType RandomCentury RandomChoice RandomCompany RandomCurrency RandomDate
			RandomDayOfMonth RandomDayOfWeek RandomDomainName RandomE164PhoneNumber RandomEmail RandomFloat RandomInt
			RandomIp RandomLatitude RandomLongitude RandomMac RandomMonthName RandomNumeric RandomParagraph
			RandomPassword RandomPerson RandomPhoneNumber RandomSentence RandomString RandomTimezone
			RandomTollFreePhoneNumber RandomURL RandomUnixTimestamp RandomUsername RandomUuid RandomWord
			RandomYearString RealAddress RegexpReplace Replace SetNull Template TemplateRecord`,
		"pgstream": `email encrypted_aes_siv fpe_ff1 greenmask_boolean greenmask_choice greenmask_date
			greenmask_firstname greenmask_float greenmask_integer greenmask_string greenmask_unix_timestamp
			greenmask_utc_timestamp greenmask_uuid hstore json literal_string lookup_choice masking neosync_email
			neosync_firstname neosync_fullname neosync_lastname neosync_string pg_anonymizer phone_number string
			template noop`,
	} {
		names := strings.Fields(list)
		if tool == "greenmask" && len(names) != 51 {
			t.Errorf("greenmask has 51 transformers, not %d", len(names))
		}
		for _, name := range names {
			var r *importer.Result
			var err error
			if tool == "greenmask" {
				r,
					err = importer.Greenmask([]byte("dump: {transformation: [{schema: s, " +
					"name: t, transformers: [{name: " + name + ", params: {column: c}}]}]}"))
			} else {
				r,
					err = importer.Pgstream([]byte("transformations: {table_transformers: [{schema: s, table: t, " +
					"column_transformers: {c: {name: " + name + "}}}]}"))
			}
			if err != nil || len(r.Items) != 1 || strings.Contains(r.Items[0].Note, "shoji knows no") {
				t.Errorf("%s %s: %+v, %v", tool, name, r.Items, err)
			}
		}
	}
}

// TestLive reads the labels of a database. The extension is not needed for that: labels are rows of a catalog.
func TestLive(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url,
		`CREATE SCHEMA "S 1"; CREATE TABLE "S 1"."T" (id int, "E Mail" text); SET allow_system_table_mods = on;
		INSERT INTO pg_seclabel SELECT '"S 1"."T"'::regclass, 'pg_class'::regclass, 2, 'anon',
			'MASKED WITH FUNCTION anon.fake_email()';
		INSERT INTO pg_seclabel SELECT '"S 1"."T"'::regclass, 'pg_class'::regclass, 0, 'anon', 'TABLESAMPLE SYSTEM(5)';
		INSERT INTO pg_seclabel SELECT oid, 'pg_namespace'::regclass, 0, 'anon', 'TRUSTED' FROM pg_namespace
			WHERE nspname = 'S 1'`)
	labels, err := importer.LiveLabels(context.Background(), pgtest.Connect(t, url))
	if err != nil {
		t.Fatal(err)
	}
	want := []importer.Label{
		{
			Kind:     "column",
			Provider: "anon",
			Schema:   "S 1",
			Table:    "T",
			Column:   "E Mail",
			Text:     "MASKED WITH FUNCTION anon.fake_email()",
		},
		{Kind: "schema", Provider: "anon", Object: `"S 1"`, Text: "TRUSTED"},
		{Kind: "table", Provider: "anon", Schema: "S 1", Table: "T", Text: "TABLESAMPLE SYSTEM(5)"},
	}
	if d := cmp.Diff(want, labels); d != "" {
		t.Error(d)
	}
	out, err := importer.AnonLabels(labels).HCL()
	if err != nil || !strings.Contains(string(out), `column "E Mail" { mask = email() }`) {
		t.Errorf("%v\n%s", err, out)
	}
	loads(t, out)
}

// TestLabelsThatGo: a script leaves behind what its last label of a column says; NULL takes a label away.
func TestLabelsThatGo(t *testing.T) {
	const script = `SECURITY LABEL FOR anon ON COLUMN t.a IS 'MASKED WITH VALUE NULL';
SECURITY LABEL FOR anon ON COLUMN t.b IS 'MASKED WITH VALUE NULL';
SECURITY LABEL FOR anon ON COLUMN t.a IS 'MASKED WITH FUNCTION anon.fake_email()';
SECURITY LABEL FOR anon ON COLUMN t.b IS NULL;
SECURITY LABEL FOR anon ON COLUMN t.c IS NULL;
`
	for _, src := range []string{script, script + "\\restrict x\n"} {
		r, err := importer.Anon([]byte(src))
		if err != nil {
			t.Fatal(err)
		}
		out, err := r.HCL()
		if got := string(out); err != nil || !strings.Contains(got, `column "a" { mask = email() }`) ||
			strings.Contains(got, "null_value") || strings.Contains(got, "# undecided") {
			t.Errorf("%v\n%s", err, got)
		}
	}
}
