package personal

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Value is a value in a text that has the form of personal data or of a credential. It must not be shown: print
// its Kind and its Digest.
type Value struct {
	Kind Kind
	// Digest tells two values apart.
	Digest string

	start, end int // in the text, in bytes
}

// digestLength is in hexadecimal digits: enough to tell the values of a report apart, and so few that a hundred
// thousand phone numbers share one. A longer digest could be reversed by trial.
const digestLength = 4

// FindValues returns the values in a text that look personal by their form, in the order of the text: addresses,
// numbers that pass their own check, tokens with the mark of who issues them. What documentation and tests use
// (example.com, 127.0.0.1, the card numbers of payment providers) does not count. It prefers a miss to a
// false report.
func FindValues(text string) []Value {
	var found []Value
	for _, f := range forms() {
		if !f.mayMatch(text) {
			continue
		}
		for _, at := range f.pattern.FindAllStringSubmatchIndex(text, -1) {
			start, end := at[0], at[1]
			if len(at) > 2 && at[2] >= 0 {
				start, end = at[2], at[3]
			}
			if standsAlone(text, start, end, f.joins) && (f.valid == nil || f.valid(text[start:end])) {
				found = append(found, Value{Kind: f.kind, Digest: DigestOf(text[start:end]), start: start, end: end})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Value) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	return dropNested(found)
}

// DigestOf returns the digest that a Value has. Case is ignored, as in addresses.
func DigestOf(value string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(value)))
	return hex.EncodeToString(sum[:])[:digestLength]
}

// dropNested drops values that lie within another one: the address within a URL.
func dropNested(found []Value) []Value {
	var out []Value
	end := 0
	for _, v := range found {
		if v.start >= end {
			out = append(out, v)
			end = v.end
		}
	}
	return out
}

// IsCredential reports whether a value of the kind lets its reader sign in.
func (k Kind) IsCredential() bool { return k == Password || k == Token }

// Redact returns text with each value that looks personal replaced by its kind and digest: "<email:3fa1>". Redacting
// again changes nothing.
func Redact(text string) string {
	return replaceValues(text, func(v Value) string { return fmt.Sprintf("<%s:%s>", v.Kind, v.Digest) })
}

// withoutValues returns text without the values that look personal, whether they were redacted or not.
func withoutValues(text string) string {
	return redacted.ReplaceAllString(replaceValues(text, func(Value) string { return "" }), "")
}

// IsRedacted reports whether Redact replaced something in text.
func IsRedacted(text string) bool { return redacted.MatchString(text) }

func replaceValues(text string, by func(Value) string) string {
	var b strings.Builder
	last := 0
	for _, v := range FindValues(text) {
		b.WriteString(text[last:v.start])
		b.WriteString(by(v))
		last = v.end
	}
	if last == 0 {
		return text
	}
	return b.String() + text[last:]
}
