package engine

import (
	"container/heap"
	"context"
	"errors"
	"slices"
)

// walk runs steps, each when all that it needs has succeeded: the smaller priority first, then the smaller ID, at most
// limit at a time, and never two that contend for the same thing. A step that serves another one is not begun once that
// cannot run any more. A barrier ends as soon as it begins.
type walk struct {
	steps   []Step
	limit   int
	stop    <-chan struct{} // closed when no further step should begin
	execute func(ctx context.Context, s *Step) error
	// stopping is called once, when stop is closed while steps run.
	stopping func()
	// skipped is called for a step that will not run because another one failed.
	skipped func(s *Step, because string)

	results    []StepResult
	index      map[string]int
	waiting    []int   // needs that have not succeeded yet, by step
	dependents [][]int // by step
	servants   [][]int // by step: those that serve it
	begun      []bool  // by step
	ready      readyHeap
	held       map[string]bool
}

type finished struct {
	step int
	err  error
}

// run walks until nothing can run any more, and returns what became of the steps that do something. Steps in done need
// not run. It returns when every step that it began has ended.
func (w *walk) run(ctx context.Context, done map[string]bool) []StepResult {
	w.prepare(done)
	running := 0
	ended := make(chan finished)
	stopped := false
	for {
		select {
		case <-w.stop:
			stopped = true
		default:
		}
		if stopped || ctx.Err() != nil {
			w.ready.list = nil
		}
		for _, i := range w.next(w.limit - running) {
			running++
			go func() { ended <- finished{i, w.execute(ctx, &w.steps[i])} }()
		}
		if running == 0 {
			return slices.DeleteFunc(w.results, func(r StepResult) bool { return r.Step.IsBarrier() })
		}
		stop := w.stop
		if stopped {
			stop = nil // a closed channel would be chosen again and again
		}
		select {
		case f := <-ended:
			running--
			w.finish(ctx, f)
		case <-stop:
			stopped = true
			w.stopping()
		}
	}
}

func (w *walk) prepare(done map[string]bool) {
	w.results = make([]StepResult, len(w.steps))
	w.index, w.held = map[string]int{}, map[string]bool{}
	w.waiting, w.begun = make([]int, len(w.steps)), make([]bool, len(w.steps))
	w.dependents, w.servants = make([][]int, len(w.steps)), make([][]int, len(w.steps))
	w.ready = readyHeap{steps: w.steps}
	for i := range w.steps {
		w.index[w.steps[i].ID] = i
		w.results[i] = StepResult{Step: &w.steps[i], Outcome: NotStarted}
		if done[w.steps[i].ID] {
			w.results[i].Outcome = Done
		}
	}
	for i := range w.steps {
		for _, n := range w.steps[i].Needs {
			if !done[n] {
				w.waiting[i]++
				w.dependents[w.index[n]] = append(w.dependents[w.index[n]], i)
			}
		}
		if served, ok := w.index[w.steps[i].Serves]; ok {
			w.servants[served] = append(w.servants[served], i)
		}
	}
	for i := range w.steps {
		if w.waiting[i] == 0 && w.results[i].Outcome == NotStarted {
			w.release(i)
		}
	}
}

// release lets a step begin, now that all that it needs has succeeded.
func (w *walk) release(i int) {
	if w.steps[i].IsBarrier() {
		w.succeed(i)
		return
	}
	heap.Push(&w.ready, i)
}

// succeed releases what waited for a step.
func (w *walk) succeed(i int) {
	w.results[i].Outcome = Done
	for _, d := range w.dependents[i] {
		if w.waiting[d]--; w.waiting[d] == 0 && w.results[d].Outcome == NotStarted {
			w.release(d)
		}
	}
}

// next takes up to n steps that can run now.
func (w *walk) next(n int) []int {
	var out, blocked []int
	for len(out) < n && w.ready.Len() > 0 {
		i := heap.Pop(&w.ready).(int)
		if w.results[i].Outcome != NotStarted {
			continue // skipped while it was ready
		}
		if w.contended(i) {
			blocked = append(blocked, i)
			continue
		}
		w.begun[i] = true
		for _, c := range w.steps[i].Contends {
			w.held[c] = true
		}
		out = append(out, i)
	}
	for _, i := range blocked {
		heap.Push(&w.ready, i)
	}
	return out
}

func (w *walk) contended(i int) bool {
	for _, c := range w.steps[i].Contends {
		if w.held[c] {
			return true
		}
	}
	return false
}

func (w *walk) finish(ctx context.Context, f finished) {
	for _, c := range w.steps[f.step].Contends {
		delete(w.held, c)
	}
	if f.err != nil {
		if ctx.Err() != nil && errors.Is(f.err, context.Canceled) {
			return // interrupted, not failed: it stays "not started", and is done again
		}
		w.results[f.step].Outcome, w.results[f.step].Err = Failed, f.err
		w.skip(f.step, w.steps[f.step].ID)
		return
	}
	w.succeed(f.step)
}

// skip marks everything that needs a step that will not succeed, or that serves it. What runs already is left to end.
func (w *walk) skip(step int, because string) {
	for _, d := range slices.Concat(w.dependents[step], w.servants[step]) {
		if w.begun[d] || w.results[d].Outcome != NotStarted {
			continue
		}
		w.results[d].Outcome, w.results[d].Because = Skipped, because
		if !w.steps[d].IsBarrier() {
			w.skipped(&w.steps[d], because)
		}
		w.skip(d, because)
	}
}

// readyHeap orders the indexes of steps that could run.
type readyHeap struct {
	steps []Step
	list  []int
}

func (h *readyHeap) Len() int           { return len(h.list) }
func (h *readyHeap) Less(i, j int) bool { return before(&h.steps[h.list[i]], &h.steps[h.list[j]]) }
func (h *readyHeap) Swap(i, j int)      { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *readyHeap) Push(x any)         { h.list = append(h.list, x.(int)) }
func (h *readyHeap) Pop() any {
	last := h.list[len(h.list)-1]
	h.list = h.list[:len(h.list)-1]
	return last
}
