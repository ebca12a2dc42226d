package view

import (
	"fmt"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
)

// Output is how one command prints: for a person, or as JSON lines for a program. A command chooses one and formats
// nothing itself. Its methods are not safe for concurrent use; events of the engine come one at a time.
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
	// Close ends what is drawn live.
	Close()
}

// Format chooses an Output.
type Format int

const (
	Text Format = iota
	JSON
	Markdown
)

// New returns the Output of a command. version is that of shoji, for the first line of a JSON stream; now returns the
// time of its lines.
func New(s Streams, f Format, version string, now func() time.Time) Output {
	switch f {
	case JSON:
		return newStream(s.Out, version, now)
	case Markdown:
		return &markdown{newHuman(s, now)}
	default:
		return newHuman(s, now)
	}
}

// markdown prints plans as Markdown to standard output, and everything else for a person to standard error, so that the
// output can be posted as it is.
type markdown struct{ *human }

func (m *markdown) Plan(p *engine.Plan) error { return PlanMarkdown(m.streams.Out, p) }

func (m *markdown) Say(format string, args ...any) {
	_, _ = fmt.Fprintln(m.streams.Err, withArgs(format, args))
}

// Problem prints an error that is not a diagnostic, such as a wrong flag.
func Problem(s Streams, err error) {
	var ds diag.Diagnostics
	ds.Errorf(nil, firstUpper(err.Error()), "")
	Diagnostics(s.Err, s.ErrStyle(), ds)
}
