package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// execution is one walk over a plan with its journal.
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

	events sync.Mutex
}

func (r *Runner) execution(id string, journal Journal, chain *chain, plan *Plan) *execution {
	return &execution{runner: r, id: id, journal: journal, chain: chain, steps: stepsByID(plan)}
}

// record writes to the journal. It is written even when the run is cancelled: what was done must be known.
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

// emit hands events on, one at a time.
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
	e.emit(Event{Type: StepSkipped, Step: s, Text: because + " failed"})
}

// step runs one step: intent, execution, result.
func (e *execution) step(ctx context.Context, s *Step) error {
	p, err := e.runner.Providers.of(s)
	if err != nil {
		return err
	}
	if e.runner.Held != nil {
		if err := e.runner.Held(ctx); err != nil {
			_ = e.broken(err)
			return context.Canceled // the step was not begun
		}
	}
	if err := e.record(ctx, Record{Kind: StepIntent, Step: s.ID}); err != nil {
		return e.broken(err)
	}
	e.mu.Lock()
	e.begun = append(e.begun, s.ID)
	e.mu.Unlock()
	started := e.runner.Now()
	report := &reporter{e: e, step: s, started: started}
	e.emit(Event{Type: StepStarted, Step: s})
	err = p.Execute(withRun(ctx, e.id), *s, report)
	elapsed := e.runner.Now().Sub(started)
	if err != nil {
		ended := Event{Type: StepErrored, Step: s, Err: err.Error(), Elapsed: elapsed, Progress: report.last()}
		if ctx.Err() != nil {
			ended.Type, ended.Err = StepCancelled, ""
		}
		e.emit(ended)
		if failed := e.record(ctx, Record{Kind: StepFailed, Step: s.ID, Error: err.Error()}); failed != nil {
			return e.broken(failed)
		}
		return err
	}
	data, err := json.Marshal(report.last())
	if err != nil {
		return fmt.Errorf("encoding the result of %s: %w", s.ID, err)
	}
	if err := e.record(ctx, Record{Kind: StepDone, Step: s.ID, Data: data}); err != nil {
		return e.broken(err)
	}
	e.emit(Event{Type: StepSucceeded, Step: s, Elapsed: elapsed, Progress: report.last()})
	return nil
}

// broken ends the run: its journal cannot be written, or its locks are lost.
func (e *execution) broken(err error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure == nil {
		e.failure = err
	}
	e.abort(err)
	return err
}

// reporter is the Reporter of one running step.
type reporter struct {
	e       *execution
	step    *Step
	started time.Time

	mu       sync.Mutex
	progress Progress
}

func (r *reporter) Progress(p Progress) {
	r.mu.Lock()
	r.progress = p
	r.mu.Unlock()
	r.e.emit(Event{Type: StepProgress, Step: r.step, Progress: p, Elapsed: r.e.runner.Now().Sub(r.started)})
}

func (r *reporter) Note(text string) { r.e.emit(Event{Type: StepNote, Step: r.step, Text: text}) }

func (r *reporter) Effects(columns []ColumnEffect) {
	r.e.emit(Event{Type: StepEffects, Step: r.step, Effects: columns})
}

func (r *reporter) last() Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.progress
}

type runKey struct{}

// withRun gives a context that carries the ID of a run to the provider.
func withRun(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, runKey{}, id)
}

// RunOf gives the ID of the run that a step is executed in; "" outside of one.
func RunOf(ctx context.Context) string {
	id, _ := ctx.Value(runKey{}).(string)
	return id
}
