package lang_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/lang"
)

// TestAppendToList: names come to a list in the form that it has, whatever comments are in it.
func TestAppendToList(t *testing.T) {
	for name, c := range map[string]struct{ list, want string }{
		"empty":    {`[]`, `["x", "y"]`},
		"one line": {`["id"] # why`, `["id", "x", "y"] # why`},
		"a comma":  {`["id", "z",]`, `["id", "z", "x", "y",]`},
		"lines": {
			"[\n    # keys\n    \"id\",\n    \"z\", # seen, by me\n    # the end\n  ]",
			"[\n    # keys\n    \"id\",\n    \"z\", # seen, by me\n    # the end\n    \"x\",\n    \"y\",\n  ]",
		},
		"lines without the last comma": {
			"[\n    \"id\",\n    \"z\" # seen, by me\n  ]",
			"[\n    \"id\",\n    \"z\", # seen, by me\n    \"x\",\n    \"y\",\n  ]",
		},
		"a bracket behind the last": {
			"[\n    \"id\",\n    \"z\"]",
			"[\n    \"id\",\n    \"z\",\n    \"x\",\n    \"y\",\n]",
		},
		"no list": {`local.names`, `local.names`},
	} {
		t.Run(name, func(t *testing.T) {
			const before, after = "# a file\ntable \"public\" \"t\" {\n  keep = ", "\n  # more\n}\n"
			at := diag.Range{Filename: "a.hcl", Start: diag.Pos{Byte: strings.Index(before, "table")}}
			got, done, err := lang.AppendToList([]byte(before+c.list+after), at, "keep", []string{"x", "y"})
			if err != nil || done != (name != "no list") {
				t.Fatal(done, err)
			}
			if string(got) != before+c.want+after {
				t.Errorf("got\n%s", got)
			}
			if _, ds := lang.Format(got, "a.hcl"); ds.HasErrors() {
				t.Error(ds)
			}
		})
	}
}
