package stage

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/internal/secret"
)

// Record says what was exported of one table. It lies beside the table's objects, so that who loads them needs nothing
// else.
type Record struct {
	Schema      string      `json:"schema"`
	Table       string      `json:"table"`
	Columns     []string    `json:"columns"`
	Format      string      `json:"format"` // of COPY
	Compression Compression `json:"compression,omitempty"`
	Rows        int64       `json:"rows"`
	Ranges      []Range     `json:"ranges"`
	// Seal is a keyed digest of all the rest and of where it lies; "" where the refresh has no key.
	Seal string `json:"seal,omitempty"`
}

// Range is a part of a table that one query gave.
type Range struct {
	SQL   string `json:"sql"`
	Rows  int64  `json:"rows"`
	Files []File `json:"files"`
}

// File is one object.
type File struct {
	// Name is the key without the run's prefix.
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	ETag  string `json:"etag"`
	// Written is when, as the bucket says: an object that was put in its place later has another time, whatever else it
	// copies.
	Written time.Time `json:"written,omitzero"`
	// Unpacked is how many bytes are in it, where it is packed.
	Unpacked int64 `json:"unpacked,omitempty"`
	// SHA256 is of the object's bytes, hexadecimal, where the client wrote it; "" where a server did.
	SHA256 string `json:"sha256,omitempty"`
}

// Files returns all objects with rows.
func (r *Record) Files() []File {
	var out []File
	for _, part := range r.Ranges {
		out = append(out, part.Files...)
	}
	return out
}

// Valid holds a record against itself: the rows of its ranges add up, and each has its objects.
func (r *Record) Valid() error {
	var rows int64
	for _, part := range r.Ranges {
		if part.Rows < 0 || part.Rows > 0 && len(part.Files) == 0 || part.Rows == 0 && len(part.Files) > 0 {
			return fmt.Errorf("%s.%s has a range of %d rows in %d objects", r.Schema, r.Table, part.Rows,
				len(part.Files))
		}
		rows += part.Rows
		for _, f := range part.Files {
			if err := r.validFile(f); err != nil {
				return err
			}
		}
	}
	if rows != r.Rows && len(r.Columns) > 0 {
		return fmt.Errorf("%s.%s has %d rows, but %d in its ranges", r.Schema, r.Table, r.Rows, rows)
	}
	return nil
}

// validFile holds an object against its table, whose name its own begins with: objects of others are never read.
func (r *Record) validFile(f File) error {
	stem := Encode(r.Schema) + "." + Encode(r.Table) + "."
	switch {
	case f.Bytes <= 0 || f.ETag == "" || f.Written.IsZero():
		return fmt.Errorf("%s.%s has an object of %d bytes without an ETag or a time", r.Schema, r.Table, f.Bytes)
	case !strings.HasPrefix(f.Name, stem) || strings.Contains(f.Name, "/"):
		return fmt.Errorf("%s.%s has an object named %q, which is none of that table", r.Schema, r.Table, f.Name)
	case r.Compression != Plain && f.Unpacked <= 0:
		return fmt.Errorf("%s.%s has the packed object %s, which does not say how much is in it", r.Schema, r.Table,
			f.Name)
	}
	return nil
}

// recordLimit is far above what a record of thousands of ranges takes, so that an object that is none does not fill the
// memory.
const recordLimit = 64 << 20

// writeRecord puts a table's record beside its objects, sealed with the key of the refresh.
func writeRecord(ctx context.Context, o Objects, at Place, t *Table, r *Record, key secret.Value) error {
	err := r.seal(at, t, key)
	if err != nil {
		return fmt.Errorf("writing the record of %s: %w", t.Stem, err)
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the record of %s: %w", t.Stem, err)
	}
	if _, _, err := o.Put(ctx, at.Prefix+t.RecordName(), bytes.NewReader(raw), ""); err != nil {
		return fmt.Errorf("writing the record of %s: %w", t.Stem, err)
	}
	return nil
}

// ReadRecord reads what was exported of a table. With a key, a record that was not sealed with it is refused.
func ReadRecord(ctx context.Context, o Objects, at Place, t *Table, key secret.Value) (*Record, error) {
	raw, err := ReadAll(ctx, o, at.Prefix+t.RecordName(), recordLimit)
	if err != nil {
		return nil, fmt.Errorf("reading what was exported of %s.%s: %w", t.Schema, t.Name, err)
	}
	r := &Record{}
	if err := errors.Join(sealed.CheckDuplicates(raw), json.Unmarshal(raw, r)); err != nil {
		return nil, fmt.Errorf("reading what was exported of %s.%s: %s is not as it was written", t.Schema, t.Name,
			at.URL(t.RecordName()))
	}
	if r.Schema != t.Schema || r.Table != t.Name {
		return nil, fmt.Errorf("%s is about another table", at.URL(t.RecordName()))
	}
	said := r.Seal
	if err := r.seal(at, t, key); err != nil {
		return nil, fmt.Errorf("reading what was exported of %s.%s: %w", t.Schema, t.Name, err)
	}
	if key.Len() > 0 && subtle.ConstantTimeCompare([]byte(r.Seal), []byte(said)) == 0 {
		return nil, fmt.Errorf("%s is not what this run wrote: somebody else did, or edited it", at.URL(t.RecordName()))
	}
	r.Seal = ""
	return r, r.Valid()
}

// seal computes the seal of the record.
func (r *Record) seal(at Place, t *Table, key secret.Value) error {
	r.Seal = ""
	if key.Len() == 0 {
		return nil
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	r.Seal = sealed.MAC(key, "staged record", append([]byte(at.URL(t.RecordName())+"\n"), raw...))
	return nil
}

// ReadAll reads a small object whole.
func ReadAll(ctx context.Context, o Objects, key string, limit int64) ([]byte, error) {
	r, err := o.Get(ctx, key, "")
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("it has more than %d bytes", limit)
	}
	return raw, nil
}
