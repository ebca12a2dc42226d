package swap

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Names are the databases of one refresh.
type Names struct {
	Live string `json:"live"`
	// Next is being built, Previous is the copy before the live one. Old is Previous between the swap and its drop, and
	// the way station of a rollback.
	Next     string `json:"next"`
	Previous string `json:"previous"`
	Old      string `json:"old"`
}

// longestName is NAMEDATALEN-1: PostgreSQL cuts longer names without an error (manual, 4.1.1).
const longestName = 63

// NewNames returns the names that go with a live database. It is an error where they would be longer than a name can
// be.
func NewNames(live string) (Names, error) {
	n := Names{Live: live, Next: live + "__next", Previous: live + "__prev", Old: live + "__drop"}
	if len(n.Next) > longestName {
		return Names{}, fmt.Errorf("the name of database %q has %d bytes, and mode swap adds 6 to it (%s), which is "+
			"more than the %d of PostgreSQL: use mode replace, or a shorter name", live, len(live), n.Next, longestName)
	}
	return n, nil
}

// Status says which copies of a refresh exist.
type Status struct{ Live, Next, Previous, Old Copy }

// Copy is one database of a refresh. Comment is the user's part of its comment; Mark says which run made it, where
// Marked.
type Copy struct {
	Name, Owner string
	OID         uint32
	Exists      bool
	Comment     string
	Marked      bool
	Mark        Mark
	Sessions    int
}

// ReadStatus reads it over any connection to the target's server, without special rights.
func ReadStatus(ctx context.Context, c *pgx.Conn, n Names) (Status, error) {
	found, err := readCopies(ctx, c, n.Live, n.Next, n.Previous, n.Old)
	return Status{Live: found[n.Live], Next: found[n.Next], Previous: found[n.Previous], Old: found[n.Old]}, err
}

func readCopy(ctx context.Context, c *pgx.Conn, name string) (Copy, error) {
	found, err := readCopies(ctx, c, name)
	return found[name], err
}

func readCopies(ctx context.Context, c *pgx.Conn, names ...string) (map[string]Copy, error) {
	out := map[string]Copy{}
	for _, name := range names {
		out[name] = Copy{Name: name}
	}
	rows, err := c.Query(ctx, `
		SELECT d.oid, d.datname, r.rolname, coalesce(shobj_description(d.oid, 'pg_database'), ''),
		       (SELECT count(*)::int FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid
		           AND a.pid <> pg_backend_pid())
		FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
		WHERE d.datname = ANY ($1)`, names)
	if err != nil {
		return out, fmt.Errorf("reading the copies of %s: %w", quote(names[0]), conn.Redact(err))
	}
	d := Copy{Exists: true}
	var comment string
	_, err = pgx.ForEachRow(rows, []any{&d.OID, &d.Name, &d.Owner, &comment, &d.Sessions}, func() error {
		d.Comment, d.Mark, d.Marked = ParseComment(comment)
		out[d.Name] = d
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("reading the copies of %s: %w", quote(names[0]), conn.Redact(err))
	}
	return out, nil
}
