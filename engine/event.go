package engine

import (
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/diag"
)

// EventType is what an Event reports. The values are part of the JSON stream.
type EventType string

const (
	StepStarted      EventType = "step_start"
	StepNote         EventType = "step_note"
	StepEffects      EventType = "step_effects" // what masks did, as verified
	StepSucceeded    EventType = "step_complete"
	StepErrored      EventType = "step_errored"
	StepCancelled    EventType = "step_cancelled" // by the second interrupt; it runs again on resume
	StepSkipped      EventType = "step_skipped"
	RunStopping      EventType = "run_stopping" // the first interrupt: no further step begins; it has no step
	PutBackStarted   EventType = "put_back_start"
	PutBackSucceeded EventType = "put_back_complete"
	PutBackErrored   EventType = "put_back_errored"
	ActivityStarted  EventType = "activity_start" // it has no step, as those that follow
	ActivityEnded    EventType = "activity_complete"
	Beat             EventType = "heartbeat" // at a fixed interval, while an activity goes on
)

// Event is one thing that happened in a run.
type Event struct {
	Time     time.Time
	Type     EventType
	Step     *Step
	Number   int      // of a step of a run: in the order in which they began
	Total    int      // how many steps the run has
	Progress Progress // of a step that ended
	Text     string   // of a note; why a step was skipped
	Effects  []ColumnEffect
	Err      string // redacted
	Elapsed  time.Duration
	// Heartbeat is how far an activity has come.
	Heartbeat *Heartbeat
}

// Outcome is how a step ended.
type Outcome string

const (
	Done       Outcome = "done"
	Failed     Outcome = "failed"
	Skipped    Outcome = "skipped"     // something that it needs failed
	NotStarted Outcome = "not_started" // the run was interrupted before
)

// StepResult is how one step ended.
type StepResult struct {
	Step    *Step
	Outcome Outcome
	Err     error  // of a failed step, redacted
	Because string // of a skipped step: the ID of what failed
}

// Result is how a run ended.
type Result struct {
	Run   string
	State RunState
	Steps []StepResult // in the order of the plan
	// PutBackErrors are the errors of steps that could not be put back.
	PutBackErrors []error
	// NotPutBack are the steps that an interrupt left to recover, the next one first.
	NotPutBack []*Step
}

// Diagnostics returns the errors of a run, each at the line of the spec that its step comes from.
func (r Result) Diagnostics() diag.Diagnostics {
	var ds diag.Diagnostics
	for _, s := range r.Steps {
		if s.Outcome != Failed {
			continue
		}
		from := len(ds)
		ds.AppendErr("The step "+s.Step.ID+" failed", s.Err)
		for i := from; i < len(ds); i++ {
			if ds[i].Address == "" {
				ds[i].Address = s.Step.Address
			}
			if ds[i].Range == nil {
				ds[i].Range = s.Step.Range
			}
		}
	}
	for _, err := range r.PutBackErrors {
		ds.AppendErr("Not everything could be put back", err)
	}
	if len(r.NotPutBack) > 0 {
		var ids []string
		for _, s := range r.NotPutBack {
			ids = append(ids, s.ID)
		}
		ds.Errorf(nil, "Not everything was put back",
			"Putting back was interrupted. Still to be put back: %s. They are in the journal: shoji recover puts them "+
				"back, and so does the next apply.", strings.Join(ids, ", "))
	}
	return ds
}
