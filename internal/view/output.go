package view

import (
	"fmt"
	"sync"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
)

// Output is how one command prints: for a person, or as JSON lines for a program. A command chooses one and formats
// nothing itself. Its methods are safe for concurrent use: heartbeats come while it prints something else.
type Output interface {
	// Diagnostics reports problems and warnings.
	Diagnostics(diag.Diagnostics)
	// Plan shows a plan.
	Plan(*engine.Plan) error
	// Event shows the progress of a run.
	Event(engine.Event)
	// Result ends a run.
	Result(engine.Result)
	// Say prints a line for a person; a program gets it as a log line.
	Say(format string, args ...any)
	// Pace returns how often it wants to be told how far an activity has come.
	Pace() Pace
	// Close ends what is drawn live.
	Close()
}

// Format chooses an Output.
type Format int

const (
	Text Format = iota
	JSON
	Markdown
	// JSONDocument is for a command that prints one JSON document itself: errors are JSON lines, all else is text.
	JSONDocument
)

// New returns the Output of a command. version is that of shoji, for the first line of a JSON stream; now returns the
// time of its lines.
func New(s Streams, f Format, version string, now func() time.Time) Output {
	var out Output
	switch f {
	case JSON:
		out = newStream(s.Out, version, now)
	case Markdown:
		out = &markdown{newHuman(s)}
	case JSONDocument:
		out = &document{newHuman(s), newStream(s.Out, version, now)}
	default:
		out = newHuman(s)
	}
	return &serial{out: out}
}

// serial lets one call at a time through to an Output.
type serial struct {
	mu  sync.Mutex
	out Output
}

func (s *serial) Diagnostics(ds diag.Diagnostics) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.Diagnostics(ds)
}
func (s *serial) Event(e engine.Event)   { s.mu.Lock(); defer s.mu.Unlock(); s.out.Event(e) }
func (s *serial) Result(r engine.Result) { s.mu.Lock(); defer s.mu.Unlock(); s.out.Result(r) }
func (s *serial) Pace() Pace             { return s.out.Pace() }
func (s *serial) Close()                 { s.mu.Lock(); defer s.mu.Unlock(); s.out.Close() }

func (s *serial) Plan(p *engine.Plan) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Plan(p)
}

func (s *serial) Say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out.Say(format, args...)
}

// markdown prints plans as Markdown to standard output, and everything else for a person to standard error, so that the
// output can be posted as it is.
type markdown struct{ *human }

func (m *markdown) Plan(p *engine.Plan) error { return PlanMarkdown(m.streams.Out, p) }

func (m *markdown) Say(format string, args ...any) {
	_, _ = fmt.Fprintln(m.streams.Err, withArgs(format, args))
}

// document prints errors as JSON lines, which take the place of the document, and all else to standard error.
type document struct {
	*human
	lines *stream
}

func (d *document) Diagnostics(ds diag.Diagnostics) {
	if ds.HasErrors() {
		d.lines.Diagnostics(ds)
		return
	}
	d.human.Diagnostics(ds)
}

func (d *document) Say(format string, args ...any) {
	_, _ = fmt.Fprintln(d.streams.Err, withArgs(format, args))
}

// Problem prints an error that is not a diagnostic, such as a wrong flag.
func Problem(out Output, err error) {
	var ds diag.Diagnostics
	ds.Errorf(nil, firstUpper(err.Error()), "")
	out.Diagnostics(ds)
}
