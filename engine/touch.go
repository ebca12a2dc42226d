package engine

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Access is what a step does with something outside of shoji.
type Access string

const (
	Read  Access = "read"
	Write Access = "write"
)

// Touch is a place outside of shoji that a step reads or writes. The plans of several providers are joined by the
// places that their steps touch, never by how statements or titles read.
type Touch struct {
	Address string `json:"address"` // database.prod, bucket.transfer
	Access  Access `json:"access"`
	// By is the database whose server touches the place with its own rights; "" is shoji.
	By string `json:"by,omitempty"`
}

// Reads returns the touch of a step that reads from an address.
func Reads(address string) Touch { return Touch{Address: address, Access: Read} }

// Writes returns the touch of a step that writes to an address.
func Writes(address string) Touch { return Touch{Address: address, Access: Write} }

// Touches reports whether a step of the plan for a refresh or an object touches a place.
func (p *Plan) Touches(address string, t Touch) bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool {
		return s.Address == address && slices.Contains(s.Touches, t)
	})
}

// EncodeParams encodes the parameters of a step, a plain struct of its provider. What cannot be encoded is a mistake in
// the code, and panics.
func EncodeParams(params any) json.RawMessage {
	raw, err := marshal(params)
	if err != nil {
		panic(fmt.Sprintf("encoding the parameters of a step: %v", err))
	}
	return raw
}

// On returns what a plan calls a database of a server, or a copy of one: "database.staging (app__next)". qualifier may
// be empty.
func On(address, qualifier string) string {
	if qualifier == "" {
		return address
	}
	return address + " (" + qualifier + ")"
}

// Around is what one provider does around the steps of another: a clone that is made before rows are read and removed
// after them, a setting that is changed for a while. Steps of Before and After follow each other in their order.
type Around struct {
	Before, After []Step
	Notes         []string
	Hazards       []Hazard
	Fingerprints  []Fingerprint
}

// Empty reports whether there is nothing to do.
func (a Around) Empty() bool { return len(a.Before)+len(a.After) == 0 }

// Surround returns steps with those of a: Before comes before each step that touches t, After comes after all of them.
// Nothing of a begins before the steps named by first have succeeded.
func (a Around) Surround(steps []Step, t Touch, first ...string) []Step {
	before, after := inOrder(a.Before), inOrder(a.After)
	if len(before) > 0 {
		before[0].Needs = append(before[0].Needs, first...)
	}
	inner := slices.Clone(steps)
	for i := range inner {
		s := &inner[i]
		if !slices.Contains(s.Touches, t) {
			continue
		}
		if len(before) > 0 {
			s.Needs = append(slices.Clone(s.Needs), before[len(before)-1].ID)
		}
		if len(after) > 0 {
			after[0].Needs = append(after[0].Needs, s.ID)
		}
	}
	return slices.Concat(before, inner, after)
}

// inOrder returns copies of steps, each of which waits for the one before it.
func inOrder(steps []Step) []Step {
	out := slices.Clone(steps)
	for i := range out {
		out[i].Needs = slices.Clone(out[i].Needs)
		if i > 0 {
			out[i].Needs = append(out[i].Needs, out[i-1].ID)
		}
	}
	return out
}
