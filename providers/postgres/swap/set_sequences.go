package swap

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// SetSequences sets the sequences of the next database to where those of the source stand.
type SetSequences struct {
	op.Database
	Source    op.Source           `json:"source"`
	Sequences []transfer.Sequence `json:"sequences"`
}

func (SetSequences) Kind() string { return "swap.sequences" }

func (o SetSequences) Statements() []engine.Statement {
	var out []engine.Statement
	for _, s := range o.Sequences {
		if s.FromSource() {
			out = append(out, engine.Statement{On: o.Source.On(), Text: s.ReadSQL()})
		}
		if sql := s.SetSQL(); sql != "" {
			out = append(out, engine.Statement{On: o.On(), Text: sql})
		}
	}
	return out
}

// Touches returns that the source is read too, unless all values are known.
func (o SetSequences) Touches() []engine.Touch {
	if o.fromSource() {
		return append(o.Database.Touches(), engine.Reads(o.Source.From))
	}
	return o.Database.Touches()
}

func (o SetSequences) fromSource() bool {
	return slices.ContainsFunc(o.Sequences, transfer.Sequence.FromSource)
}

func (o SetSequences) Run(ctx context.Context, e *op.Env) error {
	return e.InDatabase(ctx, o.Database, func(c *pgx.Conn) error {
		if err := runSQL(ctx, c, preamble(o.Role, 0)); err != nil {
			return fmt.Errorf("setting the session up: %w", conn.Redact(err))
		}
		if !o.fromSource() {
			return transfer.SetSequences(ctx, nil, c, o.Sequences)
		}
		return e.InSource(ctx, nil, func(source *pgx.Conn) error {
			return transfer.SetSequences(ctx, source, c, o.Sequences)
		})
	})
}
