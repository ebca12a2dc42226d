// Package session opens the sessions that shoji has with the databases of a project, and derives the keys that they are
// told. It knows which end of a refresh is which and what a session there must be like; it plans nothing and runs
// nothing. It stands above package conn and below all that has steps, and imports neither the engine's plans nor those.
package session

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/spec"
)

// Origins knows where the copies of sources answer that runs have made.
type Origins interface {
	// Origin returns where the copy of a refresh answers, in the run of the context.
	Origin(ctx context.Context, r *spec.Refresh) (host string, port int, err error)
}

// Options are what Sessions take from their surroundings.
type Options struct {
	// Clusters knows the clusters of databases; nil where no database is in one.
	Clusters conn.Clusters
	// Origins is nil where no refresh reads a copy of its source.
	Origins     Origins
	LockTimeout time.Duration
	// Only is the half of refreshes that is planned and run: the half that imports may lack the key of the masks.
	Only engine.Half
}

// Sessions opens the sessions of one project. It holds no connection; who opens one closes it. Its methods may be
// called from several goroutines.
type Sessions struct {
	project *spec.Project
	options Options
}

// New returns the sessions of a project. It connects to nothing.
func New(project *spec.Project, o Options) *Sessions { return &Sessions{project, o} }

// Connector returns the way to a database of the spec.
func (s *Sessions) Connector(db *spec.Database) *conn.Connector {
	return conn.New(db, s.project.ReadSecret, s.options.Clusters)
}

// Database finds a database of the spec by its address.
func (s *Sessions) Database(address string) (*spec.Database, error) {
	for _, db := range s.project.Databases {
		if db.Address() == address {
			return db, nil
		}
	}
	return nil, fmt.Errorf("the spec has no %s any more", address)
}

// LockTimeout is how long a statement waits for a lock of a table: as long as -lock-timeout, at least half a minute.
func (s *Sessions) LockTimeout() time.Duration { return max(s.options.LockTimeout, 30*time.Second) }

// Connect opens a session with a database of the spec that waits for locks as long as all of shoji's do.
func (s *Sessions) Connect(ctx context.Context, db *spec.Database, o conn.Options) (*pgx.Conn, error) {
	o.LockTimeout = s.LockTimeout()
	return s.Connector(db).Connect(ctx, o)
}

// InspectSource opens a session with the source of a refresh that only looks. It is told no key before LetMask, but a
// server that a run would tell none is refused now.
func (s *Sessions) InspectSource(ctx context.Context, r *spec.Refresh, purpose string) (*pgx.Conn, error) {
	return s.Connect(ctx, r.From, conn.Options{
		Purpose:      purpose,
		Limited:      true,
		RequireProof: r.Key != nil || r.Verify != "off",
		Settings:     ReaderSettings(),
		Unpinned:     []string{conn.TextSearch}, // the catalog says what it is
	})
}

// LetMask tells a session of InspectSource the key of the masks, and lets it write nothing: from then on it can mask a
// few rows.
func (s *Sessions) LetMask(ctx context.Context, c *pgx.Conn, r *spec.Refresh) error {
	if _, err := c.Exec(ctx, "SET default_transaction_read_only = on"); err != nil {
		return fmt.Errorf("making a session read-only: %w", conn.Redact(err))
	}
	told, err := s.told(ctx, r, nil)
	if err != nil {
		return err
	}
	return conn.Tell(ctx, c, told)
}

// told returns the secrets that a session which masks is told: the key of the masks, and the given ones besides.
func (s *Sessions) told(
	ctx context.Context, r *spec.Refresh, secrets map[string]secret.Value,
) (map[string]secret.Value, error) {
	key, err := s.Key(ctx, r)
	if err != nil || r.Key == nil {
		return secrets, err
	}
	told := map[string]secret.Value{conn.KeySetting: key}
	maps.Copy(told, secrets)
	return told, nil
}

// Unpinned opens a session that looks at what a database says of parameters which are otherwise the same everywhere.
func (s *Sessions) Unpinned(
	ctx context.Context, db *spec.Database, database string, parameters ...string,
) (*pgx.Conn, error) {
	return s.Connect(ctx, db, conn.Options{
		Database: database,
		Purpose:  "shoji plan",
		Limited:  true,
		Unpinned: parameters,
	})
}

// ReaderSettings are those of a session that reads rows of a source: no CHECK is looked at, of which the planner would
// compute what is constant.
func ReaderSettings() map[string]string { return map[string]string{"constraint_exclusion": "off"} }

