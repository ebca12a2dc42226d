package op

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
)

// drop is an Op that can be undone.
type drop struct {
	Database
	Table string `json:"table"`
	Rows  int    `json:"rows"`
}

func (drop) Kind() string { return "test.drop" }

func (o drop) Statements() []engine.Statement {
	if o.Rows > 0 {
		return Statements(o.On(), "SELECT count(*)", "DROP TABLE "+o.Table)
	}
	return Statements(o.On(), "DROP TABLE "+o.Table)
}

func (o drop) Settled() Op {
	o.Rows = 0
	return o
}

func (drop) Run(context.Context, *Env) error  { return nil }
func (drop) Undo(context.Context, *Env) error { return nil }

func TestStepIsItsParameters(t *testing.T) {
	kinds := Kinds{drop{}}
	in := Database{Target: "database.staging", Name: "app__next"}
	s := Fill(engine.Step{ID: "refresh.nightly.drop"}, drop{Database: in, Table: "a"})
	if s.Provider != Provider || s.PutBack != engine.PutBackOnFailure ||
		s.Statements[0].On != "database.staging (app__next)" {
		t.Errorf("%+v", s)
	}
	o, err := kinds.Decode(s)
	if err != nil || o != (drop{Database: in, Table: "a"}) {
		t.Errorf("got %+v, %v", o, err)
	}
	for _, c := range []struct {
		want string
		edit func(s *engine.Step)
	}{
		{"plan is damaged", func(s *engine.Step) { s.Statements = Statements(in.On(), "DROP TABLE b") }},
		{"plan is damaged", func(s *engine.Step) { s.Params = engine.EncodeParams(drop{Database: in, Table: "b"}) }},
		{"reading the parameters", func(s *engine.Step) { s.Params = []byte("{") }},
		{`the kind "test.no"`, func(s *engine.Step) { s.Kind = "test.no" }},
	} {
		edited := s
		c.edit(&edited)
		if _, err := kinds.Decode(edited); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", c.want, err)
		}
	}
	more := Fill(s, drop{Database: in, Table: "a", Rows: 7})
	other := Fill(s, drop{Database: in, Table: "b"})
	essence := func(s engine.Step) []engine.Statement {
		statements, err := kinds.Essence(s)
		if err != nil {
			t.Error(err)
		}
		return statements
	}
	if !slices.Equal(essence(s), essence(more)) || slices.Equal(essence(s), essence(other)) {
		t.Error("steps are the same if their settled statements are")
	}
}
