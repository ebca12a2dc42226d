package sample

import (
	"fmt"

	"github.com/shoji-pg/shoji/spec/personal"
)

// few is how many values say something about those that were not looked at.
const few = 20

// Combine joins what a column's name says with what was counted in it: values that match raise a guess or make one, and
// a name whose values do not look like it is believed less. ok says whether there was a guess.
func Combine(c personal.Column, guess personal.Guess, ok bool, counted Column) (personal.Guess, bool) {
	if counted.Values == 0 {
		return guess, ok
	}
	best, matches := -1, int64(0)
	for i, p := range patterns() {
		n := counted.Matches[i]
		if n == 0 || p.kind == personal.FreeText || p.within || p.weak && 2*n < counted.Values {
			continue
		}
		if best < 0 || n > matches {
			best, matches = i, n
		}
	}
	if best >= 0 {
		if g, fits := found(c, guess, ok, patterns()[best], matches, counted); fits {
			return g, true
		}
	}
	if g, fits := inText(c, guess, ok, counted); fits {
		return g, true
	}
	return doubted(guess, ok, counted), ok
}

// found is for values that are of a kind themselves.
func found(c personal.Column, guess personal.Guess, ok bool, p pattern, n int64,
	counted Column) (personal.Guess, bool) {
	said := saying(n, counted, p)
	if ok && guess.Kind == p.kind {
		guess.Confidence = personal.High
		guess.Reason += "; " + said
		return guess, true
	}
	most := 2*n >= counted.Values
	if ok && guess.Confidence == personal.High && !most {
		return guess, false
	}
	// a Japanese name in a field of another kind of name is that
	if p.kind == personal.FullName && ok && guess.Kind != personal.FreeText {
		return guess, false
	}
	m, fits := personal.Propose(p.kind, c.Type, c.Japanese())
	if !fits {
		return guess, false
	}
	confidence := personal.Medium
	if most && !p.weak {
		confidence = personal.High
	}
	return personal.Guess{Kind: p.kind, Confidence: confidence, Reason: said, Mask: m}, true
}

// inText is for what stands among other text: an address in a note.
func inText(c personal.Column, guess personal.Guess, ok bool, counted Column) (personal.Guess, bool) {
	for i, p := range patterns() {
		n := counted.Matches[i]
		if !p.within || n == 0 {
			continue
		}
		if ok && guess.Confidence >= personal.Medium {
			return guess, false
		}
		if !ok {
			m, fits := personal.Propose(personal.FreeText, c.Type, c.Japanese())
			if !fits {
				return guess, false
			}
			guess = personal.Guess{Kind: personal.FreeText, Mask: m}
		} else {
			guess.Reason += "; "
		}
		guess.Confidence = personal.Medium
		guess.Reason += saying(n, counted, p)
		return guess, true
	}
	for i, p := range patterns() {
		n := counted.Matches[i]
		if p.kind != personal.FreeText || 4*n < counted.Values {
			continue
		}
		m, fits := personal.Propose(personal.FreeText, c.Type, c.Japanese())
		switch {
		case ok || !fits:
			return guess, false
		}
		return personal.Guess{
			Kind:       personal.FreeText,
			Confidence: personal.Low,
			Reason:     saying(n, counted, p),
			Mask:       m,
		}, true
	}
	return guess, false
}

// doubted lowers a guess of a kind that has a form where enough values were seen and hardly one has it.
func doubted(guess personal.Guess, ok bool, counted Column) personal.Guess {
	if !ok || counted.Values < few || guess.Confidence == personal.Low {
		return guess
	}
	for i, p := range patterns() {
		n, was := counted.Matches[i]
		if !was || p.kind != guess.Kind || p.within || p.unicode || p.kind == personal.NationalID ||
			p.kind == personal.Password || p.kind == personal.Token ||
			p.kind == personal.Postcode || p.kind == personal.FreeText || 20*n >= counted.Values {
			continue
		}
		guess.Confidence--
		guess.Reason += fmt.Sprintf("; but of %d sampled values %s", counted.Values, hardly(n, p))
		return guess
	}
	return guess
}

func hardly(n int64, p pattern) string {
	if n == 0 {
		return "none " + p.say(1)
	}
	return fmt.Sprintf("only %d %s", n, p.say(n))
}

// saying is "87 of 1000 sampled values look like an e-mail address".
func saying(n int64, counted Column, p pattern) string {
	return fmt.Sprintf("%d of %d sampled values %s", n, counted.Values, p.say(n))
}
