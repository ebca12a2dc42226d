package sqltext

import (
	"slices"
	"strings"
)

// Setting writes a parameter and its value as SET takes them: "app"."tenant" TO 'a'.
func Setting(name, value string) string {
	members := []string{value}
	if isList(name) {
		members = Names(value)
	}
	for i, m := range members {
		members[i] = strings.TrimSpace(Literal(m))
	}
	return SettingName(name) + " TO " + strings.Join(members, ", ")
}

// SettingName quotes each part of a parameter's name: "app"."tenant".
func SettingName(name string) string { return Ident(strings.Split(name, ".")...) }

// SameSetting reports whether two values of a parameter mean the same.
func SameSetting(name, one, other string) bool {
	return one == other || isList(name) && slices.Equal(Names(one), Names(other))
}

// isList reports whether a parameter's value is a list of names. The server keeps the list as text, and SET wants its
// members one by one: as a single literal they would become one name. The same list is in pg_dump's dumputils.c,
// variable_is_guc_list_quote.
func isList(name string) bool {
	switch strings.ToLower(name) {
	case "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
		"temp_tablespaces", "unix_socket_directories":
		return true
	}
	return false
}

// Path writes the setting that has a session look for names in PostgreSQL's own schema first, then in others, as SET
// and SET LOCAL take it.
func Path(schemas ...string) string {
	list := "search_path = pg_catalog"
	if len(schemas) > 0 {
		list += ", " + Idents(schemas)
	}
	return list
}

// SetPath writes the statement that sets Path for a session.
func SetPath(schemas ...string) string { return "SET " + Path(schemas...) }

// Names cuts a list such as `"$user", public` at its commas and takes the quotes off. An empty text is a list
// of one empty name, as the server keeps it.
func Names(list string) []string {
	var out []string
	var b strings.Builder
	quoted := false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"' && quoted && i+1 < len(list) && list[i+1] == '"':
			b.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			out = append(out, b.String())
			b.Reset()
		case c == ' ' && !quoted:
		default:
			b.WriteByte(c)
		}
	}
	return append(out, b.String())
}
