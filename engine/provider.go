package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
)

// Provider brings one kind of system (PostgreSQL, AWS). It is made with the project and its
// connections; the engine drives it. Inspect and Execute may be called from several
// goroutines.
type Provider interface {
	// Name is what Step.Provider holds.
	Name() string
	// Inspect looks at everything the selection needs, with a handful of set-based queries a
	// database. It changes nothing. Errors of databases come redacted.
	Inspect(ctx context.Context, sel Selected) (Observed, diag.Diagnostics)
	// Diff compares what is declared with what was observed. It is pure: no I/O, no clock.
	Diff(observed Observed, sel Selected) (*Draft, diag.Diagnostics)
	// Execute runs one step of a plan. It must be safe to run again after an interruption.
	Execute(ctx context.Context, step Step, report Reporter) error
	// PutBack undoes a step that was begun, finished or not. It succeeds where there is
	// nothing to undo.
	PutBack(ctx context.Context, step Step, report Reporter) error
	// Close releases connections.
	Close()
}

// Comparer is a Provider whose statements may differ between two steps that do the same: they follow numbers that
// change by themselves, such as the statistics of a table.
type Comparer interface {
	Provider
	// SameStep reports whether a saved step does what the one made now does.
	SameStep(saved, fresh *Step) bool
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

// sameStep reports whether a saved step does what the one made now does. Unless its provider knows better, both have
// the same statements.
func (ps Providers) sameStep(saved, fresh *Step) bool {
	if p, err := ps.of(fresh); err == nil {
		if c, ok := p.(Comparer); ok {
			return c.SameStep(saved, fresh)
		}
	}
	return saved.Kind == fresh.Kind && slices.Equal(saved.Statements, fresh.Statements)
}

// Observed is what Inspect saw, opaque to the engine but for what a plan is bound to.
type Observed interface {
	Fingerprints() []Fingerprint
	Endpoints() []Endpoint
	Accounts() []Account
}

// Draft is a provider's part of a plan.
type Draft struct {
	Changes   []Change
	Refreshes []Refresh
	Steps     []Step
}

// Reporter takes the progress of a running step. Its methods may be called from any
// goroutine and never block for long.
type Reporter interface {
	// Progress says how far the step is: units done of total (0 where unknown).
	Progress(p Progress)
	// Note adds a line to the step's output: "ended 2 sessions of app".
	Note(text string)
	// Effects says what masks did to the columns of a copy, in the order of the plan.
	Effects(columns []ColumnEffect)
}

// Progress is how far a step is.
type Progress struct {
	Rows      int64 `json:"rows"`
	Bytes     int64 `json:"bytes"`
	TotalRows int64 `json:"total_rows,omitempty"` // an estimate; 0 where unknown
}
