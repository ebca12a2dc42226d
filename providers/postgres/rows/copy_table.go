package rows

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// CopyTable fills one table of a copy straight from the source, under the open snapshot.
type CopyTable struct {
	op.Source
	op.Database
	Table transfer.Table `json:"table"`
	// ReadBack says that what was written is read again and compared.
	ReadBack bool `json:"read_back,omitempty"`
}

// Kind returns the stable name of the step.
func (CopyTable) Kind() string { return "transfer.copy" }

// Statements returns the masked SELECT and what fills the table.
func (o CopyTable) Statements() []engine.Statement {
	return append(op.Statements(o.Source.On(), o.Table.Reading(o.Table.CopyOut())...),
		op.Statements(o.Database.On(), append(emptied(&o.Table), o.Table.CopyIn)...)...)
}

// Shared returns the masks of the table.
func (o CopyTable) Shared() []string { return o.Table.Shared() }

// Touches returns that the source is read and the target written.
func (o CopyTable) Touches() []engine.Touch {
	return []engine.Touch{engine.Reads(o.From), engine.Writes(o.Target)}
}

// Moves returns the rows of the table.
func (o CopyTable) Moves() int64 { return o.Table.Rows }

// Run copies the rows in one transaction of the target.
func (o CopyTable) Run(ctx context.Context, e *op.Env) error {
	return e.Snapshots.Read(e.Refresh.Address(), func(from *transfer.Export) error {
		return fill(ctx, e, o.Database, &o.Table, func(c *pgx.Conn) error {
			_, err := from.Copy(ctx, &o.Table, c, transfer.Options{ReadBack: o.ReadBack}, e.Report)
			return err
		})
	})
}
