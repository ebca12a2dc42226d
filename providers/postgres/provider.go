// Package postgres is the provider of PostgreSQL: it joins the packages below it (catalog, decide,
// ddl, swap, replace, transfer, acl) into what the engine drives. Inspect looks, Diff decides,
// Execute runs one step.
package postgres

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/journal"
	"github.com/shoji-pg/shoji/providers/postgres/refresh"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// ProviderName is what Step.Provider holds for the steps of this package.
const ProviderName = "postgres"

// Options are what a Provider takes from its surroundings.
type Options struct {
	Random io.Reader
	Now    func() time.Time
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
	// Accounts does what a refresh needs in accounts of a cloud.
	Accounts refresh.Accounts
}

// Provider is the engine's provider of PostgreSQL for one project. Its methods may be called from
// several goroutines. Close it.
type Provider struct {
	project *spec.Project
	options Options

	sessions  *session.Sessions
	planner   *refresh.Planner
	snapshots transfer.Snapshots

	mu      sync.Mutex
	buckets map[bucketOf]stage.Objects
}

// New returns the provider of a project, which opens its sessions with sessions. It connects to nothing.
func New(project *spec.Project, sessions *session.Sessions, o Options) *Provider {
	if o.Guards == nil {
		o.Guards = &Guards{}
	}
	p := &Provider{project: project, options: o, sessions: sessions, buckets: map[bucketOf]stage.Objects{}}
	p.planner = &refresh.Planner{
		Project:    project,
		Sessions:   sessions,
		Accounts:   o.Accounts,
		Dump:       o.Dump,
		Version:    o.Version,
		Objects:    p.objects,
		RangeBytes: o.RangeBytes,
		Only:       o.Only,
		Manifest:   o.Manifest,
	}
	return p
}

// Close ends the snapshots that are held across steps.
func (p *Provider) Close() { p.snapshots.Close() }

// Name is ProviderName.
func (p *Provider) Name() string { return ProviderName }

// JournalStore keeps the journal in a schema of db.
func (p *Provider) JournalStore(ctx context.Context, db *spec.Database) (engine.Store, error) {
	c := p.sessions.Connector(db)
	return journal.Open(ctx, func(ctx context.Context) (*pgx.Conn, error) {
		return c.Connect(ctx, conn.Options{Purpose: "shoji journal"})
	}, journal.Options{Name: db.Address(), Now: p.options.Now, Random: p.options.Random})
}

// Preview returns rows of a table as a refresh would export them. It only reads.
func (p *Provider) Preview(
	ctx context.Context, r *spec.Refresh, q refresh.PreviewQuery,
) (*refresh.Preview, diag.Diagnostics) {
	return p.planner.Preview(ctx, r, q)
}

// PlanRollback returns the plan that makes the previous copy of a refresh the live one.
func (p *Provider) PlanRollback(ctx context.Context, r *spec.Refresh) (*engine.Plan, error) {
	return p.planner.Rollback(ctx, r)
}

// Copies returns which databases of a refresh there are: the live copy, the one being built, the one kept for a
// rollback.
func (p *Provider) Copies(ctx context.Context, r *spec.Refresh) (swap.Status, error) {
	return p.planner.Copies(ctx, r)
}
