// Package catalog reads what a PostgreSQL database contains, with a constant number of
// set-based queries however many objects there are, as a role that may read the system
// catalogs and nothing more. It writes nothing and needs no extension.
package catalog

import (
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Catalog is one database, sorted throughout. System schemas (pg_*, information_schema) and
// objects of extensions are left out, except that Extensions lists those installed.
type Catalog struct {
	Server     Server
	Schemas    []Schema
	Tables     []Table
	Sequences  []Sequence
	MatViews   []MatView
	Extensions []Extension
	// EventTriggers are the enabled ones; LargeObjects counts them (0 where unreadable).
	EventTriggers []string
	LargeObjects  int64
	// Policies are the roles that row security policies name, for a copy's DDL.
	PolicyRoles []string
	// Literals are what ReadLiterals found; nil where nobody looked.
	Literals []literal.Literal
}

// Server is what a connection tells of its server.
type Server struct {
	VersionNum int    // 150018
	Version    string // "15.18"
	SystemID   string // "" where pg_control_system() may not be called
	Database   string
	User       string
	Superuser  bool
	InRecovery bool // a hot standby
	Encoding   string
	Collate    string
	Ctype      string
}

// Schema is a namespace with its owner.
type Schema struct{ Name, Owner string }

// Extension is an installed extension.
type Extension struct{ Name, Schema, Version string }

// Table is a relation that holds rows or routes them: kinds r and p of pg_class. (Views hold
// none; foreign tables are listed with Foreign set.)
type Table struct {
	OID          uint32
	Schema, Name string
	Owner        string
	Comment      string
	Partitioned  bool // routes rows to its partitions
	// PartitionKey are the columns that decide the partition; "" stands for an expression, and the columns that
	// expressions read stand at the end.
	PartitionKey []string
	PartitionOf  string // "schema.name" of the parent, quoted where needed; "" for none
	Inherits     []Ref  // parents by old-style inheritance
	Foreign      bool
	Unlogged     bool
	// RowSecurity: policies are enabled; ForceRowSecurity: for the owner too.
	RowSecurity, ForceRowSecurity bool
	// Selectable: the connected user has SELECT on every column; RLSApplies: row security
	// would hide rows from the connected user (row_security_active()).
	Selectable, RLSApplies bool
	EstimatedRows          int64 // pg_class.reltuples; -1 where never analysed
	Bytes                  int64 // without indexes, TOAST included
	Pages                  int64
	Columns                []Column // without dropped ones, by attnum
	Constraints            []Constraint
	Indexes                []Index
	Triggers               []Trigger // without internal ones
	// Withheld: a schema lock holds nothing but the name, because the spec skips the table.
	Withheld bool
}

// Ref is a qualified name.
type Ref struct{ Schema, Name string }

// Column is one column.
type Column struct {
	Name       string
	Number     int // attnum
	Type       mask.Type
	NotNull    bool
	Default    string // expression; for a generated column its expression
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
	// RefTable and RefColumns are a foreign key's other side, RefColumns[i] matching
	// Columns[i].
	RefTable             Ref
	RefColumns           []string
	Deferrable, Deferred bool
	Validated            bool
	// Inherited: it belongs to a partitioned parent's constraint.
	Inherited bool
}

// Index is one index that is not behind a constraint listed above, or is (Constraint set).
type Index struct {
	Name       string
	Definition string
	Unique     bool
	Primary    bool
	Constraint string
	// Columns are the key columns, without INCLUDE; "" stands for an expression.
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
	OwnedColumn  string // "" for a free one
	Identity     bool   // behind an identity column
	Selectable   bool
}

// MatView is a materialised view. Populated is false after WITH NO DATA. DependsOn are the
// other materialised views that it reads, directly or through views.
type MatView struct {
	Schema, Name string
	Populated    bool
	DependsOn    []Ref
}
