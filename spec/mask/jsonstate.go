package mask

import (
	"fmt"
	"maps"
	"slices"
)

// state is a place of a document as far as the paths know it: all of them that lead here, taken together.
type state struct {
	id     int
	mask   *Mask
	path   string // of the mask
	deep   bool   // a path looks everywhere below
	keys   map[string]*state
	items  map[int]*state
	other  *state // by any other key; nil: no path goes there
	others *state // by any other number
}

// mark is a place of the tree that a document has come to. One that is everywhere stays at each step down.
type mark struct {
	at         *place
	everywhere bool
}

// automaton makes the states of a tree of paths; a set of marks is one state.
type automaton struct {
	made   map[string]*state
	states []*state
}

// state returns the state of marks, the most exact first. Where two paths meet in one place, the more exact one
// decides.
func (a *automaton) state(marks []mark) (*state, error) {
	marks = closure(marks)
	if len(marks) == 0 {
		return nil, nil
	}
	name := ""
	for _, m := range marks {
		name += fmt.Sprintf("%d/%t ", m.at.id, m.everywhere)
	}
	if s := a.made[name]; s != nil {
		return s, nil
	}
	s := &state{id: len(a.states), keys: map[string]*state{}, items: map[int]*state{}}
	a.made[name] = s
	a.states = append(a.states, s)
	for i, m := range marks {
		if m.at.mask == nil {
			continue
		}
		for _, more := range marks[:i] {
			if !more.everywhere {
				return nil,
					fmt.Errorf("the path %q goes on below a place that %q masks whole; write the one or the other",
						more.at.path, m.at.path)
			}
		}
		s.mask, s.path = m.at.mask, m.at.path
		return s, nil
	}
	return s, a.follow(s, marks)
}

// follow fills in where the steps down from a state lead.
func (a *automaton) follow(s *state, marks []mark) (err error) {
	for _, m := range marks {
		s.deep = s.deep || m.everywhere
		for key := range m.at.keys {
			s.keys[key] = nil
		}
		for i := range m.at.items {
			s.items[i] = nil
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.keys)) {
		if s.keys[key], err = a.state(down(marks, func(p *place) []*place {
			return []*place{p.keys[key], p.anyKey}
		})); err != nil {
			return err
		}
	}
	for _, i := range slices.Sorted(maps.Keys(s.items)) {
		if s.items[i], err = a.state(down(marks, func(p *place) []*place {
			return []*place{p.items[i], p.anyItem}
		})); err != nil {
			return err
		}
	}
	if s.other, err = a.state(down(marks, func(p *place) []*place { return []*place{p.anyKey} })); err != nil {
		return err
	}
	s.others, err = a.state(down(marks, func(p *place) []*place { return []*place{p.anyItem} }))
	return err
}

// down returns the marks after one step: first those of paths that say where they stand, in each the exact before the
// wild.
func down(marks []mark, step func(*place) []*place) []mark {
	var out []mark
	for _, everywhere := range []bool{false, true} {
		for choice := range 2 {
			for _, m := range marks {
				if next := step(m.at); m.everywhere == everywhere && choice < len(next) && next[choice] != nil {
					out = append(out, mark{next[choice], false})
				}
			}
		}
	}
	for _, m := range marks {
		if m.everywhere {
			out = append(out, m)
		}
	}
	return out
}

// closure adds what is looked for from here on, and takes out what is there twice.
func closure(marks []mark) []mark {
	for i := 0; i < len(marks); i++ {
		if marks[i].at.deep != nil {
			marks = append(marks, mark{marks[i].at.deep, true})
		}
	}
	seen := map[mark]bool{}
	out := marks[:0:0]
	for _, m := range marks {
		if !seen[m] {
			seen[m] = true
			out = append(out, m)
		}
	}
	return out
}
