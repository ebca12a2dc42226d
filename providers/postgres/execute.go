package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/acl"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/replace"
	"github.com/shoji-pg/shoji/providers/postgres/rows"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/spec"
)

// kinds are the kinds of steps that this provider knows.
func kinds() op.Kinds {
	return slices.Concat(rows.Kinds(), swap.Kinds(), acl.Kinds(), op.Kinds{replace.ReplaceRows{}, record.WriteRecord{}})
}

// Execute runs one step of a plan.
func (p *Provider) Execute(ctx context.Context, s engine.Step, report engine.Reporter) error {
	o, e, err := p.decode(ctx, s, report)
	if err != nil {
		return err
	}
	return o.Run(ctx, e)
}

// PutBack undoes a step. Most leave nothing behind that a later run could mistake for its own.
func (p *Provider) PutBack(ctx context.Context, s engine.Step, report engine.Reporter) error {
	o, e, err := p.decode(ctx, s, report)
	if err != nil {
		return err
	}
	if u, ok := o.(op.Undoer); ok {
		return u.Undo(ctx, e)
	}
	return nil
}

// Essence returns the statements of a step without what follows the statistics of tables.
func (p *Provider) Essence(s *engine.Step) ([]engine.Statement, error) { return kinds().Essence(*s) }

// decode returns the operation of a step, and what it runs in. Steps of roles and privileges belong to no refresh.
func (p *Provider) decode(ctx context.Context, s engine.Step, report engine.Reporter) (op.Op, *op.Env, error) {
	o, err := kinds().Decode(s)
	if err != nil {
		return nil, nil, err
	}
	e := &op.Env{
		Run:       op.Run{ID: engine.RunOf(ctx), Time: p.options.Now()},
		Report:    report,
		Project:   p.project,
		Sessions:  p.sessions,
		Snapshots: &p.snapshots,
		Only:      p.options.Only,
		Random:    p.options.Random,
		Now:       p.options.Now,
	}
	if acl.Kinds().Has(s.Kind) {
		return o, e, nil
	}
	i := slices.IndexFunc(p.project.Refreshes, func(r *spec.Refresh) bool { return r.Address() == s.Address })
	if i < 0 {
		return nil, nil, fmt.Errorf("the spec has no %s any more", s.Address)
	}
	e.Refresh = p.project.Refreshes[i]
	e.StillOurs = p.stillGuarded(e.Refresh.To)
	e.Objects = func(ctx context.Context, half engine.Half) (stage.Objects, error) {
		return p.objects(ctx, e.Refresh, half)
	}
	return o, e, nil
}

// bucketOf is a bucket as seen from an account.
type bucketOf struct {
	bucket *spec.Bucket
	as     *spec.AWS
}

// objects opens the bucket of a refresh, once. The half that imports works in the account of the target: it has no
// access to the other.
func (p *Provider) objects(ctx context.Context, r *spec.Refresh, half engine.Half) (stage.Objects, error) {
	key := bucketOf{r.Via, r.Via.In}
	if half == engine.OnlyImport && r.To.Cluster != nil {
		key.as = r.To.Cluster.In
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if o := p.buckets[key]; o != nil {
		return o, nil
	}
	o, err := p.options.Objects(ctx, key.bucket, key.as)
	if err != nil {
		return nil, err
	}
	p.buckets[key] = o
	return o, nil
}
