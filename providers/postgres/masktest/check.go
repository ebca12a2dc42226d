package masktest

import (
	"fmt"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/spec"
)

// row is the result for one input; nil is NULL.
type row struct {
	Input, Result, Expected, SameAs *string
	Matches                         bool
}

// check returns the checks of a test that do not hold, in the order of the inputs.
func check(t *spec.Test, s subject, rows []row) []Failure {
	var out []Failure
	want := t.Checks
	first := map[string]*string{} // inputs by result
	limit := s.typ.Underlying().MaxLength
	for i, r := range rows {
		fail := func(check string, at spec.Argument, format string, args ...any) {
			out = append(out, Failure{
				Check:  check,
				Range:  at.Range,
				Input:  r.Input,
				Result: r.Result,
				Detail: fmt.Sprintf(format, args...),
			})
		}
		if given := textOf(t.Inputs[i]); s.isText() && limit > 0 && given != nil &&
			utf8.RuneCountInString(*given) > limit {
			fail("input", t.At.Inputs, "the column holds %d characters", limit)
			continue
		}
		if want.Expect != nil && !equal(r.Result, r.Expected) {
			fail("expect", t.At.Expect, "expected %s", quote(r.Expected))
		}
		if want.SameAs != nil && !equal(r.Result, r.SameAs) {
			fail("same_as", t.At.SameAs, "%s has the result %s", want.SameAs.Text, quote(r.SameAs))
		}
		if r.Result == nil {
			if want.NotNull && r.Input != nil {
				fail("not_null", t.At.NotNull, "a value became NULL")
			}
			continue
		}
		length := utf8.RuneCountInString(*r.Result)
		switch {
		case want.Length != nil && length != *want.Length:
			fail("length", t.At.Length, "it has %d characters, not %d", length, *want.Length)
		case want.MaxLength != nil && length > *want.MaxLength:
			fail("max_length", t.At.MaxLength, "it has %d characters, more than %d", length, *want.MaxLength)
		case s.isText() && limit > 0 && length > limit:
			fail("type", t.At.Type, "it has %d characters, and the column holds %d", length, limit)
		}
		if want.Matches != "" && !r.Matches {
			fail("matches", t.At.Matches, "it does not match %s", quote(&want.Matches))
		}
		if want.Changes && equal(r.Input, r.Result) {
			fail("changes", t.At.Changes, "the value crossed as it is")
		}
		if other, taken := first[*r.Result]; want.Unique && taken && !equal(other, r.Input) {
			fail("unique", t.At.Unique, "%s has the same result", quote(other))
		}
		first[*r.Result] = r.Input
	}
	return out
}

func equal(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// quote returns a value as it is shown: in quotes, or NULL.
func quote(v *string) string {
	if v == nil {
		return "NULL"
	}
	return fmt.Sprintf("%q", *v)
}
