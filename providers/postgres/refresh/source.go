package refresh

import (
	"fmt"
	"slices"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/acl"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// source is what the rows of a refresh are read from.
type source interface {
	// surround returns the steps of a refresh with what has to be done around those that read, and says in the view
	// what that means. Nothing of it begins before the steps named by first.
	surround(view *engine.Refresh, steps []engine.Step, first ...string) []engine.Step
	// sequences returns the values of the sequences where they are known already; nil where the source is asked.
	sequences() map[catalog.Ref]transfer.SequenceValue
	// answers reports whether the source can be asked for samples of its rows.
	answers() bool
	// hazards returns what is dangerous about reading it for a target.
	hazards(p *Plan, t *swapTarget) []engine.Hazard
}

// live is the source itself.
type live struct{}

func (live) surround(_ *engine.Refresh, steps []engine.Step, _ ...string) []engine.Step { return steps }
func (live) sequences() map[catalog.Ref]transfer.SequenceValue                          { return nil }
func (live) answers() bool                                                              { return true }
func (live) hazards(*Plan, *swapTarget) []engine.Hazard                                 { return nil }

// standIn is a copy of the source's server that is made for the refresh and removed after it.
type standIn struct {
	live
	from   string // database.prod
	around engine.Around
}

func (s standIn) surround(view *engine.Refresh, steps []engine.Step, first ...string) []engine.Step {
	view.Notes = append(view.Notes, s.around.Notes...)
	view.Hazards = append(view.Hazards, s.around.Hazards...)
	return s.around.Surround(steps, engine.Reads(s.from), first...)
}

// exported is what an export says of its source, which the half that imports has no access to.
type exported struct {
	live
	manifest *manifest.Manifest
}

func (exported) answers() bool { return false }

func (e exported) sequences() map[catalog.Ref]transfer.SequenceValue {
	out := map[catalog.Ref]transfer.SequenceValue{}
	for _, s := range e.manifest.Sequences {
		out[catalog.Ref{Schema: s.Schema, Name: s.Name}] = s.Value
	}
	return out
}

// hazards returns that of an export that is older than the live copy: what was removed from the source in between comes
// back with it.
func (e exported) hazards(p *Plan, t *swapTarget) []engine.Hazard {
	mark, ok := t.facts.Mark(t.names.Live)
	if !ok || mark.Refresh != p.Refresh.Address() || !e.manifest.Time.Before(mark.At) {
		return nil
	}
	return []engine.Hazard{{
		Name: engine.ExposesData,
		Reason: fmt.Sprintf(
			"the export is of %s, and %s is newer (%s): rows that were removed from the source since come back",
			e.manifest.Time.UTC().Format(time.DateTime), t.names.Live, mark.At.UTC().Format(time.DateTime)),
	}}
}

// Exported returns the objects of the source that privileges can be on, where an export says so in its place.
func (p *Plan) Exported() (objects []acl.Object, ok bool) {
	e, ok := p.source.(exported)
	if !ok {
		return nil, false
	}
	return slices.Clone(e.manifest.Objects), true
}
