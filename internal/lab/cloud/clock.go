package cloud

import (
	"sync"
	"time"
)

// ManualClock stands still until it is told to go on.
type ManualClock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock begins now: clients sign with the machine's time.
func NewClock() *ManualClock { return &ManualClock{now: time.Now()} }

// Now says what time it is.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance lets time pass.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
