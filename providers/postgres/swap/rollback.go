package swap

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// Rollback makes the previous copy the live one and keeps the live one as the previous, in one transaction. A second
// rollback undoes the first. Sessions, errors and connections are as for Swap.
type Rollback struct {
	Target  string   `json:"target"` // the address of the target: database.staging
	Names   Names    `json:"names"`
	Refresh string   `json:"refresh"`
	Wait    bool     `json:"wait,omitempty"`
	Renames []string `json:"renames"` // the statements of the transaction
	// PreviousOID is that of the previous copy, whatever its name: when it is the live one, the rollback is done.
	PreviousOID uint32 `json:"previous_oid"`
}

// For returns the rollback of copies as ReadStatus returned them. It is an error where there is nothing to go back to.
func (o Rollback) For(s Status) (Rollback, error) {
	n, live, previous := o.Names, s.Live, s.Previous
	switch {
	case !previous.Exists:
		return o, fmt.Errorf("there is no previous copy to go back to: database %s does not exist (the first refresh "+
			"keeps none, and a copy is kept until the refresh after it)", quote(n.Previous))
	case !previous.Marked:
		return o, fmt.Errorf("database %s is not one that a refresh has kept: its comment does not say so",
			quote(n.Previous))
	case previous.Mark.Refresh != o.Refresh:
		return o, fmt.Errorf("database %s belongs to %s", quote(n.Previous), previous.Mark.Refresh)
	case s.Old.Exists:
		return o, fmt.Errorf("database %s is in the way: drop it first, or run the refresh", quote(n.Old))
	}
	o.PreviousOID = previous.OID
	back, gone := previous.Mark, live.Mark
	back.State = Live
	gone.Refresh, gone.State = o.Refresh, Previous
	gone.Foreign = gone.Foreign || !live.Marked
	if live.Exists {
		o.Renames = []string{
			renameStatement(n.Live, n.Old),
			renameStatement(n.Previous, n.Live),
			renameStatement(n.Old, n.Previous),
			commentStatement(n.Previous, Comment(live.Comment, gone)),
		}
	} else {
		o.Renames = []string{renameStatement(n.Previous, n.Live)}
	}
	o.Renames = append(o.Renames, commentStatement(n.Live, Comment(previous.Comment, back)))
	return o, nil
}

func (Rollback) Kind() string { return "swap.rollback" }

func (o Rollback) Statements() []engine.Statement { return op.Statements(o.Target, o.Renames...) }

func (o Rollback) Touches() []engine.Touch { return []engine.Touch{engine.Writes(o.Target)} }

func (o Rollback) Run(ctx context.Context, e *op.Env) error {
	return e.InMaintenance(ctx, func(c *pgx.Conn) error {
		before, err := ReadStatus(ctx, c, o.Names)
		if err != nil {
			return err
		}
		if before.Live.OID == o.PreviousOID {
			return nil
		}
		now, err := o.For(before)
		if err != nil {
			return err
		}
		if !slices.Equal(now.Renames, o.Renames) {
			return errors.New("the copies have changed since the rollback was planned: plan it again")
		}
		x := exchange{
			env:        e,
			statements: o.Renames,
			public:     []string{o.Names.Live, o.Names.Previous},
			wait:       o.Wait,
			timeout:    e.Sessions.LockTimeout(),
			done: func(ctx context.Context, c *pgx.Conn) bool {
				after, err := ReadStatus(ctx, c, o.Names)
				return err == nil && after.Live.OID == o.PreviousOID
			},
		}
		if err := x.run(ctx, c); err != nil {
			return fmt.Errorf("rolling %s back: %w (%s is as it was)", quote(o.Names.Live), conn.Redact(err),
				quote(o.Names.Live))
		}
		return nil
	})
}
