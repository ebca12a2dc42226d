package conn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
)

// Place is where to connect instead of where the URL says.
type Place struct {
	Host string
	Port int
	// In is the account that the server is in; nil is that of the database's cluster.
	In *spec.AWS
}

// move points a configuration elsewhere. The server's name in its certificate is another one there too.
func (p Place) move(config *pgx.ConnConfig) {
	if p == (Place{}) {
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

// Replication is what a copy of a server would go on with by itself: slots keep all that is written, and, as inferred, subscriptions take
// from the same publisher as the source's, and jobs of pg_cron run.
type Replication struct {
	Subscriptions []Subscription `json:"subscriptions,omitempty"`
	Notes         []string       `json:"-"`
}

// Subscription is an enabled one.
type Subscription struct {
	Database string `json:"database"`
	Name     string `json:"name"`
}

// Disable is the statement that stops it.
func (s Subscription) Disable() string {
	return "ALTER SUBSCRIPTION " + sqltext.Ident(s.Name) + " DISABLE"
}

// ListSubscriptions lists the enabled subscriptions of all databases, DropSlots drops the logical slots that nobody reads.
const (
	ListSubscriptions = "SELECT d.datname::text, s.subname::text FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE s.subenabled ORDER BY 1, 2"
	DropSlots         = "SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_type = 'logical' AND NOT active"
)

// ReadReplication reads what a copy of a server would go on with.
func ReadReplication(ctx context.Context, c *pgx.Conn) (Replication, error) {
	var r Replication
	var err error
	if r.Subscriptions, err = subscriptions(ctx, c); err != nil {
		return r, err
	}
	if n := len(r.Subscriptions); n > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d subscriptions of the source are enabled (%s), and in a copy they begin at once to take changes from their publishers, in the source's place. Give the copy a parameter group with max_logical_replication_workers = 0; shoji disables them only when it is let in", n, names(r.Subscriptions)))
	}
	var slots, cron int
	if err := c.QueryRow(ctx, "SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots WHERE slot_type = 'logical'), (SELECT pg_catalog.count(*) FROM pg_catalog.pg_extension WHERE extname = 'pg_cron')").Scan(&slots, &cron); err != nil {
		return r, fmt.Errorf("reading what the source replicates: %w", Redact(err))
	}
	if slots > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("the copy inherits %d logical replication slots, which keep all that is written there; they are dropped in it where the user may", slots))
	}
	if cron > 0 {
		r.Notes = append(r.Notes, "the source has pg_cron, whose jobs run in a copy too. Give the copy a parameter group without it in shared_preload_libraries")
	}
	return r, nil
}

func names(list []Subscription) string {
	var out []string
	for _, s := range list {
		out = append(out, s.Name)
	}
	return strings.Join(out, ", ")
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

// Quiet stops on a copy what was found on its source. A subscription that was not planned for is an error, and so is one that may not be
// stopped: it takes changes away from the source. Slots only cost space, for as long as the copy lives.
func (r Replication) Quiet(ctx context.Context, c *pgx.Conn, connect func(ctx context.Context, database string) (*pgx.Conn, error), note func(string)) error {
	found, err := subscriptions(ctx, c)
	if err != nil {
		return err
	}
	for _, s := range found {
		if !slices.Contains(r.Subscriptions, s) {
			return fmt.Errorf("the subscription %s of database %s was enabled on the source since the plan was made, and the copy takes part in it. Plan again", s.Name, s.Database)
		}
	}
	for _, s := range found {
		if err := disable(ctx, s, connect); err != nil {
			return err
		}
		note("subscription " + s.Name + " is disabled in the copy")
	}
	tag, err := c.Exec(ctx, DropSlots)
	var denied *pgconn.PgError
	switch {
	case errors.As(err, &denied) && denied.Code == "42501":
		note("the user may not drop replication slots, so the copy keeps those that it inherited")
	case err != nil:
		return fmt.Errorf("dropping the replication slots of the copy: %w", Redact(err))
	case tag.RowsAffected() > 0:
		note(fmt.Sprintf("%d logical replication slots are dropped in the copy", tag.RowsAffected()))
	}
	return nil
}

func disable(ctx context.Context, s Subscription, connect func(ctx context.Context, database string) (*pgx.Conn, error)) error {
	c, err := connect(ctx, s.Database)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	if _, err := c.Exec(ctx, s.Disable()); err != nil {
		return fmt.Errorf("disabling the subscription %s in the copy, which would take changes in the source's place: %w", s.Name, Redact(err))
	}
	return nil
}
