package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/spec"
)

// endExports ends what the source's server still exports. A copy of the source needs none of this: it is removed
// before.
func (p *Provider) endExports(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[stageParams](p, s)
	if err != nil {
		return err
	}
	if r.Copy != nil ||
		!slices.ContainsFunc(params.Tables, func(t stage.Table) bool { return t.Export == spec.WayServer }) {
		return nil
	}
	c, err := p.sessions.InspectSource(ctx, r, "shoji")
	if err != nil { // a source that is gone for good must not keep the rest from being put back
		report.Note(fmt.Sprintf("whether the source still exports is not known: %s. What it writes after this, the "+
			"bucket's lifecycle removes", err))
		return nil
	}
	defer session.Close(ctx, c)
	return p.run(ctx).EndSessions(ctx, c, r.From.Address())
}
