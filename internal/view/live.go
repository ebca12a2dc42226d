package view

import (
	"fmt"
	"os"
	"sort"
	"strings"
	"time"

	"atomicgo.dev/cursor"
	"github.com/mattn/go-runewidth"

	"github.com/shoji-pg/shoji/engine"
)

// live draws a bar for each running step at the bottom of a terminal, below the lines of those that ended.
type live struct {
	streams Streams
	s       Style
	area    cursor.Area
	drawn   bool
	last    time.Time
	running map[string]*bar
}

type bar struct {
	title    string
	start    time.Time
	now      time.Time
	progress engine.Progress
}

// redrawEvery bounds how often bars are drawn, so that a terminal on a slow line keeps up.
const redrawEvery = 100 * time.Millisecond

func newLive(s Streams) *live {
	l := &live{streams: s, s: s.OutStyle(), running: map[string]*bar{}}
	l.area = cursor.NewArea()
	if w, ok := Verbatim(s.Out).(*os.File); ok {
		l.area = l.area.WithWriter(w)
	}
	return l
}

func (l *live) begin(step *engine.Step, at time.Time) {
	l.running[step.ID] = &bar{title: step.Title, start: at, now: at}
	l.draw(at, true)
}

func (l *live) progress(id string, p engine.Progress, at time.Time) {
	if b := l.running[id]; b != nil {
		b.progress, b.now = p, at
		l.draw(at, false)
	}
}

func (l *live) end(id string) { delete(l.running, id) }

// above prints a line above the bars.
func (l *live) above(text string) {
	l.clear()
	_, _ = fmt.Fprintln(l.streams.Out, text)
	l.draw(l.last, true)
}

func (l *live) clear() {
	if l.drawn {
		l.area.Clear()
		l.drawn = false
		l.area = cursor.NewArea()
		if w, ok := Verbatim(l.streams.Out).(*os.File); ok {
			l.area = l.area.WithWriter(w)
		}
	}
}

func (l *live) draw(at time.Time, force bool) {
	if len(l.running) == 0 || (!force && at.Sub(l.last) < redrawEvery) {
		return
	}
	l.last = at
	ids := make([]string, 0, len(l.running))
	for id := range l.running {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(l.row(l.running[id]) + "\n")
	}
	l.area.Update(escaped(b.String(), l.s.mark))
	l.drawn = true
}

// row returns one bar, cut to the width of the terminal: a wrapped line could not be cleared.
func (l *live) row(b *bar) string {
	const barWidth, titleWidth = 20, 36
	title := pad(runewidth.Truncate(escaped(inline(b.title), ""), titleWidth, "…"), titleWidth)
	state := strings.Repeat("·", barWidth)
	if b.progress.TotalRows > 0 {
		full := min(barWidth, int(float64(barWidth)*float64(b.progress.Rows)/float64(b.progress.TotalRows)))
		state = l.s.green(strings.Repeat("█", full)) + l.s.dim(strings.Repeat("░", barWidth-full))
	}
	room := max(0, l.streams.Width-titleWidth-barWidth-4)
	tail := runewidth.Truncate(elapsed(b.now.Sub(b.start))+"  "+progressText(b.progress), room, "…")
	return title + " " + state + " " + tail
}
