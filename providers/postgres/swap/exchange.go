package swap

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// exchange renames databases in one transaction while sessions come and go.
type exchange struct {
	env        *op.Env
	statements []string
	// public are the databases whose sessions are users': ended, or waited for where wait is set. Those of private ones
	// are always ended.
	public, private []string
	wait            bool
	timeout         time.Duration
	// done tells whether the transaction was committed, where the answer to COMMIT was lost.
	done func(context.Context, *pgx.Conn) bool
}

// lockNotAvailable is the error of lock_timeout (manual, appendix A).
const lockNotAvailable = "55P03"

// pause is how long to wait before looking for sessions again.
const pause = 50 * time.Millisecond

func (x exchange) run(ctx context.Context, c *pgx.Conn) error {
	deadline, cancel := context.WithTimeoutCause(ctx, x.timeout, errTimeout)
	defer cancel()
	oids, err := databaseOIDs(ctx, c, append(append([]string(nil), x.public...), x.private...))
	if err != nil {
		return err
	}
	if err := checkUnblocked(ctx, c, x.public); err != nil {
		return err
	}
	e := &ender{}
	defer func() {
		if e.ended > 0 {
			x.env.Report.Note(fmt.Sprintf("ended %d sessions", e.ended))
		}
	}()
	return x.env.InMaintenance(ctx, func(second *pgx.Conn) error {
		e.conn = second
		return x.repeat(ctx, deadline, c, e, oids)
	})
}

// repeat tries until the deadline.
func (x exchange) repeat(ctx, deadline context.Context, c *pgx.Conn, e *ender, oids map[string]uint32) error {
	for {
		e.oids = x.pick(oids, x.wait)
		if err := x.settle(deadline, e, oids); err != nil {
			return err
		}
		err := x.attempt(ctx, deadline, c, e)
		if err == nil {
			return nil
		}
		if c.IsClosed() {
			return x.afterLoss(ctx, err)
		}
		if s := conn.Code(err); s != objectInUse && s != lockNotAvailable {
			return err
		}
		if deadline.Err() != nil {
			if who, listErr := sessionsOf(ctx, e.conn, x.pick(oids, false)); listErr == nil && len(who) > 0 {
				return x.blockedBy(who)
			}
			return err
		}
	}
}

var errTimeout = errors.New("the time to wait for sessions is over")

// pick returns the OIDs of the databases whose sessions are ended: all, or the private ones.
func (x exchange) pick(oids map[string]uint32, privateOnly bool) []uint32 {
	names := x.private
	if !privateOnly {
		names = append(append([]string(nil), x.public...), x.private...)
	}
	var out []uint32
	for _, n := range names {
		if oid, ok := oids[n]; ok {
			out = append(out, oid)
		}
	}
	return out
}

// settle ends sessions until none is left, or waits for them. Those that may not be ended are an error at once: they
// would not go by themselves.
func (x exchange) settle(deadline context.Context, e *ender, oids map[string]uint32) error {
	ctx := context.WithoutCancel(deadline)
	for {
		refused, err := e.end(ctx)
		if err != nil {
			return err
		}
		if len(refused) > 0 {
			return x.blockedBy(refused)
		}
		if !x.wait {
			return nil // the rename waits for the last of them, with new ones kept out
		}
		left, err := sessionsOf(ctx, e.conn, x.pick(oids, false))
		if err != nil || len(left) == 0 {
			return err
		}
		if !sleep(deadline, 4*pause) {
			if errors.Is(context.Cause(deadline), errTimeout) {
				return x.blockedBy(left)
			}
			return context.Cause(deadline)
		}
	}
}

// attempt runs the transaction once, with sessions ended over the other connection meanwhile: RENAME waits up to 5
// seconds for them (CountOtherDBBackends), with a lock that new sessions queue behind.
func (x exchange) attempt(ctx, deadline context.Context, c *pgx.Conn, e *ender) (err error) {
	inner, stop := context.WithCancel(deadline)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for sleep(inner, pause) {
			if _, err := e.end(context.WithoutCancel(inner)); err != nil {
				return // the transaction itself will say what is wrong
			}
		}
	}()
	defer func() { stop(); <-ended }()

	defer func() {
		if err != nil && !c.IsClosed() {
			_ = runSQL(context.WithoutCancel(ctx), c, "ROLLBACK") // a lost connection rolls back as well
		}
	}()
	if err := runSQL(ctx, c, "BEGIN; SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0"); err != nil {
		return err
	}
	if x.env.StillOurs != nil {
		if err := x.env.StillOurs(ctx, c); err != nil {
			return err
		}
	}
	for _, sql := range x.statements {
		if err := runSQL(ctx, c, sql); err != nil {
			return err
		}
	}
	// From here on an interruption could leave it open whether it was committed.
	commit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return runSQL(commit, c, "COMMIT")
}

// afterLoss finds out what became of the transaction when its connection was lost.
func (x exchange) afterLoss(ctx context.Context, lost error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	committed := false
	err := x.env.InMaintenance(ctx, func(c *pgx.Conn) error {
		committed = x.done(ctx, c)
		return nil
	})
	if err == nil && committed {
		return nil
	}
	return lost
}

// sleep waits, and reports whether ctx lasted that long.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return ctx.Err() == nil
	}
}
