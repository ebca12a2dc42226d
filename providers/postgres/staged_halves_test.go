package postgres_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// shop is a source with all that an importer must bring without it: keys, sequences, a view that holds rows,
// privileges.
func shop(t testing.TB, m *moved) {
	t.Helper()
	m.both(`CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE,
		name varchar(40));
		CREATE TABLE orders (id serial PRIMARY KEY, customer bigint NOT NULL REFERENCES customers, total numeric(10,2),
			net numeric GENERATED ALWAYS AS (total * 0.9) STORED);
		CREATE TABLE nothing (id int); CREATE TABLE bare ();
		CREATE INDEX ON orders (total); CREATE MATERIALIZED VIEW sums AS SELECT customer, sum(total) FROM orders
			GROUP BY 1; CREATE SEQUENCE free`)
	pgtest.Exec(t,
		m.source, `INSERT INTO customers (email, name) SELECT 'person' || i || '@secret.example', 'Person ' || i
			FROM generate_series(1, 1000) i;
		INSERT INTO orders (customer, total) SELECT 1 + i % 1000, i FROM generate_series(1, 3000) i;
		INSERT INTO bare SELECT FROM generate_series(1, 3); SELECT setval('free', 77); REFRESH MATERIALIZED VIEW sums;
		ANALYZE`)
	m.blocks = keepAll + `
table "public" "customers" {
  keep = ["id"]
  column "email" { mask = email() }
  column "name" { mask = fixed("****") }
}
role "reader_` + m.live() + `" {
  in = database.staging
  grant {
    on         = all_tables("public")
    privileges = ["SELECT"]
  }
}
`
}

// arrived holds the target against what the shop must have become.
func (m *moved) arrived() {
	m.t.Helper()
	m.want(`SELECT count(*), count(DISTINCT email), count(*) FILTER (WHERE email LIKE '%@example.com'), max(name)
		FROM customers`, "1000|1000|1000|****")
	m.want(`SELECT count(*), sum(total), sum(net) FROM orders JOIN customers c ON c.id = customer`,
		"3000|4501500.00|4051350.000")
	m.want(`SELECT (SELECT count(*) FROM nothing), (SELECT count(*) FROM bare), (SELECT count(*) FROM sums)`,
		"0|3|1000")
	m.want(`SELECT nextval('free')`, "78")
	m.want(`INSERT INTO customers (email) VALUES ('new') RETURNING id`, "1001")
	m.want(`SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated`, "1")
	m.want(`SELECT has_table_privilege('reader_`+m.live()+`', 'orders', 'SELECT')`, "t")
}

// oneAfterTheOther is inBothModes for tests with roles, which all databases of a server share.
func oneAfterTheOther(t *testing.T, f func(t *testing.T, mode string)) {
	for _, mode := range []string{swapMode, replaceMode} {
		t.Run(mode, func(t *testing.T) { f(t, mode) })
	}
}

// TestHalves runs the two halves with nothing of the other side: its secret is not there, and the source is closed for
// the import.
func TestHalves(t *testing.T) {
	for _, verify := range []string{"sample", "full"} {
		oneAfterTheOther(t, func(t *testing.T, mode string) {
			m := newMoved(t, mode)
			shop(t, m)
			m.stage().ways = "verify = \"" + verify + "\"\n"
			manifest := m.exported()
			pgtest.Exec(t, m.on("postgres"), `SELECT`) // the target was not touched:
			m.want(`SELECT count(*) FROM pg_database WHERE datname LIKE '`+m.live()+`\_\_%'`, "0")
			m.from = "postgres://nobody@127.0.0.1:1/nothing"
			m.only(engine.OnlyImport, manifest)
			plan := m.refresh()
			m.arrived()
			m.staged.clean()
			for _, s := range plan.Steps {
				for _, statement := range s.Statements {
					if statement.On == "database.prod" {
						t.Errorf("%s asks the source: %s", s.ID, statement.Text)
					}
				}
			}
			if !m.noted(plan, "raw values cannot be looked for without the source") {
				t.Error("the plan does not say what it cannot verify")
			}
		})
	}
}

