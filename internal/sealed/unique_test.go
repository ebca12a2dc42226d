package sealed_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sealed"
)

func TestUnique(t *testing.T) {
	for text, said := range map[string]string{
		`{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]}`: "",
		`[1, "a", "a", [], {}]`:                              "",
		`{"a": "a", "b": "a"}`:                               "",
		`{"a": {}, "b": [], "a": 1}`:                         `"a" stands twice`,
		`{"a": 1, "\u0061": 2}`:                              `"a" stands twice`,
		`[{"x": {"deep": [{"k": 1, "k": 1}]}}]`:              `"k" stands twice`,
		`{"a": 1} {"b": 1, "b": 2}`:                          `"b" stands twice`,
		`{"a": 1`:                                            "",
		`hello`:                                              "",
	} {
		err := sealed.CheckDuplicates([]byte(text))
		if (err == nil) != (said == "") || err != nil && !strings.Contains(err.Error(), said) {
			t.Errorf("%s: %v, want %q", text, err, said)
		}
	}
}

// TestOnlyWhatIsWrittenIsRead: a text that another reader could understand otherwise is refused, though its checksum
// fits.
func TestOnlyWhatIsWrittenIsRead(t *testing.T) {
	kind := sealed.Kind[note]{
		Words: sealed.Words{
			Code:    "note",
			Name:    "note",
			Maker:   "this test",
			Remedy:  "Write it again.",
			Version: "2.3",
		},
		Checksum: func(n *note) *string { return &n.Checksum },
	}
	written, err := kind.Encode(&note{FormatVersion: "2.3", Text: "one"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, detail string }{
		"a name twice":       {`"text"`, `"text": "two", "text"`, `"text" stands twice`},
		"a name in capitals": {`"text": "one"`, `"text": "two", "TEXT": "one"`, "otherwise than it is written"},
		"only in capitals":   {`"text"`, `"Text"`, "otherwise than it is written"},
		"an escape":          {`"one"`, `"\u006fne"`, "otherwise than it is written"},
		"another document":   {"}", "} {}", "otherwise than it is written"},
		"a part too many":    {`"text": "one"`, `"text": "one", "checksum": ""`, `"checksum" stands twice`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := kind.Decode([]byte(strings.Replace(string(written), c.old, c.new, 1)), "a.note")
			d, ok := err.(diag.Diagnostic)
			if !ok || d.Code != "note_damaged" || !strings.Contains(d.Detail, c.detail) {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := kind.Decode([]byte(strings.ReplaceAll(string(written), "\n", "\r\n\t")), "a.note"); err != nil {
		t.Errorf("other white space: %v", err)
	}
}
