package rows

import (
	"context"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// Measure has the source say what the masks change, where there is no copy to look at: before a row is staged, under
// the snapshot that all are read under.
type Measure struct {
	op.Source
	Tables []transfer.Table `json:"tables"`
	Size   int              `json:"size"`
}

// Kind returns the stable name of the step.
func (Measure) Kind() string { return "transfer.measure" }

// Statements returns the samples that the source takes.
func (o Measure) Statements() []engine.Statement {
	var texts []string
	for i := range o.Tables {
		texts = append(texts, o.Tables[i].Reading(o.Tables[i].Sample(o.Size))...)
	}
	return op.Statements(o.On(), texts...)
}

// Shared returns the masks and what says how a sampled value changed.
func (o Measure) Shared() []string { return sharedSamples(o.Tables) }

// Touches returns that the source is read.
func (o Measure) Touches() []engine.Touch { return []engine.Touch{engine.Reads(o.From)} }

// Settled returns the step without what follows the statistics of tables.
func (o Measure) Settled() op.Op {
	o.Tables = settled(o.Tables)
	return o
}

// Run takes the samples. The exports come after it, so the snapshot is open still.
func (o Measure) Run(ctx context.Context, e *op.Env) error {
	from, err := e.Snapshots.Of(e.Refresh.Address())
	if err != nil {
		return err
	}
	return transfer.Measure(ctx, from, o.Tables, o.Size, e.Report)
}
