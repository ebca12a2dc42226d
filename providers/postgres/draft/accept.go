package draft

import "github.com/shoji-pg/shoji/spec/personal"

// Acceptance is which proposals a draft takes as decisions, by how sure they are.
type Acceptance string

const (
	// AcceptHigh takes the masks of unambiguous columns, AcceptMedium those of likely ones too, and AcceptLow all that
	// follow from anything.
	AcceptHigh   Acceptance = "high"
	AcceptMedium Acceptance = "medium"
	AcceptLow    Acceptance = "low"
	// AcceptAny masks what nothing tells of, too.
	AcceptAny Acceptance = "any"
)

// Acceptances returns all values, the strictest first.
func Acceptances() []Acceptance {
	return []Acceptance{AcceptHigh, AcceptMedium, AcceptLow, AcceptAny}
}

// takes reports whether the mask that is proposed for a column decides it.
func (a Acceptance) takes(c *draftColumn) bool {
	if c.guess.Kind == "" {
		return a == AcceptAny
	}
	switch a {
	case AcceptHigh:
		return c.guess.Confidence >= personal.High
	case AcceptLow, AcceptAny:
		return true
	}
	return c.guess.Confidence >= personal.Medium
}
