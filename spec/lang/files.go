package lang

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/rogpeppe/go-internal/diff"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/source"
)

// files are the parsed files of a project.
type files struct {
	*report
	blocks []*hclsyntax.Block // of all files, in the order of files and lines
	size   int                // in bytes
	broken bool               // a file is not HCL: blocks that seem to be missing may be in it
}

// readFiles reads and parses the *.hcl files of the project.
func readFiles(r *report) *files {
	f := &files{report: r}
	entries, err := fs.ReadDir(r.project.Files, ".")
	if err != nil {
		r.diags.Errorf(nil, "The spec's directory cannot be read", "%s", err)
		return f
	}
	sum := sha256.New()
	var names []string
	for _, e := range entries { // sorted by name
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".vars.hcl") ||
			strings.HasPrefix(name, ".") {
			continue
		}
		src, err := projectfile.ReadFS(r.project.Files, name, source.MaxBytes)
		if err != nil {
			r.diags.Errorf(nil, "A spec file cannot be read", "%s", err)
			continue
		}
		names = append(names, name)
		f.size += len(src)
		_, _ = fmt.Fprintf(sum, "%s %d\n", name, len(src))
		_, _ = sum.Write(src)
		addSource(r.project, name, src)
	}
	r.project.Digest = hex.EncodeToString(sum.Sum(nil))
	if slices.ContainsFunc(names, func(n string) bool { return sqlWritten.Match(r.project.Sources[n]) }) {
		pgparse.Ready()
	}
	for _, name := range names {
		f.parse(name, r.project.Sources[name])
	}
	if len(names) == 0 && !r.diags.HasErrors() {
		r.diags.Errorf(nil, "There is no spec here", "The directory has no *.hcl file. Begin with a project, two "+
			"databases and a refresh; docs/spec.md shows how.")
	}
	return f
}

// sqlWritten finds what PostgreSQL's parser will be needed for. It may find more.
var sqlWritten = regexp.MustCompile(`\b(sql|when)\(|\brows\s*=`)

// addSource makes a file part of a project.
func addSource(p *spec.Project, name string, src []byte) {
	p.Sources[name] = src
	p.Excerpts.Hidden[name] = sync.OnceValue(func() []spec.Span { return hiddenSpans(src) })
}

func (f *files) parse(name string, src []byte) {
	file, ds := source.Parse(hclsyntax.ParseConfig, src, name)
	body := bodyOf(file)
	f.project.Excerpts.Foreign[name] = len(body.Blocks) == 0 && ds.HasErrors()
	f.add(ds)
	// What a parser makes of a file behind its first mistake is guesswork.
	end := len(src)
	for _, d := range ds {
		if d.Severity == hcl.DiagError && d.Subject != nil {
			end, f.broken = min(end, d.Subject.Start.Byte), true
		}
	}
	for _, a := range body.Attributes {
		if a.SrcRange.End.Byte <= end {
			f.errorf(rangeOf(a.NameRange), "Argument outside of a block",
				"%q belongs in a block; a value with a name goes into "+
					"locals.", a.Name)
		}
	}
	for _, b := range body.Blocks {
		if b.Body.EndRange.End.Byte <= end {
			f.addBlock(b)
		}
	}
	f.project.Ignores = append(f.project.Ignores, ignores(name, src, body)...)
}

// bodyOf returns the body of a parsed file, an empty one if it could not be parsed.
func bodyOf(file *hcl.File) *hclsyntax.Body {
	if file != nil {
		if body, ok := file.Body.(*hclsyntax.Body); ok {
			return body
		}
	}
	return &hclsyntax.Body{}
}

// addBlock checks a block's type and labels and keeps it.
func (f *files) addBlock(b *hclsyntax.Block) {
	kind := kindNamed(b.Type)
	if kind == nil {
		known := kindNames()
		f.errorf(rangeOf(b.TypeRange), "Unknown block", "There is no block %q.%s The blocks are %s.", b.Type,
			diag.DidYouMean(b.Type, known), strings.Join(known, ", "))
		return
	}
	if len(b.Labels) != len(kind.labels) {
		f.errorf(rangeOf(b.DefRange()), "Invalid block labels", "Write this block as %s { … }.", kind.title())
		return
	}
	f.blocks = append(f.blocks, b)
	header := spec.Header{
		Text: b.Type,
		File: b.TypeRange.Filename,
		Span: spec.Span{Start: b.TypeRange.Start.Byte, End: b.Body.EndRange.End.Byte},
	}
	for _, label := range b.Labels {
		header.Text += fmt.Sprintf(" %q", label)
	}
	f.project.Excerpts.Headers = append(f.project.Excerpts.Headers, header)
}

// of returns the blocks of one type.
func (f *files) of(kind string) []*hclsyntax.Block {
	var out []*hclsyntax.Block
	for _, b := range f.blocks {
		if b.Type == kind {
			out = append(out, b)
		}
	}
	return out
}

// Format returns src in canonical form. Broken HCL is reported instead.
func Format(src []byte, filename string) ([]byte, diag.Diagnostics) {
	file, ds := source.Parse(hclsyntax.ParseConfig, src, filename)
	r := &report{project: newProject("")}
	addSource(r.project, filename, src)
	r.project.Excerpts.Foreign[filename] = len(bodyOf(file).Blocks) == 0
	r.add(ds)
	if r.diags.HasErrors() {
		return nil, r.project.WithSnippets(r.diags)
	}
	return hclwrite.Format(src), nil
}

// Diff returns the differences between two texts of HCL in unified form, without what may be a secret in either.
func Diff(before, after []byte, name string) string {
	return string(diff.Diff("old/"+name, Redact(before), "new/"+name, Redact(after)))
}

// BlockTexts returns the text of each block of a file, with its comments, by the byte at which its header begins.
func BlockTexts(src []byte, filename string) (map[int][]byte, error) {
	file, ds := source.Parse(hclsyntax.ParseConfig, src, filename)
	if ds.HasErrors() {
		return nil, fmt.Errorf("reading %s: %s", filename, ds[0].Detail)
	}
	out := map[int][]byte{}
	for _, b := range bodyOf(file).Blocks {
		out[b.DefRange().Start.Byte] = src[b.OpenBraceRange.End.Byte:b.CloseBraceRange.Start.Byte]
	}
	return out, nil
}
