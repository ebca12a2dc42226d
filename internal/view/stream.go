package view

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
)

// streamVersion is the version of the JSON lines. A new minor version only adds.
const streamVersion = "2.0"

// stream writes JSON lines. The first is of type "version". Every line has @level, @message, @timestamp and type, as in
// the machine-readable output of Terraform.
type stream struct {
	enc     *json.Encoder
	now     func() time.Time
	version string // of shoji
	begun   bool
}

type streamLine struct {
	Level      string           `json:"@level"`
	Message    string           `json:"@message"`
	Timestamp  string           `json:"@timestamp"`
	Type       string           `json:"type"`
	Shoji      string           `json:"shoji,omitempty"`
	UI         string           `json:"ui,omitempty"`
	Change     *engine.Change   `json:"change,omitempty"`
	Refresh    *engine.Refresh  `json:"refresh,omitempty"`
	Summary    *engine.Summary  `json:"changes,omitempty"`
	Plan       *engine.Plan     `json:"plan,omitempty"`
	Diagnostic *diag.Diagnostic `json:"diagnostic,omitempty"`
	Hook       *streamHook      `json:"hook,omitempty"`
	Activity   engine.Activity  `json:"activity,omitempty"`
	Elapsed    *float64         `json:"elapsed_seconds,omitempty"` // of an activity that ended
	Heartbeat  *streamHeartbeat `json:"heartbeat,omitempty"`
	Result     *streamResult    `json:"result,omitempty"`
}

type streamHook struct {
	Step     string           `json:"step"`
	Address  string           `json:"address"`
	Title    string           `json:"title"`
	Number   int              `json:"number,omitempty"` // in the order in which the steps of the run began
	Total    int              `json:"total,omitempty"`  // how many steps the run has
	Progress *engine.Progress `json:"progress,omitempty"`
	Elapsed  float64          `json:"elapsed_seconds,omitempty"`
	Text     string           `json:"text,omitempty"`
	Error    string           `json:"error,omitempty"`
	// Columns are what masks did, as verified.
	Columns []engine.ColumnEffect `json:"columns,omitempty"`
}

type streamHeartbeat struct {
	Activity engine.Activity   `json:"activity"`
	Elapsed  float64           `json:"elapsed_seconds"`
	Steps    engine.StepCounts `json:"steps,omitzero"`
	Moved    streamMovement    `json:"moved,omitzero"`
	Running  []streamRunning   `json:"running,omitempty"`
}

type streamRunning struct {
	Step    string         `json:"step"`
	Number  int            `json:"number"`
	Elapsed float64        `json:"elapsed_seconds"`
	Moved   streamMovement `json:"moved"`
}

type streamMovement struct {
	engine.Progress
	RowsPerSecond  float64 `json:"rows_per_second"`
	BytesPerSecond float64 `json:"bytes_per_second"`
	SecondsLeft    float64 `json:"seconds_left,omitempty"`
}

func movement(m engine.Movement) streamMovement {
	return streamMovement{
		Progress:       m.Progress,
		RowsPerSecond:  m.RowsPerSecond,
		BytesPerSecond: m.BytesPerSecond,
		SecondsLeft:    m.Left.Seconds(),
	}
}

type streamResult struct {
	State engine.RunState        `json:"state"`
	Steps map[engine.Outcome]int `json:"steps"`
}

func newStream(w io.Writer, version string, now func() time.Time) *stream {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &stream{enc: enc, now: now, version: version}
}

func (s *stream) write(l streamLine) error {
	if !s.begun {
		s.begun = true
		if err := s.write(streamLine{
			Message: "shoji " + s.version,
			Type:    "version",
			Shoji:   s.version,
			UI:      streamVersion,
		}); err != nil {
			return err
		}
	}
	if l.Level == "" {
		l.Level = "info"
	}
	if l.Timestamp == "" {
		l.Timestamp = s.now().UTC().Format(time.RFC3339Nano)
	}
	return s.enc.Encode(l)
}

