package acl

import (
	"sort"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// State is one database and the roles of its server, sorted throughout. System schemas are left out.
type State struct {
	VersionNum int
	Database   string
	// User is who is connected; Self are its own attributes.
	User string
	Self Attributes
	// Bootstrap is the role that initdb made: on 16 and later a superuser's memberships are granted by it.
	Bootstrap string
	// SelfGrant is createrole_self_grant (16 and later): what a creator gets of the roles it creates.
	SelfGrant   string
	Roles       []Role
	Memberships []RoleGrant
	Parameters  []Parameter
	Owned       []Owned
	Objects     []Object
	Defaults    []DefaultACL
}

// Attributes are those of CREATE ROLE that are true or false.
type Attributes struct {
	Superuser, Inherit, CreateRole, CreateDB, Login, Replication, BypassRLS bool
}

// Role is a role of the server, with what the connected user may do with it.
type Role struct {
	Name string
	Attributes
	ConnectionLimit int
	// ValidUntil is in UTC, "infinity", or "" for none.
	ValidUntil string
	Comment    string
	Settings   []Setting
	// Usage: the user has its privileges; Set: SET ROLE to it works; Admin: the user may grant it.
	Usage, Set, Admin bool
}

// Setting is one ALTER ROLE … SET; Database is "" where it holds in every database.
type Setting struct{ Database, Name, Value string }

// RoleGrant says that Member is a member of Role, granted by Grantor. Before 16 there is one for each
// pair, Inherit follows the member and Set is always true.
type RoleGrant struct {
	Role, Member, Grantor string
	Admin, Inherit, Set   bool
}

// Parameter is a run-time parameter that ALTER ROLE … SET may name. Context is as in pg_settings;
// Settable says that the connected user has the right to set it.
type Parameter struct {
	Name, Context string
	Settable      bool
}

// Owned says what hangs on a marked role in one database ("" for what all databases share).
type Owned struct {
	Role, Database string
	Connectable    bool
	// Owns is in words, such as "table public.orders" where the database is the inspected one, else "3
	// relations". Count is how many objects it owns, Privileges on how many it has some.
	Owns       []string
	Count      int
	Privileges int
}

// Kind is a kind of object as selectors name it.
type Kind string

const (
	Database Kind = "database"
	Schema   Kind = "schema"
	Table    Kind = "table" // views, materialised views, partitioned and foreign tables too
	Sequence Kind = "sequence"
	Function Kind = "function" // procedures and aggregates too
	Type     Kind = "type"     // domains too
)

// Public is the grantee that stands for everybody: PostgreSQL reserves the name.
const Public = "public"

// Object is something with an access list.
type Object struct {
	Kind Kind
	// Detail is the kind in PostgreSQL's words: "view", "procedure", "domain".
	Detail       string
	Schema, Name string
	// Arguments are a function's as a statement names them; Types are their types alone.
	Arguments string
	Types     []string
	// Owner is "" where it cannot be known (an extension's object in a copy that is not made yet).
	Owner     string
	Extension bool
	Grants    []Entry
	Columns   []ObjectColumn
}

// ObjectColumn is a column of a table with the access list that is its own.
type ObjectColumn struct {
	Name   string
	Grants []Entry
}

// Entry is one privilege of an access list.
type Entry struct {
	Grantee, Privilege, Grantor string
	Grantable                   bool
}

// DefaultACL is what ForRole's objects of a kind get when they are created; Schema is "" for the whole
// database.
type DefaultACL struct {
	ForRole, Schema, On string
	Grants              []Entry
}

// Role finds a role, nil where there is none.
func (s *State) Role(name string) *Role {
	i := sort.Search(len(s.Roles), func(i int) bool { return s.Roles[i].Name >= name })
	if i < len(s.Roles) && s.Roles[i].Name == name {
		return &s.Roles[i]
	}
	return nil
}

func (s *State) roleNames() []string {
	names := make([]string, len(s.Roles))
	for i, r := range s.Roles {
		names[i] = r.Name
	}
	return names
}

// Key tells one object from another, in any database: a database's own name is not in it, so that the
// next copy's compares with the live one's.
func (o *Object) Key() string {
	switch o.Kind {
	case Database:
		return string(Database)
	case Schema:
		return string(Schema) + " " + sqltext.Plain(o.Name)
	}
	return string(o.Kind) + " " + o.Path()
}

// Path is the object's name as people write it: "public.orders", "public.f(integer)".
func (o *Object) Path() string {
	name := sqltext.Plain(o.Name)
	if o.Schema != "" {
		name = sqltext.Plain(o.Schema) + "." + name
	}
	if o.Kind == Function {
		name += "(" + strings.Join(o.Types, ", ") + ")"
	}
	return name
}

// String returns the kind and the path: "table public.orders".
func (o *Object) String() string { return string(o.Kind) + " " + o.Path() }

// sort brings everything into the order that the State promises.
func (s *State) sort() {
	sort.Slice(s.Roles, func(i, j int) bool { return s.Roles[i].Name < s.Roles[j].Name })
	sort.SliceStable(s.Objects, func(i, j int) bool {
		a, b := &s.Objects[i], &s.Objects[j]
		if a.Kind != b.Kind {
			return kindRank[a.Kind] < kindRank[b.Kind]
		}
		if a.Schema != b.Schema {
			return a.Schema < b.Schema
		}
		return a.Path() < b.Path()
	})
	for i := range s.Objects {
		sortEntries(s.Objects[i].Grants)
	}
}

var kindRank = map[Kind]int{Database: 0, Schema: 1, Table: 2, Sequence: 3, Function: 4, Type: 5}

func sortEntries(list []Entry) {
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if a.Grantee != b.Grantee {
			return a.Grantee < b.Grantee
		}
		if a.Privilege != b.Privilege {
			return a.Privilege < b.Privilege
		}
		return a.Grantor < b.Grantor
	})
}
