package engine

import (
	"sync"
	"time"
)

// Activity is what a workflow does for a while. The values are part of the JSON stream.
type Activity string

const (
	Locking     Activity = "locking"
	Planning    Activity = "planning"
	Running     Activity = "running"
	PuttingBack Activity = "putting_back"
)

// Heartbeat is how far an activity has come. One is emitted at each tick of Runner.Ticks, whatever happens or does not.
type Heartbeat struct {
	Activity Activity
	Elapsed  time.Duration // of the activity
	// Steps, Moved and Running are those of a run.
	Steps   StepCounts
	Moved   Movement
	Running []RunningStep // in the order in which they began
}

// StepCounts says how many steps of a run there are, and how many of them have ended in which way.
type StepCounts struct {
	Total   int `json:"total"`
	Running int `json:"running"`
	Done    int `json:"done"`
	Failed  int `json:"failed,omitempty"`
	Skipped int `json:"skipped,omitempty"`
}

// RunningStep is how far a step that runs has come.
type RunningStep struct {
	Step    *Step
	Number  int // in the order in which the steps of the run began
	Elapsed time.Duration
	Moved   Movement
}

// Movement is how much has moved, how fast, and when the rest will have.
type Movement struct {
	Progress
	// RowsPerSecond and BytesPerSecond are averages over rateWindow.
	RowsPerSecond  float64
	BytesPerSecond float64
	// Left is how long the rest of the rows takes at that rate; 0 where that cannot be told.
	Left time.Duration
}

// rateWindow is how far back a rate looks: long enough to be steady, short enough to follow what happens.
const rateWindow = 30 * time.Second

// pace measures how fast something moves.
type pace struct{ seen []moment }

type moment struct {
	at          time.Time
	rows, bytes int64
}

// measure returns p with its rate. The rest of the rows is known if the total is.
func (m *pace) measure(p Progress, at time.Time, complete bool) Movement {
	m.seen = append(m.seen, moment{at, p.Rows, p.Bytes})
	for len(m.seen) > 2 && at.Sub(m.seen[1].at) >= rateWindow {
		m.seen = m.seen[1:]
	}
	out := Movement{Progress: p}
	first := m.seen[0]
	over := at.Sub(first.at).Seconds()
	if over <= 0 {
		return out
	}
	out.RowsPerSecond = float64(p.Rows-first.rows) / over
	out.BytesPerSecond = float64(p.Bytes-first.bytes) / over
	if complete && out.RowsPerSecond > 0 && p.TotalRows > p.Rows {
		out.Left = time.Duration(float64(p.TotalRows-p.Rows) / out.RowsPerSecond * float64(time.Second))
	}
	return out
}

// tracker knows how far the steps of a run have come.
type tracker struct {
	now   func() time.Time
	began time.Time

	mu      sync.Mutex
	counts  StepCounts
	started int
	running []*tracked
	moved   Progress // by steps that ended
	waiting int64    // the rows that steps which have not begun are expected to move
	unknown int      // how many of the steps that have not ended may move any number of rows
	pace    pace
}

// tracked is a step that runs.
type tracked struct {
	step     *Step
	number   int
	began    time.Time
	progress Progress
	pace     pace
}

// newTracker returns the tracker of a run of steps, of which those in done need not run.
func newTracker(steps []Step, done map[string]bool, now func() time.Time) *tracker {
	t := &tracker{now: now, began: now()}
	for i := range steps {
		s := &steps[i]
		if s.IsBarrier() {
			continue
		}
		t.counts.Total++
		switch {
		case done[s.ID]:
			t.started++
			t.counts.Done++
		case s.Rows < 0:
			t.unknown++
		default:
			t.waiting += s.Rows
		}
	}
	t.pace.measure(Progress{}, t.began, false)
	return t
}

// begin counts a step that begins.
func (t *tracker) begin(s *Step) *tracked {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.started++
	r := &tracked{step: s, number: t.started, began: t.now()}
	r.pace.measure(Progress{}, r.began, false)
	t.waiting -= max(0, s.Rows)
	t.running = append(t.running, r)
	return r
}

// report takes over how far a step has come.
func (t *tracker) report(r *tracked, p Progress) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p.Rows, p.Bytes = max(p.Rows, r.progress.Rows), max(p.Bytes, r.progress.Bytes) // several ranges may report at once
	r.progress = p
}

// end counts a step that ended, and returns how far it came.
func (t *tracker) end(r *tracked, how Outcome) Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.running {
		if t.running[i] == r {
			t.running = append(t.running[:i:i], t.running[i+1:]...)
			break
		}
	}
	if r.step.Rows < 0 {
		t.unknown--
	}
	t.moved.Rows += r.progress.Rows
	t.moved.Bytes += r.progress.Bytes
	switch how {
	case Done:
		t.counts.Done++
	case Failed:
		t.counts.Failed++
	}
	return r.progress
}

// skip counts a step that will not run.
func (t *tracker) skip(s *Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.Skipped++
	t.waiting -= max(0, s.Rows)
	if s.Rows < 0 {
		t.unknown--
	}
}

// expected returns the progress of a step with the number of rows that it will have moved, as far as that is known. An
// estimate that was too small grows with the rows.
func (r *tracked) expected() Progress {
	p := r.progress
	if r.step.Rows > 0 {
		p.TotalRows = max(r.step.Rows, p.Rows)
	}
	return p
}

// heartbeat returns how far the run has come.
func (t *tracker) heartbeat() Heartbeat {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.now()
	h := Heartbeat{Activity: Running, Elapsed: at.Sub(t.began), Steps: t.counts}
	h.Steps.Running = len(t.running)
	all := t.moved
	all.TotalRows = t.moved.Rows + t.waiting
	for _, r := range t.running {
		p := r.expected()
		h.Running = append(h.Running, RunningStep{
			Step:    r.step,
			Number:  r.number,
			Elapsed: at.Sub(r.began),
			Moved:   r.pace.measure(p, at, r.step.Rows >= 0),
		})
		all.Rows += p.Rows
		all.Bytes += p.Bytes
		all.TotalRows += max(p.TotalRows, p.Rows)
	}
	h.Moved = t.pace.measure(all, at, t.unknown == 0)
	return h
}

// during says that an activity begins, emits a heartbeat at each tick, and says when the function that it returns is
// called that it has ended.
func (r *Runner) during(a Activity, emit func(Event), at func() Heartbeat) (end func()) {
	emit(Event{Type: ActivityStarted, Heartbeat: &Heartbeat{Activity: a}})
	began := r.Now()
	if at == nil {
		at = func() Heartbeat { return Heartbeat{Activity: a, Elapsed: r.Now().Sub(began)} }
	}
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		if r.Ticks == nil {
			return
		}
		ticks, stop := r.Ticks()
		defer stop()
		for {
			select {
			case <-over:
				return
			case <-ticks:
				h := at()
				emit(Event{Type: Beat, Heartbeat: &h})
			}
		}
	}()
	return func() {
		close(over)
		<-ended
		emit(Event{Type: ActivityEnded, Elapsed: r.Now().Sub(began), Heartbeat: &Heartbeat{Activity: a}})
	}
}

// emit passes on an event that comes while no step runs.
func (r *Runner) emit(ev Event) {
	if r.Events == nil {
		return
	}
	ev.Time = r.Now()
	r.Events(ev)
}
