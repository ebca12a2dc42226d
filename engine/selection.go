package engine

import (
	"fmt"
	"sort"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Selection is -target and -exclude as typed. The zero Selection selects everything.
type Selection struct {
	Targets  []string
	Excludes []string
}

// Selected is a resolved Selection: which declared objects a plan is about. The zero Selected has
// every object.
type Selected struct{ out map[string]bool }

// Has reports whether the object or refresh of that address is planned.
func (s Selected) Has(address string) bool { return !s.out[address] }

// Everything reports whether nothing was left out.
func (s Selected) Everything() bool { return len(s.out) == 0 }

// Resolve says which of the known addresses are selected. needs gives, for an address, what it refers
// to: a target brings what it needs, an exclusion takes what needs it. An address without a key
// stands for all its instances. Unknown addresses and the two kinds together are errors.
func (s Selection) Resolve(known []string, needs map[string][]string) (Selected, diag.Diagnostics) {
	var ds diag.Diagnostics
	if len(s.Targets) > 0 && len(s.Excludes) > 0 {
		ds.Errorf(nil, "-target and -exclude together", "Give one kind or the other.")
		return Selected{}, ds
	}
	edges := map[string][]string{} // from what is given to what comes along
	for from, list := range needs {
		for _, to := range list {
			if len(s.Targets) > 0 {
				edges[from] = append(edges[from], to)
			} else {
				edges[to] = append(edges[to], from)
			}
		}
	}
	reached := map[string]bool{}
	var visit func(string)
	visit = func(a string) {
		if reached[a] {
			return
		}
		reached[a] = true
		for _, next := range edges[a] {
			visit(next)
		}
		if base := baseAddress(a); base != a {
			for _, next := range edges[base] {
				visit(next)
			}
		}
	}
	for _, a := range append(append([]string(nil), s.Targets...), s.Excludes...) {
		found := false
		for _, k := range known {
			if k == a || baseAddress(k) == a {
				found = true
				visit(k)
			}
		}
		if !found {
			ds.Errorf(nil, "Unknown address", "There is no %s.%s Known: %s.", a, diag.DidYouMean(a, known),
				strings.Join(known, ", "))
		}
	}
	if ds.HasErrors() || len(reached) == 0 {
		return Selected{}, ds
	}
	out := Selected{out: map[string]bool{}}
	for _, k := range known {
		hit := reached[k] || reached[baseAddress(k)]
		if hit == (len(s.Excludes) > 0) {
			out.out[k] = true
		}
	}
	return out, ds
}

// baseAddress is an address without the key of for_each.
func baseAddress(a string) string {
	kind := strings.IndexByte(a, '.')
	if i := strings.LastIndexByte(a, '['); i > 0 && kind > 0 && kind < i && strings.HasSuffix(a, "]") {
		return a[:i]
	}
	return a
}

// stepsByID returns the steps of a plan by their IDs.
func stepsByID(p *Plan) map[string]*Step {
	byID := make(map[string]*Step, len(p.Steps))
	for i := range p.Steps {
		byID[p.Steps[i].ID] = &p.Steps[i]
	}
	return byID
}

// check refuses steps that no walk could run: an ID twice, a need that is nothing, a cycle.
func check(steps []Step) error {
	byID := make(map[string]*Step, len(steps))
	for i := range steps {
		if byID[steps[i].ID] != nil {
			return fmt.Errorf("the step %s is there twice", steps[i].ID)
		}
		byID[steps[i].ID] = &steps[i]
	}
	for _, s := range steps {
		for _, n := range s.Needs {
			if byID[n] == nil {
				return fmt.Errorf("the step %s needs %s, which is no step", s.ID, n)
			}
		}
	}
	g := StepGraph(steps)
	if cycle := g.Cycle(); cycle != nil {
		return fmt.Errorf("the steps need each other: %s", strings.Join(cycle, " -> "))
	}
	return nil
}

// order sorts steps so that each comes after what it needs, the smaller priority and then the smaller ID first among
// those that could come next. The steps must have passed check.
func order(steps []Step) []Step {
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

// before is the order of steps that are ready.
func before(a, b *Step) bool {
	if a.Priority != b.Priority {
		return a.Priority < b.Priority
	}
	return a.ID < b.ID
}
