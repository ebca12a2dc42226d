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

// Swap makes the next database the live one. Two connections to the maintenance database are used. Connections of one's
// own to the databases of the refresh must be closed before.
//
// The renames are one transaction, so that at every moment either the old copy or the new one has the live name.
// Sessions on the live copy are ended while the rename waits for them (it holds the lock that keeps new ones out), or
// waited for; sessions that neither helps against before the timeout are named in the error, and nothing has changed.
// The copy before the previous one is dropped afterwards; where that fails a note says so and the next run does it. A
// second call after the transaction was committed only does that.
type Swap struct {
	op.Database
	Names   Names  `json:"names"`
	Refresh string `json:"refresh"`
	// HadLive and HadPrevious say which databases existed when the plan was made.
	HadLive     bool `json:"had_live"`
	HadPrevious bool `json:"had_previous"`
	// ForeignLive says that no refresh made the live database.
	ForeignLive bool   `json:"foreign_live,omitempty"`
	LiveComment string `json:"live_comment,omitempty"`
	// Wait says to wait for sessions on the live copy instead of ending them.
	Wait bool `json:"wait,omitempty"`
}

func (Swap) Kind() string { return "swap.swap" }

func (o Swap) Statements() []engine.Statement {
	var texts []string
	if o.HadLive && !o.Wait {
		texts = append(texts, endSessionsStatement(o.Names))
	}
	texts = append(texts, "BEGIN")
	texts = append(texts, o.renames(Mark{Planned: true}, Mark{Planned: true})...)
	texts = append(texts, "COMMIT")
	if o.HadPrevious {
		texts = append(texts, dropStatement(o.Names.Old))
	}
	return op.Statements(o.On(), texts...)
}

// renames returns the statements of the transaction. live and previous say which run made the new live copy and the one
// that becomes the previous copy.
func (o Swap) renames(live, previous Mark) []string {
	live.Refresh, live.State = o.Refresh, Live
	previous.Refresh, previous.State, previous.Foreign = o.Refresh, Previous, o.ForeignLive
	n := o.Names
	var out []string
	if o.HadPrevious {
		out = append(out, renameStatement(n.Previous, n.Old))
	}
	if o.HadLive {
		out = append(out, renameStatement(n.Live, n.Previous),
			commentStatement(n.Previous, Comment(o.LiveComment, previous)))
	}
	return append(out, renameStatement(n.Next, n.Live), commentStatement(n.Live, Comment(o.LiveComment, live)))
}

func (o Swap) Run(ctx context.Context, e *op.Env) error {
	return o.run(ctx, e, e.Sessions.LockTimeout())
}

func (o Swap) run(ctx context.Context, e *op.Env, timeout time.Duration) error {
	return e.InMaintenance(ctx, func(c *pgx.Conn) error {
		before, err := ReadStatus(ctx, c, o.Names)
		if err != nil {
			return err
		}
		swapped, err := o.check(before, e.Run)
		if err != nil {
			return err
		}
		if !swapped {
			live := before.Live.Mark
			x := exchange{
				env:        e,
				statements: o.renames(Mark{Run: e.Run.ID, At: e.Run.Time}, Mark{Run: live.Run, At: live.At}),
				public:     []string{o.Names.Live, o.Names.Previous},
				private:    []string{o.Names.Next},
				wait:       o.Wait,
				timeout:    timeout,
				done: func(ctx context.Context, c *pgx.Conn) bool {
					now, err := ReadStatus(ctx, c, o.Names)
					if err != nil {
						return false
					}
					swapped, err := o.check(now, e.Run)
					return err == nil && swapped
				},
			}
			if err := x.run(ctx, c); err != nil {
				return fmt.Errorf("swapping %s in: %w (%s is as it was)", quote(o.Names.Next), conn.Redact(err),
					quote(o.Names.Live))
			}
		}
		if !o.HadPrevious {
			return nil
		}
		if err := runSQL(ctx, c, dropStatement(o.Names.Old)); err != nil {
			e.Report.Note(fmt.Sprintf("the copy before the previous one, %s, could not be dropped "+
				"(SQLSTATE %s); the next run drops it", o.Names.Old, conn.Code(err)))
		}
		return nil
	})
}

// check reports whether this run has swapped the databases already. It is an error where they are not as the plan saw
// them.
func (o Swap) check(s Status, run op.Run) (swapped bool, err error) {
	live, next := s.Live.Mark, s.Next.Mark
	switch {
	case !s.Next.Exists && live.Run == run.ID && live.State == Live:
		return true, nil
	case !s.Next.Exists:
		return false, fmt.Errorf("database %s does not exist: something dropped or renamed it", quote(o.Names.Next))
	case next.Run != run.ID || next.State != Building:
		return false, fmt.Errorf("database %s is not the one that this run has made: its comment names run %q",
			quote(o.Names.Next), next.Run)
	case s.Live.Exists != o.HadLive:
		return false, changedError(s.Live)
	case s.Previous.Exists != o.HadPrevious:
		return false, changedError(s.Previous)
	}
	return false, nil
}

func changedError(c Copy) error {
	what := "has gone"
	if c.Exists {
		what = "has appeared"
	}
	return fmt.Errorf("database %s %s since the plan was made: plan again", quote(c.Name), what)
}
