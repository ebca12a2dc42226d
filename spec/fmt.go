package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/rogpeppe/go-internal/diff"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Format gives src in canonical form. Broken HCL is not formatted but reported.
func Format(src []byte, filename string) ([]byte, diag.Diagnostics) {
	_, ds := hclsyntax.ParseConfig(src, filename, hcl.InitialPos)
	l := &loader{project: &Project{Sources: map[string][]byte{filename: src}}}
	l.add(ds)
	if l.diags.HasErrors() {
		return nil, l.project.WithSnippets(l.diags)
	}
	return hclwrite.Format(src), nil
}

// Diff gives the differences between two texts in unified form.
func Diff(before, after []byte, name string) string {
	return string(diff.Diff("old/"+name, before, "new/"+name, after))
}
