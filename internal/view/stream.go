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
const streamVersion = "1.0"

// stream writes JSON lines. The first is of type "version". Every line has @level, @message, @timestamp and type, as in
// the machine-readable output of Terraform.
type stream struct {
	enc *json.Encoder
	now func() time.Time
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
	Result     *streamResult    `json:"result,omitempty"`
}

type streamHook struct {
	Step     string           `json:"step"`
	Address  string           `json:"address"`
	Title    string           `json:"title"`
	Progress *engine.Progress `json:"progress,omitempty"`
	Elapsed  float64          `json:"elapsed_seconds,omitempty"`
	Text     string           `json:"text,omitempty"`
	Error    string           `json:"error,omitempty"`
	// Columns are what masks did, as verified.
	Columns []engine.ColumnEffect `json:"columns,omitempty"`
}

type streamResult struct {
	State engine.RunState        `json:"state"`
	Steps map[engine.Outcome]int `json:"steps"`
}

func newStream(w io.Writer, version string, now func() time.Time) *stream {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	s := &stream{enc: enc, now: now}
	_ = s.write(streamLine{Message: "shoji " + version, Type: "version", Shoji: version, UI: streamVersion})
	return s
}

func (s *stream) write(l streamLine) error {
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
	if e.Step == nil {
		_ = s.write(streamLine{
			Type:      string(e.Type),
			Timestamp: e.Time.UTC().Format(time.RFC3339Nano),
			Message:   string(e.Type),
		})
		return
	}
	l := streamLine{
		Type:      string(e.Type),
		Timestamp: e.Time.UTC().Format(time.RFC3339Nano),
		Message:   e.Step.ID + ": " + string(e.Type),
	}
	l.Hook = &streamHook{
		Step:    e.Step.ID,
		Address: e.Step.Address,
		Title:   e.Step.Title,
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
	_ = s.write(l)
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

func (s *stream) Close() {}
