package engine

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Provider plans and executes for one kind of system, such as PostgreSQL or AWS. It is made with the project and its
// connections; the engine drives it. Inspect and Execute may be called from several goroutines.
type Provider interface {
	// Name returns what Step.Provider holds.
	Name() string
	// Inspect reads everything that the selection needs, with a handful of set-based queries for each database. It
	// changes nothing. Errors of databases are redacted.
	Inspect(ctx context.Context, sel Selected) (Observed, diag.Diagnostics)
	// Diff compares what is declared with what was observed. It is pure: it does no I/O and reads no clock.
	Diff(observed Observed, sel Selected) (*Draft, diag.Diagnostics)
	// Execute runs one step of a plan. It must be safe to run again after an interruption.
	Execute(ctx context.Context, step Step, report Reporter) error
	// PutBack undoes a step that was begun, whether it finished or not. It succeeds where there is nothing to undo.
	PutBack(ctx context.Context, step Step, report Reporter) error
	// Close releases connections.
	Close()
}

// Comparer is a Provider whose statements may differ between two steps that do the same, because they depend on numbers
// that change by themselves, such as the statistics of a table.
type Comparer interface {
	Provider
	// Essence returns the statements of a step without such numbers. Steps of a kind that have the same do the same.
	Essence(s *Step) ([]Statement, error)
}

// Providers are those of one project, each with a name of its own.
type Providers []Provider

// of returns the provider of a step.
func (ps Providers) of(s *Step) (Provider, error) {
	for _, p := range ps {
		if p.Name() == s.Provider {
			return p, nil
		}
	}
	return nil, fmt.Errorf("this version of shoji has no provider %q", s.Provider)
}

// deed is a digest of what a step does. Steps that do the same have the same.
type deed [sha256.Size]byte

// deed returns what a step does. The error is that of a step that no provider understands.
func (ps Providers) deed(s *Step) (deed, error) {
	statements := s.Statements
	if p, err := ps.of(s); err == nil && !s.IsBarrier() {
		if c, ok := p.(Comparer); ok {
			if statements, err = c.Essence(s); err != nil {
				return deed{}, err
			}
		}
	}
	raw, err := marshal(struct {
		Kind       string
		Statements []Statement
	}{s.Kind, statements})
	return sha256.Sum256(raw), err
}

// sameStep reports whether a saved step does what the one made now does.
func (ps Providers) sameStep(saved, fresh *Step) bool {
	was, err := ps.deed(saved)
	if err != nil {
		return false
	}
	is, err := ps.deed(fresh)
	return err == nil && was == is
}

// Observed is what Inspect read. The engine knows of it only what a plan is bound to.
type Observed interface {
	Fingerprints() []Fingerprint
	Endpoints() []Endpoint
	Accounts() []Account
}

// Draft is the part of a plan that one provider makes.
type Draft struct {
	Changes   []Change
	Refreshes []Refresh
	Steps     []Step
}

// Reporter receives the progress of a running step. Its methods may be called from any goroutine, and never block for
// long.
type Reporter interface {
	// Progress reports how far the step has come.
	Progress(p Progress)
	// Note adds a line to the output of the step, such as "ended 2 sessions of app".
	Note(text string)
	// Effects reports what masks did to the columns of a copy, in the order of the plan.
	Effects(columns []ColumnEffect)
}

// Progress is how far a step has come.
type Progress struct {
	Rows  int64 `json:"rows"`
	Bytes int64 `json:"bytes"`
	// TotalRows is how many rows it will be, as the plan estimates; 0 where unknown. Providers leave it out.
	TotalRows int64 `json:"total_rows,omitempty"`
	// Tables and TotalTables count what is looked at table by table.
	Tables      int `json:"tables,omitempty"`
	TotalTables int `json:"total_tables,omitempty"`
}

// ColumnEffect is what a mask did to the values of one column, in counts over a sample of rows. It holds no value.
type ColumnEffect struct {
	Schema string `json:"schema"`
	Table  string `json:"table"`
	Column string `json:"column"`
	Mask   string `json:"mask"`
	// Sampled is the sum of Null (or empty), Changed, Unchanged and Held.
	Sampled int64 `json:"sampled"`
	Null    int64 `json:"null"`
	Changed int64 `json:"changed"`
	// Unchanged counts values that stayed as they were, Held those that their result still contains whole. Constant
	// counts those of both that already were what a mask with one result makes of every row: they reveal nothing.
	Unchanged int64 `json:"unchanged"`
	Held      int64 `json:"held,omitempty"`
	Constant  int64 `json:"constant,omitempty"`
}

// Preflighter is a Provider that can tell what would refuse a plan before anything changes.
type Preflighter interface {
	// Preflight checks the whole plan, and returns the step that checks it once more when the plan runs; nil where
	// there is nothing to check. It changes nothing.
	Preflight(ctx context.Context, plan *Plan) (*Step, diag.Diagnostics)
}

// PermissionsCode is the code of diagnostics about permissions that a plan lacks, or that cannot be determined.
const PermissionsCode = "permissions"

// Forecaster is an Observed that can tell what its plan would do where errors keep it from being made, so that all
// missing permissions are reported at once.
type Forecaster interface {
	Observed
	Forecast() ([]Refresh, []Step)
}
