package record

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/internal/secret"
)

const (
	word    = "shoji-copy"
	purpose = "record of a copy"
	// unsealed stands for the digest if a refresh has no key.
	unsealed = "-"
	// largest is far above what the rules of a hundred thousand columns take.
	largest = 256 << 20
	// largestObject is that of what is read of a server at all.
	largestObject = 64 << 20
)

// Reasons to ignore a record.
var (
	errForeign = errors.New("it was sealed with another key, or edited")
	errDamaged = errors.New("it is damaged")
)

// encode returns a record's bytes: a line with the format and the keyed digest of the rest, then compressed JSON.
func encode(r *Record, key secret.Value) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(r); err != nil {
		return nil, fmt.Errorf("encoding the record of the copy: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compressing the record of the copy: %w", err)
	}
	mac := unsealed
	if key.Len() > 0 {
		mac = sealed.MAC(key, purpose, signed(FormatVersion, b.Bytes()))
	}
	return append([]byte(word+" "+FormatVersion+" "+mac+"\n"), b.Bytes()...), nil
}

func signed(version string, payload []byte) []byte {
	return append([]byte(version+"\n"), payload...)
}

// decode decodes a record. With a key, it decodes nothing that the key did not seal.
func decode(raw []byte, key secret.Value) (*Record, error) {
	line, payload, ok := bytes.Cut(raw, []byte("\n"))
	head := strings.Fields(string(line[:min(len(line), 200)]))
	if !ok || len(head) != 3 || head[0] != word {
		return nil, errDamaged
	}
	if key.Len() > 0 && !sealed.VerifyMAC(key, purpose, signed(head[1], payload), head[2]) {
		return nil, errForeign
	}
	if err := sealed.CheckFormat("record", head[1], FormatVersion); err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(payload))
	if err != nil {
		return nil, errDamaged
	}
	text, err := io.ReadAll(io.LimitReader(z, largest+1))
	if err != nil || len(text) > largest {
		return nil, errDamaged
	}
	r := &Record{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, errDamaged
	}
	return r, nil
}
