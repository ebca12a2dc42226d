package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
)

// human writes for a person: results to standard output, problems to standard error, progress live where the output is
// a terminal and as plain lines otherwise.
type human struct {
	streams Streams
	s       Style
	live    *live // nil without a terminal
}

func newHuman(s Streams) *human {
	h := &human{streams: s, s: s.OutStyle()}
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
	h.Close()
	Plan(h.streams.Out, h.streams.OutStyle(), p)
	return nil
}

func (h *human) Say(format string, args ...any) { h.line(withArgs(format, args)) }

func (h *human) Close() {
	if h.live != nil {
		h.live.show(nil)
	}
}

func (h *human) Pace() Pace {
	if h.live != nil {
		return Pace{Every: 200 * time.Millisecond, Drawn: true}
	}
	return linePace()
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
	name, text := inline(id), indentRest(e.Text)
	switch e.Type {
	case engine.StepStarted:
		if h.live == nil {
			h.line(fmt.Sprintf("%s: running (step %s of %s)", name, count(int64(e.Number)), count(int64(e.Total))))
		}
	case engine.ActivityStarted, engine.ActivityEnded, engine.Beat:
		h.activity(e)
	case engine.StepNote:
		h.line(name + ": " + text)
	case engine.StepEffects:
		for _, line := range effectLines(e.Effects) {
			h.line(name + ": " + inline(line))
		}
	case engine.StepSucceeded:
		h.finish(id, e, h.s.green("done"))
	case engine.StepErrored:
		h.finish(id, e, h.s.red("failed"))
	case engine.StepCancelled:
		h.finish(id, e, h.s.yellow("interrupted"))
	case engine.StepSkipped:
		h.line(name + ": " + h.s.yellow("skipped: ") + text)
	case engine.RunStopping:
		h.line(h.s.yellow("Interrupted:") +
			" no further step begins, and running steps finish. A second interrupt cancels them.")
	case engine.PutBackStarted:
		h.line(name + ": putting back")
	case engine.PutBackSucceeded:
		h.line(name + ": " + h.s.green("put back"))
	case engine.PutBackErrored:
		h.line(name + ": " + h.s.red("could not be put back: ") + indentRest(e.Err))
	}
}

// activity shows that something goes on. Where lines cannot be redrawn, it says so at each heartbeat, for the run as a
// whole and for each of its steps that was running at the one before.
func (h *human) activity(e engine.Event) {
	switch {
	case h.live != nil && e.Type == engine.ActivityEnded:
		h.live.show(nil)
	case h.live != nil:
		h.live.show(e.Heartbeat)
	case e.Type != engine.Beat:
	case e.Heartbeat.Activity == engine.Locking, e.Heartbeat.Activity == engine.Planning:
		// the standard output may be a file that gets the plan
		_, _ = fmt.Fprintln(h.streams.Err, heartbeatText(*e.Heartbeat))
	default:
		h.line(heartbeatText(*e.Heartbeat))
		for _, r := range e.Heartbeat.Running {
			text := inline(r.Step.ID) + ": still running"
			if moved := movementText(r.Moved); moved != "" {
				text += ", " + moved
			}
			h.line(fmt.Sprintf("%s [%s elapsed]", text, elapsed(r.Elapsed)))
		}
	}
}

func (h *human) finish(id string, e engine.Event, word string) {
	if h.live != nil {
		h.live.end(e.Step)
	}
	text := fmt.Sprintf("%s: %s after %s", inline(id), word, elapsed(e.Elapsed))
	if e.Progress.Rows > 0 || e.Progress.Bytes > 0 {
		text += ", " + progressText(e.Progress)
	}
	h.line(text)
}

// Result prints how a run ended, and counts its steps by how they ended.
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
		h.line("To resume:    shoji apply -resume\nTo put back:  shoji recover")
	}
}

// effectTables is how many tables are shown in full. Of more, only what a reader must look at is shown.
const effectTables = 20

// effectLines returns what masks did, a line for each table: "public.people: email 998 changed, 2 NULL". Of many tables
// only columns are shown that have a value which did not change, or none to change.
func effectLines(columns []engine.ColumnEffect) []string {
	tables := 0
	for i, c := range columns {
		if i == 0 || c.Schema != columns[i-1].Schema || c.Table != columns[i-1].Table {
			tables++
		}
	}
	out := []string{
		fmt.Sprintf("%s masked columns of %s tables verified", count(int64(len(columns))), count(int64(tables))),
	}
	var parts []string
	for i, c := range columns {
		if tables <= effectTables || c.Changed == 0 || c.Unchanged+c.Held > 0 {
			parts = append(parts, effectText(c))
		}
		last := i == len(columns)-1 || columns[i+1].Schema != c.Schema || columns[i+1].Table != c.Table
		if last && len(parts) > 0 {
			out = append(out, c.Schema+"."+c.Table+": "+strings.Join(parts, "; "))
			parts = nil
		}
	}
	return out
}

// effectText returns what became of the sampled values of one column.
func effectText(c engine.ColumnEffect) string {
	if c.Sampled == 0 {
		return c.Column + " no rows"
	}
	var parts []string
	add := func(n int64, what string) {
		if n > 0 {
			parts = append(parts, count(n)+" "+what)
		}
	}
	add(c.Changed, "changed")
	add(c.Null, "NULL or empty")
	add(c.Constant, "constant already")
	add(c.Unchanged+c.Held-c.Constant, "unchanged")
	return c.Column + " " + strings.Join(parts, ", ")
}