// TestManifestIsBound: a saved plan of an import is one of that manifest, and an import can be begun again where it
// failed.
func TestManifestIsBound(t *testing.T) {
	oneAfterTheOther(t, func(t *testing.T, mode string) {
		m := newMoved(t, mode)
		shop(t, m)
		m.stage()
		manifest := m.exported()
		m.only(engine.OnlyImport, manifest)
		r, saved := m.plan()
		if saved.Only != engine.OnlyImport || saved.Manifest != manifest {
			t.Errorf("the plan is of %q, %q", saved.Only, saved.Manifest)
		}
		if fresh, _ := r.build(); len(engine.Stale(saved, fresh)) > 0 {
			t.Fatalf("nothing moved, and still: %s", text(engine.Stale(saved, fresh)))
		}
		// It fails on the target, and what is staged stays.
		m.event = once(map[string]string{swapMode: "stage.import", replaceMode: inPlace}[mode], rowsMove,
			func() {
				endSessions(t, m.staging.AdminURL(map[string]string{
					swapMode:    m.live() + "__next",
					replaceMode: m.live(),
				}[mode]))
			})
		m.fails(r, saved)
		m.event = nil
		if len(m.staged.keys()) < 5 {
			t.Fatalf("what is staged went with a failed import: %v", m.staged.keys())
		}
		// Another export under the same name is another one.
		m.staged.edit(manifest, func(raw []byte) []byte { return append(raw, ' ') })
		_, fresh, _ := m.tryPlan()
		mentions(t, engine.Stale(saved, fresh), "plan_stale", "manifest s3://", "changed")
		m.refresh()
		m.arrived()
		m.staged.clean()
	})
}

