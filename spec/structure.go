package spec

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Part is a kind of objects of a structure that can hold literals: texts and numbers that somebody wrote. It is the
// name of its argument in a schema block.
type Part string

const (
	Comments   Part = "comments"
	Functions  Part = "functions"
	Views      Part = "views"
	Triggers   Part = "triggers"
	Rules      Part = "rules"
	Policies   Part = "policies"
	Defaults   Part = "defaults"
	Checks     Part = "checks"
	Indexes    Part = "indexes"
	Statistics Part = "statistics"
	// Fixed is what cannot be left out by itself: labels of enums, bounds of partitions, expressions of generated
	// columns.
	Fixed Part = ""
)

// Parts returns the arguments of a schema block, in the order of the documentation.
func Parts() []Part {
	return []Part{Comments, Functions, Views, Triggers, Rules, Policies, Defaults, Checks, Indexes, Statistics}
}

// Structure says what of a source's structure is copied. A nil Structure copies all.
type Structure struct {
	// Limited are the parts that are not copied as a whole.
	Limited map[Part]Limit
	Range   diag.Range
	Places  map[Part]diag.Range // of the arguments that are written
}

// Limit is what one argument of a schema block lets through: the names that a pattern of takes matches and none of
// leaves.
type Limit struct {
	text          string // as in the spec
	takes, leaves []Glob
}

// LimitTo returns the limit of a list of patterns; a pattern that begins with ! takes names away again.
func LimitTo(patterns []string) Limit {
	l := Limit{text: "[]"}
	for _, p := range patterns {
		if left, negative := strings.CutPrefix(p, "!"); negative {
			l.leaves = append(l.leaves, CompileGlob(left))
		} else {
			l.takes = append(l.takes, CompileGlob(p))
		}
	}
	if len(l.takes) == 0 && len(l.leaves) > 0 {
		l.takes = []Glob{CompileGlob("*")}
	}
	if len(patterns) > 0 {
		l.text = `["` + strings.Join(patterns, `", "`) + `"]`
	}
	return l
}

// LimitToNone returns the limit that lets nothing through: false in the spec.
func LimitToNone() Limit { return Limit{text: "false"} }

// Takes reports whether an object of a part is copied, by its qualified name without quotes.
func (s *Structure) Takes(part Part, name string) bool {
	if !s.Limits(part) {
		return true
	}
	l := s.Limited[part]
	matches := func(g Glob) bool { return g.Match(name) }
	return slices.ContainsFunc(l.takes, matches) && !slices.ContainsFunc(l.leaves, matches)
}

// Limits reports whether something of a part may be left out.
func (s *Structure) Limits(part Part) bool {
	if s == nil {
		return false
	}
	_, limited := s.Limited[part]
	return limited
}

// TakesNone reports whether nothing of a part is copied, whatever its name.
func (s *Structure) TakesNone(part Part) bool {
	return s.Limits(part) && len(s.Limited[part].takes) == 0
}

// Argument returns what the spec says of a part: `comments = false`.
func (s *Structure) Argument(part Part) string { return string(part) + " = " + s.Limited[part].text }

// LimitTexts returns what the spec says of each part that it limits; nil where all is copied.
func (s *Structure) LimitTexts() map[Part]string {
	if s == nil || len(s.Limited) == 0 {
		return nil
	}
	out := make(map[Part]string, len(s.Limited))
	for part, l := range s.Limited {
		out[part] = l.text
	}
	return out
}

// At returns where the argument of a part stands, or the block without it.
func (s *Structure) At(part Part) *diag.Range {
	if r, ok := s.Places[part]; ok {
		return &r
	}
	return &s.Range
}