func (s *stream) Diagnostics(ds diag.Diagnostics) {
	for i := range ds {
		level := "error"
		if ds[i].Severity == diag.Warning {
			level = "warn"
		}
		_ = s.write(streamLine{Level: level, Message: ds[i].Summary, Type: "diagnostic", Diagnostic: &ds[i]})
	}
}

// Plan writes a line for each change and refresh, the summary, and the whole plan in the last line.
func (s *stream) Plan(p *engine.Plan) error {
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Action != engine.NoOp {
			if err := s.write(streamLine{
				Message: c.Address + " " + verb(c.Action),
				Type:    "planned_change",
				Change:  c,
			}); err != nil {
				return err
			}
		}
	}
	for i := range p.Refreshes {
		r := &p.Refreshes[i]
		if err := s.write(streamLine{
			Message: r.Address + " will run",
			Type:    "planned_refresh",
			Refresh: r,
		}); err != nil {
			return err
		}
	}
	s.Diagnostics(p.Diagnostics)
	summary := p.Summary()
	if err := s.write(streamLine{Message: summary.String(), Type: "change_summary", Summary: &summary}); err != nil {
		return err
	}
	return s.write(streamLine{Message: "the whole plan", Type: "plan", Plan: p})
}

func (s *stream) Event(e engine.Event) {
	l := streamLine{
		Type:      string(e.Type),
		Timestamp: e.Time.UTC().Format(time.RFC3339Nano),
		Message:   string(e.Type),
	}
	switch {
	case e.Type == engine.Beat:
		l.Message, l.Heartbeat = heartbeatText(*e.Heartbeat), heartbeat(*e.Heartbeat)
	case e.Heartbeat != nil:
		l.Activity = e.Heartbeat.Activity
		if e.Type == engine.ActivityEnded {
			seconds := e.Elapsed.Seconds()
			l.Elapsed = &seconds
		}
	case e.Step != nil:
		s.step(&l, e)
	}
	_ = s.write(l)
}

func heartbeat(h engine.Heartbeat) *streamHeartbeat {
	out := &streamHeartbeat{
		Activity: h.Activity,
		Elapsed:  h.Elapsed.Seconds(),
		Steps:    h.Steps,
		Moved:    movement(h.Moved),
	}
	for _, r := range h.Running {
		out.Running = append(out.Running, streamRunning{
			Step:    r.Step.ID,
			Number:  r.Number,
			Elapsed: r.Elapsed.Seconds(),
			Moved:   movement(r.Moved),
		})
	}
	return out
}

// step adds the event of a step to its line.
func (*stream) step(l *streamLine, e engine.Event) {
	l.Message = e.Step.ID + ": " + string(e.Type)
	l.Hook = &streamHook{
		Step:    e.Step.ID,
		Address: e.Step.Address,
		Title:   e.Step.Title,
		Number:  e.Number,
		Total:   e.Total,
		Elapsed: e.Elapsed.Seconds(),
		Text:    e.Text,
		Error:   e.Err,
		Columns: e.Effects,
	}
	if e.Err != "" {
		l.Level = "error"
	}
	if e.Progress != (engine.Progress{}) {
		l.Hook.Progress = &e.Progress
	}
}

func (s *stream) Result(r engine.Result) {
	counts := map[engine.Outcome]int{}
	for _, st := range r.Steps {
		counts[st.Outcome]++
	}
	_ = s.write(streamLine{
		Message: "run " + string(r.State),
		Type:    "result",
		Result:  &streamResult{State: r.State, Steps: counts},
	})
}

func (s *stream) Say(format string, args ...any) {
	_ = s.write(streamLine{Message: fmt.Sprintf(format, args...), Type: "log"})
}

func (s *stream) Pace() Pace { return linePace() }

func (s *stream) Close() {}
