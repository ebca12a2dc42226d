package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/swap"
	"github.com/shoji-pg/shoji/spec"
)

const kindRecord = "copy.record" // recordParams

// recordParams describe the step that records in the next database how it was made.
type recordParams struct {
	Database string        `json:"database"`
	Role     string        `json:"role,omitempty"`
	Record   record.Record `json:"record"`
}

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
		Structure:    r.Structure.Said(),
	}
}

// recordStep completes the step before a copy is swapped in: a copy is never live without its record.
func (p *Provider) recordStep(one *observedRefresh) func(engine.Step) engine.Step {
	return func(s engine.Step) engine.Step {
		params := recordParams{Database: one.names.Next, Role: one.role(), Record: p.recordOf(one)}
		s.Kind, s.Params = kindRecord, encoded(params)
		on := one.refresh.To.Address() + " (" + one.names.Next + ")"
		for _, text := range record.Statements() {
			s.Statements = append(s.Statements, engine.Statement{On: on, Text: text})
		}
		return s
	}
}

// record writes how the next database was made.
func (p *Provider) record(ctx context.Context, s engine.Step, _ engine.Reporter) error {
	r, params, err := decode[recordParams](p, s)
	if err != nil {
		return err
	}
	c, err := p.sessions.Target(ctx, r, params.Database, "shoji apply", nil)
	if err != nil {
		return err
	}
	defer session.Close(ctx, c)
	begin := "BEGIN"
	if params.Role != "" {
		begin = "SET ROLE " + sqltext.Ident(params.Role) + "; " + begin
	}
	if _, err := c.PgConn().Exec(ctx, begin).ReadAll(); err != nil {
		return fmt.Errorf("recording how the copy was made: %w", conn.Redact(err))
	}
	if err := p.writeRecord(ctx, c, r, &params.Record); err != nil {
		return err
	}
	return conn.Commit(ctx, c)
}

// writeRecord writes a record as that of the current run, in the transaction of c.
func (p *Provider) writeRecord(ctx context.Context, c *pgx.Conn, r *spec.Refresh, planned *record.Record) error {
	key, err := p.sessions.RecordKey(r)
	if err != nil {
		return err
	}
	of := *planned
	of.Run, of.Time = engine.RunOf(ctx), p.options.Now().UTC()
	return record.Write(ctx, c, &of, key)
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
