package engine

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// putBackTime bounds how long putting one step back may take once the run itself is cancelled. Removing a copy of a
// database takes a quarter of an hour. leaveTime is what a step has to end when an interrupt leaves the rest to
// recover.
const (
	putBackTime = 30 * time.Minute
	leaveTime   = 5 * time.Second
)

var errLeft = errors.New("an interrupt ended the putting back")

// putBack undoes what was begun, the last first: all of it after a failure, only what was changed for a
// while where onlyAlways. It goes on after an error, and runs although the context is cancelled. An interrupt that
// comes meanwhile ends it: what it gives as left is still to be put back, and the journal says so too.
func (e *execution) putBack(ctx context.Context, onlyAlways bool) (failed []error, left []*Step) {
	ctx, leave := context.WithCancelCause(context.WithoutCancel(ctx))
	defer leave(nil)
	if e.runner.Interrupt != nil {
		go func(interrupt <-chan struct{}) {
			select {
			case <-interrupt:
				leave(errLeft)
			case <-ctx.Done():
			}
		}(e.runner.Interrupt())
	}
	seen := map[string]bool{}
	for i := len(e.begun) - 1; i >= 0; i-- {
		s := e.steps[e.begun[i]]
		if s == nil || seen[s.ID] || s.PutBack == PutBackNever || onlyAlways && s.PutBack != PutBackAlways {
			continue
		}
		seen[s.ID] = true
		if ctx.Err() != nil {
			left = append(left, s)
			continue
		}
		switch err := e.putBackStep(ctx, s); {
		case err != nil && ctx.Err() != nil:
			left = append(left, s)
		case err != nil:
			failed = append(failed, err)
		}
	}
	return failed, left
}

func (e *execution) putBackStep(ctx context.Context, s *Step) error {
	e.emit(Event{Type: PutBackStarted, Step: s})
	if err := e.undo(ctx, s); err != nil {
		if ctx.Err() == nil {
			e.emit(Event{Type: PutBackErrored, Step: s, Err: err.Error()})
		}
		return fmt.Errorf("putting back %s: %w", s.ID, err)
	}
	if err := e.record(ctx, Record{Kind: StepPutBack, Step: s.ID}); err != nil {
		return err
	}
	e.emit(Event{Type: PutBackSucceeded, Step: s})
	return nil
}

// undo lets the provider put a step back. One that does not end soon after an interrupt is abandoned: the process is
// about to end, and recover begins the step anew.
func (e *execution) undo(ctx context.Context, s *Step) error {
	p, err := e.runner.Providers.of(s)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, putBackTime)
	defer cancel()
	ended := make(chan error, 1)
	started := e.runner.Now()
	go func() { ended <- p.PutBack(withRun(limited, e.id), *s, &reporter{e: e, step: s, started: started}) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(leaveTime):
		return context.Cause(ctx)
	}
}
