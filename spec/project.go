// Package spec is what the user wrote: it reads the *.hcl files of one directory into
// typed values that keep their source ranges. It never connects to anything.
package spec

import (
	"github.com/shoji-pg/shoji/internal/allow"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Project is one directory of *.hcl files, evaluated. Slices are sorted by address,
// so that equal input gives equal output.
type Project struct {
	Dir  string
	Name string // the label of the project block; the directory's base name without one
	// Named says that there is a project block: what must not change with the directory's name depends on that.
	Named bool
	Env   string // the chosen env block, "" for none

	Journal    Journal
	SchemaLock SchemaLock
	Variables  []*Variable
	Secrets    []*Secret
	Databases  []*Database
	Refreshes  []*Refresh
	Tables     []*Table
	Rules      []*Rule
	Links      []*Link
	Roles      []*Role
	Lint       Lint
	// Ignores are the comments that suppress findings of lint, in the order of files and lines.
	Ignores []Ignore

	AWS             []*AWS
	KMSKeys         []*KMSKey
	IAMRoles        []*IAMRole
	IAMPolicies     []*IAMPolicy
	Buckets         []*Bucket
	Clusters        []*Cluster
	ParameterGroups []*ParameterGroup

	// Allow names the hazards that the chosen env allows (see engine.Hazard).
	Allow []string
	// Protected is set by the chosen env: apply then wants a saved plan.
	Protected bool

	// References are the edges between blocks, for the graph and for cycles; sorted.
	References []Reference
	// Sources are the files by name as in ranges.
	Sources map[string][]byte
	// Digest covers the files, VariablesDigest the values of all variables (sensitive
	// ones through SHA-256 only); hexadecimal SHA-256.
	Digest, VariablesDigest string

	contexts  contexts
	hidden    *hidden
	strange   map[string]bool // files that are no HCL: nothing of them is shown
	blocks    []string
	places    map[string]diag.Range // of blocks
	lookupEnv func(string) (string, bool)
	runner    allow.Runner
}

// Reference says that block From mentions block To at Range: role.a -> role.b.
type Reference struct {
	From, To string
	Range    diag.Range
}

// Journal says where the journal is kept. At most one of the fields is set; none means
// the directory .shoji beside the spec.
type Journal struct {
	Path     string    // directory, relative to the project
	Database *Database // a schema "shoji" in that database
	Range    *diag.Range
}

// SchemaLock says what plan makes of a source that is not as schema.lock.json says.
type SchemaLock string

const (
	SchemaLockWarn   SchemaLock = "warn"
	SchemaLockStrict SchemaLock = "strict"
)

// Variable is an input with its final value. Text is the value as JSON; for a sensitive one
// it is secret.Redacted.
type Variable struct {
	Name      string
	Sensitive bool
	Text      string
	Range     diag.Range
}

// Secret names where a secret value is read from at run time. Exactly one source is set.
type Secret struct {
	Name    string
	EachKey string
	Env     string // name of an environment variable
	File    string // path, relative to the project; one final newline is cut off
	Range   diag.Range
}

// Mode is how a refresh puts the new copy in place.
type Mode string

const (
	// Swap builds <db>__next beside the live copy and renames it into place.
	Swap Mode = "swap"
	// Replace empties and fills the live tables in one transaction.
	Replace Mode = "replace"
)

// ForeignKeys is how mode replace treats foreign keys.
type ForeignKeys string

const (
	FKAuto        ForeignKeys = "auto"
	FKOrder       ForeignKeys = "order"       // parents first
	FKConstraints ForeignKeys = "constraints" // drop and add again, in the same transaction
	FKReplica     ForeignKeys = "replica"     // session_replication_role, then checked
	// FKParameterGroup sets session_replication_role in the parameter group of the target's cluster for a while, then
	// checks.
	FKParameterGroup ForeignKeys = "parameter_group"
)

// Way is who moves rows between a database and a bucket.
type Way string

const (
	WayAuto   Way = "auto"
	WayServer Way = "server" // the database itself, by aws_s3
	WayClient Way = "client" // shoji, by COPY
)

// Refresh is one copy from a source to a target.
type Refresh struct {
	Name        string // full address is refresh.NAME or refresh.NAME["key"]
	EachKey     string
	From, To    *Database
	Key         *Secret // nil where no mask is keyed
	Mode        Mode
	Schemas     []string // nil: every schema that is not a system's
	Jobs        int      // connections a side; 4 unless set
	ForeignKeys ForeignKeys
	// Copy is what is read instead of the source; nil reads the source itself.
	Copy *Copy
	// Verify is "full", "sample" (default) or "off".
	Verify string
	// MinChanged is the share of a masked column's values that its mask must change; 0 asks for none, nil for one
	// value.
	MinChanged *float64
	// Disconnect says what happens to sessions on the live copy at the swap:
	// "terminate" (default) or "wait" (up to the lock timeout, then fail).
	Disconnect string
	Owner      string // role that owns the objects of the copy; "" is the connected user
	// Structure says what of the source's structure crosses; nil takes all.
	Structure *Structure
	// Via is the bucket that rows are staged in; nil: they go straight from source to target.
	Via            *Bucket
	Export, Import Way
	Range          diag.Range
	Ranges         map[string]diag.Range // by attribute name, where present
}

// Address is refresh.NAME, with ["key"] under for_each.
func (r *Refresh) Address() string { return address("refresh", r.Name, r.EachKey) }

// Table decides the columns of one table.
type Table struct {
	Schema, Name string
	EachKey      string
	// Refreshes limits the block to these; nil means all.
	Refreshes []*Refresh
	Rows      string // SQL condition, "" for all rows
	RowsRange *diag.Range
	// Calls are functions and operators of the source, as schema.name, that are not PostgreSQL's own and that reading
	// the table may run.
	Calls   []KeepName
	Keep    []KeepName
	Columns []*Column
	Data    bool // false: structure, no rows
	Skip    bool // true: not in the copy at all
	Range   diag.Range
}

// Address is table.SCHEMA.NAME. Parts that are not identifiers are quoted as in HCL index
// syntax, so that an address is one token: table["my schema"]["t.x"].
func (t *Table) Address() string { return address2("table", t.Schema, t.Name) }

// KeepName is one entry of keep = [...]: a column name, with where it stands.
type KeepName struct {
	Name  string
	Range diag.Range
}

// Column is a column block.
type Column struct {
	Name       string
	Mask       *mask.Mask
	MinChanged *float64   // nil: that of the refresh
	Range      diag.Range // of the mask's expression
}

// Rule decides many columns by patterns. A pattern is a glob: * ? and {a,b}; a table
// pattern with a dot matches "schema.table". Nil patterns match everything.
type Rule struct {
	Name      string
	EachKey   string
	Refreshes []*Refresh
	Schemas   []string // match { schema = "x" } or a list
	Tables    []string
	Columns   []string
	Types     []string    // as format_type prints it, without and with its modifier
	Tags      []string    // marks in comments, and kinds of personal data; lower case
	Mask      *mask.Mask  // nil where the rule decides tables
	MaskRange *diag.Range // nil with Mask
	// MinChanged is for the columns that Mask decides; nil: that of the refresh.
	MinChanged *float64
	Data       *bool // data = false for whole tables
	Skip       *bool
	Range      diag.Range
}

// Address is rule.NAME, with ["key"] under for_each.
func (r *Rule) Address() string { return address("rule", r.Name, r.EachKey) }

// Role is a role of a cluster with its memberships, settings and privileges.
type Role struct {
	Label    string // of the block
	Name     string // in PostgreSQL; the label unless name = is set
	EachKey  string
	In       *Database
	Login    *bool // nil: not managed; the same for the other attributes
	Inherit  *bool
	CreateDB *bool
	// CreateRole, Replication, BypassRLS need the same attribute in who connects.
	CreateRole, Replication, BypassRLS, Superuser *bool
	ConnectionLimit                               *int
	ValidUntil                                    *string
	Password                                      *Secret
	PasswordVersion                               string // a change of it sets the password again
	// IAM makes the role a member of rds_iam: it connects with tokens, and with no password any more.
	IAM      bool
	Settings map[string]string
	MemberOf []Membership
	Comment  string
	// Mode is "additive" (default) or "authoritative" (what is not declared is revoked).
	Mode              string
	Grants            []Grant
	DefaultPrivileges []DefaultPrivilege
	// OnRemove is what happens when the block leaves the spec: "disable" (default: no
	// login), "drop" (with ReassignTo), "forget".
	OnRemove   string
	ReassignTo string
	Range      diag.Range
	Ranges     map[string]diag.Range // by attribute name, where present
}

// Address is role.LABEL, with ["key"] under for_each.
func (r *Role) Address() string { return address("role", r.Label, r.EachKey) }

// Membership is one entry of member_of: a declared role or the name of any role. The options
// are nil where the server's default is wanted (16 and later know Inherit and Set).
type Membership struct {
	Role                string
	Admin, Inherit, Set *bool
	Range               diag.Range
}

// Selector says what a grant is on; made by the functions database() schema() table()
// all_tables() sequence() all_sequences() function() all_functions() type().
type Selector struct {
	// Kind is one of "database" "schema" "table" "sequence" "function" "type".
	Kind string
	// All selects every object of Kind in Schema at plan time.
	All    bool
	Schema string
	// Name is the object; for a function its signature: "f(integer, text)".
	Name    string
	Columns []string // column privileges on one table
}

// Grant is one grant block of a role. Privileges are upper case; ALL stands as written.
type Grant struct {
	On              Selector
	Privileges      []string
	WithGrantOption bool
	Range           diag.Range
}

// DefaultPrivilege is one default_privileges block: what ForRole creates later.
type DefaultPrivilege struct {
	ForRole         string
	Schema          string // "" for the whole database
	On              string // "tables" "sequences" "functions" "types" "schemas"
	Privileges      []string
	WithGrantOption bool
	Range           diag.Range
}
