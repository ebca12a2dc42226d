package engine

import "slices"

// Around is what one provider does around the steps of another: a clone that is made before rows are read and removed
// after them, a setting that is changed for a while. Steps of Before and After follow each other in their order.
type Around struct {
	Before, After []Step
	Notes         []string
	Hazards       []Hazard
	Fingerprints  []Fingerprint
}

// Empty reports whether there is nothing to do.
func (a Around) Empty() bool { return len(a.Before)+len(a.After) == 0 }

// Surround returns steps with those of a: Before comes before each step that touches t, After comes after all of them.
// Nothing of a begins before the steps named by first have succeeded.
func (a Around) Surround(steps []Step, t Touch, first ...string) []Step {
	before, after := inOrder(a.Before), inOrder(a.After)
	if len(before) > 0 {
		before[0].Needs = append(before[0].Needs, first...)
	}
	inner := slices.Clone(steps)
	for i := range inner {
		s := &inner[i]
		if !slices.Contains(s.Touches, t) {
			continue
		}
		if len(before) > 0 {
			s.Needs = append(slices.Clone(s.Needs), before[len(before)-1].ID)
		}
		if len(after) > 0 {
			after[0].Needs = append(after[0].Needs, s.ID)
		}
	}
	return slices.Concat(before, inner, after)
}

// inOrder returns copies of steps, each of which waits for the one before it.
func inOrder(steps []Step) []Step {
	out := slices.Clone(steps)
	for i := range out {
		out[i].Needs = slices.Clone(out[i].Needs)
		if i > 0 {
			out[i].Needs = append(out[i].Needs, out[i-1].ID)
		}
	}
	return out
}
