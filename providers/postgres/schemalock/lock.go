// Package schemalock keeps what matters for masking of a source's catalog in a file beside the spec, schema.lock.json:
// so that a spec can be decided and checked without a database, and a pull request shows schema changes. The file holds
// nothing that changes by itself: no OIDs, statistics or privileges, and no details of partitions that are like their
// table.
package schemalock

import (
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/spec/mask"
)

// FileName is the name of the lock in a project's directory.
const FileName = "schema.lock.json"

// File is the lock of one project: the catalogs of its sources by the address of their database ("database.prod").
type File struct {
	Format    int                  `json:"format"`
	Databases map[string]*Database `json:"databases"`
}

// Database is what matters for masking of one source.
type Database struct {
	// Server is PostgreSQL's major version.
	Server int `json:"server"`
	// Selected are the requested schemas, nil for all; Schemas are those of them that exist.
	Selected   []string    `json:"selected,omitempty"`
	Schemas    []string    `json:"schemas,omitempty"`
	Extensions []Extension `json:"extensions,omitempty"`
	// Types are the types of columns that are not built in, by their name as format_type writes it.
	Types map[string]LockedType `json:"types,omitempty"`
	// Tables are by schema and name.
	Tables map[string]map[string]*LockedTable `json:"tables"`
	// Literals are the values in the structure that look personal, except in skipped tables; nil in a lock of format 1.
	Literals []literal.Literal `json:"literals,omitempty"`
	// Searched: Literals were looked for.
	Searched bool `json:"searched,omitempty"`
}

// Extension is an installed extension, without its version, which changes no column.
type Extension struct {
	Name   string `json:"name"`
	Schema string `json:"schema"`
}

// LockedType is a type that is not built in, with the fields of mask.Type. Other types are named as format_type writes
// them.
type LockedType struct {
	Kind      string      `json:"kind"`
	Schema    string      `json:"schema"`
	Name      string      `json:"name"`
	Category  string      `json:"category"`
	MaxLength int         `json:"max_length,omitempty"`
	Precision int         `json:"precision,omitempty"`
	Scale     int         `json:"scale,omitempty"`
	Labels    []string    `json:"labels,omitempty"`
	Elem      string      `json:"elem,omitempty"`
	Base      string      `json:"base,omitempty"`
	Fields    [][2]string `json:"fields,omitempty"` // name and type
	NotNull   bool        `json:"not_null,omitempty"`
	Checks    []string    `json:"checks,omitempty"`
}

// LockedTable is one table. A partition without columns has the columns, constraints and unique indexes of its parent.
type LockedTable struct {
	// Withheld: all refreshes skip the table, and the lock holds only its name.
	Withheld         bool        `json:"withheld,omitempty"`
	Partitioned      bool        `json:"partitioned,omitempty"`
	PartitionKey     []string    `json:"partition_key,omitempty"`
	PartitionOf      string      `json:"partition_of,omitempty"`
	Inherits         [][2]string `json:"inherits,omitempty"` // schema and name
	Foreign          bool        `json:"foreign,omitempty"`
	Unlogged         bool        `json:"unlogged,omitempty"`
	RowSecurity      bool        `json:"row_security,omitempty"`
	ForceRowSecurity bool        `json:"force_row_security,omitempty"`
	Comment          string      `json:"comment,omitempty"`
	// Configuration is that of an extension's configuration table; since format 3.
	Configuration *catalog.Configuration `json:"configuration,omitempty"`
	Columns       []LockedColumn         `json:"columns,omitempty"`
	Constraints   []LockedConstraint     `json:"constraints,omitempty"`
	// Indexes are the unique ones without a constraint: others do not matter, and come and go with tuning.
	Indexes []LockedIndex `json:"unique_indexes,omitempty"`
}

// LockedColumn is one column. A Type with a modifier is as format_type writes it: "character varying(40)".
type LockedColumn struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	NotNull   bool   `json:"not_null,omitempty"`
	Default   string `json:"default,omitempty"`
	Generated string `json:"generated,omitempty"`
	Identity  string `json:"identity,omitempty"`
	Collation string `json:"collation,omitempty"`
	// Nondeterministic is the collation where texts of different bytes can be equal under it.
	Nondeterministic *mask.Collation `json:"nondeterministic,omitempty"`
	Comment          string          `json:"comment,omitempty"`
}

// LockedConstraint is one constraint.
type LockedConstraint struct {
	Name       string   `json:"name"`
	Kind       string   `json:"kind"`
	Columns    []string `json:"columns,omitempty"`
	RefSchema  string   `json:"ref_schema,omitempty"`
	RefTable   string   `json:"ref_table,omitempty"`
	RefColumns []string `json:"ref_columns,omitempty"`
	Definition string   `json:"definition"`
	Deferrable bool     `json:"deferrable,omitempty"`
	Deferred   bool     `json:"deferred,omitempty"`
	NotValid   bool     `json:"not_valid,omitempty"`
	Inherited  bool     `json:"inherited,omitempty"`
}

// LockedIndex is one unique index. A column "" stands for an expression.
type LockedIndex struct {
	Name       string   `json:"name"`
	Columns    []string `json:"columns"`
	Partial    bool     `json:"partial,omitempty"`
	Definition string   `json:"definition"`
}
