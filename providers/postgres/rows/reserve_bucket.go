package rows

import (
	"context"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/spec"
)

// ReserveBucket makes sure that a bucket accepts, returns and forgets objects, before anything else is done with it. It
// is also the intent to stage: undoing it removes whatever a run that fails has staged.
type ReserveBucket struct {
	Staged
	// Seal is set where the run writes a manifest.
	Seal *Seal `json:"seal,omitempty"`
}

// Kind returns the stable name of the step.
func (ReserveBucket) Kind() string { return "stage.begin" }

// Statements returns the calls that try the bucket.
func (o ReserveBucket) Statements() []engine.Statement {
	out := o.statements("PutObject, GetObject, DeleteObject " + o.Place.URL("") + "probe")
	if o.Seal != nil {
		out = append(out, o.Seal.statements()...)
	}
	return out
}

// Touches returns that the bucket is written to.
func (o ReserveBucket) Touches() []engine.Touch { return o.written() }

// Run puts, gets and deletes an object, and makes a key where one will be needed.
func (o ReserveBucket) Run(ctx context.Context, e *op.Env) error {
	objects, at, err := o.open(ctx, e)
	if err != nil {
		return err
	}
	if o.Seal != nil {
		if err := manifest.Probe(ctx, objects, at); err != nil {
			return err
		}
	}
	return stage.Probe(ctx, objects, at)
}

// Undo ends what the source's server still exports, and removes what is staged. A copy of the source needs no ending:
// it is removed before.
func (o ReserveBucket) Undo(ctx context.Context, e *op.Env) error {
	byServer := slices.ContainsFunc(o.Tables, func(t stage.Table) bool { return t.Export == spec.WayServer })
	if byServer && e.Refresh.Copy == nil {
		if err := endExports(ctx, e); err != nil {
			return err
		}
	}
	return o.remove(ctx, e)
}

func endExports(ctx context.Context, e *op.Env) error {
	c, err := e.Sessions.InspectSource(ctx, e.Refresh, "shoji")
	if err != nil { // a source that is gone for good must not keep the rest from being undone
		e.Report.Note(fmt.Sprintf("whether the source still exports is not known: %s. "+
			"What it writes after this, the bucket's lifecycle removes", err))
		return nil
	}
	defer session.Close(ctx, c)
	return e.Run.EndSessions(ctx, c, e.Refresh.From.Address())
}
