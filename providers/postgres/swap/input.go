package swap

import (
	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// Input is everything that Build looks at.
type Input struct {
	Refresh *spec.Refresh
	Names   Names
	Source  *catalog.Catalog
	Locale  catalog.Locale // of the source
	// Script is what ddl.Select left of the source's structure.
	Script *ddl.Script
	Target *Facts

	// Rows are the steps that fill the tables.
	Rows Rows
	// Sequences are the values of the source's sequences where it cannot be asked; nil where it is.
	Sequences map[catalog.Ref]transfer.SequenceValue
	// Verify checks the rows, and Record writes down in the copy how it was made; a nil one is left out.
	Verify, Record op.Op
	// Roles are the IDs of steps that must have succeeded before the database is created: they make roles.
	Roles []string
	// Grants are the steps that run when everything exists and nobody sees it yet. They get the IDs of what they must
	// wait for added to their Needs.
	Grants []engine.Step
}

// Rows are the steps that fill the tables of the next database. One that is nil is left out.
type Rows struct {
	// Reserve is the step before anything is staged, Open opens the source's snapshot.
	Reserve, Open op.Op
	// Prepare gets the next database ready for loading, Finish takes that back.
	Prepare, Finish op.Op
	Tables          []TableRows
	// Remove takes away what is staged, when it is loaded, or, where RemoveLast is set, when the copy is in place.
	Remove     op.Op
	RemoveLast bool
}

// TableRows are the steps of one table: Load fills it, from what Export has staged, or, where that is nil, straight
// from the source or from what another run has staged.
type TableRows struct {
	Table        *decide.Table
	Export, Load op.Op
}

// Draft is what Build returns.
type Draft struct {
	Steps   []engine.Step
	Notes   []string
	Hazards []engine.Hazard
}

// inNext returns the next database as steps name it.
func (in Input) inNext() op.Database {
	return op.Database{
		Target:     in.Refresh.To.Address(),
		Name:       in.Names.Next,
		Role:       in.owner(),
		TextSearch: in.Source.Server.TextSearch,
	}
}

// inMaintenance returns the maintenance database as steps name it.
func (in Input) inMaintenance() op.Database {
	return op.Database{Target: in.Refresh.To.Address(), Name: in.Target.Maintenance}
}

// owner is the role to create objects as; "" where that is the connected user.
func (in Input) owner() string {
	if in.Refresh.Owner == in.Target.User {
		return ""
	}
	return in.Refresh.Owner
}

// memory is the maintenance_work_mem of one session that builds indexes, in kB: the jobs together take a quarter of
// shared_buffers, each between 64 MB and 1 GB, never less than the server's own setting.
func (in Input) memory() int64 {
	const mb = 1 << 20
	share := in.Target.SharedBuffers / 4 / int64(max(1, in.Refresh.Jobs))
	share = min(max(share, 64*mb), 1024*mb)
	if share <= in.Target.MaintenanceMemory {
		return 0
	}
	return share / 1024
}