// Source opens a session with what a run reads the rows, the sequences and the samples of. All that reads the source
// while steps are executed goes through here, so that a copy of the source's cluster can stand in for it. The session
// is told the key of the masks, and the given secrets besides.
func (s *Sessions) Source(
	ctx context.Context, r *spec.Refresh, purpose string, secrets map[string]secret.Value,
) (*pgx.Conn, error) {
	at, err := s.Copy(ctx, r)
	if err != nil {
		return nil, err
	}
	told, err := s.told(ctx, r, secrets)
	if err != nil {
		return nil, err
	}
	return s.Connect(ctx, r.From, conn.Options{At: at, Purpose: purpose, Secrets: told, Settings: ReaderSettings()})
}

// Preview opens a session that reads rows of the source itself as a run would, and is told the key of the masks.
func (s *Sessions) Preview(ctx context.Context, r *spec.Refresh) (*pgx.Conn, error) {
	told, err := s.told(ctx, r, nil)
	if err != nil {
		return nil, err
	}
	return s.Connect(ctx, r.From, conn.Options{Purpose: "shoji preview", Secrets: told, Settings: ReaderSettings()})
}

// Copy returns where a run reads instead of the source; the zero value is the source itself.
func (s *Sessions) Copy(ctx context.Context, r *spec.Refresh) (conn.Server, error) {
	if r.Copy == nil {
		return conn.Server{}, nil
	}
	host, port, err := s.options.Origins.Origin(ctx, r)
	if err != nil {
		return conn.Server{}, err
	}
	if host == "" || port == 0 {
		return conn.Server{}, fmt.Errorf("the copy that %s reads from has no endpoint", r.Address())
	}
	return conn.Server{Host: host, Port: port, In: r.Place()}, nil
}

// Target opens a session with a database of the server that a refresh fills; "" is the database of the URL.
func (s *Sessions) Target(
	ctx context.Context, r *spec.Refresh, database, purpose string, settings map[string]string,
) (*pgx.Conn, error) {
	return s.Connect(ctx, r.To, conn.Options{Database: database, Purpose: purpose, Settings: settings})
}

// VerifyTarget is Target for a session that is told the key of a verification.
func (s *Sessions) VerifyTarget(
	ctx context.Context, r *spec.Refresh, database, purpose string, settings map[string]string,
	key map[string]secret.Value,
) (*pgx.Conn, error) {
	return s.Connect(ctx, r.To, conn.Options{Database: database, Purpose: purpose, Secrets: key, Settings: settings})
}

// InspectTarget is Target for a session that only looks, for a plan.
func (s *Sessions) InspectTarget(ctx context.Context, r *spec.Refresh, database string) (*pgx.Conn, error) {
	return s.Connect(ctx, r.To, conn.Options{
		Database:     database,
		Purpose:      "shoji plan",
		Limited:      true,
		RequireProof: r.Verify != "off",
	})
}

// Maintenance opens a session where databases of the target of a refresh can be created and renamed.
func (s *Sessions) Maintenance(ctx context.Context, r *spec.Refresh, purpose string) (*pgx.Conn, error) {
	return s.Target(ctx, r, s.Connector(r.To).Maintenance(), purpose, nil)
}

// Bulk are the settings of a session that writes much into a database that nobody uses yet: a crash of the server loses
// the last of it, and then the run fails too.
func Bulk() map[string]string { return map[string]string{"synchronous_commit": "off"} }

// Close ends a session, whatever happened to the context.
func Close(ctx context.Context, c *pgx.Conn) { _ = conn.Close(context.WithoutCancel(ctx), c) }

// Setting returns a setting of the server at a place, in a new session with a database of the spec.
func (s *Sessions) Setting(ctx context.Context, address, host string, port int, name string) (string, error) {
	db, err := s.Database(address)
	if err != nil {
		return "", err
	}
	o := conn.Options{Purpose: "shoji", At: conn.Server{Host: host, Port: port}, Limited: true}
	c, err := s.Connector(db).Connect(ctx, o)
	if err != nil {
		return "", err
	}
	defer Close(ctx, c)
	var value string
	if err := c.QueryRow(ctx, "SHOW "+sqltext.Ident(name)).Scan(&value); err != nil {
		return "", fmt.Errorf("reading the setting %s: %w", name, conn.Redact(err))
	}
	return value, nil
}
