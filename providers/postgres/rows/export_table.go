package rows

import (
	"context"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// ExportTable stages the rows of one table, under the open snapshot.
type ExportTable struct {
	op.Source
	Bucket
	Table stage.Table `json:"table"`
}

// Kind returns the stable name of the step.
func (ExportTable) Kind() string { return "stage.export" }

// Statements returns what the source runs and the objects that shoji writes.
func (o ExportTable) Statements() []engine.Statement {
	return append(o.Table.ExportStatements(o.On(), o.Place),
		o.statements(o.Table.Puts(o.Place)...)...)
}

// Shared returns the masks of the table.
func (o ExportTable) Shared() []string { return o.Table.Shared() }

// Touches returns that the source is read and the bucket written, by the source's server where that exports.
func (o ExportTable) Touches() []engine.Touch {
	out := append([]engine.Touch{engine.Reads(o.From)}, o.written()...)
	if o.Table.Export == spec.WayServer && !o.Table.Empty() {
		out = append(out, engine.Touch{Address: o.Via, Access: engine.Write, By: o.From})
	}
	return out
}

// Moves returns the rows of the table.
func (o ExportTable) Moves() int64 { return o.Table.Rows }

// Run exports the rows; the record of what was exported is written last.
func (o ExportTable) Run(ctx context.Context, e *op.Env) error {
	objects, at, err := o.open(ctx, e)
	if err != nil {
		return err
	}
	key, err := e.Sessions.RecordKey(e.Refresh)
	if err != nil {
		return err
	}
	return e.Snapshots.Read(e.Refresh.Address(), func(from *transfer.Export) error {
		_, err := stage.Export(ctx, from, objects, at, &o.Table, key, e.Report)
		return err
	})
}
