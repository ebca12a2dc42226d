package rows

import (
	"context"
	"fmt"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
)

// Bucket is where a refresh stages its rows, as the parameters of a step name it.
type Bucket struct {
	Via string `json:"via"` // bucket.transfer
	// Half is the half of the refresh that the step is planned in: each works in an account of its own.
	Half  engine.Half `json:"half,omitempty"`
	Place stage.Place `json:"place"`
}

// statements returns calls about objects of the bucket.
func (b Bucket) statements(calls ...string) []engine.Statement { return op.Statements(b.Via, calls...) }

// written returns that the bucket is written to by shoji.
func (b Bucket) written() []engine.Touch { return []engine.Touch{engine.Writes(b.Via)} }

// open opens the bucket and returns where the run stages. The key that was not there when the plan was made is there
// now; another one than planned is not used.
func (b Bucket) open(ctx context.Context, e *op.Env) (stage.Objects, stage.Place, error) {
	o, err := e.Objects(ctx, b.Half)
	if err != nil {
		return nil, stage.Place{}, err
	}
	at := b.Place.Of(e.Run.ID)
	if at.Key == "" {
		return o, at, nil
	}
	key, exists, err := o.Key(ctx)
	switch {
	case err != nil:
		return nil, at, err
	case !exists:
		return nil, at, fmt.Errorf("the key of bucket %s does not exist", at.Bucket)
	case !at.KeyPending && at.Key != key:
		return nil, at, fmt.Errorf("the key of bucket %s was %s when the plan was made, and is %s", at.Bucket, at.Key,
			key)
	}
	at.Key, at.KeyPending = key, false
	return o, at, nil
}

// Staged is everything of a run in a bucket, as far as its names are known.
type Staged struct {
	Bucket
	Tables []stage.Table `json:"tables,omitempty"`
	// Names are those of a manifest's objects; without them they follow from the tables.
	Names []string `json:"names,omitempty"`
	// ExpireDays is when the bucket's lifecycle removes what is left.
	ExpireDays int `json:"expire_days"`
}

// remove removes all of it from the bucket, and refuses a place other than that of the run in the bucket of its
// refresh, or, for an import, that of the run that it imports: what is undone comes from a journal, and not every
// journal is sealed.
func (s Staged) remove(ctx context.Context, e *op.Env) error {
	r := e.Refresh
	if r.Via == nil {
		return fmt.Errorf("%s goes through no bucket any more: what is staged in %s was not removed",
			r.Address(), s.Place.Bucket)
	}
	if !stage.PlaceOf(e.Project, r).Covers(s.Place, s.Half == engine.OnlyImport) {
		return fmt.Errorf("the journal names %s, which is not where %s stages: nothing was removed. "+
			"Its bucket changed since, or the journal was edited", s.Place.URL(""), r.Address())
	}
	o, err := e.Objects(ctx, s.Half)
	if err != nil {
		return err
	}
	at := s.Place.Of(e.Run.ID)
	if s.Names == nil {
		return stage.Remove(ctx, o, at, s.Tables)
	}
	keys := make([]string, len(s.Names))
	for i, name := range s.Names {
		keys[i] = at.Prefix + name
	}
	return o.Delete(ctx, keys)
}

// Seal is the key that the seal of a manifest is made with.
type Seal struct {
	Key   string `json:"key"` // kms_key.transfer
	Alias string `json:"alias"`
}

// statements returns the call that makes a key under it.
func (s *Seal) statements() []engine.Statement {
	return op.Statements(s.Key, "GenerateDataKey "+s.Alias+" (shoji-seal="+manifest.SealPurpose+")")
}
