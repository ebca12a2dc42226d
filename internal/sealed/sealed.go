// Package sealed reads and writes the JSON documents that one run of shoji leaves for another. Each says its format and
// bears a checksum of all the rest, so that one that is truncated, edited or of a newer format is refused, and never
// half understood.
package sealed

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Words are what the diagnostics about a kind of documents say.
type Words struct {
	Code   string // "plan": plan_damaged, plan_format
	Name   string // "plan file"
	Maker  string // what writes them: "plan -out"
	Remedy string // "Make the plan again."
	// Version is the newest format that is read.
	Version string
}

// Kind is a kind of documents.
type Kind[T any] struct {
	Words
	// Checksum is where a document bears its own.
	Checksum func(*T) *string
}

// Encode returns a document's bytes, checksum included. Equal documents give equal bytes.
func (k Kind[T]) Encode(document *T) ([]byte, error) {
	sum, err := k.Sum(document)
	if err != nil {
		return nil, err
	}
	signed := *document
	*k.Checksum(&signed) = sum
	return encode(&signed)
}

// Sum returns the checksum that a document should bear: of all the rest of it, in the compact form, because raw JSON
// inside of a document comes back indented from a file.
func (k Kind[T]) Sum(document *T) (string, error) {
	plain := *document
	*k.Checksum(&plain) = ""
	raw, err := encode(&plain)
	if err != nil {
		return "", err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return "", err
	}
	sum := sha256.Sum256(compact.Bytes())
	return hex.EncodeToString(sum[:]), nil
}

func encode(document any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(document)
	return b.Bytes(), err
}

// Decode reads a document's bytes; name is for messages. What is not as Encode gave it is a Diagnostic that says so.
func (k Kind[T]) Decode(raw []byte, name string) (*T, error) {
	if err := k.CheckHead(raw, name); err != nil {
		return nil, err
	}
	if err := CheckDuplicates(raw); err != nil {
		return nil, k.Changed(name, err.Error())
	}
	document := new(T)
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(document); err != nil {
		return nil, k.Changed(name, err.Error())
	}
	if sum, err := k.Sum(document); err != nil || *k.Checksum(document) != sum {
		return nil, k.Changed(name, "its checksum does not match")
	}
	if !canonical(raw, document) {
		return nil, k.Changed(name, "it says something otherwise than it is written")
	}
	return document, nil
}

// CheckHead returns an error for what is no JSON that says that it has a format which is read. name is for messages.
func (w Words) CheckHead(raw []byte, name string) error {
	var head struct {
		FormatVersion string `json:"format_version"`
	}
	err := json.NewDecoder(bytes.NewReader(raw)).Decode(&head)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return w.damaged("The "+w.Name+" is truncated", name+" ends in the middle")
	case err != nil:
		return w.damaged("This is not a "+w.Name, name+" is not what "+w.Maker+" writes")
	}
	if err := CheckFormat(w.Code, head.FormatVersion, w.Version); err != nil {
		return diag.Diagnostic{
			Severity: diag.Error,
			Code:     w.Code + "_format",
			Summary:  "The " + w.Name + " has another format",
			Detail:   name + ": " + err.Error(),
		}
	}
	return nil
}

// Changed returns the error for a document that is not as it was written.
func (w Words) Changed(name, why string) error {
	return w.damaged("The "+w.Name+" was changed", fmt.Sprintf("%s is not as %s wrote it (%s)", name, w.Maker, why))
}

func (w Words) damaged(summary, what string) error {
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     w.Code + "_damaged",
		Summary:  summary,
		Detail:   what + ". " + w.Remedy,
	}
}

// CheckFormat refuses a format that this version does not know: a newer one, or none at all. A new minor only adds, a
// new major is not understood by an older reader.
func CheckFormat(what, found, known string) error {
	f, ok := format(found)
	k, _ := format(known)
	switch {
	case !ok:
		return fmt.Errorf("it has no format version; a %s of this version of shoji has %s", what, known)
	case f[0] > k[0] || f[0] == k[0] && f[1] > k[1]:
		return fmt.Errorf("it is of format %s, made by a newer shoji; this one reads up to "+
			"%s. Install the newer version", found, known)
	case f[0] < k[0]:
		return fmt.Errorf("it is of format %s, made by an older shoji; this one reads %s. "+
			"Use the version that made it, "+
			"or make it again", found, known)
	}
	return nil
}

func format(v string) ([2]int, bool) {
	major, minor, _ := strings.Cut(v, ".")
	a, err := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	return [2]int{a, b}, err == nil && err2 == nil
}

// ReplaceFile replaces the file at path with what write writes: a reader, and a crash, find the old file or the new
// one, never a part. The directory must be writable.
func ReplaceFile(path string, mode fs.FileMode, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".shoji-*") // with mode 0600 until it is complete
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	buffered := bufio.NewWriterSize(tmp, 1<<16)
	if err = write(buffered); err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = tmp.Chmod(mode)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
