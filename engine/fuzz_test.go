package engine_test

import (
	"bytes"
	"testing"

	"github.com/shoji-pg/shoji/engine"
)

// FuzzDecodePlan: a plan file that is read is one that Encode wrote, to the byte.
func FuzzDecodePlan(f *testing.F) {
	whole, err := engine.EncodePlan(&engine.Plan{
		FormatVersion: engine.FormatVersion,
		Project:       "shop",
		Variables:     map[string]any{"a": []any{1.5, "x", nil}},
		Steps:         []engine.Step{{ID: "a", Provider: "postgres", Kind: "k", Params: []byte(`{"b":[1,2]}`)}},
	})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{
		whole, nil, []byte("{}"), []byte(`{"format_version":"1.0"}`), whole[:len(whole)/2],
		bytes.Repeat([]byte("["), 20000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := engine.DecodePlan(raw, "fuzz.plan")
		if err != nil {
			return
		}
		again, err := engine.EncodePlan(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := engine.DecodePlan(again, "again"); err != nil {
			t.Errorf("what was read cannot be read again: %v", err)
		}
	})
}
