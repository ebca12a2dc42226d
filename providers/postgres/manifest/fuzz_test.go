package manifest_test

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
)

// found is a bucket in which one object lies, written by whoever may write there. The key opens every seal, as where
// the writer may use it.
type found struct {
	stage.Objects
	raw []byte
}

func (f found) Get(context.Context, string, string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(f.raw)), nil
}

func (f found) OpenKey(context.Context, map[string]string, []byte) (secret.Value, bool, error) {
	return secret.New("a key that the fuzzer does not have"), true, nil
}

// FuzzRead: whatever lies in the place of a manifest, none is taken that the exporter has not sealed, and nothing that
// is large or deep stops the process.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"format_version":"1.1"}`,
		`{"format_version":"1.1","catalog":{},"records":[{}],"script":{"entries":[{}]},"seal":{"key":"","mac":""}}`,
		`{"format_version":"1.1","format_version":"1.1"}`, `{"format_version":"9.0"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Add(bytes.Repeat([]byte("["), 20000))
	at, err := manifest.ParseURL("s3://bucket/shop/nightly/run-1/manifest.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, _, err := manifest.Read(context.Background(), found{raw: raw}, at, manifest.Expected{})
		if err == nil {
			t.Errorf("a manifest that nobody sealed was taken: %+v", m)
		}
	})
}
