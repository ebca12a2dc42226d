package literal

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// The codes of findings, in lint and in a plan.
const (
	PersonalCode   = "personal_literal"
	CredentialCode = "credential_literal"
)

// Titles are the summaries of findings by their code.
func Titles() map[string]string {
	return map[string]string{
		PersonalCode:   "Literal in the structure looks personal",
		CredentialCode: "Literal in the structure looks like a credential",
	}
}

// Report returns Warnings without those that a comment at the refresh or its schema block acknowledges: # shoji:ignore
// CODE REASON.
func Report(p *spec.Project, r *spec.Refresh, found []Literal) diag.Diagnostics {
	return slices.DeleteFunc(Warnings(r, found), func(d diag.Diagnostic) bool {
		return p.Acknowledges(d.Code, *d.Range)
	})
}

// Warnings returns a warning of each code for the literals that are copied with the structure of a refresh.
func Warnings(r *spec.Refresh, found []Literal) diag.Diagnostics {
	var out diag.Diagnostics
	crossing := slices.DeleteFunc(slices.Clone(found), func(l Literal) bool {
		return !r.Structure.Takes(l.Part, l.Name)
	})
	byCode := map[string][]Literal{}
	for _, l := range Sort(crossing) {
		code := PersonalCode
		if l.Kind.IsCredential() {
			code = CredentialCode
		}
		byCode[code] = append(byCode[code], l)
	}
	at := r.Range
	if r.Structure != nil {
		at = r.Structure.Range
	}
	for _, code := range slices.Sorted(maps.Keys(byCode)) {
		out.Append(diag.Diagnostic{
			Severity: diag.Warning,
			Code:     code,
			Summary:  Titles()[code],
			Detail:   detail(r, code, byCode[code]),
			Address:  r.Address(),
			Range:    &at,
		})
	}
	return out
}

// detail lists literals by place and says what can be done.
func detail(r *spec.Refresh, code string, list []Literal) string {
	var b strings.Builder
	fmt.Fprintf(&b, "These values are copied unmasked with the structure in %s:\n", r.Address())
	leave := map[spec.Part][]string{}
	for _, l := range list {
		fmt.Fprintf(&b, "  %s: %s (digest %s)\n", l.Where, l.Kind.Title(), l.Digest)
		if pattern := "!" + l.Name; !slices.Contains(leave[l.Part], pattern) {
			leave[l.Part] = append(leave[l.Part], pattern)
		}
	}
	var arguments []string
	for _, part := range slices.Sorted(maps.Keys(leave)) {
		switch {
		case part == spec.Fixed:
		case part == spec.Comments || len(leave[part]) > few:
			arguments = append(arguments, string(part)+" = false")
		default:
			arguments = append(arguments, string(part)+` = ["`+strings.Join(leave[part], `", "`)+`"]`)
		}
	}
	b.WriteString("Change it on the source")
	if len(arguments) > 0 {
		fmt.Fprintf(&b, ", leave it out (schema { %s })", strings.Join(arguments, "; "))
	}
	fmt.Fprintf(&b, ", or allow it with # shoji:ignore %s REASON.", code)
	if len(leave[spec.Fixed]) > 0 {
		b.WriteString(" Types, partition bounds, constraints other than CHECK and generated columns cannot be left " +
			"out separately: skip the table, or change it.")
	}
	return b.String()
}

// few is how many names the advice lists.
const few = 6
