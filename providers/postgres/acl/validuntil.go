package acl

import (
	"fmt"
	"strings"
	"time"
)

// moment is a time of VALID UNTIL in one way of writing it.
type moment struct {
	text     string
	at       time.Time
	infinite int // 1: infinity, -1: -infinity
}

func (m moment) before(o moment) bool {
	if m.infinite != o.infinite {
		return m.infinite < o.infinite
	}
	return m.infinite == 0 && m.at.Before(o.at)
}

// parseTime reads the usual ways of writing a time; without a zone it is UTC.
func parseTime(text string) (moment, error) {
	text = strings.TrimSpace(text)
	switch strings.ToLower(text) {
	case "infinity":
		return moment{text: "infinity", infinite: 1}, nil
	case "-infinity":
		return moment{text: "-infinity", infinite: -1}, nil
	}
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
		"2006-01-02 15:04:05Z07:00",
		"2006-01-02 15:04:05-07", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
	} {
		t, err := time.Parse(layout, text)
		if zone, _ := t.Zone(); err != nil || strings.HasSuffix(layout, "MST") && zone != "UTC" {
			continue
		}
		t = t.UTC().Truncate(time.Microsecond) // what PostgreSQL keeps
		return moment{text: t.Format(time.RFC3339Nano), at: t}, nil
	}
	return moment{}, fmt.Errorf("%q is not a time", text)
}

// timeText gives what Inspect read in the same form; a role without a limit is valid for ever.
func timeText(have string) string {
	if have == "" {
		return "infinity"
	}
	if m, err := parseTime(have); err == nil {
		return m.text
	}
	return have
}
