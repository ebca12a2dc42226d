package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
)

// Output is how one command speaks: to a person, or as JSON lines to a program. A command
// decides once which of them it uses and formats nothing itself. Its methods are not safe for
// concurrent use; the engine's events come one at a time.
type Output interface {
	// Diagnostics reports problems and warnings.
	Diagnostics(diag.Diagnostics)
	// Plan shows a plan.
	Plan(*engine.Plan) error
	// Event shows the progress of a run.
	Event(engine.Event)
	// Result ends a run.
	Result(engine.Result)
	// Say adds a line for a person; a program gets it as a log line.
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

// New gives the Output of a command. version is the tool's, for the first line of a JSON
// stream; now gives the time of its lines.
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

// markdown prints plans as Markdown on the standard output and all else for a person on the
// standard error stream, so that the output can be posted as it is.
type markdown struct{ *human }

func (m *markdown) Plan(p *engine.Plan) error { return PlanMarkdown(m.streams.Out, p) }

func (m *markdown) Say(format string, args ...any) {
	_, _ = fmt.Fprintln(m.streams.Err, said(format, args))
}

// Problem prints an error that is not a diagnostic, such as a wrong flag.
func Problem(s Streams, err error) {
	var ds diag.Diagnostics
	ds.Errorf(nil, firstUpper(err.Error()), "")
	Diagnostics(s.Err, s.ErrStyle(), ds)
}

// firstUpper begins a sentence with a capital; the name of a file stays as it is.
func firstUpper(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if s == "" || s[0] < 'a' || s[0] > 'z' || strings.ContainsAny(first, "./_:") {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
