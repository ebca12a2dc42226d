package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/shoji-pg/shoji/engine"
)

// notifyInterrupts returns a context that the second interrupt cancels. next returns a channel that is closed at the
// next interrupt from now; called at the beginning, it is closed at the first.
func notifyInterrupts(parent context.Context) (ctx context.Context, next func() <-chan struct{}, done func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	var mu sync.Mutex
	coming, over := make(chan struct{}), make(chan struct{})
	go func() {
		for n := 1; ; n++ {
			select {
			case <-signals:
			case <-over:
				return
			}
			mu.Lock()
			close(coming)
			coming = make(chan struct{})
			mu.Unlock()
			// after the channel is another: what begins because of it must not take this interrupt for a further one
			if n == 2 {
				cancel()
			}
		}
	}()
	next = func() <-chan struct{} {
		mu.Lock()
		defer mu.Unlock()
		return coming
	}
	return ctx, next, func() { signal.Stop(signals); close(over); cancel() }
}

// untilStop returns a context that the first interrupt cancels, for what may be broken off at once.
func (a *app) untilStop(ctx context.Context) (context.Context, context.CancelFunc) {
	return engine.UntilStop(ctx, a.stop)
}

// stopped reports whether there was an interrupt.
func (a *app) stopped() bool {
	select {
	case <-a.stop:
		return true
	default:
		return false
	}
}
