package spec

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/rogpeppe/go-internal/diff"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/source"
)

// Format gives src in canonical form. Broken HCL is not formatted but reported.
func Format(src []byte, filename string) ([]byte, diag.Diagnostics) {
	file, ds := source.Parse(hclsyntax.ParseConfig, src, filename)
	l := &loader{project: newProject("", Options{})}
	l.project.Sources[filename] = src
	l.project.strange[filename] = len(bodyOf(file).Blocks) == 0
	l.add(ds)
	if l.diags.HasErrors() {
		return nil, l.project.WithSnippets(l.diags)
	}
	return hclwrite.Format(src), nil
}

// Diff returns the differences between two texts of HCL in unified form, without what may be a secret in either.
func Diff(before, after []byte, name string) string {
	return string(diff.Diff("old/"+name, Blank(before), "new/"+name, Blank(after)))
}
