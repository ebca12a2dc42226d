package op

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// Env is what one step runs in.
type Env struct {
	Run    Run
	Report engine.Reporter
	// Refresh is the one that the step belongs to; nil for steps of roles and privileges.
	Refresh  *spec.Refresh
	Project  *spec.Project
	Sessions *session.Sessions
	// Snapshots are those of the sources, which several steps read under.
	Snapshots *transfer.Snapshots
	// Only is the half of the refresh that is run.
	Only engine.Half
	// Objects opens the bucket of the refresh for a half.
	Objects func(ctx context.Context, half engine.Half) (stage.Objects, error)
	// StillOurs reports, over a session with the target's server, that the lock on its databases was lost. It is asked
	// last of all, in the transaction that makes a copy the live one.
	StillOurs func(ctx context.Context, c *pgx.Conn) error
	Random    io.Reader
	Now       func() time.Time
}

// RandomKey returns a new key for the digests of one verification, which both sides are told.
func (e *Env) RandomKey() (secret.Value, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(e.Random, b); err != nil {
		return secret.Value{}, fmt.Errorf("reading random bytes: %w", err)
	}
	return secret.New(hex.EncodeToString(b)), nil
}

// InDatabase calls f with a session of the run's in a database of the target; a Name of "" is the database of the URL.
// Nobody uses the database yet: see session.Bulk.
func (e *Env) InDatabase(ctx context.Context, d Database, f func(*pgx.Conn) error) error {
	settings := session.Bulk()
	maps.Copy(settings, d.Settings())
	c, err := e.Sessions.Target(ctx, e.Refresh, d.Name, "shoji apply", settings)
	return with(ctx, c, err, f)
}

// InMaintenance calls f with a session of the run's where databases of the target are created and renamed.
func (e *Env) InMaintenance(ctx context.Context, f func(*pgx.Conn) error) error {
	c, err := e.Sessions.Maintenance(ctx, e.Refresh, e.Run.Session())
	return with(ctx, c, err, f)
}

// InSource calls f with a session that reads the source, or the copy that stands in for it.
func (e *Env) InSource(ctx context.Context, secrets map[string]secret.Value, f func(*pgx.Conn) error) error {
	c, err := e.Sessions.Source(ctx, e.Refresh, "shoji apply", secrets)
	return with(ctx, c, err, f)
}

func with(ctx context.Context, c *pgx.Conn, err error, f func(*pgx.Conn) error) error {
	if err != nil {
		return err
	}
	defer session.Close(ctx, c)
	return f(c)
}
