package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
)

// human speaks to a person: results on the standard output, problems on the standard error
// stream, progress drawn live where the output is a terminal and as plain lines otherwise.
type human struct {
	streams Streams
	now     func() time.Time
	s       Style
	live    *live // nil without a terminal
	started map[string]time.Time
	said    map[string]time.Time // when a step last printed a line, without a terminal
}

// quietFor is how long a running step is silent where lines cannot be redrawn.
const quietFor = 10 * time.Second

func newHuman(s Streams, now func() time.Time) *human {
	h := &human{streams: s, now: now, s: s.OutStyle(), started: map[string]time.Time{}, said: map[string]time.Time{}}
	if s.OutTerminal {
		h.live = newLive(s)
	}
	return h
}

func (h *human) Diagnostics(ds diag.Diagnostics) {
	h.Close()
	Diagnostics(h.streams.Err, h.streams.ErrStyle(), ds)
}

func (h *human) Plan(p *engine.Plan) error {
	Plan(h.streams.Out, h.streams.OutStyle(), p)
	return nil
}

func (h *human) Say(format string, args ...any) { h.line(said(format, args)) }

func (h *human) Close() {
	if h.live != nil {
		h.live.clear()
	}
}

// line prints a whole line, above what is drawn live.
func (h *human) line(text string) {
	if h.live != nil {
		h.live.above(text)
		return
	}
	_, _ = fmt.Fprintln(h.streams.Out, text)
}

func (h *human) Event(e engine.Event) {
	id := ""
	if e.Step != nil {
		id = e.Step.ID
	}
	name, text := inline(id), hanging(e.Text)
	switch e.Type {
	case engine.StepStarted:
		h.started[id], h.said[id] = e.Time, e.Time
		if h.live != nil {
			h.live.begin(e.Step, e.Time)
		} else {
			h.line(name + ": running")
		}
	case engine.StepProgress:
		h.progress(id, e)
	case engine.StepNote:
		h.line(name + ": " + text)
	case engine.StepEffects:
		for _, line := range effectLines(e.Effects) {
			h.line(name + ": " + inline(line))
		}
	case engine.StepSucceeded:
		h.ended(id, e, h.s.green("done"))
	case engine.StepErrored:
		h.ended(id, e, h.s.red("failed"))
	case engine.StepCancelled:
		h.ended(id, e, h.s.yellow("interrupted"))
	case engine.StepSkipped:
		h.line(name + ": " + h.s.yellow("skipped: ") + text)
	case engine.RunStopping:
		h.line(h.s.yellow("Interrupted:") +
			" nothing more is begun, and what runs is finished. A second interrupt cancels it.")
	case engine.PutBackStarted:
		h.line(name + ": putting back")
	case engine.PutBackSucceeded:
		h.line(name + ": " + h.s.green("put back"))
	case engine.PutBackErrored:
		h.line(name + ": " + h.s.red("could not be put back: ") + hanging(e.Err))
	}
}

func (h *human) progress(id string, e engine.Event) {
	if h.live != nil {
		h.live.progress(id, e.Progress, e.Time)
		return
	}
	if e.Time.Sub(h.said[id]) >= quietFor {
		h.said[id] = e.Time
		h.line(fmt.Sprintf("%s: still running, %s [%s elapsed]", inline(id), progressText(e.Progress),
			elapsed(e.Time.Sub(h.started[id]))))
	}
}

func (h *human) ended(id string, e engine.Event, word string) {
	if h.live != nil {
		h.live.end(id)
	}
	text := fmt.Sprintf("%s: %s after %s", inline(id), word, elapsed(e.Elapsed))
	if e.Progress.Rows > 0 || e.Progress.Bytes > 0 {
		text += ", " + progressText(e.Progress)
	}
	h.line(text)
}

// Result says how a run ended: what was done, what failed, what was skipped because of it.
func (h *human) Result(r engine.Result) {
	h.Close()
	count := map[engine.Outcome]int{}
	for _, s := range r.Steps {
		count[s.Outcome]++
	}
	head := h.s.bold(h.s.green("Apply complete!"))
	switch r.State {
	case engine.RunFailed:
		head = h.s.bold(h.s.red("Apply failed."))
	case engine.RunInterrupted:
		head = h.s.bold(h.s.yellow("Apply interrupted."))
	}
	h.line(fmt.Sprintf("\n%s Steps: %d done, %d failed, %d skipped, %d not started.", head,
		count[engine.Done], count[engine.Failed], count[engine.Skipped], count[engine.NotStarted]))
	if r.State == engine.RunInterrupted {
		h.line("Go on with:   shoji apply -resume\nPut it back:  shoji recover")
	}
}

func progressText(p engine.Progress) string {
	var parts []string
	if p.Rows > 0 || p.TotalRows > 0 || p.Bytes > 0 {
		rows := count(p.Rows) + " rows"
		if p.TotalRows > 0 && p.Rows < p.TotalRows {
			rows = count(p.Rows) + " of about " + count(p.TotalRows) + " rows"
		}
		parts = append(parts, rows)
	}
	if p.Bytes > 0 {
		parts = append(parts, bytesText(p.Bytes))
	}
	return strings.Join(parts, ", ")
}

// elapsed gives a duration as a person reads it: 0.4s, 12s, 3m05s.
func elapsed(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	default:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
}
