package rows

import (
	"context"
	"fmt"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// RemoveStaged removes what a run has staged, after its rows are in place.
type RemoveStaged struct{ Staged }

// Kind returns the stable name of the step.
func (RemoveStaged) Kind() string { return "stage.remove" }

// Statements returns the call that removes the objects.
func (o RemoveStaged) Statements() []engine.Statement {
	return o.statements("DeleteObjects " + o.Place.URL("") + " (all of the run, by name)")
}

// Touches returns that the bucket is written to.
func (o RemoveStaged) Touches() []engine.Touch { return o.written() }

// Run removes the objects. Rows that are in place already are not given up because that fails.
func (o RemoveStaged) Run(ctx context.Context, e *op.Env) error {
	err := o.remove(ctx, e)
	if err != nil && ctx.Err() == nil {
		e.Report.Note(fmt.Sprintf(
			"what is staged is still there, and the bucket's lifecycle removes it after %d days: %s", o.ExpireDays,
			err))
		return nil
	}
	return err
}
