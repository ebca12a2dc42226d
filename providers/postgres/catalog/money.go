package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Money is how a database writes the type money, whose values are whole numbers of the smallest unit: with a locale
// without decimals, what another shows as 1.25 is 125.
type Money struct {
	Locale   string `json:"locale"` // lc_monetary
	Decimals int    `json:"decimals"`
}

// ReadMoney reads how the users of a database of the server write money. It takes a session in which lc_monetary is not
// pinned, and changes it there. What the database says counts before what the role of the session says, which is
// shoji's.
func ReadMoney(ctx context.Context, c *pgx.Conn, database string) (Money, error) {
	var m Money
	err := c.QueryRow(ctx, `SELECT coalesce(
		(SELECT substr(e.c, strpos(e.c, '=') + 1)
			FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
			CROSS JOIN unnest(s.setconfig) AS e(c)
			WHERE s.setrole = 0 AND d.datname = $1 AND lower(split_part(e.c, '=', 1)) = 'lc_monetary'),
		current_setting('lc_monetary'))`, database).Scan(&m.Locale)
	if err != nil {
		return m, fmt.Errorf("reading lc_monetary: %w", conn.Redact(err))
	}
	if _, err := c.Exec(ctx, "SELECT set_config('lc_monetary', $1, false)", m.Locale); err != nil {
		return m, fmt.Errorf("setting lc_monetary to %q: %w", m.Locale, conn.Redact(err))
	}
	if err := c.QueryRow(ctx, "SELECT scale(0::money::numeric)").Scan(&m.Decimals); err != nil {
		return m, fmt.Errorf("reading the decimals of lc_monetary %q: %w", m.Locale, conn.Redact(err))
	}
	return m, nil
}
