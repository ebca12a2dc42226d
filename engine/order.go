package engine

import (
	"fmt"
	"sort"
	"strings"
)

// stepsByID returns the steps of a plan by their IDs.
func stepsByID(p *Plan) map[string]*Step {
	byID := make(map[string]*Step, len(p.Steps))
	for i := range p.Steps {
		byID[p.Steps[i].ID] = &p.Steps[i]
	}
	return byID
}

// checkOrder refuses steps that cannot be walked: an ID that occurs twice, a need that is no step, a cycle.
func checkOrder(steps []Step) error {
	byID := make(map[string]*Step, len(steps))
	for i := range steps {
		if byID[steps[i].ID] != nil {
			return fmt.Errorf("the step %s occurs twice", steps[i].ID)
		}
		byID[steps[i].ID] = &steps[i]
	}
	for _, s := range steps {
		for _, n := range s.Needs {
			if byID[n] == nil {
				return fmt.Errorf("the step %s needs %s, which does not exist", s.ID, n)
			}
		}
	}
	g := StepGraph(steps)
	if cycle := g.Cycle(); cycle != nil {
		return fmt.Errorf("the steps need each other: %s", strings.Join(cycle, " -> "))
	}
	return nil
}

// inOrderOfNeeds returns the steps so that each comes after what it needs. Among those that could come next, the
// smaller priority comes first, then the smaller ID. The steps must have passed checkOrder.
func inOrderOfNeeds(steps []Step) []Step {
	waiting := map[string]int{}
	dependents := map[string][]int{}
	var ready []int
	for i, s := range steps {
		waiting[s.ID] = len(s.Needs)
		for _, n := range s.Needs {
			dependents[n] = append(dependents[n], i)
		}
		if len(s.Needs) == 0 {
			ready = append(ready, i)
		}
	}
	out := make([]Step, 0, len(steps))
	for len(ready) > 0 {
		sort.Slice(ready, func(a, b int) bool { return before(&steps[ready[a]], &steps[ready[b]]) })
		s := steps[ready[0]]
		ready = ready[1:]
		out = append(out, s)
		for _, d := range dependents[s.ID] {
			if waiting[steps[d].ID]--; waiting[steps[d].ID] == 0 {
				ready = append(ready, d)
			}
		}
	}
	return out
}

// before reports whether a is begun before b when both are ready.
func before(a, b *Step) bool {
	if a.Priority != b.Priority {
		return a.Priority < b.Priority
	}
	return a.ID < b.ID
}
