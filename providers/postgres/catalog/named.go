package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/spec/mask"
)

// TypesNamed returns the types that a server knows by names in SQL, such as "varchar(40)" or "public.mood[]". A name
// that is none, or names a type that the server does not have, is not in the result. Its errors are redacted.
func TypesNamed(ctx context.Context, c *pgx.Conn, names []string) (map[string]mask.Type, error) {
	r := reader{ctx: ctx, q: c, c: &Catalog{}}
	if err := r.server(); err != nil {
		return nil, fmt.Errorf("reading the version of the server: %w", conn.Redact(err))
	}
	if err := r.readTypes(); err != nil {
		return nil, fmt.Errorf("reading the types of the server: %w", conn.Redact(err))
	}
	out := map[string]mask.Type{}
	for _, name := range names {
		if t, ok := r.named(c, name); ok {
			out[name] = t
		}
	}
	return out, nil
}

// named returns the type of a name. to_regtype reads names of types and nothing else, so that a name which it knows can
// stand in a statement; what the statement says of its column has the modifier too.
func (r *reader) named(c *pgx.Conn, name string) (mask.Type, bool) {
	var known bool
	if err := c.QueryRow(r.ctx, "SELECT to_regtype($1) IS NOT NULL", name).Scan(&known); err != nil || !known {
		return mask.Type{}, false
	}
	described, err := c.Prepare(r.ctx, "", "SELECT NULL::"+name)
	if err != nil {
		return mask.Type{}, false
	}
	f := described.Fields[0]
	var formatted string
	err = c.QueryRow(r.ctx, "SELECT format_type($1, $2)", f.DataTypeOID, f.TypeModifier).Scan(&formatted)
	if err != nil {
		return mask.Type{}, false
	}
	return r.resolve(f.DataTypeOID, f.TypeModifier, formatted), true
}
