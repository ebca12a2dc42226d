package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// execution is one walk over a plan, with its journal.
type execution struct {
	runner  *Runner
	id      string
	journal Journal
	chain   *chain
	steps   map[string]*Step
	abort   context.CancelCauseFunc

	writing sync.Mutex // the records are a chain

	mu      sync.Mutex
	begun   []string
	failure error // of the journal, or of the locks

	tracker *tracker

	events sync.Mutex
}

func (r *Runner) execution(id string, journal Journal, chain *chain, plan *Plan) *execution {
	return &execution{runner: r, id: id, journal: journal, chain: chain, steps: stepsByID(plan)}
}

// record appends to the journal, even when the run is cancelled: what was done must be known.
func (e *execution) record(ctx context.Context, rec Record) error {
	rec.FormatVersion, rec.Time = JournalVersion, e.runner.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	e.writing.Lock()
	defer e.writing.Unlock()
	rec, err := e.chain.bind(rec)
	if err == nil {
		err = e.journal.Append(ctx, rec)
	}
	if err != nil {
		return fmt.Errorf("writing the journal of run %s: %w", e.id, err)
	}
	e.chain.appended(rec)
	return nil
}

func (e *execution) end(ctx context.Context, state RunState) error {
	err := e.record(ctx, Record{Kind: StateChanged, State: state})
	if closed := e.journal.Close(); err == nil && closed != nil {
		err = fmt.Errorf("closing the journal of run %s: %w", e.id, closed)
	}
	return err
}

// emit passes an event on, one at a time.
func (e *execution) emit(ev Event) {
	if e.runner.Events == nil {
		return
	}
	e.events.Lock()
	defer e.events.Unlock()
	ev.Time = e.runner.Now()
	e.runner.Events(ev)
}

func (e *execution) skip(s *Step, because string) {
	e.tracker.skip(s)
	e.emit(Event{Type: StepSkipped, Step: s, Text: because + " failed"})
}

// step runs one step, between the records of its intent and its result.
func (e *execution) step(ctx context.Context, s *Step) error {
	p, err := e.runner.Providers.of(s)
	if err != nil {
		return err
	}
	if e.runner.Held != nil {
		if err := e.runner.Held(ctx); err != nil {
			_ = e.fail(err)
			return context.Canceled // the step was not begun
		}
	}
	if err := e.record(ctx, Record{Kind: StepIntent, Step: s.ID}); err != nil {
		return e.fail(err)
	}
	e.mu.Lock()
	e.begun = append(e.begun, s.ID)
	e.mu.Unlock()
	running := e.tracker.begin(s)
	ended := Event{Type: StepSucceeded, Step: s, Number: running.number, Total: e.tracker.counts.Total}
	e.emit(Event{Type: StepStarted, Step: s, Number: ended.Number, Total: ended.Total})
	err = p.Execute(withRun(ctx, e.id), *s, &reporter{e: e, step: s, running: running})
	ended.Elapsed = e.runner.Now().Sub(running.began)
	if err != nil {
		ended.Type, ended.Err = StepErrored, err.Error()
		how := Failed
		if ctx.Err() != nil {
			ended.Type, ended.Err = StepCancelled, ""
			how = NotStarted
		}
		ended.Progress = e.tracker.end(running, how)
		e.emit(ended)
		if failed := e.record(ctx, Record{Kind: StepFailed, Step: s.ID, Error: err.Error()}); failed != nil {
			return e.fail(failed)
		}
		return err
	}
	ended.Progress = e.tracker.end(running, Done)
	data, err := json.Marshal(ended.Progress)
	if err != nil {
		return fmt.Errorf("encoding the result of %s: %w", s.ID, err)
	}
	if err := e.record(ctx, Record{Kind: StepDone, Step: s.ID, Data: data}); err != nil {
		return e.fail(err)
	}
	e.emit(ended)
	return nil
}

// fail ends the run because its journal cannot be written, or its locks are lost.
func (e *execution) fail(err error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure == nil {
		e.failure = err
	}
	e.abort(err)
	return err
}

// reporter is the Reporter of one step, which runs or is put back.
type reporter struct {
	e       *execution
	step    *Step
	running *tracked // nil while the step is put back
}

// Progress keeps how far the step has come, for the next heartbeat.
func (r *reporter) Progress(p Progress) {
	if r.running != nil {
		r.e.tracker.report(r.running, p)
	}
}

func (r *reporter) Note(text string) { r.e.emit(Event{Type: StepNote, Step: r.step, Text: text}) }

func (r *reporter) Effects(columns []ColumnEffect) {
	r.e.emit(Event{Type: StepEffects, Step: r.step, Effects: columns})
}

type runKey struct{}

// withRun returns a context that tells providers the ID of the run.
func withRun(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, runKey{}, id)
}

// RunOf returns the ID of the run that a step is executed in; it is empty outside of one.
func RunOf(ctx context.Context) string {
	id, _ := ctx.Value(runKey{}).(string)
	return id
}

// putBackTime bounds how long one step may take to be put back once the run itself is cancelled: to remove a copy of a
// database takes a quarter of an hour. leaveTime is how long a step has to end after an interrupt leaves the rest to
// recover.
const (
	putBackTime = 30 * time.Minute
	leaveTime   = 5 * time.Second
)

var errInterrupted = errors.New("interrupted while putting back")

// putBack undoes what was begun, the last first: all of it after a failure, or with onlyAlways what was changed for a
// while. It continues after an error, and although the context is cancelled. An interrupt ends it: the steps that are
// left remain in the journal to be put back.
func (e *execution) putBack(ctx context.Context, onlyAlways bool) (failed []error, left []*Step) {
	ctx, leave := context.WithCancelCause(context.WithoutCancel(ctx))
	defer leave(nil)
	if e.runner.Interrupt != nil {
		go func(interrupt <-chan struct{}) {
			select {
			case <-interrupt:
				leave(errInterrupted)
			case <-ctx.Done():
			}
		}(e.runner.Interrupt())
	}
	steps := e.toPutBack(onlyAlways)
	if len(steps) == 0 {
		return nil, nil
	}
	defer e.runner.during(PuttingBack, e.emit, nil)()
	for _, s := range steps {
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

// toPutBack returns the steps that putBack undoes, in its order.
func (e *execution) toPutBack(onlyAlways bool) []*Step {
	var out []*Step
	seen := map[string]bool{}
	for _, id := range slices.Backward(e.begun) {
		s := e.steps[id]
		if s == nil || seen[id] || s.PutBack == PutBackNever || onlyAlways && s.PutBack != PutBackAlways {
			continue
		}
		seen[id] = true
		out = append(out, s)
	}
	return out
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

// undo has the provider put a step back. One that does not end soon after an interrupt is abandoned: the process is
// about to end, and recover begins the step anew.
func (e *execution) undo(ctx context.Context, s *Step) error {
	p, err := e.runner.Providers.of(s)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, putBackTime)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- p.PutBack(withRun(limited, e.id), *s, &reporter{e: e, step: s}) }()
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
