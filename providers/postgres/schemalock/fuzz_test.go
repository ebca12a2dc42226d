package schemalock_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
)

// FuzzRead: a lock that is read can be used: its catalog is built, compared with itself, and written again.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"format":1}`, `{"format":1,"databases":{"database.prod":null}}`,
		`{"format":1,"databases":{"database.prod":{"tables":{"public":{"t":{"columns":[{"name":"id",` +
			`"type":"integer"}]}}}}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Add(bytes.Repeat([]byte("["), 20000))
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := filepath.Join(t.TempDir(), schemalock.FileName)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := schemalock.Read(path)
		if err != nil {
			return
		}
		for _, d := range file.Databases {
			d.Catalog()
			if found := schemalock.Compare(d, d); len(found) > 0 {
				t.Errorf("a lock differs from itself: %v", found)
			}
		}
		if err := file.Write(path); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
		if _, err := schemalock.Read(path); err != nil {
			t.Errorf("what was written cannot be read: %v", err)
		}
	})
}
