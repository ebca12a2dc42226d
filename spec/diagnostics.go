package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/source"
)

// mostReported is how many problems are reported of one spec: a file that is something else has one a line.
const mostReported = 1000

// capped leaves the first problems and says how many more there are.
func capped(ds diag.Diagnostics) diag.Diagnostics {
	if len(ds) <= mostReported {
		return ds
	}
	report := (*diag.Diagnostics).Warnf
	if ds.HasErrors() { // also where they are among those that are not shown
		report = (*diag.Diagnostics).Errorf
	}
	first := ds[:mostReported:mostReported]
	report(&first, nil, "There are more problems", "%d more are not shown. Mend these first.", len(ds)-mostReported)
	return first
}

// rangeOf converts a range of hcl.
func rangeOf(r hcl.Range) diag.Range {
	return diag.Range{Filename: r.Filename,
		Start: diag.Pos{Line: r.Start.Line, Column: r.Start.Column, Byte: r.Start.Byte},
		End:   diag.Pos{Line: r.End.Line, Column: r.End.Column, Byte: r.End.Byte}}
}

// longestDetail is how many bytes of what hcl says are shown: it may quote a value.
const longestDetail = 2000

// add takes diagnostics of hcl over. Their expressions and values are left behind: those could be secret.
func (l *loader) add(ds hcl.Diagnostics) {
	for _, d := range ds {
		if d.Subject != nil && d.Summary == "Unsupported attribute" && l.isUnresolved(*d.Subject) {
			continue
		}
		if d.Summary == tooMuch && d.Detail == spent {
			if l.meter.said { // it is about all of them
				continue
			}
			l.meter.said = true
		}
		out := diag.Diagnostic{Severity: diag.Error, Summary: strings.TrimSuffix(d.Summary, "."), Detail: d.Detail}
		if d.Severity == hcl.DiagWarning {
			out.Severity = diag.Warning
		}
		if d.Summary == "Invalid single-argument block definition" {
			out.Detail = "A block on one line takes one argument. Write one argument a line."
		}
		if e, ok := d.Expression.(*hclsyntax.ScopeTraversalExpr); ok && d.Summary == "Unknown variable" &&
			len(e.Traversal) == 1 {
			out.Detail = l.bareWord(e.Traversal.RootName())
		}
		out.Detail = strings.TrimPrefix(out.Detail, `Invalid value for "arguments" parameter: `)
		if len(out.Detail) > longestDetail {
			out.Detail = strings.ToValidUTF8(out.Detail[:longestDetail], "") + "…"
		}
		if panicked(d) { // its text may hold values
			out.Detail = "The function cannot be worked out with these arguments. This is a bug in shoji; please " +
				"report it with the line."
		}
		if d.Subject != nil {
			r := rangeOf(*d.Subject)
			out.Range = &r
			if _, quoteless := d.Extra.(source.Quoteless); !quoteless && l.project.hides(r) {
				out.Detail = "What stands here may be a secret, so that it is not shown. " +
					"A secret comes from the environment or a file: secret \"x\" { env = \"NAME\" }, and secret.x " +
					"where it is needed."
			}
		}
		l.diags.Append(out)
	}
}

// panicked reports whether a function of an expression failed by a panic.
func panicked(d *hcl.Diagnostic) bool {
	call, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	if !ok {
		return false
	}
	var failure function.PanicError
	return errors.As(call.FunctionCallError(), &failure)
}

// bareWord says what a word may have been meant as: a mask without its brackets, or a text without its quotes.
func (l *loader) bareWord(word string) string {
	calls := l.callable(true)
	if _, known := calls[word]; known {
		return fmt.Sprintf("It is called with brackets: %s().", word)
	}
	return fmt.Sprintf("%q is neither in quotes, as a text or a column's name is, nor called "+
		"with brackets, as a mask is.%s", word, diag.DidYouMean(word, slices.Collect(maps.Keys(calls))))
}

// isUnresolved reports whether a place is in a reference that was reported with a hint already.
func (l *loader) isUnresolved(at hcl.Range) bool {
	for _, r := range l.unresolved {
		if r.Filename == at.Filename && r.Overlaps(at) {
			return true
		}
	}
	return false
}

// errorf reports a problem at a place of the spec.
func (l *loader) errorf(r hcl.Range, summary, format string, args ...any) {
	at := rangeOf(r)
	l.diags.Errorf(&at, summary, format, args...)
}

func (l *loader) warnf(r hcl.Range, summary, format string, args ...any) {
	at := rangeOf(r)
	l.diags.Warnf(&at, summary, format, args...)
}

// WithSnippets fills in the source of every diagnostic that has a place in the project.
func (p *Project) WithSnippets(ds diag.Diagnostics) diag.Diagnostics {
	for i := range ds {
		if ds[i].Snippet == nil {
			ds[i].Snippet = p.Snippet(ds[i].Range)
		}
	}
	return ds
}

// contexts are the top-level blocks by their place, for "in table "public" "customers"".
type contexts []struct {
	file       string
	start, end int
	header     string
}

// around finds the block that a place is in; they are in the order of files and places.
func (c contexts) around(r diag.Range) string {
	i := sort.Search(len(c), func(i int) bool {
		return c[i].file > r.Filename || c[i].file == r.Filename && c[i].start > r.Start.Byte
	}) - 1
	if i >= 0 && c[i].file == r.Filename && r.Start.Byte < c[i].end {
		return c[i].header
	}
	return ""
}
