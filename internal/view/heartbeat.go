package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/engine"
)

// Pace is how often an Output wants to be told how far an activity has come.
type Pace struct {
	Every time.Duration
	// Drawn says that it is drawn anew in the same place, not printed.
	Drawn bool
}

// linePace is that of what is printed.
func linePace() Pace { return Pace{Every: 10 * time.Second} }

// activityText returns an activity in words.
func activityText(a engine.Activity) string {
	switch a {
	case engine.Locking:
		return "taking the locks"
	case engine.Planning:
		return "planning"
	case engine.PuttingBack:
		return "putting back"
	}
	return "running"
}

// heartbeatText returns how far an activity has come, in one line.
func heartbeatText(h engine.Heartbeat) string {
	text := firstUpper(activityText(h.Activity))
	if h.Steps.Total > 0 {
		text = stepsText(h.Steps)
		if moved := movementText(h.Moved); moved != "" {
			text += "; " + moved
		}
	}
	return fmt.Sprintf("%s [%s elapsed]", text, elapsed(h.Elapsed))
}

func stepsText(c engine.StepCounts) string {
	parts := []string{fmt.Sprintf("%s of %s steps done", count(int64(c.Done)), count(int64(c.Total)))}
	for _, n := range []struct {
		n    int
		what string
	}{{c.Running, "running"}, {c.Failed, "failed"}, {c.Skipped, "skipped"}} {
		if n.n > 0 {
			parts = append(parts, count(int64(n.n))+" "+n.what)
		}
	}
	return strings.Join(parts, ", ")
}

// movementText returns how much has moved, how fast, and when the rest will have.
func movementText(m engine.Movement) string {
	var parts []string
	if text := progressText(m.Progress); text != "" {
		parts = append(parts, text)
	}
	if m.RowsPerSecond >= 1 {
		parts = append(parts, count(int64(m.RowsPerSecond))+" rows/s")
	}
	if m.Left > 0 {
		parts = append(parts, "about "+elapsed(m.Left.Round(time.Second))+" of copying left")
	}
	return strings.Join(parts, ", ")
}

func progressText(p engine.Progress) string {
	var parts []string
	if p.TotalTables > 0 {
		parts = append(parts, count(int64(p.Tables))+" of "+count(int64(p.TotalTables))+" tables")
	}
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
