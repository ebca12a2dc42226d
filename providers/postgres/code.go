package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
)

// judgeCode holds the SELECTs of a refresh against the code that the source's users wrote, before the server is asked
// anything about them. refused says whose SELECT must not be planned.
func (p *Provider) judgeCode(ctx context.Context, c *pgx.Conn, o *observed,
	one *observedRefresh) (refused func(*decide.Table) bool, ds diag.Diagnostics) {
	r := one.refresh
	code, err := reach.Read(ctx, c)
	if err != nil {
		return func(*decide.Table) bool { return true }, failed("The source cannot be inspected", err, r.Range)
	}
	verdict, ds := code.Judge(one.tables)
	for i := range ds {
		if ds[i].Range == nil {
			at := r.Range
			ds[i].Range = &at
		}
	}
	one.code, one.called = code.Shapes(verdict.Names), verdict.Names
	for what, shape := range one.code {
		o.fingerprints = append(o.fingerprints, engine.Fingerprint{
			Address: r.Address(),
			Object:  "the code of " + what + " of " + r.From.Address(),
			Digest:  digest(shape),
		})
	}
	return func(t *decide.Table) bool { return verdict.Refused[t.Source.Ref()] }, ds
}
