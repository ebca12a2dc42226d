package acl

import (
	"net/url"
	"strings"

	"github.com/shoji-pg/shoji/spec"
)

// Mark is the line in a role's comment by which a project knows its roles, with what has to be known when the
// role's block is gone.
type Mark struct {
	Project    string
	OnRemove   string // "disable", "drop" or "forget"
	ReassignTo string
	// Password says that the project has set one, and Version under which password_version.
	Password bool
	Version  string
}

const markPrefix = "shoji: project="

// markOf is the mark that a declared role should have.
func markOf(project string, r *spec.Role) Mark {
	m := Mark{Project: project, OnRemove: r.OnRemove, ReassignTo: r.ReassignTo}
	if m.OnRemove == "" {
		m.OnRemove = "disable"
	}
	if r.Password != nil {
		m.Password, m.Version = true, r.PasswordVersion
	}
	return m
}

// Line is the mark as it stands in a comment. Values are escaped, so that the line stays one and is cut at its
// blanks.
func (m Mark) Line() string {
	line := markPrefix + url.QueryEscape(m.Project)
	if m.OnRemove != "disable" {
		line += " on_remove=" + m.OnRemove
	}
	if m.ReassignTo != "" {
		line += " reassign_to=" + url.QueryEscape(m.ReassignTo)
	}
	if m.Password {
		line += " password=" + url.QueryEscape(m.Version)
	}
	return line
}

// ParseComment takes a role's comment apart into the user's own text and the mark, which is its last line. ok is
// false where there is no mark.
func ParseComment(comment string) (user string, m Mark, ok bool) {
	at := strings.LastIndex(comment, markPrefix)
	if at < 0 || at > 0 && comment[at-1] != '\n' || strings.Contains(comment[at:], "\n") {
		return comment, Mark{}, false
	}
	m.OnRemove = "disable"
	for _, field := range strings.Fields(strings.TrimPrefix(comment[at:], "shoji: ")) {
		name, value, _ := strings.Cut(field, "=")
		text, err := url.QueryUnescape(value)
		if err != nil {
			return comment, Mark{}, false // not written by us
		}
		switch name {
		case "project":
			m.Project = text
		case "on_remove":
			m.OnRemove = text
		case "reassign_to":
			m.ReassignTo = text
		case "password":
			m.Password, m.Version = true, text
		}
	}
	return strings.TrimSuffix(comment[:at], "\n"), m, m.Project != ""
}

// withMark joins the user's text and the mark.
func withMark(user string, m Mark) string {
	if user == "" {
		return m.Line()
	}
	return user + "\n" + m.Line()
}
