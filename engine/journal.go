package engine

import (
	"context"
	"encoding/json"
	"time"
)

// JournalVersion is the format of journals: of records and of the description of a run. A newer one is refused.
const JournalVersion = "1.1"

// Journal is the append-only record of one run. Append returns once the record is on disk (or committed): an intent is
// durable before the change is made.
type Journal interface {
	Append(ctx context.Context, r Record) error
	Close() error
}

// Store keeps journals and leases: in a directory (OpenDir) or in a PostgreSQL schema (providers/postgres/journal).
type Store interface {
	// Begin opens the journal of a new run. The plan is kept with it, for resume and recover.
	Begin(ctx context.Context, run RunInfo, plan *Plan) (Journal, error)
	// Continue opens the journal of an unfinished run for appending.
	Continue(ctx context.Context, id string) (Journal, error)
	// Runs lists all runs, oldest first.
	Runs(ctx context.Context) ([]RunInfo, error)
	// Read returns the plan and the records of a run.
	Read(ctx context.Context, id string) (*Plan, []Record, error)
	// Forget removes a run that has ended.
	Forget(ctx context.Context, id string) error
	// Acquire takes the lease on a target, such as "database.staging", for ttl, or returns a *HeldError. An expired
	// lease may be taken over.
	Acquire(ctx context.Context, target string, holder Holder, ttl time.Duration) (Lease, error)
	// Leases lists the leases that are held, for status.
	Leases(ctx context.Context) ([]Holder, error)
	// Break removes a lease by its ID, whoever holds it (unlock).
	Break(ctx context.Context, id string) error
	// String returns where the store is, without secrets.
	String() string
}

// Lease is a lock that expires unless it is renewed.
type Lease interface {
	Renew(ctx context.Context) error
	Release(ctx context.Context) error
}

// Holder describes who holds a lease.
type Holder struct {
	ID        string    `json:"id"`
	Target    string    `json:"target"`
	Who       string    `json:"who"` // user@host
	PID       int       `json:"pid"`
	Operation string    `json:"operation"` // "apply"
	Since     time.Time `json:"since"`
	Expires   time.Time `json:"expires"`
}

// HeldError is the error of Acquire when somebody else holds the lease.
type HeldError struct{ Holder Holder }

// RunInfo describes a run.
type RunInfo struct {
	ID      string    `json:"id"`
	Command string    `json:"command"` // "apply", "rollback"
	Who     string    `json:"who"`
	Started time.Time `json:"started"`
	Project string    `json:"project"`
	// State is that of the last state record: "running" (or killed), "done", "failed",
	// "interrupted", "recovered".
	State RunState  `json:"state"`
	Ended time.Time `json:"ended,omitzero"`
}

// The commands that take the locks, as locks and journals name them.
const (
	CommandApply    = "apply"
	CommandRollback = "rollback" // makes the previous copy the live one, and moves no row
	CommandRecover  = "recover"  // begins no run of its own
)

// RunState is the state of a run.
type RunState string

const (
	RunRunning     RunState = "running"
	RunDone        RunState = "done"
	RunFailed      RunState = "failed"      // and put back
	RunInterrupted RunState = "interrupted" // can be resumed
	RunRecovered   RunState = "recovered"   // put back by hand or by the next run
)

// Ended reports whether nothing is left to do for a run.
func (s RunState) Ended() bool { return s == RunDone || s == RunFailed || s == RunRecovered }

// RecordKind is what a record of a journal reports.
type RecordKind string

const (
	StepIntent   RecordKind = "step_intent" // written before the step changes anything
	StepDone     RecordKind = "step_done"
	StepFailed   RecordKind = "step_failed"
	StepPutBack  RecordKind = "step_put_back"
	StateChanged RecordKind = "state"
)

// Record is one line of a journal. Errors in it are redacted.
type Record struct {
	FormatVersion string          `json:"format_version"`
	Time          time.Time       `json:"time"`
	Kind          RecordKind      `json:"kind"`
	Step          string          `json:"step,omitempty"`
	State         RunState        `json:"state,omitempty"`
	Error         string          `json:"error,omitempty"`
	Data          json.RawMessage `json:"data,omitempty"` // what a step wants to remember: rows, bytes
	// MAC is the keyed digest of the record and of the one before it, where the run has a key. Since 1.1.
	MAC string `json:"mac,omitempty"`
}
