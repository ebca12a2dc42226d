package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// leaseTime is how long a lease lasts without being renewed, and so how long a killed run keeps others waiting.
const leaseTime = time.Minute

// ErrLeaseLost is what Renew returns when somebody else has taken the lease.
var ErrLeaseLost = errors.New("lock lost")

func (e *HeldError) Error() string {
	h := e.Holder
	return fmt.Sprintf("%s is locked by %s (%s, process %d) since %s. Wait with -lock-timeout, or, if that run is "+
		"dead, wait until %s or remove its lock: shoji unlock %s",
		h.Target, h.Who, h.Operation, h.PID, h.Since.UTC().Format(time.RFC3339), h.Expires.UTC().Format(time.RFC3339),
		h.ID)
}

// Hold takes the lease on a target, waiting for it for up to wait, and renews it until release is called. The context
// that it returns is cancelled when the lease is lost. The lease outlives ctx: what was begun is put back under it.
// waiting is called once if somebody else has the lease; the end of patience ends the waiting alone.
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

// renew keeps a lease alive. It tolerates two failures in a row: the lease lasts longer than that.
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

// whileLocked calls f with a context that ends when one of the locks is lost. servers says that f works on databases
// whatever earlier runs left there.
func (w *Workflow) whileLocked(ctx context.Context, command string, servers bool,
	f func(context.Context) error) error {
	held := &locks{ctx: ctx}
	defer held.release()
	end := w.during(Locking, w.emit, nil)
	err := w.lock(held, command, servers)
	end()
	if err != nil {
		return problem("The lock cannot be taken", err)
	}
	return f(held.ctx)
}

// locks are those that a workflow holds.
type locks struct {
	ctx      context.Context // of all of them
	releases []func()
}

func (l *locks) add(ctx context.Context, release func()) {
	l.ctx, l.releases = ctx, append(l.releases, release)
}

func (l *locks) release() {
	for _, release := range slices.Backward(l.releases) {
		release()
	}
}

// lock takes the lease on every account and database, and for a command that works on databases the lock on the server
// of each.
func (w *Workflow) lock(held *locks, command string, servers bool) error {
	patience, cancel := UntilStop(held.ctx, w.Stop)
	defer cancel()
	if !servers {
		var err error
		if servers, err = w.leftOnServers(held.ctx); err != nil {
			return err
		}
	}
	waiting := func(e *HeldError) {
		w.View.Say("Waiting for the lock on %s, held by %s since %s …", e.Holder.Target, e.Holder.Who,
			e.Holder.Since.UTC().Format(time.RFC3339))
	}
	for _, target := range slices.Concat(w.Accounts, w.Databases) {
		holder := Holder{Target: target, Who: w.Who, PID: w.PID, Operation: command, Since: w.Now()}
		ctx, release, err := Hold(held.ctx, patience, w.Store, target, holder, w.LockTimeout, waiting)
		if err != nil {
			return fmt.Errorf("in the journal (%s): %w", w.Store, err)
		}
		held.add(ctx, release)
		if !servers || w.LockServer == nil || !slices.Contains(w.Databases, target) {
			continue
		}
		if ctx, release, err = w.LockServer(ctx, patience, target, holder, w.LockTimeout); err != nil {
			return err
		}
		held.add(ctx, release)
	}
	return nil
}

// leftOnServers reports whether a run that is to be put back worked on databases: an export alone did not.
func (w *Workflow) leftOnServers(ctx context.Context) (bool, error) {
	runs, _, err := w.siftRuns(ctx)
	if err != nil {
		return false, err
	}
	for _, r := range runs {
		if p, _, err := w.Store.Read(ctx, r.ID); err != nil || p.Only != OnlyExport {
			return true, nil
		}
	}
	return false, nil
}

// UntilStop returns a context that ends when stop is closed, for what may be broken off at once.
func UntilStop(ctx context.Context, stop <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
