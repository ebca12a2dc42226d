package swap

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
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

// ReadLocale reads that of the database that c is connected to, such as the source.
func ReadLocale(ctx context.Context, c *pgx.Conn) (Locale, error) {
	var version int
	var l Locale
	if err := c.QueryRow(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
		return l, fmt.Errorf("reading the version of the server: %w", conn.Redact(err))
	}
	err := c.QueryRow(ctx, `SELECT `+localeColumns(version)+
		` FROM pg_catalog.pg_database d WHERE d.datname = current_database()`).Scan(l.scan()...)
	if err != nil {
		return l, fmt.Errorf("reading the locale of the database: %w", conn.Redact(err))
	}
	return l, nil
}

// localeColumns selects the fields of Locale from pg_database d: its columns changed in 15
// (datlocprovider, daticulocale), 16 (daticurules) and 17 (datlocale). Manual, 53.15.
func localeColumns(version int) string {
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

func (l *Locale) scan() []any {
	return []any{&l.Encoding, &l.Collate, &l.Ctype, &l.Provider, &l.Locale, &l.Rules}
}

// options gives the options of CREATE DATABASE on a server of the given version. Only
// template0 takes another encoding and locale than its own (manual, 23.3).
func (l Locale) options(version int) string {
	opts := []string{
		"TEMPLATE template0", "ENCODING " + literal(l.Encoding),
		"LC_COLLATE " + literal(l.Collate), "LC_CTYPE " + literal(l.Ctype),
	}
	switch {
	case l.Provider == "i" && version >= 150000:
		opts = append(opts, "LOCALE_PROVIDER icu", "ICU_LOCALE "+literal(l.Locale))
		if l.Rules != "" {
			opts = append(opts, "ICU_RULES "+literal(l.Rules))
		}
	case l.Provider == "b" && version >= 170000:
		opts = append(opts, "LOCALE_PROVIDER builtin", "BUILTIN_LOCALE "+literal(l.Locale))
	case version >= 150000:
		opts = append(opts, "LOCALE_PROVIDER libc")
	}
	return strings.Join(opts, " ")
}

// portable says whether a server of the given version can have this locale at all.
func (l Locale) portable(version int) bool {
	return !(l.Provider == "i" && version < 150000 || l.Provider == "b" && version < 170000 ||
		l.Rules != "" && version < 160000)
}

// normalLocale makes "en_US.UTF-8" and "en_US.utf8" equal, as libc does.
func normalLocale(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "-", "")
}

func literal(s string) string { return strings.TrimSpace(sqltext.Literal(s)) }
