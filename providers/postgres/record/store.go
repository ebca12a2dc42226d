package record

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// comment identifies records among the large objects of a database. A large object moves with its database, also when
// that is renamed; pg_dump -s leaves it out, and it is not a relation.
const comment = "shoji: how this copy was made"

// records selects the large objects with the comment, and whether the connected user has the privileges of their
// owners.
const records = `SELECT m.oid, pg_catalog.pg_get_userbyid(m.lomowner)::text AS owner, pg_catalog.pg_has_role(m.lomowner,
	'USAGE') AS ours
	FROM pg_catalog.pg_largeobject_metadata m JOIN pg_catalog.pg_description d ON d.objoid = m.oid
	WHERE d.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass AND d.objsubid = 0 AND d.description = $1
		ORDER BY m.oid`

const (
	unlink = "SELECT pg_catalog.lo_unlink($1)"
	create = "SELECT pg_catalog.lo_from_bytea(0, $1)"
)

// Statements returns those that Write runs, as a plan shows them.
func Statements() []string {
	return []string{
		unlink,
		create,
		commentOn("(known after apply)"),
	}
}

func commentOn(oid string) string {
	return "COMMENT ON LARGE OBJECT " + oid + " IS " + sqltext.Literal(comment)
}

// Write replaces the records of the database in the transaction of c. The record belongs to the current role, and
// nobody else may read it.
func Write(ctx context.Context, c *pgx.Conn, r *Record, key secret.Value) error {
	raw, err := encode(r, key)
	if err != nil {
		return err
	}
	if err := write(ctx, c, raw); err != nil {
		return fmt.Errorf("recording how the copy was made: %w", conn.Redact(err))
	}
	return nil
}

func write(ctx context.Context, c *pgx.Conn, raw []byte) error {
	found, err := list(ctx, c)
	if err != nil {
		return err
	}
	for _, o := range found {
		if !o.ours {
			continue
		}
		if _, err := c.Exec(ctx, unlink, o.oid); err != nil {
			return err
		}
	}
	var oid uint32
	if err := c.QueryRow(ctx, create, raw).Scan(&oid); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, commentOn(fmt.Sprint(oid))); err != nil {
		return err
	}
	// Since 18, default privileges can apply to large objects.
	rows, err := c.Query(ctx, `SELECT DISTINCT coalesce(pg_catalog.quote_ident(r.rolname), 'PUBLIC')
		FROM pg_catalog.pg_largeobject_metadata m CROSS JOIN pg_catalog.aclexplode(m.lomacl) a
		LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee WHERE m.oid = $1 AND a.grantee <> m.lomowner`, oid)
	if err != nil {
		return err
	}
	grantees, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, g := range grantees {
		if _, err := c.Exec(ctx, fmt.Sprintf("REVOKE ALL ON LARGE OBJECT %d FROM %s", oid, g)); err != nil {
			return err
		}
	}
	return nil
}

// object is a large object with the comment of a record.
type object struct {
	oid   uint32
	owner string
	ours  bool
}

func list(ctx context.Context, c *pgx.Conn) ([]object, error) {
	rows, err := c.Query(ctx, records, comment)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (object, error) {
		var o object
		err := row.Scan(&o.oid, &o.owner, &o.ours)
		return o, err
	})
}

// Found is the record of a database.
type Found struct {
	// Record is nil if there is none to compare with; Reason completes a sentence about the database.
	Record *Record
	Reason string
	// Sealed: it was sealed with the key.
	Sealed bool
	// Digest binds a plan to what it was compared with.
	Digest string
}

// Read returns the record of the database that c is connected to. run is the run that made the copy, "" if unknown: a
// record of another run is not the copy's. Without a key, the record is not verified.
func Read(ctx context.Context, c *pgx.Conn, key secret.Value, run string) (Found, error) {
	found, err := list(ctx, c)
	if err != nil {
		return Found{}, fmt.Errorf("looking for the record of the copy: %w", conn.Redact(err))
	}
	out := Found{Reason: "holds no record of how it was made", Digest: "none"}
	for _, o := range found {
		if !o.ours {
			if out.Record == nil && out.Digest == "none" {
				out.Reason = "has a record of how it was made that belongs to " + o.owner + " and cannot be read"
			}
			continue
		}
		var raw []byte
		err := c.QueryRow(ctx, "SELECT pg_catalog.lo_get($1, 0, $2)", o.oid, largestObject).Scan(&raw)
		if err != nil {
			return Found{}, fmt.Errorf("reading the record of the copy: %w", conn.Redact(err))
		}
		sum := sha256.Sum256(raw)
		r, err := decode(raw, key)
		switch {
		case err == nil && run != "" && r.Run != run:
			err = fmt.Errorf("it is of run %s, but %s made the copy", r.Run, run)
		case err == nil && out.Record != nil && !r.Time.After(out.Record.Time):
			continue
		case err == nil:
			out = Found{Record: r, Sealed: key.Len() > 0, Digest: hex.EncodeToString(sum[:])}
		}
		if err != nil && out.Record == nil {
			out.Reason = "has a record of how it was made that cannot be verified: " + err.Error()
			out.Digest = hex.EncodeToString(sum[:])
		}
	}
	return out, nil
}
