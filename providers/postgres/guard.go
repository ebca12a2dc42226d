package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/spec"
)

// Guard takes an advisory lock on the target's server, for the live database's name: two runs with different journals see
// it. It ends with the connection, so a killed run leaves none behind. The error says who has it.
func (p *Provider) Guard(ctx context.Context, db *spec.Database, holder engine.Holder, wait time.Duration) (release func(), err error) {
	connector := p.connector(db)
	config, err := connector.Config(ctx)
	if err != nil {
		return nil, err
	}
	purpose := fmt.Sprintf("shoji %s %s %s", holder.Operation, holder.Since.UTC().Format("20060102T150405Z"), holder.Who)
	c, err := connector.Connect(ctx, conn.Options{Database: connector.Maintenance(), Purpose: purpose[:min(len(purpose), 63)]})
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(wait)
	for {
		var got bool
		if err := c.QueryRow(ctx, "SELECT pg_catalog.pg_try_advisory_lock(7369006, pg_catalog.hashtext($1))", config.Database).Scan(&got); err != nil {
			closing(ctx, c)
			return nil, fmt.Errorf("locking %s on its server: %w", db.Address(), conn.Redact(err))
		}
		if got {
			return func() { closing(ctx, c) }, nil
		}
		if time.Now().After(deadline) {
			break
		}
		select {
		case <-ctx.Done():
			closing(ctx, c)
			return nil, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	defer closing(ctx, c)
	at := db.Range
	return nil, diag.Diagnostic{Severity: diag.Error, Summary: "Another run works on " + db.Address(), Range: &at,
		Detail: fmt.Sprintf("It holds the lock on the server for database %q: %s. Its journal is not the one here. Wait with -lock-timeout.", config.Database, p.guardedBy(ctx, c, config.Database))}
}

// guardedBy says who has the lock, as far as the server tells.
func (p *Provider) guardedBy(ctx context.Context, c *pgx.Conn, database string) string {
	var app string
	var since time.Time
	err := c.QueryRow(ctx, `SELECT coalesce(a.application_name, ''), coalesce(a.backend_start, now()) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.classid = 7369006 AND l.objid = pg_catalog.hashtext($1)::bigint & 4294967295 AND l.granted LIMIT 1`, database).Scan(&app, &since)
	switch {
	case errors.Is(err, pgx.ErrNoRows) || err != nil:
		return "a session that ended just now"
	case !strings.HasPrefix(app, "shoji "):
		return "a session since " + since.UTC().Format(time.RFC3339)
	}
	words := strings.SplitN(app, " ", 4)
	who := words[len(words)-1]
	return fmt.Sprintf("%s (shoji %s) since %s", who, words[1], since.UTC().Format(time.RFC3339))
}
