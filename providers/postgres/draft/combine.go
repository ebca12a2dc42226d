package draft

import (
	"fmt"

	"github.com/shoji-pg/shoji/spec/personal"
)

// enoughValues is how many sampled values say something about the rest.
const enoughValues = 20

// combine joins the guess made from a column's name, of Kind "" if there is none, with what was counted in its values:
// values that match raise a guess or make one, and a guess is lowered if hardly any value matches it.
func combine(c personal.Column, guess personal.Guess, counts Counts) personal.Guess {
	if counts.Values == 0 {
		return guess
	}
	all := patterns()
	best, matches := -1, int64(0)
	for i, p := range all {
		n := counts.Matches[i]
		if n > matches && p.kind != personal.FreeText && !p.within && (!p.weak || 2*n >= counts.Values) {
			best, matches = i, n
		}
	}
	if best >= 0 {
		if g, ok := guessFromValues(c, guess, all[best], matches, counts); ok {
			return g
		}
	}
	if g, ok := guessWithinText(c, guess, counts); ok {
		return g
	}
	return lowerUnmatched(guess, counts)
}

// guessFromValues makes a guess from values that are as a whole of a kind.
func guessFromValues(c personal.Column, guess personal.Guess, p pattern, n int64,
	counts Counts) (personal.Guess, bool) {
	found := describeMatches(n, counts, p)
	if guess.Kind == p.kind {
		guess.Confidence = personal.High
		guess.Reason += "; " + found
		return guess, true
	}
	most := 2*n >= counts.Values
	switch {
	case guess.Kind != "" && guess.Confidence == personal.High && !most:
		return guess, false
	case p.kind == personal.FullName && guess.Kind != "" && guess.Kind != personal.FreeText:
		return guess, false // a Japanese name in a column for another kind of name is of that kind
	}
	m, ok := personal.Propose(p.kind, c.Type, c.Japanese())
	confidence := personal.Medium
	if most && !p.weak {
		confidence = personal.High
	}
	return personal.Guess{Kind: p.kind, Confidence: confidence, Reason: found, Mask: m}, ok
}

// guessWithinText makes a guess from what stands among other text, such as an address in a note.
func guessWithinText(c personal.Column, guess personal.Guess, counts Counts) (personal.Guess, bool) {
	for i, p := range patterns() {
		n := counts.Matches[i]
		if !p.within || n == 0 {
			continue
		}
		if guess.Kind != "" && guess.Confidence >= personal.Medium {
			return guess, false
		}
		if guess.Kind == "" {
			m, ok := personal.Propose(personal.FreeText, c.Type, c.Japanese())
			if !ok {
				return guess, false
			}
			guess = personal.Guess{Kind: personal.FreeText, Mask: m}
		} else {
			guess.Reason += "; "
		}
		guess.Confidence = personal.Medium
		guess.Reason += describeMatches(n, counts, p)
		return guess, true
	}
	for i, p := range patterns() {
		if n := counts.Matches[i]; p.kind == personal.FreeText && 4*n >= counts.Values {
			m, ok := personal.Propose(personal.FreeText, c.Type, c.Japanese())
			reason := describeMatches(n, counts, p)
			return personal.Guess{Kind: personal.FreeText, Confidence: personal.Low, Reason: reason, Mask: m},
				ok && guess.Kind == ""
		}
	}
	return guess, false
}

// lowerUnmatched lowers a guess of a kind that has a form if enough values were sampled and hardly any has it.
func lowerUnmatched(guess personal.Guess, counts Counts) personal.Guess {
	if guess.Kind == "" || counts.Values < enoughValues || guess.Confidence == personal.Low {
		return guess
	}
	switch guess.Kind {
	case personal.NationalID, personal.Password, personal.Token, personal.Postcode, personal.FreeText:
		return guess // they have more forms than patterns know
	}
	for i, p := range patterns() {
		n, counted := counts.Matches[i]
		if !counted || p.kind != guess.Kind || p.within || p.unicode || 20*n >= counts.Values {
			continue
		}
		few := "none " + p.describe(1)
		if n > 0 {
			few = fmt.Sprintf("only %d %s", n, p.describe(n))
		}
		guess.Confidence--
		guess.Reason += fmt.Sprintf("; but of %d sampled values %s", counts.Values, few)
		return guess
	}
	return guess
}

// describeMatches returns "87 of 1000 sampled values look like an e-mail address".
func describeMatches(n int64, counts Counts, p pattern) string {
	return fmt.Sprintf("%d of %d sampled values %s", n, counts.Values, p.describe(n))
}
