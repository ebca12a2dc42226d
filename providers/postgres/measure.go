package postgres

import (
	"context"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// kindMeasure is the step that has the source say what the masks change, where there is no copy to look at: before the manifest
// is there, which is what makes staged rows a copy. Its parameters are measureParams.
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

// measure has the source say what the masks change.
func (p *Provider) measure(ctx context.Context, s engine.Step, report engine.Reporter) error {
	r, params, err := decode[measureParams](p, s)
	if err != nil {
		return err
	}
	key, err := p.verificationKey()
	if err != nil {
		return err
	}
	source, err := p.origin(ctx, r, "shoji verify", map[string]secret.Value{transfer.VerifySetting: key})
	if err != nil {
		return err
	}
	defer closing(ctx, source)
	return transfer.Measure(ctx, source, params.Tables, params.Size, report)
}
