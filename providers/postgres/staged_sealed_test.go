package postgres_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
)

// manifestFile reads and writes manifests as shoji does, but for the seal.
func manifestFile() sealed.Kind[manifest.Manifest] {
	return sealed.Kind[manifest.Manifest]{
		Words:    sealed.Words{Code: "manifest", Name: "manifest", Version: manifest.FormatVersion},
		Checksum: func(m *manifest.Manifest) *string { return &m.Checksum },
	}
}

// forged changes a manifest and makes its checksum anew, which needs no key.
func (b *stagedIn) forged(url string, change func(*manifest.Manifest)) {
	b.t.Helper()
	b.edit(url, func(raw []byte) []byte {
		m, err := manifestFile().Decode(raw, url)
		if err != nil {
			b.t.Fatal(err)
		}
		change(m)
		m.Checksum = ""
		if raw, err = manifestFile().Encode(m); err != nil {
			b.t.Fatal(err)
		}
		return raw
	})
}

// sealedAnew changes a manifest and seals it, as only the exporter can.
func (b *stagedIn) sealedAnew(url string, change func(*manifest.Manifest)) {
	b.t.Helper()
	b.forged(url, func(m *manifest.Manifest) {
		change(m)
		m.Checksum = ""
		if err := manifest.Write(context.Background(), b.objects(), m); err != nil {
			b.t.Fatal(err)
		}
	})
}

// addRole is what was once done with a manifest.
func addRole(m *manifest.Manifest) {
	for i := range m.Script.Entries {
		if e := &m.Script.Entries[i]; e.Type == "TABLE" {
			e.SQL += "CREATE ROLE planted CREATEROLE;\n"
			return
		}
	}
}

