package rds

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// work is something that takes time: a settling by clock and looks, and a hook that runs meanwhile. Both must be over.
type work struct {
	pending *wire.Pending
	hook    chan error
	ran     bool
	err     error
	finish  func(error)
}

// begin starts a hook, which may be nil; finish is called under the cloud's lock when all is over.
func (s *Service) begin(settle wire.Settle, hook func() error, finish func(error)) *work {
	w := &work{pending: settle.Begin(s.clock), hook: make(chan error, 1), finish: func(err error) {
		if finish(err); err != nil {
			s.failures = append(s.failures, err)
		}
	}}
	if hook == nil {
		w.hook <- nil
	} else {
		go func() { w.hook <- hook() }()
	}
	return w
}

// over says whether the work is done, and finishes it then, once. look says that somebody looked at it, which brings it
// on.
func (w *work) over(look bool) bool {
	if w == nil || w.finish == nil {
		return true
	}
	if !w.ran {
		select {
		case w.err = <-w.hook:
			w.ran = true
		default:
		}
	}
	settled := w.pending.Over()
	if look {
		settled = w.pending.Look()
	}
	if !settled || !w.ran {
		return false
	}
	finish := w.finish
	w.finish = nil
	finish(w.err)
	return true
}

// settle finishes what is over in a place, without looking at anything.
func (p *place) settle() {
	for _, name := range wire.SortedKeys(p.clusters) {
		p.clusters[name].over(false)
	}
	for _, name := range wire.SortedKeys(p.instances) {
		p.instances[name].over(false)
	}
	for _, snapshots := range []map[string]*snapshot{p.clusterSnapshots, p.instanceSnapshots} {
		for _, name := range wire.SortedKeys(snapshots) {
			snapshots[name].work.over(false)
		}
	}
}

// Failures gives the errors of hooks so far: a status says that one failed, never why.
func (s *Service) Failures() []error { return slices.Clone(s.failures) }
