package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// stage makes sure that the bucket takes, gives and forgets objects, before anything else is done with it.
func (p *Provider) stage(ctx context.Context, s engine.Step, _ engine.Reporter) error {
	r, params, err := decode[stageParams](p, s)
	if err != nil {
		return err
	}
	o, err := p.objects(ctx, r, params.Half)
	if err != nil {
		return err
	}
	place, err := placed(ctx, o, params.Place)
	if err != nil {
		return err
	}
	if p.options.Only == engine.OnlyExport {
		if err := manifest.Probe(ctx, o, place); err != nil {
			return err
		}
	}
	return stage.Probe(ctx, o, place)
}

// unstage removes what a run has staged. It is how stage is put back.
func (p *Provider) unstage(ctx context.Context, s engine.Step) error {
	r, params, err := decode[stageParams](p, s)
	if err != nil {
		return err
	}
	if err := p.ofBucket(r, params.Half, params.Place); err != nil {
		return err
	}
	o, err := p.objects(ctx, r, params.Half)
	if err != nil {
		return err
	}
	place := params.Place.Of(engine.RunOf(ctx))
	if params.Names == nil {
		return stage.Remove(ctx, o, place, params.Tables)
	}
	keys := make([]string, len(params.Names))
	for i, name := range params.Names {
		keys[i] = place.Prefix + name
	}
	return o.Delete(ctx, keys)
}

// remove is unstage after success: rows that are in their place already are not given up because of it.
func (p *Provider) remove(ctx context.Context, s engine.Step, report engine.Reporter) error {
	err := p.unstage(ctx, s)
	if err != nil && ctx.Err() == nil {
		_, params, _ := decode[stageParams](p, s)
		report.Note(fmt.Sprintf("what is staged is still there, and the bucket's lifecycle "+
			"removes it after %d days: %s", params.Expire, err))
		return nil
	}
	return err
}

// export stages one table.
func (p *Provider) export(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[exportParams](p, s)
	if err != nil {
		return err
	}
	o, err := p.objects(ctx, r, engine.Whole)
	if err != nil {
		return err
	}
	place, err := placed(ctx, o, params.Place)
	if err != nil {
		return err
	}
	key, err := p.sessions.RecordKey(r)
	if err != nil {
		return err
	}
	return p.snapshots.Read(s.Address, func(from *transfer.Export) error {
		_, err := stage.Export(ctx, from, o, place, &params.Table, key, report)
		return err
	})
}

// load fills one table of the next database with what is staged.
func (p *Provider) load(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[importParams](p, s)
	if err != nil {
		return err
	}
	o, err := p.objects(ctx, r, params.Half)
	if err != nil {
		return err
	}
	t, place := &params.Table, params.Place.Of(engine.RunOf(ctx))
	record := params.Record
	if record == nil {
		key, err := p.sessions.RecordKey(r)
		if err != nil {
			return err
		}
		if record, err = stage.ReadRecord(ctx, o, place, t, key); err != nil {
			return err
		}
	}
	return p.filling(ctx, r, params.Database, params.Role, &t.Table, func(c *pgx.Conn) error {
		_, err := stage.Import(ctx, o, place, t, record, c, report)
		return err
	})
}

// writeManifest writes what the importer needs, last of all.
func (p *Provider) writeManifest(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[manifestParams](p, s)
	if err != nil {
		return err
	}
	o, err := p.objects(ctx, r, engine.OnlyExport)
	if err != nil {
		return err
	}
	m := params.Manifest
	m.Run, m.Time = engine.RunOf(ctx), p.options.Now().UTC()
	if m.Place, err = placed(ctx, o, m.Place); err != nil {
		return err
	}
	key, err := p.sessions.RecordKey(r)
	if err != nil {
		return err
	}
	m.Records, m.Sequences = []stage.Record{}, []manifest.Sequence{}
	for i := range params.Tables {
		record, err := stage.ReadRecord(ctx, o, m.Place, &params.Tables[i], key)
		if err != nil {
			return err
		}
		m.Records = append(m.Records, *record)
	}
	c, err := p.sessions.Source(ctx, r, "shoji apply", nil)
	if err != nil {
		return err
	}
	defer session.Close(ctx, c)
	values, err := transfer.ReadSequences(ctx, c, params.Sequences)
	if err != nil {
		return err
	}
	for i, q := range params.Sequences {
		m.Sequences = append(m.Sequences, manifest.Sequence{Schema: q.Schema, Name: q.Name, Value: values[i]})
	}
	if err := manifest.Write(ctx, o, &m); err != nil {
		return err
	}
	report.Note("import it with -only import -manifest " + m.Place.URL(stage.ManifestName))
	return nil
}

// prepare runs a statement on the next database.
func (p *Provider) prepare(ctx context.Context, s engine.Step, _ engine.Reporter) error {
	r, params, err := decode[prepareParams](p, s)
	if err != nil {
		return err
	}
	c, err := p.sessions.Target(ctx, r, params.Database, "shoji apply", nil)
	if err != nil {
		return err
	}
	defer session.Close(ctx, c)
	for _, statement := range s.Statements {
		if _, err := c.Exec(ctx, statement.Text); err != nil {
			return fmt.Errorf("running %q: %w", statement.Text, conn.Redact(err))
		}
	}
	return nil
}
