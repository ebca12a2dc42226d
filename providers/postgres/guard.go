package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/spec"
)

// guardDatabase is where the locks of all runs on a server are. An advisory lock is one of a database, so it must be
// one that every server has and that no spec chooses: two specs that choose differently would not see each other.
// There is no second choice for the same reason. template1 would do, but a session there is in the way of CREATE
// DATABASE.
const guardDatabase = "postgres"

// guardClass is the first key of the locks; the second is the hash of a database's name.
const guardClass = 7369006

// How often a guard is looked at, and how long an answer may take.
const (
	guardBeat     = 2 * time.Second
	guardPatience = 15 * time.Second
)

// Guards are the locks that this process holds on servers. The zero value holds none.
type Guards struct {
	mu   sync.Mutex
	held []*Guard
}

// Guard is the lock on the databases of a target, on its server: two runs with different journals see it. An open
// transaction holds it, through a pooler too, where a session is not one's own; it ends with the connection, so a
// killed run leaves none behind.
type Guard struct {
	db *spec.Database
	// of holds the lock where another block of this process is about the same database.
	of *Guard
	by lockSession

	mu      sync.Mutex
	c       *pgx.Conn
	lost    error
	release func()
}

// Guard takes the lock on the databases of a target, waiting for it up to wait. The error says who has it.
func (p *Provider) Guard(ctx context.Context, db *spec.Database, holder engine.Holder,
	wait time.Duration) (*Guard, error) {
	connector := p.sessions.Connector(db)
	config, err := connector.Config(ctx)
	if err != nil {
		return nil, err
	}
	names, err := p.guarded(db, config.Database)
	if err != nil {
		return nil, err
	}
	purpose := fmt.Sprintf("shoji %s %s %s", holder.Operation, holder.Since.UTC().Format("20060102T150405Z"),
		holder.Who)
	c, err := connector.Connect(ctx, conn.Options{Database: guardDatabase, Purpose: purpose[:min(len(purpose), 63)]})
	if err != nil {
		return nil, unguarded(db, err)
	}
	g, err := p.options.Guards.wait(ctx, db, c, names, wait)
	if err != nil {
		session.Close(ctx, c)
	}
	return g, err
}

// guarded are the names of databases that a run on a target may make, fill, rename or drop.
func (p *Provider) guarded(db *spec.Database, live string) ([]string, error) {
	for _, r := range p.project.Refreshes {
		if r.To != db || r.Mode != spec.Swap {
			continue
		}
		if live == guardDatabase {
			at := r.Range
			return nil, diag.Diagnostic{
				Severity: diag.Error,
				Summary:  "The database " + live + " cannot be swapped",
				Range:    &at,
				Detail: "The locks of all runs on the server are in it, so it is never without a session. " +
					"Use mode replace, or another database.",
			}
		}
		n, err := swap.NewNames(live)
		return []string{n.Live, n.Next, n.Previous, n.Old}, err
	}
	return []string{live}, nil
}

// unguarded says where the lock is, and what a user needs to get there.
func unguarded(db *spec.Database, err error) error {
	why := fmt.Sprintf("The locks of all runs on a server are in its database %q, whatever "+
		"the spec says of maintenance. "+
		"The user needs to connect to it: GRANT CONNECT ON DATABASE %s TO …", guardDatabase, guardDatabase)
	var d diag.Diagnostic
	if errors.As(err, &d) {
		d.Detail += "\n" + why
		return d
	}
	return fmt.Errorf("locking %s on its server: %w. %s", db.Address(), err, why)
}

// wait tries until it has the lock, or this process has it for another block of the same database.
func (all *Guards) wait(ctx context.Context, db *spec.Database, c *pgx.Conn, names []string,
	wait time.Duration) (*Guard, error) {
	for deadline := time.Now().Add(wait); ; {
		g := &Guard{db: db, c: c}
		got, err := g.take(ctx, names)
		if err != nil {
			return nil, fmt.Errorf("locking %s on its server: %w", db.Address(), conn.Redact(err))
		}
		if got {
			all.add(g)
			return g, nil
		}
		other, err := guardian(ctx, c, names)
		if err != nil {
			return nil, fmt.Errorf("looking who has the lock on %s: %w", db.Address(), conn.Redact(err))
		}
		if own := all.find(other); own != nil {
			session.Close(ctx, c)
			g := &Guard{db: db, of: own}
			all.add(g)
			return g, nil
		}
		if time.Now().After(deadline) {
			at := db.Range
			return nil, diag.Diagnostic{
				Severity: diag.Error,
				Summary:  "Another run works on " + db.Address(),
				Range:    &at,
				Detail: fmt.Sprintf("It holds the lock on the server for database %q: %s. Its "+
					"journal is not the one here. "+
					"Wait with -lock-timeout.", names[0], other),
			}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// take begins the transaction that holds the lock. Nothing may end it but the run.
func (g *Guard) take(ctx context.Context, names []string) (got bool, err error) {
	_, err = g.c.PgConn().Exec(ctx, `BEGIN ISOLATION LEVEL READ COMMITTED;
		SELECT pg_catalog.set_config(name, '0', true) FROM pg_catalog.pg_settings
		WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')`).ReadAll()
	if err != nil {
		return false, err
	}
	err = g.c.QueryRow(ctx,
		`SELECT pg_catalog.bool_and(pg_catalog.pg_try_advisory_xact_lock($1, pg_catalog.hashtext(n)))
		FROM pg_catalog.unnest($2::text[]) n`, guardClass, names).Scan(&got)
	if err == nil && got {
		err = g.c.QueryRow(ctx, `SELECT pid, backend_start FROM pg_catalog.pg_stat_activity
			WHERE pid = pg_catalog.pg_backend_pid()`).Scan(&g.by.pid, &g.by.begun)
	}
	if err != nil || got {
		return got, err
	}
	_, err = g.c.Exec(ctx, "ROLLBACK")
	return false, err
}

// lockSession is one that holds a lock. Its beginning tells it from another with its number.
type lockSession struct {
	pid   uint32
	begun time.Time
	app   string
}

// guardian returns the session that has the lock on one of the names.
func guardian(ctx context.Context, c *pgx.Conn, names []string) (lockSession, error) {
	var s lockSession
	err := c.QueryRow(ctx, `SELECT a.pid, coalesce(a.backend_start, now()), coalesce(a.application_name, '')
		FROM pg_catalog.pg_locks l
		JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
		JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = current_database()
		WHERE l.locktype = 'advisory' AND l.classid = $1 AND l.granted
		AND l.objid IN (SELECT pg_catalog.hashtext(n)::bigint & 4294967295 FROM pg_catalog.unnest($2::text[]) n)
		ORDER BY a.pid LIMIT 1`,
		guardClass, names).Scan(&s.pid, &s.begun, &s.app)
	if errors.Is(err, pgx.ErrNoRows) {
		return lockSession{}, nil
	}
	return s, err
}

// String says whose a session is.
func (s lockSession) String() string {
	since := s.begun.UTC().Format(time.RFC3339)
	words := strings.SplitN(s.app, " ", 4)
	switch {
	case s.pid == 0:
		return "a session that ended just now"
	case len(words) < 2 || words[0] != "shoji":
		return "a session since " + since
	}
	return fmt.Sprintf("%s (shoji %s) since %s", words[len(words)-1], words[1], since)
}

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

// Release releases the lock at once: a session that ends may hold it a moment longer.
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
