// Package catalog reads what a PostgreSQL database contains, with a constant number of set-based queries however many
// objects there are. It needs no privilege beyond reading the system catalogs and no extension, and writes nothing.
package catalog

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

// Catalog is one database; all lists are sorted. It leaves out system schemas (pg_*, information_schema) and objects of
// extensions, except their configuration tables and the sequences of those; Extensions lists the installed ones.
type Catalog struct {
	Server     Server
	Schemas    []Schema
	Tables     []Table
	Sequences  []Sequence
	MatViews   []MatView
	Extensions []Extension
	// SearchPath is the setting of the database, or PostgreSQL's default, followed by those of roles; Searching are the
	// objects that run functions which find others by it. See PathOf.
	SearchPath []string
	Searching  []Searching
	// Readers are the tables with a CHECK, of a domain too, that calls a function which may read other tables.
	Readers []Ref
	// EventTriggers are the enabled ones; LargeObjects is the number of large objects (0 if unreadable).
	EventTriggers []string
	LargeObjects  int64
	// PolicyRoles are the roles that row-level security policies name, for a copy's DDL.
	PolicyRoles []string
	// Literals are the result of ReadLiterals; nil if it was not called.
	Literals []literal.Literal
}

// Server is what a connection reports about its server.
type Server struct {
	VersionNum int    // 150018
	Version    string // "15.18"
	SystemID   string // "" without EXECUTE on pg_control_system()
	Database   string
	User       string
	Superuser  bool
	InRecovery bool // a hot standby
	Encoding   string
	Collate    string
	Ctype      string
	// TextSearch is the default_text_search_config of the source where it is one of PostgreSQL's own, else "".
	TextSearch string `json:",omitempty"`
	// Money is read where a column of that type crosses.
	Money *Money `json:",omitempty"`
}

// Schema is a namespace with its owner.
type Schema struct{ Name, Owner string }

// Table is a relation that holds rows or routes them: kinds r and p of pg_class, and foreign tables, with Foreign set.
type Table struct {
	OID          uint32
	Schema, Name string
	Owner        string
	Comment      string
	Partitioned  bool // routes rows to its partitions
	// PartitionKey are the columns that decide the partition; "" stands for an expression, and the columns that
	// expressions read come last.
	PartitionKey []string
	PartitionOf  string // "schema.name" of the parent, quoted where needed; "" for none
	Inherits     []Ref  // parents by old-style inheritance
	Foreign      bool
	Unlogged     bool
	// RowSecurity: policies are enabled; ForceRowSecurity: also for the owner.
	RowSecurity, ForceRowSecurity bool
	// Selectable: the connected user has SELECT on every column; RLSApplies: row-level security applies to that user
	// (row_security_active()).
	Selectable, RLSApplies bool
	EstimatedRows          int64 // pg_class.reltuples; -1 if never analyzed
	Bytes                  int64 // with TOAST, without indexes
	Pages                  int64
	Columns                []Column // without dropped ones, by attnum
	Constraints            []Constraint
	Indexes                []Index
	Triggers               []Trigger // without internal ones
	// Configuration is that of a table which an extension brings; nil for all others.
	Configuration *Configuration `json:",omitempty"`
	// Withheld: the catalog is of a schema lock that holds only the name, because the spec skips the table.
	Withheld bool
}

// PastRowSecurity says how user gets at all rows of tables whose row-level security applies to that user. To own a
// table helps only where its row-level security is not forced.
func PastRowSecurity(user string, tables []*Table) string {
	var forced, owned []string
	for _, t := range tables {
		if t.ForceRowSecurity {
			forced = append(forced, "ALTER TABLE "+sqltext.Ident(t.Schema, t.Name)+" NO FORCE ROW LEVEL SECURITY;")
			if t.Owner == user {
				owned = append(owned, t.FullName())
			}
		}
	}
	switch {
	case forced == nil:
		return "Connect as their owner or as a role with BYPASSRLS."
	case len(owned) == len(tables):
		return fmt.Sprintf("%q owns them, but FORCE ROW LEVEL SECURITY makes the policies "+
			"apply to the owner too. Connect "+
			"as a role with BYPASSRLS, or lift that:\n  %s", user, strings.Join(forced, "\n  "))
	}
	return "Connect as a role with BYPASSRLS, or as their owner; FORCE ROW LEVEL SECURITY, " +
		"which makes the policies apply " +
		"to the owner too, must be lifted for that:\n  " + strings.Join(forced, "\n  ")
}

// Personal returns what the names of a table and of its columns tell of the people in it.
func (t *Table) Personal() *personal.Table {
	names := make([]string, len(t.Columns))
	for i := range t.Columns {
		names[i] = t.Columns[i].Name
	}
	return personal.NewTable(t.Name, names)
}

// Ref is a qualified name.
type Ref struct{ Schema, Name string }

// Column is one column.
type Column struct {
	Name       string
	Number     int // attnum
	Type       mask.Type
	NotNull    bool
	Default    string // expression, also of a generated column
	Generated  string // "" | "stored" | "virtual"
	Identity   string // "" | "always" | "by default"
	Comment    string
	Selectable bool
	Collation  string // "" for the type's default
}

// ConstraintKind is pg_constraint.contype.
type ConstraintKind byte

const (
	PrimaryKey ConstraintKind = 'p'
	UniqueKey  ConstraintKind = 'u'
	ForeignKey ConstraintKind = 'f'
	CheckRule  ConstraintKind = 'c'
	Exclusion  ConstraintKind = 'x'
)

// Constraint is one constraint of a table, or inherited by a partition.
type Constraint struct {
	Name       string
	Kind       ConstraintKind
	Columns    []string // in the order of the key
	Definition string   // pg_get_constraintdef
	// RefTable and RefColumns are what a foreign key references: Columns[i] references RefColumns[i].
	RefTable             Ref
	RefColumns           []string
	Deferrable, Deferred bool
	Validated            bool
	// Inherited: it is part of a constraint of the partitioned parent.
	Inherited bool
}

// Index is one index; Constraint is set for that of a constraint.
type Index struct {
	Name       string
	Definition string
	Unique     bool
	Primary    bool
	Constraint string
	// Columns are the key columns, without INCLUDE; "" is an expression.
	Columns []string
	Partial bool
}

// Trigger is a user trigger. Enabled is pg_trigger.tgenabled: 'O' 'D' 'R' 'A'.
type Trigger struct {
	Name       string
	Definition string
	Enabled    byte
}

// Sequence is a sequence with the column that owns it, if any.
type Sequence struct {
	Schema, Name string
	OwnedBy      Ref
	OwnedColumn  string // "" if no column owns it
	Identity     bool   // behind an identity column
	Selectable   bool
	// Extension is the one that brings it, together with a configuration table; "" for none.
	Extension string `json:",omitempty"`
}

// MatView is a materialized view. Populated is false after WITH NO DATA. DependsOn are the materialized views that it
// reads, directly or through views.
type MatView struct {
	Schema, Name string
	Populated    bool
	DependsOn    []Ref
}
