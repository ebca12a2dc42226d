package transfer

import (
	"fmt"
	"sync"
)

// Snapshots are the open snapshots of refreshes, which the steps of each share. The zero value has none. Its methods
// may be called from several goroutines. Close it.
type Snapshots struct {
	mu   sync.Mutex
	open map[string]*shared
}

// shared is an open snapshot with the number of tables that are still to be read under it.
type shared struct {
	export *Export
	left   int
}

// Add keeps the snapshot of a refresh until tables have been read under it. One that is open already is closed.
func (s *Snapshots) Add(refresh string, e *Export, tables int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.open[refresh]; old != nil {
		old.export.Close()
	}
	if s.open == nil {
		s.open = map[string]*shared{}
	}
	s.open[refresh] = &shared{e, tables}
}

// Of returns the open snapshot of a refresh.
func (s *Snapshots) Of(refresh string) (*Export, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.open[refresh]; x != nil {
		return x.export, nil
	}
	return nil, fmt.Errorf("%s: the snapshot of the source is not open", refresh)
}

// Read reads one table of a refresh. The last one closes the snapshot: a long transaction keeps the source from
// cleaning up.
func (s *Snapshots) Read(refresh string, read func(*Export) error) error {
	e, err := s.Of(refresh)
	if err != nil {
		return err
	}
	if err := read(e); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.open[refresh]; x != nil && x.export == e {
		if x.left--; x.left == 0 {
			e.Close()
			delete(s.open, refresh)
		}
	}
	return nil
}

// Close ends all snapshots.
func (s *Snapshots) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.open {
		x.export.Close()
	}
	s.open = nil
}
