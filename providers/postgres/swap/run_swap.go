package swap

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// Swap executes a step of KindSwap. Two connections to the maintenance database are used. Connections of one's own to
// the databases of the refresh must be closed before.
//
// The renames are one transaction, so that at every moment either the copy of before or the new
// one has the live name. Sessions on the live copy are ended while the rename waits for them
// (it holds the lock that keeps new ones out), or waited for; what can be neither before the
// timeout is an error that names the sessions, and nothing has changed. The copy before the
// previous one is dropped afterwards; where that fails the step says so and the next run
// does it. A second call after the transaction was committed only does that.
func Swap(ctx context.Context, server Server, p SwapParams, run op.Run,
	timeout time.Duration, report engine.Reporter) error {
	c, err := server.Connect(ctx)
	if err != nil {
		return fmt.Errorf("connecting for the swap: %w", conn.Redact(err))
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()

	done, err := p.check(ctx, c, run)
	if err != nil {
		return err
	}
	if !done {
		_, old, _ := readMark(ctx, c, p.Names.Live) // no live database, no mark
		real := func(user string, m Mark) string {
			m.Run, m.At = run.ID, run.Time
			if m.State == Previous {
				m.Run, m.At = old.Run, old.At
			}
			return Comment(user, m)
		}
		x := exchange{
			server: server, statements: swapStatements(p, real), wait: p.Wait, timeout: timeout, report: report,
			private: []string{p.Names.Next}, public: []string{p.Names.Live, p.Names.Previous},
			done: func(ctx context.Context, c *pgx.Conn) bool {
				ok, err := p.check(ctx, c, run)
				return err == nil && ok
			},
		}
		if err := x.run(ctx, c); err != nil {
			return fmt.Errorf("swapping %s in: %w (%s is as it was)", quote(p.Names.Next), conn.Redact(err),
				quote(p.Names.Live))
		}
	}
	_, exists, err := readComment(ctx, c, p.Names.Old)
	if err == nil && exists {
		err = runSQL(ctx, c, dropStatement(p.Names.Old))
	}
	if err != nil {
		report.Note(fmt.Sprintf("the copy before the previous one, %s, could not be dropped "+
			"(SQLSTATE %s); the next run drops it", p.Names.Old, conn.Code(err)))
	}
	return nil
}

// check says whether the swap of this run is done already, or an error where the databases are
// not as the plan saw them.
func (p SwapParams) check(ctx context.Context, c *pgx.Conn, run op.Run) (done bool, err error) {
	marks, exists := map[string]Mark{}, map[string]bool{}
	for _, name := range []string{p.Names.Live, p.Names.Next, p.Names.Previous} {
		comment, there, err := readComment(ctx, c, name)
		if err != nil {
			return false, err
		}
		_, marks[name], _ = ParseComment(comment)
		exists[name] = there
	}
	live, next := marks[p.Names.Live], marks[p.Names.Next]
	switch {
	case !exists[p.Names.Next] && live.Run == run.ID && live.State == Live:
		return true, nil
	case !exists[p.Names.Next]:
		return false, fmt.Errorf("database %s is not there: something dropped or renamed it", quote(p.Names.Next))
	case next.Run != run.ID || next.State != Building:
		return false, fmt.Errorf("database %s is not the one that this run has made: its comment names run %q",
			quote(p.Names.Next), next.Run)
	case exists[p.Names.Live] != p.HadLive:
		return false, fmt.Errorf("database %s %s since the plan was made: plan again", quote(p.Names.Live),
			moved(p.HadLive))
	case exists[p.Names.Previous] != p.HadPrevious:
		return false, fmt.Errorf("database %s %s since the plan was made: plan again", quote(p.Names.Previous),
			moved(p.HadPrevious))
	}
	return false, nil
}

func moved(had bool) string {
	if had {
		return "has gone"
	}
	return "has appeared"
}
