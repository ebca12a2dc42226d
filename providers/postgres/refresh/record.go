package refresh

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/spec"
)

// record returns what a copy that a plan makes will say of itself, but for the run.
func (p *Plan) record() record.Record {
	r := p.Refresh
	return record.Record{
		ShojiVersion: p.Version,
		Project:      p.Project.Name,
		Env:          p.Project.Env,
		SpecDigest:   p.Project.Digest,
		Refresh:      r.Address(),
		Mode:         r.Mode,
		Verify:       r.Verify,
		Tables:       record.RulesOf(p.tables),
		Structure:    r.Structure.LimitTexts(),
	}
}

// readRecord reads how the database that c is connected to was made; mark is that of its comment. What cannot be read
// is nothing to compare with, and no error: a plan says so.
func (pl *Planner) readRecord(ctx context.Context, c *pgx.Conn, r *spec.Refresh, mark swap.Mark) *record.Found {
	key, err := pl.Sessions.RecordKey(r)
	if err != nil {
		return &record.Found{Reason: "has a record that cannot be verified: " + r.Key.Address() + " cannot be read"}
	}
	found, err := record.Read(ctx, c, key, mark.Run)
	if err != nil {
		return &record.Found{Reason: "does not say how it was made: " + err.Error()}
	}
	return &found
}

// recordIn is readRecord over a connection of its own to a database of the target's server.
func (pl *Planner) recordIn(ctx context.Context, r *spec.Refresh, database string, mark swap.Mark) *record.Found {
	c, err := pl.Sessions.InspectTarget(ctx, r, database)
	if err != nil {
		return &record.Found{Reason: "cannot be connected to"}
	}
	defer session.Close(ctx, c)
	return pl.readRecord(ctx, c, r, mark)
}

// bindRecord binds the plan to what the live copy says of how it was made.
func (p *Plan) bindRecord(found *record.Found) {
	p.bind("how the live copy of "+p.Refresh.To.Address()+" was made", found.Digest, found.Reason)
}
