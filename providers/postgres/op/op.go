// Package op says what a kind of step of PostgreSQL is: one type, in one file, that holds its parameters, returns the
// statements that the plan shows, says what it touches, runs, and, where it leaves something behind, undoes it.
// Planning makes such values, the plan file stores them, and execution decodes and runs them after it has compared
// their statements with those that were reviewed. To add a kind of step is to add a type and to name it in the
// provider's list.
//
// The package imports no kind of step; the packages that have some import it.
package op

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/shoji-pg/shoji/engine"
)

// Provider is what the steps of this provider name as theirs.
const Provider = "postgres"

// Op is one step to execute. Its exported fields are its parameters, as JSON; all else follows from them.
type Op interface {
	// Kind is the stable name of the type: "swap.create_database".
	Kind() string
	// Statements returns what Run executes, as the plan shows it. It is a pure function of the parameters.
	Statements() []engine.Statement
	// Touches returns the places that Run reads and writes.
	Touches() []engine.Touch
	// Run executes the step. It must be safe to run again after an interruption.
	Run(ctx context.Context, e *Env) error
}

// Undoer is an Op that leaves something behind when a run fails after it.
type Undoer interface {
	Op
	// Undo takes away what Run has made, and succeeds where there is nothing.
	Undo(ctx context.Context, e *Env) error
}

// Mover is an Op that moves rows.
type Mover interface {
	Op
	// Moves returns how many rows it is expected to move; -1 where unknown.
	Moves() int64
}

// Settler is an Op whose statements follow numbers that change by themselves, such as the statistics of a table.
type Settler interface {
	Op
	// Settled returns the Op with those numbers left out: two that are equal then do the same.
	Settled() Op
}

// Sharer is an Op whose statements have pieces that those of other steps have too.
type Sharer interface {
	Op
	// Shared returns those pieces: see engine.Step.
	Shared() []string
}

// Fill completes a step, which has its identity and its place in the order, with what o is.
func Fill(s engine.Step, o Op) engine.Step {
	s.Provider, s.Kind, s.Params = Provider, o.Kind(), engine.EncodeParams(o)
	s.Statements, s.Touches = o.Statements(), o.Touches()
	if m, moves := o.(Mover); moves {
		s.Rows = m.Moves()
	}
	if _, undoes := o.(Undoer); undoes {
		s.PutBack = engine.PutBackOnFailure
	}
	if sharer, ok := o.(Sharer); ok {
		s.Shared = sharer.Shared()
	}
	return s
}

// Kinds are the kinds of steps that are known, each by a value of its type.
type Kinds []Op

// Has reports whether a kind is one of these.
func (k Kinds) Has(kind string) bool {
	return slices.ContainsFunc(k, func(o Op) bool { return o.Kind() == kind })
}

// Decode returns the Op of a step. A step whose statements are not those of its parameters is refused: somebody edited
// one of them.
func (k Kinds) Decode(s engine.Step) (Op, error) {
	o, err := k.decode(s)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(o.Statements(), s.Statements) {
		return nil, fmt.Errorf("the statements of step %s are not those of its parameters: the plan is damaged", s.ID)
	}
	return o, nil
}

func (k Kinds) decode(s engine.Step) (Op, error) {
	for _, kind := range k {
		if kind.Kind() != s.Kind {
			continue
		}
		o := reflect.New(reflect.TypeOf(kind))
		if err := json.Unmarshal(s.Params, o.Interface()); err != nil {
			return nil, fmt.Errorf("reading the parameters of %s: %w", s.ID, err)
		}
		return o.Elem().Interface().(Op), nil
	}
	return nil, fmt.Errorf("this version of shoji does not know steps of the kind %q", s.Kind)
}

// Essence returns the statements of a step without numbers that change by themselves.
func (k Kinds) Essence(s engine.Step) ([]engine.Statement, error) {
	o, err := k.Decode(s)
	if err != nil {
		return nil, err
	}
	if settler, ok := o.(Settler); ok {
		o = settler.Settled()
	}
	return o.Statements(), nil
}
