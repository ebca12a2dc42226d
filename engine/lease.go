package engine

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// leaseTime is how long a lease lasts without being renewed: what a killed run keeps others waiting.
const leaseTime = time.Minute

// ErrLeaseLost is what Renew gives when somebody else has taken the lease.
var ErrLeaseLost = errors.New("lock lost")

func (e *HeldError) Error() string {
	h := e.Holder
	return fmt.Sprintf("%s is locked by %s (%s, process %d) since %s. Wait with -lock-timeout, or, if that run is "+
		"dead, wait until %s or take its lock away: shoji unlock %s",
		h.Target, h.Who, h.Operation, h.PID, h.Since.UTC().Format(time.RFC3339), h.Expires.UTC().Format(time.RFC3339),
		h.ID)
}

// Hold takes the lease on a target, waiting up to wait for it, and keeps it until release is called. The context that
// it gives is cancelled when the lease is lost. One that ends otherwise does not end the lease: what was begun is put
// back under it. waiting is told once that somebody else has it; patience ends the waiting alone.
func Hold(ctx, patience context.Context, store Store, target string, holder Holder, wait time.Duration,
	waiting func(*HeldError)) (held context.Context, release func(), err error) {
	lease, err := acquire(patience, store, target, holder, wait, waiting)
	if err != nil {
		return nil, nil, err
	}
	held, cancel := context.WithCancelCause(ctx)
	renewing, end := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		renew(renewing, lease, cancel)
	}()
	return held, func() {
		end()
		cancel(nil)
		<-ended
		// The process is about to leave; a lease that cannot be released runs out by itself.
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer stop()
		_ = lease.Release(ctx)
	}, nil
}

func acquire(ctx context.Context, store Store, target string, holder Holder, wait time.Duration,
	waiting func(*HeldError)) (Lease, error) {
	deadline := time.NewTimer(wait)
	defer deadline.Stop()
	told := false
	for {
		lease, err := store.Acquire(ctx, target, holder, leaseTime)
		var other *HeldError
		if err == nil {
			return lease, nil
		}
		if !errors.As(err, &other) {
			return nil, fmt.Errorf("locking %s: %w", target, err)
		}
		if !told && wait > 0 && waiting != nil {
			waiting(other)
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-deadline.C:
			return nil, err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// renew keeps a lease alive. A few failures are borne: the lease lasts longer than two of its turns.
func renew(ctx context.Context, lease Lease, cancel context.CancelCauseFunc) {
	failed := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(leaseTime / 4):
		}
		err := lease.Renew(ctx)
		switch {
		case err == nil:
			failed = 0
		case ctx.Err() != nil:
			return
		default:
			if failed++; failed >= 3 || errors.Is(err, ErrLeaseLost) {
				cancel(fmt.Errorf("renewing the lock: %w", err))
				return
			}
		}
	}
}
