package ddl

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// Section is when an entry is created: before the rows or after them.
type Section string

const (
	// Pre is what rows need: schemas, types, functions, tables, sequences.
	Pre Section = "pre"
	// Post is what is cheaper, or only possible, after the rows: indexes, keys, triggers, policies, and what depends on
	// them.
	Post Section = "post"
)

// Entry is one object of the source with the SQL that creates it.
type Entry struct {
	// ID is pg_dump's number of the entry, which Depends refers to. It is valid within one Script only.
	ID      int
	Section Section
	// Type is pg_dump's word: "TABLE", "FK CONSTRAINT", "INDEX ATTACH".
	Type string
	// Schema is "" for objects outside schemas. Name is the object's own name: for a function its signature, for a
	// comment the object it is on ("COLUMN customers.email").
	Schema, Name string
	// Table is the table (or view) in Schema that an index, a constraint, a trigger, a rule, a policy or a default
	// belongs to; "" for other types.
	Table string
	// TableOID is that table's OID on the source, or a table's own; 0 if there is none.
	TableOID uint32
	// SQL is one or more statements for the simple protocol.
	SQL string
	// AccessMethod is that of a table.
	AccessMethod string
	// Depends are the IDs of the entries that must exist first, sorted.
	Depends []int

	class, oid uint32 // the address in pg_depend, which identifies an object whatever its name
}

// Script is the structure of a database, in creation order.
type Script struct {
	// ServerVersion and DumpVersion are as pg_dump writes them: "15.18 (Debian …)".
	ServerVersion, DumpVersion string
	Entries                    []Entry
}

// InSection returns the entries of a section, in order.
func (s *Script) InSection(section Section) []Entry {
	var out []Entry
	for _, e := range s.Entries {
		if e.Section == section {
			out = append(out, e)
		}
	}
	return out
}

// Object returns the entry's type and name for people: "table public.customers", "fk constraint
// public.orders.orders_customer_fkey". Names are quoted where needed.
func (e Entry) Object() string { return strings.ToLower(e.Type) + " " + e.Path() }

// Path returns the qualified name without the type: "public.orders.orders_pkey".
func (e Entry) Path() string {
	var parts []string
	if e.Schema != "" {
		parts = append(parts, quoted(e.Schema))
	}
	if e.Table != "" && e.Type != "INDEX" { // an index's name is unique in its schema
		parts = append(parts, quoted(e.Table))
	}
	if e.Name != "" {
		name := e.Name
		if namesOneWord[e.Type] {
			name = quoted(name)
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, ".")
}

// namesOneWord are the types whose Name is a bare identifier. Other names are phrases, or pg_dump has quoted them
// (signatures).
var namesOneWord = map[string]bool{
	"TABLE": true, "VIEW": true, "MATERIALIZED VIEW": true, "SEQUENCE": true, "INDEX": true,
	"CONSTRAINT": true, "FK CONSTRAINT": true, "CHECK CONSTRAINT": true, "TRIGGER": true,
	"RULE": true, "POLICY": true, "DEFAULT": true, "TYPE": true, "DOMAIN": true, "SCHEMA": true,
	"STATISTICS": true, "EXTENSION": true, "FOREIGN TABLE": true, "EVENT TRIGGER": true,
	"INDEX ATTACH": true, "TABLE ATTACH": true, "SEQUENCE OWNED BY": true, "COLLATION": true,
}

// quoted returns a name as people write it: bare if it is a plain lower-case word.
func quoted(name string) string {
	for i, r := range name {
		if r == '_' || r >= 'a' && r <= 'z' || i > 0 && (r >= '0' && r <= '9' || r == '$') {
			continue
		}
		return sqltext.Ident(name)
	}
	if name == "" {
		return `""`
	}
	return name
}

// AltersTable reports whether SQL goes on with an ALTER after the statement that creates the object: pg_dump adds
// CLUSTER ON, SET STATISTICS and REPLICA IDENTITY to an index like that. It is read from the statements and not kept in
// a field, so that a script which comes out of a manifest knows it, too.
func (e Entry) AltersTable() bool { return strings.Contains(e.statements(), ";\n\nALTER ") }

// NotValid returns the statement that adds a foreign key without checking the rows that are there. ok is false if the
// source did not check its rows either, so that there is nothing to leave for later.
func (e Entry) NotValid() (sql string, ok bool) {
	sql = e.statements()
	if strings.HasSuffix(sql, " NOT VALID") || strings.HasSuffix(sql, " NOT ENFORCED") || strings.Contains(sql, ";\n") {
		return "", false
	}
	return sql + " NOT VALID;", true
}

// statements returns SQL without the last semicolon.
func (e Entry) statements() string { return strings.TrimSuffix(strings.TrimSpace(e.SQL), ";") }

// Digest returns the hexadecimal SHA-256 of what the entry creates. It does not cover the ID, which any other new
// object changes.
func (e Entry) Digest() string {
	h := sha256.New()
	for _, part := range []string{string(e.Section), e.Type, e.Schema, e.Table, e.Name, e.AccessMethod, e.SQL} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Path returns a qualified name as people write it, quoted where needed.
func Path(schema, name string) string { return quoted(schema) + "." + quoted(name) }