// TestForgedManifests: who may write the bucket, with its key through S3, makes no manifest that is taken.
func TestForgedManifests(t *testing.T) {
	m := newMoved(t, swapMode)
	shop(t, m)
	m.stage()
	url := m.exported()
	var was []byte
	m.staged.edit(url, func(raw []byte) []byte { was = raw; return raw })
	m.only(engine.OnlyImport, url)
	before := m.state()
	other, err := labKMS.CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	under := func(key string, context map[string]string) []byte {
		out, err := labKMS.GenerateDataKey(t.Context(), &kms.GenerateDataKeyInput{
			KeyId:             &key,
			KeySpec:           "AES_256",
			EncryptionContext: context,
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.CiphertextBlob
	}
	for name, c := range map[string]struct {
		change func(*manifest.Manifest)
		said   string
	}{
		"a role more":  {addRole, "is not what was sealed: somebody edited it"},
		"another mask": {func(m *manifest.Manifest) { m.Decisions[0].Rows = "id > 0" }, "is not what was sealed"},
		"no seal":      {func(m *manifest.Manifest) { m.Seal = nil }, "bears no seal"},
		"an empty seal": {
			func(m *manifest.Manifest) { m.Seal = &manifest.Seal{} }, "was not made with kms_key.transfer for this run",
		},
		"any bytes": {
			func(m *manifest.Manifest) { m.Seal.Key = []byte("0123456789") },
			"was not made with kms_key.transfer for this run",
		},
		"another key": {func(m *manifest.Manifest) {
			m.Seal.Key = under(*other.KeyMetadata.Arn, map[string]string{
				"shoji-seal":     "manifest",
				"shoji-manifest": url,
			})
		}, "was not made with kms_key.transfer"},
		"another purpose": {func(m *manifest.Manifest) {
			m.Seal.Key = under(labKey, map[string]string{"aws:s3:arn": "arn:aws:s3:::x"})
		}, "was not made with kms_key.transfer"},
		"another run's": {func(m *manifest.Manifest) {
			m.Seal.Key = under(labKey, map[string]string{"shoji-seal": "manifest", "shoji-manifest": url + "x"})
		}, "was not made with kms_key.transfer"},
	} {
		m.staged.forged(url, c.change)
		_, _, ds := m.tryPlan()
		if !ds.HasErrors() {
			t.Fatalf("%s is taken", name)
		}
		mentions(t, ds, "manifest_seal", "is not sealed by an export", c.said)
		m.staged.edit(url, func([]byte) []byte { return was })
	}
	m.staged.edit(url, func(raw []byte) []byte {
		return bytes.Replace(raw, []byte(`"run":`), []byte(`"run": "x", "run":`), 1)
	})
	_, _, ds := m.tryPlan()
	mentions(t, ds, "manifest_damaged", `"run" stands twice in one object`)
	m.staged.edit(url, func([]byte) []byte { return was })
	m.want(`SELECT count(*) FROM pg_roles WHERE rolname = 'planted'`, "0")
	if now := m.state(); now["database"][0] != before["database"][0] {
		t.Error("the target was touched")
	}
}

// TestSealedManifestsThatDoNotFit: also what the exporter itself has sealed makes nothing beyond the new database, and
// has its parts.
func TestSealedManifestsThatDoNotFit(t *testing.T) {
	m := newMoved(t, swapMode)
	shop(t, m)
	m.stage()
	url := m.exported()
	m.only(engine.OnlyImport, url)
	var was []byte
	m.staged.edit(url, func(raw []byte) []byte { was = raw; return raw })
	customers := func(m *manifest.Manifest) *stage.Record {
		for i := range m.Records {
			if m.Records[i].Table == "customers" {
				return &m.Records[i]
			}
		}
		t.Fatal("no customers")
		return nil
	}
	for name, c := range map[string]struct {
		change func(*manifest.Manifest)
		parts  []string
	}{
		"a role more": {addRole, []string{"structure_statement", "holds CREATE ROLE, which is not what makes a table"}},
		"an extension more": {func(m *manifest.Manifest) {
			m.Script.Entries = append(m.Script.Entries, ddl.Entry{
				ID:      99999,
				Section: ddl.Pre,
				Type:    "EXTENSION",
				Name:    "pgcrypto",
				SQL:     "CREATE EXTENSION pgcrypto;",
			})
		}, []string{"structure_statement", "creates an extension that the source does not have"}},
		"a record less": {
			func(m *manifest.Manifest) { m.Records = m.Records[1:] },
			[]string{"manifest_objects", "was exported, and has no record"},
		},
		"a record twice": {
			func(m *manifest.Manifest) { m.Records = append(m.Records, m.Records[0]) },
			[]string{"manifest_objects", "has two records"},
		},
		"a stranger": {
			func(m *manifest.Manifest) { m.Records = append(m.Records, stage.Record{Schema: "public", Table: "x"}) },
			[]string{"manifest_objects", "has a record, and its rows were not exported"},
		},
		"another's object": {
			func(m *manifest.Manifest) { customers(m).Ranges[0].Files[0].Name = "public.orders.0001.zst" },
			[]string{"manifest_objects", "which is none of that table"},
		},
		"an earlier time": {
			func(m *manifest.Manifest) { customers(m).Ranges[0].Files[0].Written = time.Unix(1, 0).UTC() },
			[]string{
				"manifest_objects", "public.customers.0001.zst is not the object that was exported: it was written at",
				"not at 1970-01-01T00:00:01Z"},
		},
	} {
		m.staged.sealedAnew(url, c.change)
		_, _, ds := m.tryPlan()
		if !ds.HasErrors() {
			t.Fatalf("%s is taken", name)
		}
		mentions(t, ds, c.parts...)
		m.staged.edit(url, func([]byte) []byte { return was })
	}
	key := strings.TrimPrefix(strings.Replace(url, "manifest.json", "public.customers.0002.zst", 1),
		"s3://"+m.staged.name+"/")
	put := &s3.PutObjectInput{Bucket: &m.staged.name, Key: &key, Body: strings.NewReader("rows")}
	if _, err := m.staged.client.PutObject(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	_, _, ds := m.tryPlan()
	mentions(t, ds, "manifest_objects", "public.customers.0002.zst is not of the export")
	if _, err := m.staged.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket: &m.staged.name,
		Key:    &key,
	}); err != nil {
		t.Fatal(err)
	}

	// A small object can hold any amount of rows: no more of them than were exported reach the target.
	m.staged.sealedAnew(url, func(m *manifest.Manifest) { customers(m).Ranges[0].Files[0].Unpacked = 10 })
	r, plan := m.plan()
	mentions(t, m.fails(r, plan), "there is more in it than was exported")
	m.staged.edit(url, func([]byte) []byte { return was })
	m.refresh()
	m.arrived()
}

// swapped is a bucket in which an object is exchanged for another one of the same name, size and ETag.
type swapped struct {
	stage.Objects
	part string
	late *bool // exchanged only after it was looked at
}

func (s *swapped) Get(ctx context.Context, key, etag string) (io.ReadCloser, error) {
	r, err := s.Objects.Get(ctx, key, etag)
	if err != nil || !strings.Contains(key, s.part) {
		return r, err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	for i := range raw {
		raw[i] ^= 1
	}
	return io.NopCloser(bytes.NewReader(raw)), nil
}

func (s *swapped) Head(ctx context.Context, key string) (int64, string, time.Time, bool, error) {
	n, etag, written, found, err := s.Objects.Head(ctx, key)
	if strings.Contains(key, s.part) && *s.late {
		written = written.Add(time.Second)
	}
	return n, etag, written, found, err
}

// TestAnObjectThatIsExchanged under the same name, size and ETag never becomes rows: by its bytes where shoji wrote
// them, and else by the time that S3 gives it.
func TestAnObjectThatIsExchanged(t *testing.T) {
	for name, ways := range map[string]string{"client": "", "server": "export = \"server\"\n  import = \"server\"\n"} {
		t.Run(name, func(t *testing.T) {
			m := newMoved(t, swapMode)
			pgtest.Exec(t, m.source,
				`CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people VALUES (1, 'x'), (2, 'y')`)
			m.blocks = "table \"public\" \"people\" {\n  keep = [\"id\", \"name\"]\n}\n"
			byServer(ways, 0)(m)
			late := false
			m.staged.wrap = func(o stage.Objects) stage.Objects {
				return &swapped{Objects: o, part: "public.people.0001", late: &late}
			}
			m.event = once("stage.import", engine.StepStarted, func() { late = true })
			r, plan := m.plan()
			mentions(t, m.fails(r, plan), "public.people.0001", "it was written at")
			late = false
			m.event = nil
			if name == "client" {
				r, plan := m.plan()
				mentions(t, m.fails(r, plan), "reading s3://")
			}
		})
	}
}

// TestAnExportThatIsOlderThanTheCopy is a hazard: rows that were removed since would come back.
func TestAnExportThatIsOlderThanTheCopy(t *testing.T) {
	m := newMoved(t, swapMode)
	pgtest.Exec(t, m.source,
		`CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people VALUES (1, 'x'), (2, 'y')`)
	m.blocks = "table \"public\" \"people\" {\n  keep = [\"id\", \"name\"]\n}\n"
	m.stage()
	url := m.exported()
	older := func() bool {
		m.only(engine.OnlyImport, url)
		_, plan := m.plan()
		return slices.ContainsFunc(plan.Hazards(), func(h engine.Danger) bool {
			return h.Name == engine.ExposesData &&
				strings.Contains(h.Reason, "rows that were removed from the source since come back")
		})
	}
	if older() {
		t.Error("there is no copy, and the export is older than it")
	}
	time.Sleep(1100 * time.Millisecond) // the copy says the second in which it was swapped in
	m.only(engine.Whole, "")
	m.refresh()
	if !older() {
		t.Error("an export that is older than the copy is no hazard")
	}
}

// TestARecordThatIsEdited while a run goes on loads no other rows, and no manifest seals it.
func TestARecordThatIsEdited(t *testing.T) {
	for half, kind := range map[engine.Half]string{engine.Whole: "stage.import", engine.OnlyExport: "stage.manifest"} {
		m := newMoved(t, swapMode)
		people(t, m)
		m.stage()
		m.only(half, "")
		m.event = once(kind, engine.StepStarted, func() {
			for _, k := range m.staged.keys() {
				if strings.HasSuffix(k, ".json") {
					m.staged.edit("s3://"+m.staged.name+"/"+k, func(raw []byte) []byte {
						return bytes.Replace(raw, []byte(`"sql": "SELECT `), []byte(`"sql": "select `), 1)
					})
				}
			}
		})
		r, plan := m.plan()
		mentions(t, m.fails(r, plan), ".json is not what this run wrote: somebody else did, or edited it")
		m.staged.clean()
	}
}
