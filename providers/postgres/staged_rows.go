package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// stagedRows say where the rows of a replace are.
type stagedRows struct {
	Half   engine.Half   `json:"half,omitempty"`
	Place  stage.Place   `json:"place"`
	Tables []stage.Table `json:"tables"`
	// Records are those of a manifest; without them they are read from beside the objects.
	Records []stage.Record `json:"records,omitempty"`
}

func (one *observedRefresh) stagedRows() *stagedRows {
	out := &stagedRows{Half: one.half(), Place: one.via.place, Tables: one.stagedTables()}
	if one.via.manifest != nil {
		out.Records = one.via.manifest.Records
	}
	return out
}

// around adds the steps that stage rows for the one that replaces them, and those that remove what is staged.
func (one *observedRefresh) around(s engine.Step) []engine.Step {
	v := one.via
	if v == nil {
		return []engine.Step{s}
	}
	step := func(id, title string, needs ...string) engine.Step {
		return engine.Step{
			ID:       s.Address + "." + id,
			Address:  s.Address,
			Title:    title,
			Provider: ProviderName,
			Needs:    needs,
			Range:    s.Range,
		}
	}
	var out []engine.Step
	if v.manifest == nil {
		begin := one.stageStep(step("stage", "get the bucket ready"))
		snapshot := one.openStep(step("snapshot", "open a snapshot of the source", begin.ID))
		snapshot.Atomic = s.Address + ".data"
		out = append(out, begin, snapshot)
		s.Needs = append(s.Needs, snapshot.ID)
		for _, e := range one.exportSteps(snapshot) {
			out, s.Needs = append(out, e), append(s.Needs, e.ID)
		}
	}
	return append(out, s, one.removeStep(step("remove", "remove what is staged", s.ID)))
}

// openRows are staged rows with the bucket that they are in.
type openRows struct {
	*stagedRows
	place   stage.Place
	objects stage.Objects
	key     secret.Value // that records are sealed with
}

func (p *Provider) openStaged(ctx context.Context, r *spec.Refresh, rows *stagedRows) (*openRows, error) {
	o, err := p.objects(ctx, r, rows.Half)
	if err != nil {
		return nil, err
	}
	key, err := p.sessions.RecordKey(r)
	if err != nil {
		return nil, err
	}
	return &openRows{stagedRows: rows, place: rows.Place.Of(engine.RunOf(ctx)), objects: o, key: key}, nil
}

// Close has nothing to end: the bucket is the provider's.
func (o *openRows) Close() {}

// Copy loads the rows of a table.
func (o *openRows) Copy(ctx context.Context, t *transfer.Table, target *pgx.Conn, _ transfer.Options,
	report engine.Reporter) (int64, error) {
	for i := range o.Tables {
		staged := &o.Tables[i]
		if staged.Schema != t.Schema || staged.Name != t.Name {
			continue
		}
		record, err := o.record(ctx, staged)
		if err != nil {
			return 0, err
		}
		return stage.Import(ctx, o.objects, o.place, staged, record, target, report)
	}
	return 0, fmt.Errorf("%s.%s is not staged", t.Schema, t.Name)
}

func (o *openRows) record(ctx context.Context, t *stage.Table) (*stage.Record, error) {
	for i := range o.Records {
		if r := &o.Records[i]; r.Schema == t.Schema && r.Table == t.Name {
			return r, nil
		}
	}
	return stage.ReadRecord(ctx, o.objects, o.place, t, o.key)
}
