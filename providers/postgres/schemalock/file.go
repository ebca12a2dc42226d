package schemalock

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/internal/sealed"
)

// Format is the version of the file that this version of shoji writes; it does not read newer ones. Format 2 holds
// nothing of skipped tables, redacts what looks personal and lists its places. Format 3 has the configuration tables of
// extensions.
const Format = 3

// maxBytes is how large a lock may be.
const maxBytes = 256 << 20

// Read reads a lock. The error is fs.ErrNotExist if there is none.
func Read(path string) (*File, error) {
	return readFrom(projectfile.FS(filepath.Dir(path)), filepath.Base(path))
}

// ReadFS reads the lock among the files of a project, as Read does.
func ReadFS(files fs.FS) (*File, error) { return readFrom(files, FileName) }

func readFrom(files fs.FS, name string) (*File, error) {
	raw, err := projectfile.ReadFS(files, name, maxBytes)
	if err != nil {
		return nil, fmt.Errorf("reading the schema lock: %w", err)
	}
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		var odd *json.UnmarshalTypeError
		if errors.As(err, &odd) {
			return nil, damaged(name, "it was not written by shoji inspect")
		}
		return nil, damaged(name,
			fmt.Sprintf("it is not JSON (%s). To resolve a merge conflict, take one side as a whole", err))
	}
	if head.Format > Format {
		return nil, diag.Diagnostic{
			Severity: diag.Error,
			Code:     "schema_lock_format",
			Summary:  "Schema lock was written by a newer version",
			Detail: fmt.Sprintf("%s has format %d, but this version supports formats up to %d. Install the newer "+
				"version, or rewrite the lock with this one: delete it, then run shoji inspect.", name, head.Format,
				Format),
		}
	}
	if err := sealed.CheckDuplicates(raw); err != nil {
		return nil, damaged(name, err.Error())
	}
	f := &File{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(f); err != nil || head.Format < 1 {
		return nil, damaged(name, "it was not written by shoji inspect")
	}
	for address, d := range f.Databases {
		if d == nil {
			return nil, damaged(name, address+" is empty")
		}
		for schema, tables := range d.Tables {
			for table, t := range tables {
				if t == nil {
					return nil, damaged(name, fmt.Sprintf("table %s.%s of %s is empty", schema, table, address))
				}
			}
		}
		if _, unknown := d.rebuild(); len(unknown) > 0 {
			return nil, damaged(name,
				fmt.Sprintf("%s uses types that the lock does not describe: %s", address, strings.Join(unknown, ", ")))
		}
	}
	return f, nil
}

func damaged(name, why string) error {
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     "schema_lock_damaged",
		Summary:  "Cannot read the schema lock",
		Detail:   fmt.Sprintf("%s: %s. Delete it, and run shoji inspect again.", name, why),
	}
}

// Write saves the lock atomically. Equal locks have equal bytes.
func (f *File) Write(path string) error {
	raw, err := f.bytes()
	if err != nil {
		return fmt.Errorf("writing the schema lock: %w", err)
	}
	// it is committed with the spec
	if err := projectfile.Write(filepath.Dir(path), filepath.Base(path), raw, 0o644); err != nil {
		return fmt.Errorf("writing the schema lock: %w", err)
	}
	return nil
}

func (f *File) bytes() ([]byte, error) {
	raw, err := compact(File{Format: Format, Databases: f.Databases})
	if err != nil {
		return nil, err
	}
	return layout(raw), nil
}

// Digest returns a digest of what the lock holds of the database.
func (d *Database) Digest() string {
	raw, _ := compact(d) // maps, strings and numbers: it cannot fail
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

func compact(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}
