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

// Over says whether it is over. Nil is.
func (p *Pending) Over() bool {
	return p == nil || p.polls >= p.settle.Polls && p.clock.Now().Sub(p.begun) >= p.settle.For
}

// Look counts a look that finds it unfinished, and says whether it is over.
func (p *Pending) Look() bool {
	if p.Over() {
		return true
	}
	p.polls++
	return false
}
