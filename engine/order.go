package engine

import (
	"container/heap"
	"fmt"
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
	index := make(map[string]int, len(steps))
	for i := range steps {
		index[steps[i].ID] = i
	}
	waiting, dependents := make([]int, len(steps)), make([][]int, len(steps))
	ready := readyHeap{steps: steps}
	for i := range steps {
		waiting[i] = len(steps[i].Needs)
		for _, n := range steps[i].Needs {
			dependents[index[n]] = append(dependents[index[n]], i)
		}
		if waiting[i] == 0 {
			heap.Push(&ready, i)
		}
	}
	out := make([]Step, 0, len(steps))
	for ready.Len() > 0 {
		i := heap.Pop(&ready).(int)
		out = append(out, steps[i])
		for _, d := range dependents[i] {
			if waiting[d]--; waiting[d] == 0 {
				heap.Push(&ready, d)
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