// edit changes an object, by its URL.
func (b *stagedIn) edit(url string, change func([]byte) []byte) {
	b.t.Helper()
	key := strings.TrimPrefix(url, "s3://"+b.name+"/")
	out, err := b.client.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		b.t.Fatal(err)
	}
	raw, err := io.ReadAll(out.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if raw = change(raw); raw == nil {
		_, err = b.client.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: &b.name, Key: &key})
	} else {
		_, err = b.client.PutObject(context.Background(), &s3.PutObjectInput{
			Bucket: &b.name,
			Key:    &key,
			Body:   bytes.NewReader(raw),
		})
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// TestManifestsThatAreRefused: each is a clear error of the plan, before a byte is loaded.
func TestManifestsThatAreRefused(t *testing.T) {
	m := newMoved(t, replaceMode)
	shop(t, m)
	m.stage()
	manifest := m.exported()
	m.only(engine.OnlyImport, manifest)
	before := m.state()
	object := strings.Replace(manifest, "manifest.json", "public.customers.0001.zst", 1)
	was := map[string][]byte{}
	for _, url := range []string{manifest, object} {
		m.staged.edit(url, func(raw []byte) []byte { was[url] = raw; return raw })
	}
	m.staged.edit(manifest, func([]byte) []byte { return nil })
	manifest = m.exported() // writing an object again makes it another one
	m.only(engine.OnlyImport, manifest)
	object = strings.Replace(manifest, "manifest.json", "public.customers.0001.zst", 1)
	m.staged.edit(manifest, func(raw []byte) []byte { was[manifest] = raw; return raw })

	replaced := func(old, new string) func([]byte) []byte {
		return func(raw []byte) []byte {
			if !bytes.Contains(raw, []byte(old)) {
				t.Fatalf("the manifest has no %s", old)
			}
			return bytes.Replace(raw, []byte(old), []byte(new), 1)
		}
	}
	for name, c := range map[string]struct {
		edit  func([]byte) []byte
		parts []string
	}{
		"truncated": {
			func(raw []byte) []byte { return raw[:len(raw)/2] },
			[]string{"manifest_damaged", "ends in the middle"},
		},
		"empty": {
			func([]byte) []byte { return []byte(" ") },
			[]string{"manifest_damaged", "ends in the middle"},
		},
		"no manifest": {
			func([]byte) []byte { return []byte("rows, rows, rows") },
			[]string{"manifest_damaged", "not what apply -only export writes"},
		},
		"edited": {
			replaced(`"rows": 1000`, `"rows": 1001`), []string{"manifest_damaged", "its checksum does not match"},
		},
		"a mask edited": {
			replaced(`"mask": "email()"`, `"mask": "keep()"`),
			[]string{"manifest_damaged", "its checksum does not match"},
		},
		"with more": {
			replaced(`"run":`, `"extra": 1, "run":`),
			[]string{"manifest_damaged", "is not as apply -only export wrote it"},
		},
		"a newer format": {
			replaced(`"format_version": "1.2"`, `"format_version": "2.0"`),
			[]string{"manifest_format", "made by a newer shoji"},
		},
		"no format": {
			func([]byte) []byte { return []byte(`{"hello": 1}`) },
			[]string{"manifest_format", "has no format version"},
		},
		"gone": {func([]byte) []byte { return nil }, []string{"The manifest cannot be used", "NoSuchKey"}},
	} {
		m.staged.edit(manifest, c.edit)
		_, _, ds := m.tryPlan()
		if !ds.HasErrors() {
			t.Errorf("%s is taken", name)
		} else {
			mentions(t, ds, c.parts...)
		}
		key := strings.TrimPrefix(manifest, "s3://"+m.staged.name+"/")
		if _, err := m.staged.client.PutObject(context.Background(), &s3.PutObjectInput{
			Bucket: &m.staged.name,
			Key:    &key,
			Body:   bytes.NewReader(was[manifest]),
		}); err != nil {
			t.Fatal(err)
		}
	}

	// Where it lies.
	elsewhere := func(url string, parts ...string) {
		t.Helper()
		m.only(engine.OnlyImport, url)
		_, _, ds := m.tryPlan()
		mentions(t, ds, parts...)
		m.only(engine.OnlyImport, manifest)
	}
	elsewhere("s3://other/shoji/moving/r/x/manifest.json", "manifest_foreign", "is in bucket other")
	copied := strings.Replace(manifest, "/r/", "/r/copied-", 1)
	key := strings.TrimPrefix(copied, "s3://"+m.staged.name+"/")
	if _, err := m.staged.client.PutObject(context.Background(), &s3.PutObjectInput{
		Bucket: &m.staged.name,
		Key:    &key,
		Body:   bytes.NewReader(was[manifest]),
	}); err != nil {
		t.Fatal(err)
	}
	elsewhere(copied, "manifest_foreign", "was copied from there")
	m.staged.edit(copied, func([]byte) []byte { return nil })

	// What the importer's spec says.
	blocks := m.blocks
	for name, c := range map[string]struct{ old, new, said string }{
		"another mask": {
			"email()", "hash()", "column public.customers.email was exported as email(), and this spec says hash()",
		},
		"a column kept": {
			`column "email" { mask = email() }`, `column "email" { mask = keep() }`,
			"was exported as email(), and this spec says keep",
		},
		"a table left out": {
			keepAll, keepAll + "table \"public\" \"nothing\" {\n  skip = true\n}\n",
			`table public.nothing was exported as "copy", and this spec says "skip"`,
		},
		"other rows": {
			`keep = ["id"]`, "keep = [\"id\"]\n  rows = \"id < 5\"",
			`rows of table public.customers were those where "", and this spec says "id < 5"`,
		},
		"an unknown column": {keepAll, "", "public.orders"},
	} {
		m.blocks = strings.Replace(blocks, c.old, c.new, 1)
		_, _, ds := m.tryPlan()
		if !ds.HasErrors() || !strings.Contains(text(ds), c.said) {
			t.Errorf("%s: %s", name, text(ds))
		}
	}
	m.blocks = blocks

	// What was staged.
	m.staged.edit(object, func(raw []byte) []byte { return append(raw[:len(raw)-1], raw[len(raw)-1]^1) })
	_, _, ds := m.tryPlan()
	mentions(t, ds, "manifest_objects", "public.customers.0001.zst is not the object that was exported")
	m.staged.edit(object, func([]byte) []byte { return nil })
	_, _, ds = m.tryPlan()
	mentions(t, ds, "manifest_objects", "public.customers.0001.zst is not there any more")
	if d := cmp.Diff(before, m.state()); d != "" {
		t.Errorf("the target was touched: %s", d)
	}
}

// TestManifestHoldsNoSecret: nothing of the key, of a password or of a raw value is in what an export leaves, unpacked.
func TestManifestHoldsNoSecret(t *testing.T) {
	m := newMoved(t, swapMode)
	shop(t, m)
	m.stage()
	manifest := m.exported()
	m.staged.edit(manifest, func(raw []byte) []byte {
		for _, secret := range []string{testKey, "secret.example", "Person 1", "password", m.source} {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("the manifest holds %q", secret)
			}
		}
		var whole map[string]any
		if err := json.Unmarshal(raw, &whole); err != nil || whole["catalog"] == nil || whole["script"] == nil {
			t.Errorf("the manifest has %d parts, %v", len(whole), err)
		}
		return raw
	})
}
