package postgres

import (
	"context"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// kindMeasure is the step that has the source say what the masks change, where there is no copy to look at: before a
// row is staged, under the snapshot that all are read under. Its parameters are measureParams.
const kindMeasure = "transfer.measure"

type measureParams struct {
	Tables []transfer.Table `json:"tables"`
	Size   int              `json:"size"`
}

func (one *observedRefresh) measureStep(s engine.Step) engine.Step {
	params := measureParams{Tables: one.checked(), Size: transfer.Sample(one.refresh.Verify)}
	s.Kind, s.Params = kindMeasure, encoded(params)
	for i := range params.Tables {
		text := params.Tables[i].Sample(params.Size)
		s.Statements = append(s.Statements, engine.Statement{On: one.refresh.From.Address(), Text: text})
	}
	return s
}

// measure has the source say what the masks change. The exports come after it, so that the snapshot is open still.
func (p *Provider) measure(ctx context.Context, s engine.Step, report engine.Reporter) error {
	_, params, err := decode[measureParams](p, s)
	if err != nil {
		return err
	}
	e, err := p.snapshots.Of(s.Address)
	if err != nil {
		return err
	}
	return transfer.Measure(ctx, e, params.Tables, params.Size, report)
}
