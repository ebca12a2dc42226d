package refresh

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
)

// view returns what of a refresh all targets show alike.
func (p *Plan) view() engine.Refresh {
	r := p.Refresh
	at := r.Range
	out := engine.Refresh{
		Address: r.Address(),
		From:    r.From.Address(),
		To:      r.To.Address(),
		Mode:    engine.Mode(r.Mode),
		Jobs:    r.Jobs,
		Range:   &at,
	}
	for i := range p.tables {
		out.Tables = append(out.Tables, tableView(&p.tables[i]))
	}
	out.Notes = append(out.Notes, p.configurationNotes()...)
	if n := p.catalog.Server; n.InRecovery {
		out.Notes = append(out.Notes,
			"the source is a hot standby: a query that conflicts with replay for longer than "+
				"max_standby_streaming_delay is cancelled")
	}
	if n := p.catalog.LargeObjects; n > 0 && r.Mode == spec.Replace { // mode swap says it with what else it leaves out
		out.Notes = append(out.Notes,
			fmt.Sprintf("%d large objects are not copied: nothing says what is in them; columns that refer to them "+
				"hold dangling numbers", n))
	}
	if r.Key != nil && !p.Project.Named {
		out.Notes = append(out.Notes,
			"the project has no name, so masked values change where the source gets another address: name it with a "+
				"block, project \"NAME\" {}")
	}
	if p.tried != "" {
		out.Notes = append(out.Notes, p.tried)
	}
	if r.Verify == "off" {
		out.Notes = append(out.Notes, "the copy is not verified: verify = \"off\"")
	}
	return out
}

// configurationNotes say of each extension which of its tables have rows of the users in the copy, and which have not
// because their schema is not one of the refresh.
func (p *Plan) configurationNotes() []string {
	decided := map[catalog.Ref]decide.Treatment{}
	for _, t := range p.tables {
		decided[t.Source.Ref()] = t.Treatment
	}
	copied, outside := map[string][]string{}, map[string][]string{}
	for i := range p.catalog.Tables {
		t := &p.catalog.Tables[i]
		if t.Configuration == nil || p.Refresh.SkipsExtension(t.Configuration.Extension) {
			continue
		}
		extension := t.Configuration.Extension
		switch treatment, ok := decided[t.Ref()]; {
		case !ok:
			outside[extension] = append(outside[extension], t.FullName())
		case treatment == decide.Copy:
			copied[extension] = append(copied[extension], t.FullName())
		}
	}
	var out []string
	for _, e := range p.catalog.Extensions {
		if names := copied[e.Name]; names != nil {
			out = append(out, fmt.Sprintf("configuration tables of extension %s: %s: rows that the extension itself "+
				"brings are not copied", sqltext.Plain(e.Name), strings.Join(names, ", ")))
		}
		if names := outside[e.Name]; names != nil {
			out = append(out, fmt.Sprintf("configuration tables of extension %s: the rows of %s are not copied: their "+
				"schema is not one of the refresh", sqltext.Plain(e.Name), strings.Join(names, ", ")))
		}
	}
	return out
}

func tableView(t *decide.Table) engine.RefreshTable {
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
	if t.Condition() != "" {
		out.CrossingRows = max(0, t.ExpectedRows())
	}
	for _, c := range t.Columns {
		col := engine.RefreshColumn{
			Name:     c.Name,
			Type:     c.Type.Formatted,
			Decision: c.Decision,
			Because:  c.DecidedBy(),
			Strength: decide.StrengthOf(c.Expr.Strength),
			Range:    c.Range,
		}
		if c.Decision == decide.Generated {
			col.Strength = "" // that of the columns it is computed from
		}
		if c.Decision == decide.Masked {
			col.Mask, col.Unique, col.Keyed = c.Mask.Text, string(c.Expr.Unique), engine.Keyed(c.Expr.Keyed)
		}
		out.Columns = append(out.Columns, col)
	}
	return out
}
