package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// Acquire takes the lease on a target. Leases are files; a lock of the operating system makes it atomic to read and
// write them, for runs on one machine and on file systems that share locks.
func (d *dirStore) Acquire(_ context.Context, target string, holder Holder, ttl time.Duration) (Lease, error) {
	id := make([]byte, 8)
	if _, err := io.ReadFull(d.Random, id); err != nil {
		return nil, fmt.Errorf("making the ID of a lease: %w", err)
	}
	holder.ID, holder.Target = hex.EncodeToString(id), target
	l := &dirLease{store: d, holder: holder, ttl: ttl}
	return l, d.withMutex(func() error {
		now := d.Now()
		if other, err := d.lease(target); err != nil {
			return err
		} else if other != nil && now.Before(other.Expires) && !isDead(*other, holder) {
			return &HeldError{*other}
		}
		return l.write(now)
	})
}

// isDead reports whether a lease is that of a process on this machine that no longer exists.
func isDead(other, me Holder) bool {
	host := func(h Holder) string { return h.Who[strings.LastIndexByte(h.Who, '@')+1:] }
	if host(other) != host(me) || other.PID <= 1 || other.PID == me.PID {
		return false
	}
	return errors.Is(syscall.Kill(other.PID, 0), syscall.ESRCH)
}

func (d *dirStore) leases() string { return filepath.Join(d.dir, "leases") }

func (d *dirStore) leaseFile(target string) string {
	sum := sha256.Sum256([]byte(target))
	return filepath.Join(d.leases(), hex.EncodeToString(sum[:8])+".json")
}

// withMutex calls f while no other process on the machine changes leases.
func (d *dirStore) withMutex(f func() error) error {
	if err := os.MkdirAll(d.leases(), 0o700); err != nil {
		return err
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(d.leases(), "mutex")).Lock()
	if err != nil {
		return fmt.Errorf("locking %s: %w", d.leases(), err)
	}
	defer unlock()
	return f()
}

// lease returns the lease on a target; nil where there is none.
func (d *dirStore) lease(target string) (*Holder, error) {
	raw, err := os.ReadFile(d.leaseFile(target))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var h Holder
	if err := json.Unmarshal(raw, &h); err != nil {
		return nil, nil // written in part by a process that was killed: nobody holds it
	}
	return &h, nil
}

func (d *dirStore) Leases(context.Context) ([]Holder, error) {
	entries, err := os.ReadDir(d.leases())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []Holder
	for _, e := range entries {
		raw, err := os.ReadFile(filepath.Join(d.leases(), e.Name()))
		var h Holder
		if err == nil && json.Unmarshal(raw, &h) == nil && d.Now().Before(h.Expires) {
			out = append(out, h)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Target < out[j].Target })
	return out, nil
}

func (d *dirStore) Break(ctx context.Context, id string) error {
	return d.withMutex(func() error {
		held, err := d.Leases(ctx)
		if err != nil {
			return err
		}
		for _, h := range held {
			if h.ID == id {
				return os.Remove(d.leaseFile(h.Target))
			}
		}
		return fmt.Errorf("there is no lock %s (shoji status lists them)", id)
	})
}

// dirLease is a lease that this process holds.
type dirLease struct {
	store  *dirStore
	holder Holder
	ttl    time.Duration
}

func (l *dirLease) write(now time.Time) error {
	l.holder.Expires = now.Add(l.ttl)
	raw, err := json.MarshalIndent(l.holder, "", "  ")
	if err != nil {
		return err
	}
	return writeSynced(l.store.leaseFile(l.holder.Target), raw)
}

// ifHeld calls f if the lease is still held.
func (l *dirLease) ifHeld(f func() error) error {
	return l.store.withMutex(func() error {
		now, err := l.store.lease(l.holder.Target)
		if err != nil {
			return err
		}
		if now == nil || now.ID != l.holder.ID {
			return fmt.Errorf("the lock on %s was taken away: %w", l.holder.Target, ErrLeaseLost)
		}
		return f()
	})
}

func (l *dirLease) Renew(context.Context) error {
	return l.ifHeld(func() error { return l.write(l.store.Now()) })
}

func (l *dirLease) Release(context.Context) error {
	err := l.ifHeld(func() error { return os.Remove(l.store.leaseFile(l.holder.Target)) })
	if errors.Is(err, ErrLeaseLost) {
		return nil
	}
	return err
}
