package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/spec"
)

// recordOf is what a copy that a plan makes will say of itself, but for the run.
func (p *Provider) recordOf(one *observedRefresh) record.Record {
	r := one.refresh
	return record.Record{
		ShojiVersion: p.options.Version,
		Project:      p.project.Name,
		Env:          p.project.Env,
		SpecDigest:   p.project.Digest,
		Refresh:      r.Address(),
		Mode:         r.Mode,
		Verify:       r.Verify,
		Tables:       record.RulesOf(one.tables),
		Structure:    r.Structure.LimitTexts(),
	}
}

// recordStep completes the step that writes the record of the next database.
func (p *Provider) recordStep(one *observedRefresh) func(engine.Step) engine.Step {
	return func(s engine.Step) engine.Step {
		in := op.Database{Target: one.refresh.To.Address(), Name: one.names.Next, Role: one.role()}
		return op.Fill(s, record.WriteRecord{Database: in, Record: p.recordOf(one)})
	}
}

// readRecord reads how the database that c is connected to was made; mark is that of its comment. What cannot be read
// is nothing to compare with, and no error: a plan says so.
func (p *Provider) readRecord(ctx context.Context, c *pgx.Conn, r *spec.Refresh, mark swap.Mark) *record.Found {
	key, err := p.sessions.RecordKey(r)
	if err != nil {
		return &record.Found{Reason: "has a record that cannot be verified: " + r.Key.Address() + " cannot be read"}
	}
	found, err := record.Read(ctx, c, key, mark.Run)
	if err != nil {
		return &record.Found{Reason: "does not say how it was made: " + err.Error()}
	}
	return &found
}

// readRecordOf is readRecord over a connection of its own to a database of the target's server.
func (p *Provider) readRecordOf(ctx context.Context, r *spec.Refresh, database string, mark swap.Mark) *record.Found {
	c, err := p.sessions.InspectTarget(ctx, r, database)
	if err != nil {
		return &record.Found{Reason: "cannot be connected to"}
	}
	defer session.Close(ctx, c)
	return p.readRecord(ctx, c, r, mark)
}

// recorded keeps what the live copy says of how it was made, and binds the plan to it.
func (o *observed) recorded(one *observedRefresh, found *record.Found) {
	one.recorded = found
	o.fingerprints = append(o.fingerprints, engine.Fingerprint{
		Address: one.refresh.Address(),
		Object:  "how the live copy of " + one.refresh.To.Address() + " was made",
		Digest:  digest(found.Digest, found.Reason),
	})
}
