package rows

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/spec"
)

// ImportTable fills one table of a copy with what is staged.
type ImportTable struct {
	op.Database
	Bucket
	Table stage.Table `json:"table"`
	// Record is nil where it is read from beside the objects.
	Record *stage.Record `json:"record,omitempty"`
}

// Kind returns the stable name of the step.
func (ImportTable) Kind() string { return "stage.import" }

// Statements returns the objects that shoji reads, and what fills the table.
func (o ImportTable) Statements() []engine.Statement {
	out := op.Statements(o.On(), emptied(&o.Table.Table)...)
	out = append(out, o.statements(o.Table.Gets(o.Place, o.Record)...)...)
	return append(out, o.Table.ImportStatements(o.On(), o.Place, o.Record)...)
}

// Touches returns that the bucket is read, by the target's server where that imports, and the target written.
func (o ImportTable) Touches() []engine.Touch {
	return append([]engine.Touch{engine.Writes(o.Target)}, o.Reads(&o.Table, o.Target)...)
}

// Reads returns how the import of a table into a target reads the bucket.
func (b Bucket) Reads(t *stage.Table, target string) []engine.Touch {
	out := []engine.Touch{engine.Reads(b.Via)}
	if t.Import == spec.WayServer && !t.Empty() {
		out = append(out, engine.Touch{Address: b.Via, Access: engine.Read, By: target})
	}
	return out
}

// Moves returns the rows of the table.
func (o ImportTable) Moves() int64 { return o.Table.Rows }

// Run loads the rows in one transaction of the target.
func (o ImportTable) Run(ctx context.Context, e *op.Env) error {
	objects, err := e.Objects(ctx, o.Half)
	if err != nil {
		return err
	}
	at, record := o.Place.Of(e.Run.ID), o.Record
	if record == nil {
		key, err := e.Sessions.RecordKey(e.Refresh)
		if err != nil {
			return err
		}
		if record, err = stage.ReadRecord(ctx, objects, at, &o.Table, key); err != nil {
			return err
		}
	}
	return fill(ctx, e, o.Database, &o.Table.Table, func(c *pgx.Conn) error {
		_, err := stage.Import(ctx, objects, at, &o.Table, record, c, e.Report)
		return err
	})
}
