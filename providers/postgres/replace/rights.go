package replace

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Rights are what the connected user may do on the target.
type Rights struct {
	// Owner: has the rights of the owner of every table. Replica: may set session_replication_role.
	Owner, Replica bool
	// Group: session_replication_role can be set in the parameter group of the cluster; NoGroup says why not.
	Group   bool
	NoGroup string
	// Missing are privileges on single tables, as the GRANT would name them: "TRUNCATE, INSERT". DELETE takes the place
	// of TRUNCATE for the configuration tables of extensions.
	Missing map[catalog.Ref]string
}

// ReadRights asks the target what the connected user may do with the tables of the schemas (nil: all). It changes
// nothing.
func ReadRights(ctx context.Context, c *pgx.Conn, schemas []string) (Rights, error) {
	r := Rights{Owner: true, Missing: map[catalog.Ref]string{}}
	rows, err := c.Query(ctx, `SELECT n.nspname::text, c.relname::text, pg_has_role(c.relowner, 'USAGE'),
		concat_ws(', ', CASE WHEN NOT has_table_privilege(c.oid, emptying.privilege) THEN emptying.privilege END,
			CASE WHEN NOT has_table_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
			CASE WHEN NOT has_table_privilege(c.oid, 'SELECT') THEN 'SELECT' END)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			CROSS JOIN LATERAL (SELECT CASE WHEN c.oid IN (SELECT unnest(extconfig) FROM pg_extension) THEN 'DELETE'
				ELSE 'TRUNCATE' END) AS emptying(privilege)
		WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
			AND n.nspname <> 'information_schema' AND ($1::text[] IS NULL OR n.nspname = ANY($1))`, schemas)
	if err != nil {
		return r, fmt.Errorf("reading the rights on the target: %w", conn.Redact(err))
	}
	var t catalog.Ref
	var owner bool
	var missing string
	_, err = pgx.ForEachRow(rows, []any{&t.Schema, &t.Name, &owner, &missing}, func() error {
		r.Owner = r.Owner && owner
		if missing != "" {
			r.Missing[t] = missing
		}
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("reading the rights on the target: %w", conn.Redact(err))
	}
	r.Replica = mayReplicate(ctx, c)
	return r, nil
}

// mayReplicate tries the setting in a transaction that is rolled back: it is the only way that all versions know.
func mayReplicate(ctx context.Context, c *pgx.Conn) bool {
	tx, err := c.Begin(ctx)
	if err != nil {
		return false
	}
	defer func() { _ = tx.Rollback(ctx) }()
	_, err = tx.Exec(ctx, "SET LOCAL session_replication_role = replica")
	return err == nil
}

// rights reports everything that the user lacks on the live tables, and row security that would refuse COPY.
func (b *build) rights() {
	var grants []string
	var secured []*catalog.Table
	user := b.Live.Server.User
	for _, r := range b.rewritten() {
		if m := b.Rights.Missing[r]; m != "" {
			grants = append(grants, fmt.Sprintf("  GRANT %s ON TABLE %s TO %s;", m, sqltext.Ident(r.Schema, r.Name),
				sqltext.Ident(user)))
		}
		if b.live[r].RLSApplies {
			secured = append(secured, b.live[r])
		}
	}
	if len(grants) > 0 {
		b.diags.Errorf(b.at(), "Not enough privileges on the target", "%s connects as %q. This helps:\n%s",
			b.Refresh.To.Address(), user, strings.Join(grants, "\n"))
	}
	if len(secured) > 0 {
		slices.SortFunc(secured, func(x, y *catalog.Table) int { return strings.Compare(x.FullName(), y.FullName()) })
		names := make([]string, len(secured))
		for i, t := range secured {
			names[i] = t.FullName()
		}
		b.diags.Errorf(b.at(), "Row security stands in the way",
			"Row security applies to %q on %s, and COPY refuses such tables. %s", user, strings.Join(names, ", "),
			catalog.PastRowSecurity(user, secured))
	}
}
