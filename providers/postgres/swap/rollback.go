package swap

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// RollbackParams describe a rollback.
type RollbackParams struct {
	Names   Names
	Refresh string
	Wait    bool
}

// RollbackStatements gives the transaction of a rollback for copies as Status reads them, or an
// error where there is nothing to go back to. A second rollback undoes the first.
func RollbackStatements(p RollbackParams, status Status) ([]string, error) {
	n := p.Names
	live, previous := status.Live, status.Previous
	switch {
	case !previous.Exists:
		return nil,
			fmt.Errorf("there is no previous copy to go back to: database %s does not exist (the first refresh keeps "+
				"none, and a copy is kept until the refresh after it)", quote(n.Previous))
	case !previous.Marked:
		return nil, fmt.Errorf("database %s is not one that a refresh has kept: its comment does not say so",
			quote(n.Previous))
	case previous.Mark.Refresh != p.Refresh:
		return nil, fmt.Errorf("database %s belongs to %s", quote(n.Previous), previous.Mark.Refresh)
	case status.Old.Exists:
		return nil, fmt.Errorf("database %s is in the way: drop it first, or run the refresh", quote(n.Old))
	}
	back := previous.Mark
	back.State = Live
	statements := []string{}
	if live.Exists {
		gone := live.Mark
		gone.Refresh, gone.State = p.Refresh, Previous
		gone.Foreign = gone.Foreign || !live.Marked
		statements = append(statements, renameStatement(n.Live, n.Old),
			renameStatement(n.Previous, n.Live), renameStatement(n.Old, n.Previous),
			commentStatement(n.Previous, Comment(live.Comment, gone)))
	} else {
		statements = append(statements, renameStatement(n.Previous, n.Live))
	}
	return append(statements, commentStatement(n.Live, Comment(previous.Comment, back))), nil
}

// Rollback makes the previous copy the live one and keeps the live one as the previous, in one
// transaction. Sessions, errors and connections are as for Swap.
func Rollback(ctx context.Context, server Server, p RollbackParams,
	timeout time.Duration, report engine.Reporter) error {
	c, err := server.Connect(ctx)
	if err != nil {
		return fmt.Errorf("connecting for the rollback: %w", conn.Redact(err))
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	before, err := ReadStatus(ctx, c, p.Names)
	if err != nil {
		return err
	}
	statements, err := RollbackStatements(p, before)
	if err != nil {
		return err
	}
	x := exchange{
		server: server, statements: statements, wait: p.Wait, timeout: timeout, report: report,
		public: []string{p.Names.Live, p.Names.Previous},
		done: func(ctx context.Context, c *pgx.Conn) bool {
			after, err := ReadStatus(ctx, c, p.Names)
			return err == nil && after.Live.OID == before.Previous.OID
		},
	}
	if err := x.run(ctx, c); err != nil {
		return fmt.Errorf("rolling %s back: %w (%s is as it was)", quote(p.Names.Live), conn.Redact(err),
			quote(p.Names.Live))
	}
	return nil
}
