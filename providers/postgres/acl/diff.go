// Package acl plans and executes who may do what on one database and its server: roles with their attributes, settings
// and memberships, privileges on objects, default privileges.
//
// It works on access lists as a matrix. All declarations of a database are merged, every selector is expanded to the
// objects that exist, and the result is compared with the lists that are in force, where a missing list stands for
// PostgreSQL's own default. Only the difference becomes statements: additions first, then removals, in one transaction
// on one connection.
//
// Inspect reads, Diff decides and is pure, and ChangeRole, DropOwned and ChangeGrants are the steps. The package must
// not import the planner of refreshes: what a refresh will build is handed to it as a State.
package acl

import (
	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/spec"
)

// Input is everything that Diff looks at.
type Input struct {
	Project  string
	Database *spec.Database
	// Roles are those declared in Database, Declared all of the spec's.
	Roles, Declared []*spec.Role
	// Peers are the addresses of other databases of the spec that are known to be on the same server:
	// their roles are this server's too.
	Peers []string
	// Live is the database, nil where it does not exist yet. Server is any database of its server and only
	// needed then.
	Live, Server *State
	// Next is what a refresh will build (see Planned), nil where none is selected. Privileges on objects
	// are then planned for it alone: the live copy is about to be replaced.
	Next *State
	// Refresh is the address of that refresh.
	Refresh string
	// LeaveOrphans keeps Diff from treating the roles of this project that left the spec: for all databases
	// of a server but one.
	LeaveOrphans bool
}

// Draft is what Diff returns.
type Draft struct {
	Changes []engine.Change
	// Steps are to be run on the server and the live database.
	Steps []engine.Step
	// NextSteps are to be run on the next database when everything is in it and nobody sees it. NextNotes
	// and NextHazards say how who may do what will differ from the live copy; they belong to the refresh.
	NextSteps   []engine.Step
	NextNotes   []string
	NextHazards []engine.Hazard
	// Dropped are the roles that Steps drop. Nothing that comes after may name them.
	Dropped []string
}

// Diff compares what is declared with what was inspected. It is pure; equal input gives an equal draft. Where
// nothing differs the draft is empty.
func Diff(in Input) (Draft, diag.Diagnostics) {
	d := &differ{Input: in, server: in.Server}
	if in.Live != nil {
		d.server = in.Live
	}
	if d.server == nil {
		d.diags.Errorf(&in.Database.Range, "The server was not inspected", "The roles of %s are not known.",
			in.Database.Address())
		return Draft{}, d.diags
	}
	d.rights = newRights(d.server)
	d.checkDeclarations()
	for _, r := range d.Roles {
		if d.server.Role(r.Name) == nil && r.Name != Public {
			d.rights.created[r.Name] = true
		}
	}
	for _, r := range d.Roles {
		if r.Name != Public {
			d.role(r)
		}
	}
	roleSteps := len(d.draft.Steps)
	d.grants(d.draft.Steps[:roleSteps])
	if !in.LeaveOrphans {
		d.orphans()
	}
	d.diags.Append(d.rights.report()...)
	d.diags.Sort()
	return d.draft, d.diags
}

// differ is one run of Diff.
type differ struct {
	Input
	server *State // who has the roles
	rights *rights
	draft  Draft
	diags  diag.Diagnostics
}

func (d *differ) address() string  { return d.Database.Address() }
func (d *differ) contends() string { return "acl:" + d.address() }

// in returns a database of the server, by "" where it is the one that the spec's address stands for.
func (d *differ) in(database string) op.Database {
	if d.Live != nil && database == d.Live.Database {
		database = ""
	}
	return op.Database{Target: d.address(), Name: database}
}
