package op

import (
	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/spec"
)

// Database is the database of a refresh's target that a step works in, as its parameters name it.
type Database struct {
	Target string `json:"target"`   // the address of the target: database.staging
	Name   string `json:"database"` // app__next
	// Role is the role that makes the objects; "" is the connected user.
	Role string `json:"role,omitempty"`
	// TextSearch is the configuration under which expressions of the source find words: to_tsvector(text) in a
	// materialized view, or behind a function in an index, finds the same in the copy. "" is that of a session.
	TextSearch string `json:"text_search,omitempty"`
}

// Settings returns the parameters of a session that writes the copy.
func (d Database) Settings() map[string]string {
	if d.TextSearch == "" {
		return nil
	}
	return map[string]string{conn.TextSearch: d.TextSearch}
}

// On returns what a plan calls the database.
func (d Database) On() string { return engine.On(d.Target, d.Name) }

// Touches returns that the step writes to the target.
func (d Database) Touches() []engine.Touch { return []engine.Touch{engine.Writes(d.Target)} }

// Source is what a step reads, as its parameters name it.
type Source struct {
	From string `json:"from"` // the address of the source: database.prod
	// Copy is the kind of the copy that is read instead of the source, such as "clone"; "" where the source is read.
	Copy string `json:"copy,omitempty"`
}

// SourceOf returns the source of a refresh.
func SourceOf(r *spec.Refresh) Source {
	s := Source{From: r.From.Address()}
	if r.Copy != nil {
		s.Copy = string(r.Copy.Kind)
	}
	return s
}

// On returns what a plan calls the source.
func (s Source) On() string { return engine.On(s.From, s.Copy) }

// Statements returns the statements with the given texts that run in one place.
func Statements(on string, texts ...string) []engine.Statement {
	out := make([]engine.Statement, len(texts))
	for i, text := range texts {
		out[i] = engine.Statement{On: on, Text: text}
	}
	return out
}
