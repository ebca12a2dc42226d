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
	// Tables are the tables of the source with their decisions.
	Tables []decide.Table
	Source *catalog.Catalog
	Locale catalog.Locale // of the source
	// Script is what ddl.Select left of the source's structure.
	Script *ddl.Script
	Target *Facts

	// Open completes the step that opens the source's snapshot, before the first copy.
	Open func(step engine.Step) engine.Step
	// Copy completes the step that copies one table: its kind, params and statements. The step it is given has ID,
	// title, order and the name of its atomic set.
	Copy func(t decide.Table, step engine.Step) engine.Step
	// Staging is how rows are staged between the source and the copy steps; nil where those read the source.
	Staging *Staging
	// Values are those of the source's sequences where it cannot be asked; nil where it is.
	Values map[catalog.Ref]transfer.SequenceValue
	// Verify completes the step that checks the rows; nil leaves it out.
	Verify func(step engine.Step) engine.Step
	// Record completes the step that records in the copy how it was made; nil leaves it out.
	Record func(step engine.Step) engine.Step
	// Grants are the steps that run when everything exists and nobody sees it yet; Build adds to their Needs.
	Grants []engine.Step
}

// Staging completes the steps of rows that are staged. A function that is nil leaves its step out.
type Staging struct {
	// Begin is the step before anything is staged, Export the one that stages a table, before its copy step.
	Begin  func(step engine.Step) engine.Step
	Export func(t decide.Table, step engine.Step) engine.Step
	// Prepare gets the next database ready for loading, Finish takes that back.
	Prepare, Finish func(step engine.Step) engine.Step
	// Remove takes away what is staged, when it is loaded, or, where Last, when the copy is in place.
	Remove func(step engine.Step) engine.Step
	Last   bool
}

// Draft is what Build returns.
type Draft struct {
	Steps   []engine.Step
	Notes   []string
	Hazards []engine.Hazard
}

// inNext returns the next database as steps name it.
func (in Input) inNext() op.Database {
	return op.Database{Target: in.Refresh.To.Address(), Name: in.Names.Next, Role: in.owner()}
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
