package postgres

import (
	"fmt"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
)

// Diff makes the plan of all refreshes and roles from what was observed. It is pure.
func (p *Provider) Diff(seen engine.Observed, _ engine.Selected) (*engine.Draft, diag.Diagnostics) {
	o := seen.(*observed)
	draft := &engine.Draft{}
	chosen := map[*observedRefresh]structure{}
	for _, one := range o.refreshes {
		if one.script != nil && one.facts != nil {
			chosen[one] = one.structure()
		}
	}
	ds := p.diffAccess(o, chosen, draft)
	for _, one := range o.refreshes {
		if p.options.Only == engine.OnlyExport {
			ds.Append(p.diffExport(one, draft)...)
			continue
		}
		if one.refresh.Mode == spec.Replace {
			ds.Append(p.diffReplace(one, draft)...)
			continue
		}
		ds.Append(p.diffSwap(o, one, chosen[one], draft)...)
	}
	p.locate(draft.Steps)
	return draft, p.project.WithSnippets(ds)
}

// locate gives every step the source line that it comes from, so that an error at run time can show it.
func (p *Provider) locate(steps []engine.Step) {
	for i := range steps {
		if steps[i].Snippet == nil {
			steps[i].Snippet = p.project.Snippet(steps[i].Range)
		}
	}
}

// shown is the part of a refresh that both modes show alike.
func shown(one *observedRefresh) engine.Refresh {
	r := one.refresh
	at := r.Range
	out := engine.Refresh{
		Address: r.Address(),
		From:    r.From.Address(),
		To:      r.To.Address(),
		Mode:    engine.Mode(r.Mode),
		Jobs:    r.Jobs,
		Range:   &at,
	}
	for i := range one.tables {
		out.Tables = append(out.Tables, shownTable(&one.tables[i]))
	}
	if n := one.source.Server; n.InRecovery {
		out.Notes = append(out.Notes,
			"the source is a hot standby: a query that conflicts with replay for longer than "+
				"max_standby_streaming_delay is cancelled")
	}
	if n := one.source.LargeObjects; n > 0 && r.Mode == spec.Replace { // mode swap says it with what else it leaves out
		out.Notes = append(out.Notes,
			fmt.Sprintf("%d large objects are not copied: nothing says what is in them; columns that refer to them "+
				"hold dangling numbers", n))
	}
	if r.Key != nil && !one.named {
		out.Notes = append(out.Notes,
			"the project has no name, so masked values change where the source gets another address: name it with a "+
				"block, project \"NAME\" {}")
	}
	if r.Verify == "off" {
		out.Notes = append(out.Notes, "the copy is not verified: verify = \"off\"")
	}
	return out
}

func shownTable(t *decide.Table) engine.RefreshTable {
	out := engine.RefreshTable{
		Schema:        t.Source.Schema,
		Name:          t.Source.Name,
		Treatment:     t.Treatment,
		EstimatedRows: t.Source.EstimatedRows,
		EstimatedSize: t.Source.Bytes,
		Rows:          t.Rows,
		Calls:         t.Calls,
		SQL:           t.Select(),
		Reason:        t.Reason,
		Range:         t.Range,
	}
	for _, c := range t.Columns {
		col := engine.RefreshColumn{
			Name:     c.Name,
			Type:     c.Type.Formatted,
			Decision: c.Decision,
			Because:  c.Because,
			Strength: decide.StrengthOf(c.Expr.Strength),
			Range:    c.Range,
		}
		if c.Decision == decide.Generated {
			col.Strength = "" // that of the columns it is computed from
		}
		if c.Decision == decide.Masked {
			col.Mask, col.Unique, col.Keyed = c.Mask.Text, string(c.Expr.Unique), engine.Keyed(c.Expr.Keyed)
			if c.Mask.Definition != "" {
				col.Because += " (mask." + c.Mask.Definition + ")"
			}
		}
		out.Columns = append(out.Columns, col)
	}
	return out
}
