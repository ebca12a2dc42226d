package swap

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Status says which copies of a refresh there are.
type Status struct{ Live, Next, Previous, Old Copy }

// Copy is one database of a refresh. Comment is the user's part of its comment; Mark says which
// run made it, where Marked.
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
	s := Status{
		Live:     Copy{Name: n.Live},
		Next:     Copy{Name: n.Next},
		Previous: Copy{Name: n.Previous},
		Old:      Copy{Name: n.Old},
	}
	rows, err := c.Query(ctx, `
		SELECT d.oid, d.datname, r.rolname, coalesce(shobj_description(d.oid, 'pg_database'), ''),
		       (SELECT count(*)::int FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid
		           AND a.pid <> pg_backend_pid())
		FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
		WHERE d.datname = ANY ($1)`, []string{n.Live, n.Next, n.Previous, n.Old})
	if err != nil {
		return s, fmt.Errorf("reading the copies of %s: %w", quote(n.Live), conn.Redact(err))
	}
	var found Copy
	var comment string
	_, err = pgx.ForEachRow(rows, []any{&found.OID, &found.Name, &found.Owner, &comment, &found.Sessions},
		func() error {
			for _, c := range []*Copy{&s.Live, &s.Next, &s.Previous, &s.Old} {
				if c.Name == found.Name {
					*c = found
					c.Exists = true
					c.Comment, c.Mark, c.Marked = ParseComment(comment)
				}
			}
			return nil
		})
	if err != nil {
		return s, fmt.Errorf("reading the copies of %s: %w", quote(n.Live), conn.Redact(err))
	}
	return s, nil
}
