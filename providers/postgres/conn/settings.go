package conn

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Setting is a parameter of PostgreSQL that a role, a database or a server may set, and what shoji does about it.
type Setting struct {
	Name string
	// Value is what it is in every session; "" where it is left alone.
	Value string
	// Why says what another value would change, or why none would.
	Why string
}

// TextSearch is the parameter that a copy takes over from its source, for what is computed there.
const TextSearch = "default_text_search_config"

// Pinned returns the parameters that change how a value or a literal is read or written, which rows are read, or how
// the catalog prints a definition. Every session has them, on both sides and on every route, and so has pg_dump: what
// a role, a database or a server sets instead changes no copy. Each may be set by any user.
func Pinned() []Setting {
	return []Setting{
		{"array_nulls", "on", "whether NULL in the text form of an array is a null or the string"},
		{"backslash_quote", "safe_encoding", `whether \' is a quote in a literal`},
		{"bytea_output", "hex", "the text form of bytea"},
		{
			"client_encoding", "UTF8",
			"the bytes of a text; SQL_ASCII where the database is that, which converts nothing",
		},
		{"datestyle", "ISO, YMD", "the text form of dates and times, and how an ambiguous one is read"},
		{
			TextSearch, "pg_catalog.simple",
			"the words that to_tsvector(text) finds; that of the source where a copy is built",
		},
		{"default_transaction_isolation", "read committed", "what a transaction sees of others"},
		{"extra_float_digits", "3", "the digits of a floating-point number"},
		{"gin_fuzzy_search_limit", "0", "how many rows a search in a GIN index may leave out"},
		{"intervalstyle", "postgres", "the text form of intervals, and the sign of what follows a minus"},
		{"lc_monetary", "C", "the symbol, the separators and the decimals of money"},
		{"lc_numeric", "C", "the separators of to_char() and to_number()"},
		{"lc_time", "C", "the names of days and months in to_char() and to_date()"},
		{"quote_all_identifiers", "off", "the quotes of names in definitions that the catalog prints"},
		{"row_security", "off", "whether a policy hides rows instead of being an error"},
		{"search_path", "pg_catalog", "what a name without a schema means"},
		{"standard_conforming_strings", "on", "whether a backslash in a literal is one"},
		{"synchronize_seqscans", "off", "the order of rows without ORDER BY"},
		{"timezone", "UTC", "the text form of timestamps with a time zone, and the dates made of them"},
		{"timezone_abbreviations", "Default", "what EST or IST in a timestamp means"},
		{"transform_null_equals", "off", "whether x = NULL means x IS NULL"},
		{"xmlbinary", "base64", "the form of bytea inside of XML"},
		{"xmloption", "content", "whether a text is read as a document or as a part of one"},
	}
}

