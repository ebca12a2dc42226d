// Package sqltext is the one place that quotes SQL identifiers and literals. Any text
// that reaches a server and was not written in this repository went through it.
package sqltext

import "strings"

// Ident quotes a possibly qualified name: Ident("public", "a b") is "public"."a b".
// Every part is always quoted, so that reserved words, capitals and dots need no thought.
// PostgreSQL manual, 4.1.1.
func Ident(parts ...string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = `"` + strings.ReplaceAll(strings.ReplaceAll(p, "\x00", ""), `"`, `""`) + `"`
	}
	return strings.Join(quoted, ".")
}

// Idents quotes each name and joins them with ", ", for a column list.
func Idents(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = Ident(n)
	}
	return strings.Join(quoted, ", ")
}

// Plain writes a name for people: quoted only where it is not a plain lower-case word. It is for messages and plans,
// never for SQL.
func Plain(name string) string {
	for i, c := range name {
		if !(c == '_' || c >= 'a' && c <= 'z' || i > 0 && c >= '0' && c <= '9') {
			return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
	}
	if name == "" {
		return `""`
	}
	return name
}

// Literal quotes a string constant. A backslash makes it an E” string, so that the
// result is right under any standard_conforming_strings. PostgreSQL manual, 4.1.2.
func Literal(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	quoted := `'` + strings.ReplaceAll(s, `'`, `''`) + `'`
	if strings.Contains(s, `\`) {
		return ` E` + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}
