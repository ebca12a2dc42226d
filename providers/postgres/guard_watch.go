package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec"
)

func (all *Guards) add(g *Guard) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.held = append(all.held, g)
	g.release = func() {
		all.mu.Lock()
		defer all.mu.Unlock()
		all.held = slices.DeleteFunc(all.held, func(x *Guard) bool { return x == g })
	}
}

// find returns the guard of this process that a session is of, nil where there is none.
func (all *Guards) find(s lockSession) *Guard {
	return all.first(func(g *Guard) bool { return g.by.pid == s.pid && g.by.begun.Equal(s.begun) })
}

func (all *Guards) first(is func(*Guard) bool) *Guard {
	all.mu.Lock()
	defer all.mu.Unlock()
	if i := slices.IndexFunc(all.held, is); i >= 0 {
		return all.held[i]
	}
	return nil
}

// Check says which of the locks was lost; nil while all are held.
func (all *Guards) Check(ctx context.Context) error {
	all.mu.Lock()
	held := slices.Clone(all.held)
	all.mu.Unlock()
	for _, g := range held {
		if err := g.check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Watch returns a context that ends when the lock is lost. Release ends the watching.
func (g *Guard) Watch(ctx context.Context) context.Context {
	if g.of != nil {
		return ctx
	}
	watched, cancel := context.WithCancelCause(ctx)
	looking, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-looking.Done():
				return
			case <-time.After(guardBeat):
			}
			if err := g.check(looking); err != nil && looking.Err() == nil {
				cancel(err)
				return
			}
		}
	}()
	forget := g.release
	g.release = func() {
		stop()
		<-ended
		cancel(nil)
		forget()
	}
	return watched
}

// Release gives the lock back, at once: a session that ends may hold it a moment longer.
func (g *Guard) Release(ctx context.Context) {
	g.release()
	if g.of != nil {
		return
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), guardPatience)
	defer cancel()
	_, _ = g.c.Exec(limited, "ROLLBACK") // where it fails the session ends, and the lock with it
	session.Close(ctx, g.c)
}

// check asks the session that holds the lock whether it still does. Once lost, it stays lost.
func (g *Guard) check(ctx context.Context) error {
	if g.of != nil {
		return g.of.check(ctx)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lost != nil {
		return g.lost
	}
	// A question that is broken off would end the session, and what is put back is put back under the lock.
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), guardPatience)
	defer cancel()
	held, err := g.heldOn(limited, g.c)
	switch {
	case err != nil:
		g.lost = fmt.Errorf("%w: %w", g.gone(), conn.Redact(err))
	case !held:
		g.lost = g.gone()
	}
	return g.lost
}

// session is the one that holds the lock.
func (g *Guard) session() lockSession {
	if g.of != nil {
		return g.of.session()
	}
	return g.by
}

func (g *Guard) gone() error {
	return fmt.Errorf("the lock on %s was lost: the session that held it on the server has ended", g.db.Address())
}

// heldOn asks a server for the lock, over any connection to it.
func (g *Guard) heldOn(ctx context.Context, c *pgx.Conn) (held bool, err error) {
	err = c.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l
		JOIN pg_catalog.pg_database d ON d.oid = l.database
		WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1 AND l.pid = $2 AND d.datname = $3)`,
		guardClass, g.session().pid, guardDatabase).Scan(&held)
	return held, err
}

// stillGuarded returns a check that the server of a connection still holds the lock on a database of the spec: what
// makes a copy the live one asks for it in its own transaction, last of all. Without a lock it asks nothing.
func (p *Provider) stillGuarded(db *spec.Database) func(context.Context, *pgx.Conn) error {
	g := p.options.Guards.first(func(g *Guard) bool { return g.db == db })
	return func(ctx context.Context, c *pgx.Conn) error {
		if g == nil {
			return nil
		}
		held, err := g.heldOn(ctx, c)
		if err != nil {
			return fmt.Errorf("looking for the lock on %s: %w", db.Address(), conn.Redact(err))
		}
		if !held {
			return g.gone()
		}
		return nil
	}
}
