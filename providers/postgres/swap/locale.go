package swap

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

// localeOptions returns the options of CREATE DATABASE on a server of the given version.
func localeOptions(l catalog.Locale, version int) string {
	opts := []string{
		"ENCODING " + literal(l.Encoding),
		"LC_COLLATE " + literal(l.Collate),
		"LC_CTYPE " + literal(l.Ctype),
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

// portable reports whether a server of the given version can have a locale at all.
func portable(l catalog.Locale, version int) bool {
	return !(l.Provider == "i" && version < 150000 || l.Provider == "b" && version < 170000 ||
		l.Rules != "" && version < 160000)
}

// normalLocale makes "en_US.UTF-8" and "en_US.utf8" equal, as libc does.
func normalLocale(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "-", "")
}

func literal(s string) string { return strings.TrimSpace(sqltext.Literal(s)) }
