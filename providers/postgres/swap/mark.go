package swap

import (
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

// State is what a database is to its refresh.
type State string

const (
	Building State = "building"
	Live     State = "live"
	Previous State = "previous"
)

// Mark is the line that a refresh leaves in a database's comment, so that anybody sees where the copy came from, and so
// that nothing is ever dropped that is not marked.
type Mark struct {
	Refresh string // its address: refresh.nightly
	Run     string
	At      time.Time // when the database was created, or swapped in
	State   State
	// Foreign is set on a previous copy that no refresh had made: what was there before the first swap.
	Foreign bool
	// Done says how many statements of a group (of several in one transaction) are done, so that an interrupted group
	// goes on where it stopped. It is written by the transaction that runs them.
	Done map[string]int
	// Planned is set on a mark that a plan shows: neither the run nor the time is known yet.
	Planned bool
}

const (
	markWord        = "shoji:"
	knownAfterApply = "(known after apply)"
)

// Comment returns the text of a database's comment: the user's own, then the mark on a line of its own. An empty mark
// returns the user's comment alone.
func Comment(user string, m Mark) string {
	if m.State == "" {
		return user
	}
	if user != "" {
		user += "\n"
	}
	return user + m.line()
}

func (m Mark) line() string {
	run, at := m.Run, m.At.UTC().Format(time.RFC3339)
	if m.Planned {
		run, at = knownAfterApply, knownAfterApply
	}
	var b strings.Builder
	b.WriteString(markWord + " refresh=" + url.QueryEscape(m.Refresh) + " run=" + run + " at=" + at + " state=" +
		string(m.State))
	if m.Foreign {
		b.WriteString(" foreign=true")
	}
	if len(m.Done) > 0 {
		groups := make([]string, 0, len(m.Done))
		for g, n := range m.Done {
			groups = append(groups, g+":"+strconv.Itoa(n))
		}
		sort.Strings(groups)
		b.WriteString(" done=" + strings.Join(groups, ","))
	}
	return b.String()
}

// ParseComment takes a database's comment apart. ok is false if it has no mark; user is then the whole comment.
func ParseComment(comment string) (user string, m Mark, ok bool) {
	at := strings.LastIndex(comment, markWord+" refresh=")
	if at < 0 || at > 0 && comment[at-1] != '\n' {
		return comment, Mark{}, false
	}
	for _, field := range strings.Fields(comment[at+len(markWord):]) {
		name, value, _ := strings.Cut(field, "=")
		switch name {
		case "refresh":
			m.Refresh, _ = url.QueryUnescape(value) // what does not decode was not written by us
		case "run":
			m.Run = value
		case "at":
			m.At, _ = time.Parse(time.RFC3339, value)
		case "state":
			m.State = State(value)
		case "foreign":
			m.Foreign = value == "true"
		case "done":
			m.Done = map[string]int{}
			for _, group := range strings.Split(value, ",") {
				name, count, _ := strings.Cut(group, ":")
				if n, err := strconv.Atoi(count); err == nil {
					m.Done[name] = n
				}
			}
		}
	}
	return strings.TrimSuffix(comment[:at], "\n"), m, m.Refresh != "" && m.State != ""
}
