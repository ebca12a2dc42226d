package docs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/providers/aws/permit"
	"github.com/shoji-pg/shoji/spec/lang"
)

// TestPermissionsAreCurrent: the policies of the page are those of the spec on it.
func TestPermissionsAreCurrent(t *testing.T) {
	var text string
	for _, f := range fences(t, "hcl") {
		if f.page == "permissions.md" {
			text = f.text
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, ds := lang.Load(dir, lang.Options{})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	var b strings.Builder
	for _, x := range permit.Policies(p, permit.Known{}) {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, []byte(x.Document.JSON()), "", "  "); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "### The %s\n\n```json\n%s\n```\n\n", x.Name(), pretty.String())
		for _, n := range x.Notes {
			fmt.Fprintf(&b, "- %s.\n", capital(n))
		}
		b.WriteString("\n")
	}
	generated(t, "permissions.md", b.String())
}
