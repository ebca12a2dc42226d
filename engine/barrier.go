package engine

import "slices"

// KindBarrier is the kind of steps that do nothing: a barrier has succeeded when all that it needs has. Steps that wait
// for the same many others need one barrier instead, so that a plan grows with the number of its steps and not with its
// square. A barrier is part of the graph and of nothing else: it takes no worker, no provider sees it, no journal
// records it and no view counts it. What a journal says of the steps before it says whether it has succeeded.
const KindBarrier = "barrier"

// IsBarrier reports whether the step is a barrier.
func (s *Step) IsBarrier() bool { return s.Kind == KindBarrier }

// passed reports whether a barrier has succeeded where the steps in done have.
func (s *Step) passed(done map[string]bool) bool {
	return !slices.ContainsFunc(s.Needs, func(need string) bool { return !done[need] })
}
