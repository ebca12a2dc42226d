package lang

import (
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/source"
)

// report collects the problems of a spec.
type report struct {
	project *spec.Project // whose files they quote
	diags   diag.Diagnostics
	// unresolved are the references to blocks that do not exist, which were reported with a hint.
	unresolved []hcl.Range
	exhausted  bool // it was reported that all expressions together take too much
}

const (
	// maxReported is how many problems are reported: a file that is something else has one a line.
	maxReported = 1000
	// maxDetail is how many bytes of a message of hcl are shown: it may quote a value.
	maxDetail = 2000
)

// result returns the problems in order, with their source lines. Of too many it returns the first ones and how many
// more there are.
func (r *report) result() diag.Diagnostics {
	r.diags.Sort()
	ds := r.diags
	if len(ds) > maxReported {
		warnOrError := (*diag.Diagnostics).Warnf
		if ds.HasErrors() { // also if only among those that are not shown
			warnOrError = (*diag.Diagnostics).Errorf
		}
		ds = ds[:maxReported:maxReported]
		warnOrError(&ds, nil, "There are more problems", "%d more are not shown. Fix these first.",
			len(r.diags)-maxReported)
	}
	return r.project.WithSnippets(ds)
}

// errorf reports a problem at a place of the spec.
func (r *report) errorf(at diag.Range, summary, format string, args ...any) {

	r.diags.Errorf(&at, summary, format, args...)
}

// unknown reports a value that is none of the known ones.
func (r *report) unknown(at diag.Range, summary, given string, known []string) {
	r.errorf(at, summary, "There is no %q.%s Known: %s.", given, diag.DidYouMean(given, known),
		strings.Join(known, ", "))
}

// add converts diagnostics of hcl. Their expressions and values are left behind: those could be secret.
func (r *report) add(ds hcl.Diagnostics) {
	for _, d := range ds {
		if d.Subject != nil && d.Summary == "Unsupported attribute" && r.isUnresolved(*d.Subject) {
			continue
		}
		if e, ok := d.Extra.(exceeded); ok && e.all {
			if r.exhausted {
				continue
			}
			r.exhausted = true
		}
		r.diags.Append(r.convert(d))
	}
}

func (r *report) convert(d *hcl.Diagnostic) diag.Diagnostic {
	out := diag.Diagnostic{Severity: diag.Error, Summary: strings.TrimSuffix(d.Summary, "."), Detail: d.Detail}
	if d.Severity == hcl.DiagWarning {
		out.Severity = diag.Warning
	}
	if d.Summary == "Invalid single-argument block definition" {
		out.Detail = "A block on one line takes one argument. Write one argument a line."
	}
	out.Detail = strings.TrimPrefix(out.Detail, argumentsPrefix)
	if len(out.Detail) > maxDetail {
		out.Detail = strings.ToValidUTF8(out.Detail[:maxDetail], "") + "…"
	}
	if panicked(d) { // its text may hold values
		out.Detail = "The function failed with these arguments. " +
			"This is a bug in shoji; please report it with the line."
	}
	if d.Subject == nil {
		return out
	}
	at := rangeOf(*d.Subject)
	out.Range = &at
	if _, quoteless := d.Extra.(source.Quoteless); !quoteless && r.project.Hides(at) {
		out.Detail = "This may be a secret, so it is not shown. " +
			"A secret comes from the environment or a file: secret \"x\" { env = \"NAME\" }, and " +
			"secret.x where it is needed."
	}
	return out
}

// argumentsPrefix is what cty puts before the errors of a function that takes any arguments.
const argumentsPrefix = `Invalid value for "arguments" parameter: `

// detail returns the details of the errors of hcl, without their places.
func detail(ds hcl.Diagnostics) string {
	var out []string
	for _, d := range ds {
		if d.Severity == hcl.DiagError {
			out = append(out, strings.TrimSuffix(strings.TrimPrefix(d.Detail, argumentsPrefix), "."))
		}
	}
	return strings.Join(out, "; ")
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

// isUnresolved reports whether a place is in a reference that was already reported.
func (r *report) isUnresolved(at hcl.Range) bool {
	return slices.ContainsFunc(r.unresolved, func(u hcl.Range) bool {
		return u.Filename == at.Filename && u.Overlaps(at)
	})
}

// rangeOf converts a range of hcl.
func rangeOf(r hcl.Range) diag.Range {
	return diag.Range{
		Filename: r.Filename,
		Start:    diag.Pos{Line: r.Start.Line, Column: r.Start.Column, Byte: r.Start.Byte},
		End:      diag.Pos{Line: r.End.Line, Column: r.End.Column, Byte: r.End.Byte},
	}
}
