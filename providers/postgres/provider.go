// Package postgres is the provider of PostgreSQL: it joins the packages below it (catalog, decide,
// ddl, swap, replace, transfer, acl) into what the engine drives. Inspect looks, Diff decides,
// Execute runs one step.
package postgres

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/journal"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/spec"
)

// ProviderName is what Step.Provider holds for the steps of this package.
const ProviderName = "postgres"

// Options are what a Provider takes from its surroundings.
type Options struct {
	Random      io.Reader
	Now         func() time.Time
	LockTimeout time.Duration
	// Dump finds pg_dump.
	Dump ddl.Finder
	// Version is that of shoji, for manifests.
	Version string
	// Objects opens a bucket; as is the account to work in.
	Objects func(ctx context.Context, b *spec.Bucket, as *spec.AWS) (stage.Objects, error)
	// RangeBytes is how much of a table one staged object holds; 0 is stage.RangeBytes.
	RangeBytes int64
	// Only and Manifest say which half of refreshes is planned, and of which export.
	Only     engine.Half
	Manifest string
	// Guards are the locks on servers that this process holds; nil where it takes none.
	Guards *Guards
	// Clusters knows the clusters of databases.
	Clusters conn.Clusters
	// Accounts does what a refresh needs in accounts of a cloud.
	Accounts Accounts
}

// Provider is the engine's provider of PostgreSQL for one project. Its methods may be called from
// several goroutines. Close it.
type Provider struct {
	project *spec.Project
	options Options

	mu      sync.Mutex
	exports map[string]*exporting // by refresh address: the snapshot that the steps of a refresh share
	buckets map[bucketOf]stage.Objects
}

// New makes the provider of a project. It connects to nothing.
func New(project *spec.Project, o Options) *Provider {
	if o.Guards == nil {
		o.Guards = &Guards{}
	}
	return &Provider{
		project: project,
		options: o,
		exports: map[string]*exporting{},
		buckets: map[bucketOf]stage.Objects{},
	}
}

// Name is ProviderName.
func (p *Provider) Name() string { return ProviderName }

// connector gives the way to a database of the spec.
func (p *Provider) connector(db *spec.Database) *conn.Connector {
	return conn.New(db, p.project.ReadSecret, p.options.Clusters)
}

// refresh finds a refresh of the spec by its address.
func (p *Provider) refresh(address string) (*spec.Refresh, error) {
	for _, r := range p.project.Refreshes {
		if r.Address() == address {
			return r, nil
		}
	}
	return nil, fmt.Errorf("the spec has no %s any more", address)
}

// database finds a database of the spec by its address.
func (p *Provider) database(address string) (*spec.Database, error) {
	for _, db := range p.project.Databases {
		if db.Address() == address {
			return db, nil
		}
	}
	return nil, fmt.Errorf("the spec has no %s any more", address)
}

