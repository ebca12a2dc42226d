package sealed_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sealed"
)

type note struct {
	FormatVersion string `json:"format_version"`
	Text          string `json:"text"`
	Checksum      string `json:"checksum,omitempty"`
}

func TestWhatIsNotAsItWasWrittenIsRefused(t *testing.T) {
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
	written, err := kind.Encode(&note{FormatVersion: "2.3", Text: "<&>"})
	if err != nil {
		t.Fatal(err)
	}
	read, err := kind.Decode(written, "a.note")
	if err != nil || read.Text != "<&>" {
		t.Fatalf("%+v, %v", read, err)
	}
	if again, err := kind.Encode(read); err != nil || string(again) != string(written) {
		t.Errorf("written again it is %s, %v", again, err)
	}
	for name, c := range map[string]struct{ old, new, code, detail string }{
		"another text":         {"<&>", "<>", "note_damaged", "checksum does not match"},
		"a field more":         {`"text"`, `"more": 1, "text"`, "note_damaged", `unknown field "more"`},
		"an end that is gone":  {"}", "", "note_damaged", "ends in the middle"},
		"another file":         {string(written), "hello", "note_damaged", "not what this test writes"},
		"a newer minor format": {"2.3", "2.4", "note_format", "made by a newer shoji; this one reads up to 2.3"},
		"a newer major format": {"2.3", "10.0", "note_format", "made by a newer shoji"},
		"an older major one":   {"2.3", "1.9", "note_format", "made by an older shoji"},
		"no format": {
			"2.3", "", "note_format", "has no format version; a note of this version of shoji has 2.3",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := kind.Decode([]byte(strings.Replace(string(written), c.old, c.new, 1)), "a.note")
			d, ok := err.(diag.Diagnostic)
			if !ok || d.Code != c.code || !strings.Contains(d.Detail, c.detail) ||
				!strings.HasPrefix(d.Detail, "a.note") {
				t.Errorf("%v", err)
			}
		})
	}
	older, err := kind.Encode(&note{FormatVersion: "2.1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kind.Decode(older, "a.note"); err != nil {
		t.Errorf("an older minor format is refused: %v", err)
	}
}