// Left returns the other parameters of the chapters "Client Connection Defaults" and "Version and Platform
// Compatibility" of PostgreSQL's manual, by name or by the common beginning of their names, and why they are left alone
// or set only for some sessions.
func Left() []Setting {
	return []Setting{
		{Name: "allow_alter_system", Why: "is about the server's files"},
		{Name: "check_function_bodies", Why: "is off where the structure is created, as in pg_dump's scripts"},
		{Name: "client_min_messages", Why: "chooses messages, which are not shown"},
		{Name: "createrole_self_grant", Why: "is read and respected where roles are planned"},
		{Name: "default_table_access_method", Why: "decides how the copy is stored, not what"},
		{Name: "default_tablespace", Why: "decides where the copy is stored"},
		{Name: "default_toast_compression", Why: "decides how the copy is stored, not what"},
		{Name: "default_transaction_deferrable", Why: "makes transactions wait, and changes nothing in them"},
		{Name: "default_transaction_read_only", Why: "protects a database from writing on purpose"},
		{Name: "dynamic_library_path", Why: "is for superusers, and about code"},
		{Name: "escape_string_warning", Why: "chooses warnings, which are not shown"},
		{Name: "event_triggers", Why: "is for superusers, and about the target's own triggers"},
		{Name: "extension_control_path", Why: "is for superusers, and about code"},
		{Name: "extension_destdir", Why: "is for superusers, and about code"},
		{Name: "gin_pending_list_limit", Why: "is about speed"},
		{Name: "icu_validation_level", Why: "decides whether a bad locale is an error, not how it sorts"},
		{Name: "idle_in_transaction_session_timeout", Why: "is off: a snapshot waits for others"},
		{Name: "idle_session_timeout", Why: "ends an idle session with an error"},
		{Name: "jit_provider", Why: "is about speed, and jit is off"},
		{Name: "lc_messages", Why: "is for superusers, and nothing depends on the text of a message"},
		{Name: "lo_compat_privileges", Why: "is for superusers, and about privileges"},
		{Name: "local_preload_libraries", Why: "is about code that the server's administrators installed"},
		{Name: "lock_timeout", Why: "is that of -lock-timeout"},
		{Name: "operator_precedence_warning", Why: "chooses warnings, which are not shown"},
		{
			Name: "plpgsql.variable_conflict",
			Why:  "is for superusers, and about functions, none of which runs by itself",
		},
		{Name: "restrict_nonsystem_relation_kind", Why: "makes an error of what it forbids"},
		{Name: "session_preload_libraries", Why: "is for superusers, and about code"},
		{Name: "session_replication_role", Why: "is set where foreign keys are bypassed, and shown in the plan"},
		{Name: "shared_preload_libraries", Why: "is for superusers, and about code"},
		{Name: "statement_timeout", Why: "is off in a run, and at most plan_timeout in a plan"},
		{Name: "tcp_", Why: "is about the network"},
		{Name: "temp_tablespaces", Why: "decides where the server sorts"},
		{Name: "transaction_", Why: "is said by each transaction; transaction_timeout ends one with an error"},
		{Name: "vacuum_", Why: "is about maintenance"},
	}
}

// settings returns the parameters of a session as it begins. What is pinned has to be there before the first statement:
// the driver refuses to quote for a session in which backslashes are escapes.
func settings(o Options) map[string]string {
	m := map[string]string{
		"application_name":                    o.Purpose,
		"statement_timeout":                   "0",
		"idle_in_transaction_session_timeout": "0",
		"lock_timeout":                        strconv.FormatInt(o.LockTimeout.Milliseconds(), 10),
		// a copy gains nothing from it, and each one costs a compilation
		"jit": "off",
	}
	for _, s := range Pinned() {
		if !slices.Contains(o.Unpinned, s.Name) {
			m[s.Name] = s.Value
		}
	}
	if o.Limited { // see limit: the user's own may be shorter
		delete(m, "statement_timeout")
	}
	maps.Copy(m, o.Settings)
	return m
}

// ProgramOptions returns the value of PGOPTIONS with which PostgreSQL's own programs have what is pinned, and no limit
// of time. Manual, 34.15 and 20.1.4.
func ProgramOptions() string {
	escape := strings.NewReplacer(`\`, `\\`, " ", `\ `)
	options := []string{"-c statement_timeout=0"}
	for _, s := range Pinned() {
		options = append(options, fmt.Sprintf("-c %s=%s", s.Name, escape.Replace(s.Value)))
	}
	return strings.Join(options, " ")
}

// SettingsMarkdown returns the tables of docs/modes-and-types.md.
func SettingsMarkdown() string {
	var b strings.Builder
	b.WriteString("| parameter | is | otherwise it would change |\n|---|---|---|\n")
	for _, s := range Pinned() {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", s.Name, s.Value, s.Why)
	}
	b.WriteString("\nThe other parameters of those chapters are left alone, or set for some sessions only:\n\n" +
		"| parameter | why |\n|---|---|\n")
	for _, s := range Left() {
		name := "`" + s.Name + "`"
		if strings.HasSuffix(s.Name, "_") {
			name = "`" + s.Name + "…`"
		}
		fmt.Fprintf(&b, "| %s | it %s |\n", name, s.Why)
	}
	return b.String()
}
