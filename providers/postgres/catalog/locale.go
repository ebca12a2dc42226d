package catalog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Locale is how a database encodes and sorts text.
type Locale struct {
	Encoding, Collate, Ctype string
	// Provider is 'c' (libc), 'i' (ICU, from 15 on) or 'b' (built in, from 17 on).
	Provider string
	// Locale and Rules are those of ICU or of the built-in provider.
	Locale, Rules string
}

// ReadLocale reads the locale of the database that c is connected to.
func ReadLocale(ctx context.Context, c *pgx.Conn) (Locale, error) {
	var version int
	var l Locale
	if err := c.QueryRow(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
		return l, fmt.Errorf("reading the version of the server: %w", conn.Redact(err))
	}
	err := c.QueryRow(ctx, `SELECT `+LocaleColumns(version)+
		` FROM pg_catalog.pg_database d WHERE d.datname = current_database()`).Scan(l.Fields()...)
	if err != nil {
		return l, fmt.Errorf("reading the locale of the database: %w", conn.Redact(err))
	}
	return l, nil
}

// LocaleColumns returns the columns of pg_database d that Fields scans. They changed in 15 (datlocprovider,
// daticulocale), 16 (daticurules) and 17 (datlocale). Manual, 53.15.
func LocaleColumns(version int) string {
	provider, locale, rules := "'c'", "''", "''"
	switch {
	case version >= 170000:
		provider, locale, rules = "d.datlocprovider::text", "coalesce(d.datlocale, '')", "coalesce(d.daticurules, '')"
	case version >= 160000:
		provider, locale, rules = "d.datlocprovider::text", "coalesce(d.daticulocale, '')",
			"coalesce(d.daticurules, '')"
	case version >= 150000:
		provider, locale = "d.datlocprovider::text", "coalesce(d.daticulocale, '')"
	}
	return "pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, " + provider + ", " + locale + ", " + rules
}

// Fields returns where the columns of LocaleColumns are scanned to.
func (l *Locale) Fields() []any {
	return []any{&l.Encoding, &l.Collate, &l.Ctype, &l.Provider, &l.Locale, &l.Rules}
}
