package wire

import "time"

// Clock says what time it is.
type Clock interface{ Now() time.Time }

// Settle is how long something takes: both at least For, by the clock, and Polls looks at it that
// find it unfinished. The zero value is at once.
type Settle struct {
	For   time.Duration
	Polls int
}

// Pending is something that takes its time, counted from when it began.
type Pending struct {
	settle Settle
	clock  Clock
	begun  time.Time
	polls  int
}

// Begin starts it.
func (s Settle) Begin(clock Clock) *Pending {
	return &Pending{settle: s, clock: clock, begun: clock.Now()}
}

// Look counts a look and says whether it is over. Nil is over.
func (p *Pending) Look() bool {
	if p == nil || p.polls >= p.settle.Polls && p.clock.Now().Sub(p.begun) >= p.settle.For {
		return true
	}
	p.polls++
	return false
}
