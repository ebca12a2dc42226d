package spec

import "github.com/shoji-pg/shoji/internal/diag"

// Role is a role of a cluster with its memberships, settings and privileges.
type Role struct {
	Label    string // of the block
	Name     string // in PostgreSQL; the label unless name = is set
	EachKey  string
	In       *Database
	Login    *bool // nil: not managed; the same for the other attributes
	Inherit  *bool
	CreateDB *bool
	// CreateRole, Replication and BypassRLS need the same attribute in the connected user.
	CreateRole, Replication, BypassRLS, Superuser *bool
	ConnectionLimit                               *int
	ValidUntil                                    *string
	Password                                      *Secret
	PasswordVersion                               string // a change of it sets the password again
	// IAM makes the role a member of rds_iam: it connects with tokens, and no longer with a password.
	IAM      bool
	Settings map[string]string
	MemberOf []Membership
	Comment  string
	// Mode is "additive" (default) or "authoritative" (what is not declared is revoked).
	Mode              string
	Grants            []Grant
	DefaultPrivileges []DefaultPrivilege
	// OnRemove is what happens when the block leaves the spec: "disable" (default: no login), "drop" (with
	// ReassignTo), "forget".
	OnRemove   string
	ReassignTo string
	Range      diag.Range
	At         struct {
		Name, Login, Inherit, CreateDB, CreateRole, Replication, BypassRLS, Superuser, ValidUntil, Password,
		IAM, Settings, MemberOf, Comment, OnRemove Argument
	}
}

// Address returns role.LABEL, with ["key"] under for_each.
func (r *Role) Address() string { return Address("role", r.Label, r.EachKey) }

// Membership is one entry of member_of: a declared role or the name of any role. The options are nil where the server's
// default is wanted (16 and later know Inherit and Set).
type Membership struct {
	Role                string
	Admin, Inherit, Set *bool
	Range               diag.Range
}

// Selector says what a grant is on; made by the functions database() schema() table() all_tables() sequence()
// all_sequences() function() all_functions() type().
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
