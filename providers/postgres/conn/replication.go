package conn

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/spec"
)

// Server is a server to connect to instead of the one in the URL.
type Server struct {
	Host string
	Port int
	// In is the server's account; nil is that of the database's cluster.
	In *spec.AWS
}

// move changes the server of a configuration, and the host name that its certificate must have.
func (p Server) move(config *pgx.ConnConfig) {
	if p == (Server{}) {
		return
	}
	config.Host, config.Port = p.Host, uint16(p.Port)
	if config.TLSConfig != nil && config.TLSConfig.ServerName != "" {
		config.TLSConfig = config.TLSConfig.Clone()
		config.TLSConfig.ServerName = p.Host
	}
	for _, f := range config.Fallbacks {
		f.Host, f.Port = p.Host, uint16(p.Port)
		if f.TLSConfig != nil && f.TLSConfig.ServerName != "" {
			f.TLSConfig = f.TLSConfig.Clone()
			f.TLSConfig.ServerName = p.Host
		}
	}
}

// Replication is what a copy of a server continues by itself: slots retain WAL, and, as inferred, subscriptions receive
// changes from the same publishers as the source, and jobs of pg_cron run. Event triggers do nothing: no DDL runs in a
// copy.
type Replication struct {
	Subscriptions []Subscription // enabled ones, of all databases
	// Workers is how many processes may receive changes for subscriptions: with none, subscriptions do nothing.
	Workers, Slots int
	// Cron says that pg_cron runs jobs.
	Cron bool
}

// Subscription is an enabled one.
type Subscription struct{ Database, Name string }

// Workers is the setting that disables logical replication, which ShowWorkers shows. ListSubscriptions lists the
// enabled subscriptions of all databases, and DropSlots drops the inactive logical slots.
const (
	Workers           = "max_logical_replication_workers"
	ShowWorkers       = "SHOW " + Workers
	ListSubscriptions = "SELECT d.datname::text, s.subname::text FROM pg_catalog.pg_subscription s JOIN " +
		"pg_catalog.pg_database d ON d.oid = s.subdbid WHERE s.subenabled ORDER BY 1, 2"
	DropSlots = "SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots " +
		"WHERE slot_type = 'logical' AND NOT active"
)

// ReadReplication reads what a copy of a server would continue. Preloaded libraries are hidden from ordinary users, and
// pg_cron is an extension of one database; but anybody can see the name of its process, as inferred on RDS, too.
func ReadReplication(ctx context.Context, c *pgx.Conn) (Replication, error) {
	var r Replication
	var err error
	if r.Subscriptions, err = subscriptions(ctx, c); err != nil {
		return r, err
	}
	if err := c.QueryRow(ctx, `SELECT pg_catalog.current_setting('`+Workers+
		`')::int, (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots WHERE slot_type = 'logical'),
		EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_cron')
		OR EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE application_name = 'pg_cron scheduler')`).
		Scan(&r.Workers, &r.Slots, &r.Cron); err != nil {
		return r, fmt.Errorf("reading what the source replicates: %w", Redact(err))
	}
	return r, nil
}

// Names returns the names of the subscriptions for people.
func (r Replication) Names() string {
	var out []string
	for _, s := range r.Subscriptions {
		out = append(out, s.Name)
	}
	return strings.Join(out, ", ")
}

// Fingerprint returns what a plan is bound to: the subscriptions. Slots and jobs are only mentioned in it.
func (r Replication) Fingerprint() string {
	var b strings.Builder
	for _, s := range r.Subscriptions {
		fmt.Fprintf(&b, "%q %q\n", s.Database, s.Name)
	}
	return b.String()
}

func subscriptions(ctx context.Context, c *pgx.Conn) ([]Subscription, error) {
	rows, err := c.Query(ctx, ListSubscriptions)
	if err != nil {
		return nil, fmt.Errorf("listing subscriptions: %w", Redact(err))
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Subscription])
	if err != nil {
		return nil, fmt.Errorf("listing subscriptions: %w", Redact(err))
	}
	return out, nil
}

// EnsureNoReplication returns an error if subscriptions run in a copy, and drops the slots that it inherited. Disabling
// a subscription would be too late, and requires its owner: the server must be started without workers. Slots only take
// space while the copy exists.
func EnsureNoReplication(ctx context.Context, c *pgx.Conn, note func(string)) error {
	var workers string
	if err := c.QueryRow(ctx, ShowWorkers).Scan(&workers); err != nil {
		return fmt.Errorf("looking at %s: %w", Workers, Redact(err))
	}
	found, err := subscriptions(ctx, c)
	if err != nil {
		return err
	}
	switch {
	case len(found) > 0 && workers != "0":
		return fmt.Errorf("subscription %s of database %s is enabled in the copy, whose %s is %s: it would receive "+
			"the source's changes from its publisher. It was enabled on the source after the plan was made, or the "+
			"parameter group has changed. Plan again", found[0].Name, found[0].Database, Workers, workers)
	case len(found) > 0:
		note(fmt.Sprintf("%d subscriptions are inactive in the copy: %s is 0", len(found), Workers))
	}
	tag, err := c.Exec(ctx, DropSlots)
	var denied *pgconn.PgError
	switch {
	case errors.As(err, &denied) && denied.Code == "42501":
		note("permission denied to drop replication slots: the copy keeps those that it inherited")
	case err != nil:
		return fmt.Errorf("dropping the replication slots of the copy: %w", Redact(err))
	case tag.RowsAffected() > 0:
		note(fmt.Sprintf("dropped %d logical replication slots in the copy", tag.RowsAffected()))
	}
	return nil
}
