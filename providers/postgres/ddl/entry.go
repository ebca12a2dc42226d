package ddl

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// Section says when an entry is created: before the rows, or after them.
type Section string

const (
	// Pre is everything that rows need: schemas, types, functions, tables, sequences.
	Pre Section = "pre"
	// Post is what is cheaper, or only right, once the rows are there: indexes, keys,
	// triggers, policies, and whatever depends on one of them.
	Post Section = "post"
)

// Entry is one object of the source with the SQL that creates it.
type Entry struct {
	// ID is pg_dump's number of the entry; Depends refers to it. It is only valid within
	// one Script.
	ID      int
	Section Section
	// Type is pg_dump's word: "TABLE", "FK CONSTRAINT", "INDEX ATTACH".
	Type string
	// Schema is "" for what is in no schema. Name is the object's own name: of a function
	// its signature, of a comment the object it is on ("COLUMN customers.email").
	Schema, Name string
	// Table is the table (or view) that an index, a constraint, a trigger, a rule, a policy or
	// a default belongs to; its Schema is the entry's own. "" for others.
	Table string
	// TableOID is that table's OID on the source, or a table's own; 0 where there is none.
	TableOID uint32
	// SQL is one or several statements, to be run by the simple protocol.
	SQL string
	// AccessMethod is a table's, where it has one.
	AccessMethod string
	// Depends are the IDs of the entries that must exist before, sorted.
	Depends []int

	class, oid uint32 // pg_depend's address: tells one object from another, whatever its name
}

// Script is the structure of a database in an order in which it can be created.
type Script struct {
	// ServerVersion and DumpVersion are as pg_dump states them: "15.18 (Debian …)".
	ServerVersion, DumpVersion string
	Entries                    []Entry
}

// InSection gives the entries of a section, in order.
func (s *Script) InSection(section Section) []Entry {
	var out []Entry
	for _, e := range s.Entries {
		if e.Section == section {
			out = append(out, e)
		}
	}
	return out
}

// Object names the entry in the words of the documentation: "table public.customers",
// "fk constraint public.orders.orders_customer_fkey". Parts that need quotes have them.
func (e Entry) Object() string { return strings.ToLower(e.Type) + " " + e.Path() }

// Path is the qualified name without the type: "public.orders.orders_pkey".
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

// namesOneWord are the types whose Name is a bare identifier. The names of the others are
// written by pg_dump with the quotes they need (signatures), or are phrases.
var namesOneWord = map[string]bool{
	"TABLE": true, "VIEW": true, "MATERIALIZED VIEW": true, "SEQUENCE": true, "INDEX": true,
	"CONSTRAINT": true, "FK CONSTRAINT": true, "CHECK CONSTRAINT": true, "TRIGGER": true,
	"RULE": true, "POLICY": true, "DEFAULT": true, "TYPE": true, "DOMAIN": true, "SCHEMA": true,
	"STATISTICS": true, "EXTENSION": true, "FOREIGN TABLE": true, "EVENT TRIGGER": true,
	"INDEX ATTACH": true, "TABLE ATTACH": true, "SEQUENCE OWNED BY": true, "COLLATION": true,
}

// quoted writes a name as people write it: bare where it is a plain lower-case word.
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

// Digest is the hexadecimal SHA-256 of what the entry would create. It does not cover the
// entry's number, so that an unrelated new object does not change it.
func (e Entry) Digest() string {
	h := sha256.New()
	for _, part := range []string{string(e.Section), e.Type, e.Schema, e.Table, e.Name, e.AccessMethod, e.SQL} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Path writes a qualified name as people write it: quoted where it must be.
func Path(schema, name string) string { return quoted(schema) + "." + quoted(name) }
