package view

import (
	"fmt"
	"os"
	"strings"

	"atomicgo.dev/cursor"
	"github.com/mattn/go-runewidth"

	"github.com/shoji-pg/shoji/engine"
)

// live draws how far an activity has come at the bottom of a terminal, below the lines that are printed: a bar for each
// running step, and what is known of the whole run.
type live struct {
	streams Streams
	s       Style
	area    cursor.Area
	drawn   bool
	last    *engine.Heartbeat // nil while nothing goes on
}

// liveSteps is how many running steps have a bar.
const liveSteps = 12

func newLive(s Streams) *live {
	l := &live{streams: s, s: s.OutStyle()}
	l.area = l.newArea()
	return l
}

func (l *live) newArea() cursor.Area {
	area := cursor.NewArea()
	if w, ok := Verbatim(l.streams.Out).(*os.File); ok {
		area = area.WithWriter(w)
	}
	return area
}

// show draws a heartbeat; nil is the end of the activity.
func (l *live) show(h *engine.Heartbeat) {
	l.last = h
	if h == nil {
		l.clear()
		return
	}
	l.draw()
}

// end takes the bar of a step away.
func (l *live) end(step *engine.Step) {
	if l.last == nil {
		return
	}
	h := *l.last
	h.Running = nil
	for _, r := range l.last.Running {
		if r.Step.ID != step.ID {
			h.Running = append(h.Running, r)
		}
	}
	l.last = &h
}

// above prints a line above what is drawn.
func (l *live) above(text string) {
	l.clear()
	_, _ = fmt.Fprintln(l.streams.Out, text)
	l.draw()
}

func (l *live) clear() {
	if l.drawn {
		l.area.Clear()
		l.drawn = false
		l.area = l.newArea()
	}
}

func (l *live) draw() {
	if l.last == nil {
		return
	}
	var b strings.Builder
	for i, r := range l.last.Running {
		if i == liveSteps {
			b.WriteString(fmt.Sprintf("… and %d more\n", len(l.last.Running)-i))
			break
		}
		b.WriteString(l.row(r) + "\n")
	}
	// A line that wrapped could not be cleared.
	b.WriteString(l.s.dim(runewidth.Truncate(heartbeatText(*l.last), l.streams.Width-1, "…")) + "\n")
	l.area.Update(escaped(b.String(), l.s.mark))
	l.drawn = true
}

// row returns the bar of a step, cut to the width of the terminal.
func (l *live) row(r engine.RunningStep) string {
	const barWidth, titleWidth = 20, 36
	title := pad(runewidth.Truncate(escaped(inline(r.Step.Title), ""), titleWidth, "…"), titleWidth)
	state := strings.Repeat("·", barWidth)
	if done, of := r.Moved.Rows, r.Moved.TotalRows; of > 0 {
		full := min(barWidth, int(float64(barWidth)*float64(done)/float64(of)))
		state = l.s.green(strings.Repeat("█", full)) + l.s.dim(strings.Repeat("░", barWidth-full))
	}
	room := max(0, l.streams.Width-titleWidth-barWidth-4)
	tail := runewidth.Truncate(elapsed(r.Elapsed)+"  "+movementText(r.Moved), room, "…")
	return title + " " + state + " " + tail
}