// key returns the subkey that the sources of a refresh are told: derived from the secret and the project's name, so
// that the secret itself never leaves this process and one key gives other values in another project. A directory can
// be renamed, and values must not change with it: where a project has no name, the source stands in for it.
func (p *Provider) key(ctx context.Context, r *spec.Refresh) (secret.Value, error) {
	v, err := p.project.ReadKey(r)
	if err != nil || r.Key == nil {
		return secret.Value{}, err
	}
	if p.project.Named {
		return v.Derive("shoji mask key v1 " + p.project.Name), nil
	}
	source, err := p.connector(r.From).Identity(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	return v.Derive("shoji mask key v2 " + source), nil
}

// source connects to where a refresh reads from, for a session that only looks. It is told no key: nothing is masked
// yet. But a server that a run would tell none is refused now.
func (p *Provider) source(ctx context.Context, r *spec.Refresh, purpose string) (*pgx.Conn, error) {
	return p.reading(ctx, r, conn.Options{Purpose: purpose, Look: true, Proven: r.Key != nil || r.Verify != "off"})
}

// reading connects to the source of a refresh with row security that fails instead of hiding rows.
func (p *Provider) reading(ctx context.Context, r *spec.Refresh, o conn.Options) (*pgx.Conn, error) {
	o.LockTimeout, o.Settings = p.lockTimeout(), readingSettings()
	return p.connector(r.From).Connect(ctx, o)
}

// readingSettings are those of a session that reads rows of a source: row security fails instead of hiding rows, or
// running a policy's functions, and no CHECK is looked at, of which the planner would compute what is constant.
func readingSettings() map[string]string {
	return map[string]string{"row_security": "off", "constraint_exclusion": "off"}
}

// origin connects to what a run reads the rows, the sequences and the samples of: all that reads the source while steps
// are executed goes through here, so that a copy of the source's cluster can stand in for it. The session is told the
// key of the masks, and what secrets it needs besides.
func (p *Provider) origin(ctx context.Context, r *spec.Refresh, purpose string,
	secrets map[string]secret.Value) (*pgx.Conn, error) {
	at, err := p.redirect(ctx, r)
	if err != nil {
		return nil, err
	}
	key, err := p.key(ctx, r)
	if err != nil {
		return nil, err
	}
	told := maps.Clone(secrets)
	if r.Key != nil {
		if told == nil {
			told = map[string]secret.Value{}
		}
		told[conn.KeySetting] = key
	}
	return p.reading(ctx, r, conn.Options{At: at, Purpose: purpose, Secrets: told})
}

// target connects to a database of the server that a refresh fills; "" is the database of the URL.
func (p *Provider) target(ctx context.Context, r *spec.Refresh, database, purpose string,
	settings map[string]string) (*pgx.Conn, error) {
	return p.connector(r.To).Connect(ctx, conn.Options{
		Database:    database,
		Purpose:     purpose,
		LockTimeout: p.lockTimeout(),
		Settings:    settings,
	})
}

// verified is target for a session that is told the key of a verification.
func (p *Provider) verified(ctx context.Context, r *spec.Refresh, database, purpose string,
	key map[string]secret.Value) (*pgx.Conn, error) {
	return p.connector(r.To).Connect(ctx, conn.Options{
		Database:    database,
		Purpose:     purpose,
		LockTimeout: p.lockTimeout(),
		Secrets:     key,
	})
}

// look connects to a database of the server that a refresh fills, for a session that only looks.
func (p *Provider) look(ctx context.Context, r *spec.Refresh, database string) (*pgx.Conn, error) {
	return p.connector(r.To).Connect(ctx, conn.Options{
		Database:    database,
		Purpose:     "shoji plan",
		LockTimeout: p.lockTimeout(),
		Look:        true,
		Proven:      r.Verify != "off",
	})
}

// maintenance connects to where databases of the target can be created and renamed.
func (p *Provider) maintenance(ctx context.Context, r *spec.Refresh, purpose string) (*pgx.Conn, error) {
	return p.target(ctx, r, p.connector(r.To).Maintenance(), purpose, nil)
}

// lockTimeout is how long a statement waits for a lock of a table: as long as -lock-timeout, at least half a minute.
func (p *Provider) lockTimeout() time.Duration { return max(p.options.LockTimeout, 30*time.Second) }

// random gives n random bytes in hexadecimal digits.
func (p *Provider) random(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(p.options.Random, b); err != nil {
		return "", fmt.Errorf("reading random bytes: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// JournalStore keeps the journal in a schema of db.
func (p *Provider) JournalStore(ctx context.Context, db *spec.Database) (engine.Store, error) {
	c := p.connector(db)
	return journal.Open(ctx, func(ctx context.Context) (*pgx.Conn, error) {
		return c.Connect(ctx, conn.Options{Purpose: "shoji journal"})
	}, journal.Options{Name: db.Address(), Now: p.options.Now, Random: p.options.Random})
}
