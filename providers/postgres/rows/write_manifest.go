package rows

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// WriteManifest writes what the half that imports needs, last of all.
type WriteManifest struct {
	op.Source
	Bucket
	Seal Seal `json:"seal"`
	// Manifest is the manifest as far as it is known before the run.
	Manifest  manifest.Manifest   `json:"manifest"`
	Tables    []stage.Table       `json:"tables"`
	Sequences []transfer.Sequence `json:"sequences"`
}

// Kind returns the stable name of the step.
func (WriteManifest) Kind() string { return "stage.manifest" }

// Statements returns what reads the sequences, and the calls that seal and write the manifest.
func (o WriteManifest) Statements() []engine.Statement {
	var out []engine.Statement
	for _, q := range o.Sequences {
		out = append(out, op.Statements(o.On(), q.ReadSQL())...)
	}
	out = append(out, o.Seal.statements()...)
	return append(out, o.statements("PutObject "+o.Place.URL(stage.ManifestName))...)
}

// Touches returns that the source's sequences are read and the bucket is written.
func (o WriteManifest) Touches() []engine.Touch {
	if len(o.Sequences) == 0 {
		return o.written()
	}
	return append([]engine.Touch{engine.Reads(o.From)}, o.written()...)
}

// Run collects the records of all tables and where the sequences stand now, and writes the manifest.
func (o WriteManifest) Run(ctx context.Context, e *op.Env) error {
	objects, at, err := o.open(ctx, e)
	if err != nil {
		return err
	}
	m := o.Manifest
	m.Run, m.Time, m.Place = e.Run.ID, e.Run.Time.UTC(), at
	if m.Records, err = o.records(ctx, e, objects, at); err != nil {
		return err
	}
	if m.Sequences, err = o.sequences(ctx, e); err != nil {
		return err
	}
	if err := manifest.Write(ctx, objects, &m); err != nil {
		return err
	}
	e.Report.Note("import it with -only import -manifest " + m.Place.URL(stage.ManifestName))
	return nil
}

func (o WriteManifest) records(
	ctx context.Context, e *op.Env, objects stage.Objects, at stage.Place,
) ([]stage.Record, error) {
	key, err := e.Sessions.RecordKey(e.Refresh)
	if err != nil {
		return nil, err
	}
	records := []stage.Record{}
	for i := range o.Tables {
		r, err := stage.ReadRecord(ctx, objects, at, &o.Tables[i], key)
		if err != nil {
			return nil, err
		}
		records = append(records, *r)
	}
	return records, nil
}

func (o WriteManifest) sequences(ctx context.Context, e *op.Env) ([]manifest.Sequence, error) {
	out := []manifest.Sequence{}
	if len(o.Sequences) == 0 {
		return out, nil
	}
	err := e.InSource(ctx, nil, func(c *pgx.Conn) error {
		values, err := transfer.ReadSequences(ctx, c, o.Sequences)
		if err != nil {
			return err
		}
		for i, q := range o.Sequences {
			out = append(out, manifest.Sequence{Schema: q.Schema, Name: q.Name, Value: values[i]})
		}
		return nil
	})
	return out, err
}
